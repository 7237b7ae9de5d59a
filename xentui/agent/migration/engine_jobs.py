"""Jobs that migrate a running domain whose engine, libvirt, moves it by itself (libxl_migration.c of libvirt 9.0.0).

The engine leaves the guest paused on the other host, with its definition, ends it here and undefines it.  Only where it
is defined here no more it is let run there, by this job: as long as it is defined here the guest there is a half that
has never run, and whoever ends that loses nothing.  So no line that is cut lets both run, and none leaves two
definitions of which either may be started.

libvirt 9.0.0 flushes no definition: a host that loses its power as a guest has just arrived knows nothing of it, and
the source has undefined it (seen in the lab).  So the definition is kept beside the job, is defined here again where
both have lost it, and the other host's are flushed before the guest is let run there.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import Any, Dict, List, NamedTuple, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.host import domain_list
from xentui.agent.host.domain_list import ListRow, SilentError
from xentui.agent.jobs import progress, records, worker
from xentui.agent.jobs.worker import JobWork
from xentui.agent.protocol.commands import is_argv

NOTHING_SENT = "nothing was sent to the other host"
RUNS_ON = "the guest still runs here"
ASLEEP = "the guest is stopped here, where it is defined"
ENDED_HERE = "the guest has ended here, where it is still defined"
ENDED_THERE = "it is defined on the other host now, where its guest has ended meanwhile"
VANISHED = "neither the guest nor its definition is here, and the other host has neither"
LOST_THERE = "the other host has lost both the guest and its definition: it is off here, and defined again"
NOT_WHOLE = "the other host has it paused and does not define it: it may be incomplete, and is not resumed"
REFUSED = "the other host has the whole guest, paused, and has not resumed it yet"
_TOO_LATE = "it was too late to stop it"
#: What libvirt's client says of a domain it does not know.
_ABSENT = ("failed to get domain", "Domain not found")
_ASKED_SECONDS, _TRIES, _PAUSE = 60.0, 6, 5.0
_LOOK_SECONDS = 1.0
_DYING_SECONDS = 60.0
DEFINITION = "definition.xml"
_DEFINITION_LIMIT = 1 << 20
_HELPER, _SAVES = b"libxl-save-helper", b"--save-domain"
_DAEMONS = ("libvirtd", "virtxend")
COPYING, STOPPED, TRANSFERRED, STARTED, DONE = "copying", "stopped", "transferred", "started", "done"


class EngineTold(NamedTuple):
    """What the engine of a host says of a domain: its state, whether it has had CPU time, whether it keeps it."""

    state: str
    ran: bool
    kept: bool

    @property
    def half(self) -> bool:
        """Whether its guest is there, and has never run."""
        return self.state == "paused" and not self.ran


def checked(given: Any) -> Dict[str, Any]:
    """Return what a job is told of an engine: ``here``, ``there``, ``folders``
    (:class:`xentui.toolstack.targets.EngineMove`), whether it starts with the host (``autostart``), and what has the
    other host ``flush`` what it keeps ([]: nothing does); raises code ``invalid`` for what makes no sense.
    """
    if not isinstance(given, dict) or not all(is_argv(given.get(name)) for name in ("here", "there")):
        raise AgentError("invalid", "the engine has no commands")
    folders = given.get("folders")
    if not isinstance(folders, list) or not all(
        isinstance(path, str) and path.startswith("/") and "\0" not in path for path in folders
    ):
        raise AgentError("invalid", "the engine's folders are not paths")
    flush = given.get("flush", [])
    if not (flush == [] or is_argv(flush)):
        raise AgentError("invalid", "nothing flushes what the other host keeps")
    return {
        "here": list(given["here"]),
        "there": list(given["there"]),
        "folders": folders,
        "autostart": given.get("autostart") is True,
        "flush": list(flush),
    }


def migrate(work: JobWork) -> None:
    """Migrate a domain, and say what has become of it."""
    engine = _Engine(work)
    row = work.domain(int(work.record["domid"]))
    told = engine.ask(engine.here)
    if row is None or row.uuid != work.uuid or told is None or not told.kept:
        failure = AgentError("missing", "the domain has changed, or has ended here meanwhile")
        work.end(1, NOTHING_SENT, failure)
        return
    if not engine.keep():
        work.end(1, NOTHING_SENT, AgentError("io", "libvirt does not tell what it keeps of the domain"))
        return
    watch = _Watch(work)
    argv = list(work.record["migration"]["argv"])
    worker.reached("before migrate")
    code = work.on_record(
        argv, lambda: work.execute([*work.record["prefix"], *argv], watch=watch, keep_lock=True)
    )
    worker.reached("after migrate")
    _judge(work, engine, code, stopped=watch.stopped)


def settle(work: JobWork) -> None:
    """Bring a migration to its end whose job was killed, or could not reach the other host."""
    _judge(work, _Engine(work), 1)


def _judge(work: JobWork, engine: _Engine, code: int, *, stopped: bool = False) -> None:
    engine.wait()
    here, row = engine.ask(engine.here), work.own()
    if here is not None and here.kept:
        if row is None or row.stopped or row.letters[5] == "d":
            work.end(code or 1, ENDED_HERE)
        elif row.asleep:
            work.end(code or 1, ASLEEP)
        else:
            work.end(records.CANCELLED if stopped else code or 1, RUNS_ON)
        return
    if _left(work) is not None:
        work.end(code or 1, "the guest is here, but no longer defined here: check both hosts")
        return
    note(work, TRANSFERRED)
    # What is undefined must stay so over a loss of power before the guest may run elsewhere: else the next boot of this
    # host may start it here too.
    for folder in engine.folders:
        if os.path.isdir(folder):
            fsio.sync_folder(folder)
    worker.reached("before resume")
    _onward(work, engine, code, stopped=stopped)


def _onward(work: JobWork, engine: _Engine, code: int, *, stopped: bool) -> None:
    """Let a guest go on on the other host: it is neither here nor defined here any more.

    Raises :class:`SilentError` where that does not answer or let it run: whoever looks next has the job go on.
    """
    there = engine.ask(engine.there)
    if there is None:
        work.end(code or 1, LOST_THERE if engine.define_again() else VANISHED)
        return
    if there.half and not there.kept:
        work.end(code or 1, NOT_WHOLE)
        return
    if there.half:
        engine.flush()
        engine.run(engine.there, "resume", work.uuid)
        worker.reached("after resume")
        there = engine.ask(engine.there)
        if there is None or there.half:
            raise SilentError("io", REFUSED)
    if engine.autostart:
        engine.run(engine.there, "autostart", work.uuid)
    note(work, STARTED)
    note(work, DONE)
    if there.state == "shut off":
        work.end(code or 1, ENDED_THERE)
    else:
        work.end(0, _TOO_LATE if stopped else "")


def _left(work: JobWork) -> Optional[ListRow]:
    """Return the guest as it is still on this host, once it is known whether it goes."""
    deadline = time.monotonic() + _DYING_SECONDS
    while True:
        row = work.own()
        if row is None:
            return None
        if time.monotonic() > deadline:
            return None if row.letters[5] == "d" else row
        time.sleep(0.2)


class _Engine:
    """The engine of both hosts, asked from this one."""

    def __init__(self, work: JobWork) -> None:
        told = checked(work.record["migration"]["engine"])
        self._work = work
        self.here: List[str] = told["here"]
        self.there: List[str] = told["there"]
        self.folders: List[str] = told["folders"]
        self.autostart: bool = told["autostart"]
        self._flush: List[str] = told["flush"]
        self._definition = os.path.join(work.place, DEFINITION)

    def keep(self) -> bool:
        """Keep beside the job what the engine here keeps of the domain; False where it does not say."""
        done = self._said([*self.here, "dumpxml", "--inactive", "--security-info", self._work.uuid])
        if done is None or done.returncode or not 0 < len(done.stdout.strip()) <= _DEFINITION_LIMIT:
            return False
        fsio.discard(self._definition)
        fsio.write_new(self._definition, done.stdout)
        fsio.sync_folder(self._work.place)
        return True

    def define_again(self) -> bool:
        """Have the engine here keep again what was kept beside the job; False where that was not to be done."""
        if not os.path.exists(self._definition) or self.run(self.here, "define", self._definition):
            return False
        if self.autostart:
            self.run(self.here, "autostart", self._work.uuid)
        return True

    def flush(self) -> None:
        """Have the other host write what it keeps to its disk; where that fails it does so by itself in a while."""
        if self._flush:
            self._said(self._flush)

    def ask(self, client: List[str]) -> Optional[EngineTold]:
        """Return what one of both says of the domain; None where it does not know it.

        Raises :class:`SilentError` where it does not answer for a while: whoever looks next settles the job.
        """
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE)
            done = self._said([*client, "dominfo", self._work.uuid])
            if done is None:
                continue
            if done.returncode == 0:
                return read_info(done.stdout.decode("utf-8", "replace"))
            if any(word in done.stderr.decode("utf-8", "replace") for word in _ABSENT):
                return None
        raise SilentError("io", "libvirt does not answer")

    def run(self, client: List[str], verb: str, *words: str) -> int:
        """Have one of both do something, on record."""
        argv = [*client, verb, *words]
        return self._work.on_record(argv, lambda: self._work.execute([*self._work.record["prefix"], *argv]))

    def wait(self) -> None:
        """Wait for the end of the engine's own work: where this job's process was killed, that went on."""
        while True:
            done = self._said([*self.here, "domjobinfo", self._work.uuid])
            if done is None or done.returncode or b"Unbounded" not in done.stdout:
                return
            time.sleep(_LOOK_SECONDS)

    def _said(self, argv: List[str]) -> Optional["subprocess.CompletedProcess[bytes]"]:
        return domain_list.ask([*self._work.record["prefix"], *argv], _ASKED_SECONDS)


def read_info(text: str) -> EngineTold:
    """Return what ``virsh dominfo`` prints, read (libvirt 9.0.0 names no CPU time where there was none)."""
    found = dict(re.findall(r"(?m)^([A-Z][A-Za-z ()]{0,30}): +(.{1,100})$", text[:8192]))
    return EngineTold(
        found.get("State", "").strip(), "CPU time" in found, found.get("Persistent", "") == "yes"
    )


class _Watch:
    """Notes how far a migration is, and ends it once told to, as long as its guest runs here.

    The engine says no phase: that the guest was stopped for the last of its memory is seen by the list.
    """

    def __init__(self, work: JobWork) -> None:
        self._work = work
        self._next = 0.0
        self.stopped = False

    def __call__(self, pid: int) -> None:
        asked = os.path.exists(os.path.join(self._work.place, records.CANCEL))
        if self._next > time.monotonic() and not (asked and not self.stopped):
            return
        self._next = time.monotonic() + _LOOK_SECONDS
        note(self._work, COPYING)
        try:
            row = self._work.domain(int(self._work.record["domid"]))
        except SilentError:
            return
        if row is None or row.asleep:
            note(self._work, STOPPED)
            records.flag(self._work.place, records.HANDED_OVER)
        elif asked and not self.stopped:
            self.stopped = _cut(pid, row.domid)


def _cut(pid: int, domid: int) -> bool:
    """End the process that sends the memory of a domain: libxl fails then, both engines take back what they have begun,
    and the guest goes on here (seen with libvirt 9.0.0; it has no call for it, and an ssh that is killed ends nothing).
    """
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read(1 << 12).split(b"\0")
        except OSError:
            continue
        # Its words: --save-domain, two descriptors, the domid.
        at = words.index(_SAVES) if _HELPER in words[0] and _SAVES in words else len(words)
        if words[at + 3 : at + 4] == [str(domid).encode()] and _is_of_engine(int(name), pid):
            try:
                os.kill(int(name), 15)
            except OSError:
                continue
            return True
    return False


def _is_of_engine(process: int, client: int) -> bool:
    """Return whether a process descends from the engine's daemon, or from its client."""
    for _step in range(8):
        try:
            with open(f"/proc/{process}/stat", "rb") as file:
                name, _, rest = file.read(1 << 12).rpartition(b")")
            process = int(rest.split()[1])
            with open(f"/proc/{process}/comm", "rb") as file:
                name = file.read(100).strip()
        except (OSError, ValueError, IndexError):
            return False
        if process == client or name.decode("ascii", "replace") in _DAEMONS:
            return True
    return False


def note(work: JobWork, phase: str) -> None:
    """Note that a migration has come to a phase, and when."""
    known = progress.phases(work.place)
    if all(name != phase for name, _after in known):
        after = round(max(0.0, time.time() - float(work.record["started"])), 2)
        progress.note_phases(work.place, [*known, [phase, after]])

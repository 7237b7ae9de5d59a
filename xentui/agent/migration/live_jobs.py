"""Jobs that migrate a running domain: ``xl migrate`` run to its end whatever becomes of the line of who asked for it.

What has become of the domain is told by what is there afterwards, not by xl's exit status alone.  Where the line
between the two hosts has died as the guest was handed over it is stopped here and a half of it is on the other host:
the record beside its configuration stays, and whoever has looked at both hosts settles it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any, Dict, List, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.host.domain_list import ListRow
from xentui.agent.jobs import launch, progress, records, worker
from xentui.agent.jobs.records import Record
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration import direct_io, engine_jobs, store_handover, store_moves, xl_phases
from xentui.agent.protocol.arguments import ARGV, COMMANDS, COUNT, JOB_WORDS, OBJECT, PATH, STRING, UUID
from xentui.agent.protocol.commands import Commands, is_argv
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import audit, layout, move_record

RUNS_ON = "the guest still runs here"
ASLEEP = "the guest is stopped here, and a half of it may be on the other host: nothing is lost, and nothing runs twice"
VANISHED = "the guest is no longer on this host, and the other host has not confirmed that it runs there"
NOTHING_SENT = "nothing was sent to the other host"
DARK = "this host went down meanwhile: check on the other host whether the guest has arrived"
_TOO_LATE = "it was too late to stop it"
_TRANSPORT = b"migrate-receive"
_DYING_SECONDS = 60.0
_OUTPUT_LIMIT = 1 << 20


@store_operation(
    "start_migrate_job",
    job=STRING,
    prefix=ARGV,
    uuid=UUID,
    domid=COUNT,
    migration=OBJECT,
    commands=COMMANDS,
    auto_dir=PATH,
    **JOB_WORDS,
)
def start_migrate_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    uuid: str,
    domid: int,
    migration: Dict[str, Any],
    commands: Commands,
    auto_dir: str,
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin to migrate the domain ``domid`` and leave that to itself; returns the record of the job.

    ``migration`` has ``argv``, the command that does it; ``to``, what xentui calls the other host, and ``address``,
    how this one reaches it; ``direct`` its loop devices that write past the page cache meanwhile, as of
    :func:`xentui.agent.migration.direct_io.checked`, and ``cached`` whether it moves where they cannot; ``engine``
    where the host's engine moves guests by itself, as of :func:`xentui.agent.migration.engine_jobs.checked`; ``follow``
    how what is stored of it follows, as of :func:`xentui.agent.migration.store_handover.checked`.  The others are as of
    :func:`xentui.agent.jobs.control.start_job`.  A managed domain starts with no host until it is known where it is.
    Code ``busy`` where another job of the domain, or a move, is under way.
    """
    place = records.folder(root, job)
    wanted = checked(migration)
    with layout.writing(root):
        plain = records.record_of(
            job, records.MIGRATE, prefix, records.JobWords(subject, user, host), uuid=uuid
        )
        record = {**plain, "domid": domid, "auto": auto_dir, "migration": wanted, "commands": commands}
        launch.require_new(root, place, uuid)
        begin_move(root, record)
        try:
            lock = launch.make(root, place, record)
        except BaseException:
            end_move(root, record)
            raise
    leave(root, place, lock, record)
    return record


def _has_engine(record: Record) -> bool:
    """Return whether the engine of the host moves the guest by itself: what it keeps it lets go of by itself, too."""
    return bool(record.get("migration", {}).get("engine"))


def begin_move(root: str, record: Record) -> None:
    """Note beside the configuration of a job's domain, where it has one, that it moves; the caller holds the store."""
    if _has_engine(record):
        return
    if os.path.isdir(layout.entry(root, str(record["uuid"]))):
        told = record["migration"]
        kept = {"job": record["id"], "to": told["to"], "address": told["address"], "state": move_record.GOING}
        store_moves.begin(root, str(record["uuid"]), kept, str(record["auto"]))


def end_move(root: str, record: Record) -> None:
    """Nothing has come of the move of a job's domain; the caller holds the store."""
    if _has_engine(record):
        return
    store_moves.stay(root, str(record["uuid"]), str(record["auto"]))


def leave(root: str, place: str, lock: int, record: Record) -> None:
    """Start the process of the job; where that fails nothing is left of it."""
    try:
        launch.leave(place, lock)
    except BaseException:
        with contextlib.suppress(AgentError, OSError), layout.writing(root):
            end_move(root, record)
        raise


def checked(given: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a job was told of its migration, and no more; raises code ``invalid`` where that makes no sense."""
    argv = given.get("argv", [])
    if not is_argv(argv):
        raise AgentError("invalid", "the migration has no command")
    engine = {"engine": engine_jobs.checked(given["engine"])} if given.get("engine") else {}
    direct: Dict[str, Any] = {"direct": direct_io.checked(given["direct"])} if given.get("direct") else {}
    if direct and given.get("cached") is True:
        direct["cached"] = True
    return {"argv": argv, **where(given), **engine, **direct, **store_handover.given(given)}


def where(given: Dict[str, Any]) -> Dict[str, str]:
    """Return where a job's domain goes; raises code ``invalid`` for what is not text that can be shown."""
    told = {name: given.get(name, "") for name in ("to", "address")}
    if not all(isinstance(value, str) and value.isprintable() for value in told.values()):
        raise AgentError("invalid", "the migration has no target")
    return told


def migrate(work: JobWork) -> None:
    """Migrate a domain, and say what has become of it."""
    if _has_engine(work.record):
        engine_jobs.migrate(work)
        return
    argv = checked(work.record["migration"])["argv"]
    row = work.domain(int(work.record["domid"]))
    if row is None or row.uuid != work.uuid:
        # Since the host has booted again the domid may be another's.
        _stays(work)
        work.end(
            1,
            NOTHING_SENT,
            AgentError("missing", "the domain has changed, or has ended here meanwhile"),
        )
        return
    try:
        direct_io.begin(work)
    except AgentError as error:
        _stays(work)
        work.end(1, NOTHING_SENT, error)
        return
    watch = _Watch(work)
    worker.reached("before migrate")
    code = work.on_record(
        argv, lambda: work.execute([*work.record["prefix"], *argv], watch=watch, keep_lock=True)
    )
    watch(0)
    worker.reached("after migrate")
    _judge(work, code, stopped=watch.stopped)


def settle(work: JobWork) -> None:
    """Say what has become of a domain whose migration was left by a killed job; of xl nothing is left by now.

    After a loss of power what xl has printed last is lost too: whether the other host was permitted to let the guest
    run is known there only.
    """
    if _has_engine(work.record):
        engine_jobs.settle(work)
        return
    if store_handover.has_left(work):
        work.end(0, store_handover.follow(work))
        return
    _Watch(work)(0)
    if work.record["boot"] != audit.boot_id():
        work.end(1, DARK)
        return
    _judge(work, 1)


def _judge(work: JobWork, code: int, *, stopped: bool = False) -> None:
    row = _left(work)
    seen = _seen(work)
    if row is not None:
        # A guest that sleeps here writes nothing: it is as safe, and whoever wakes it finds it as it was.
        direct_io.end(work)
    if row is None:
        if xl_phases.STARTED in seen:
            worker.reached("before gone")
            with layout.writing(work.root):
                store_moves.gone(work.root, work.uuid)
            worker.reached("after gone")
            why = store_handover.follow(work)
            work.end(0, why or (_TOO_LATE if stopped else ""))
        elif xl_phases.PERMITTED in seen:
            work.end(code or 1, VANISHED)
        else:
            # It has ended while it was copied, and the other host was never permitted to let it run.
            _stays(work)
            work.end(code or 1, "the guest has ended here meanwhile, and runs nowhere")
    elif row.asleep:
        work.end(code or 1, ASLEEP)
    else:
        _stays(work)
        work.end(records.CANCELLED if stopped else code or 1, RUNS_ON)


def _left(work: JobWork) -> Optional[ListRow]:
    """Return the domain as it is on this host now, once it is known whether it goes; None for one that never runs
    again.

    One that has been destroyed may stay for long, where a back end holds pages of its memory.
    """
    deadline = time.monotonic() + _DYING_SECONDS
    while True:
        row = work.domain(int(work.record["domid"]))
        if row is None or row.uuid != work.uuid:
            return None
        if row.letters[5] != "d":
            return row
        if time.monotonic() > deadline:
            return None
        time.sleep(0.2)


def _stays(work: JobWork) -> None:
    with layout.writing(work.root):
        end_move(work.root, work.record)


def _seen(work: JobWork) -> List[str]:
    return [name for name, _after in phases(work.place)]


class _Watch:
    """Looks at what xl prints, notes the time of each phase, and cuts the line to the other host once told to.

    Only as long as nothing is lost by it: xl lets the guest go on here then, by itself.
    """

    def __init__(self, work: JobWork) -> None:
        self._work = work
        self._size = -1
        self.stopped = False

    def __call__(self, pid: int) -> None:
        output = os.path.join(self._work.place, records.OUTPUT)
        try:
            size = os.stat(output).st_size
        except OSError:
            size = 0
        if size != self._size:
            self._size = size
            self._note(progress.tail(output, _OUTPUT_LIMIT))
        asked = pid and not self.stopped and os.path.exists(os.path.join(self._work.place, records.CANCEL))
        if asked and not xl_phases.handed_over(_seen(self._work)):
            self.stopped = _cut(pid)

    def _note(self, output: bytes) -> None:
        known = phases(self._work.place)
        names = [name for name, _after in known]
        after = round(max(0.0, time.time() - float(self._work.record["started"])), 2)
        new = [(name, after) for name in xl_phases.phases(output) if name not in names]
        if not new:
            return
        if xl_phases.handed_over([name for name, _after in new]):
            records.flag(self._work.place, records.HANDED_OVER)
        progress.note_phases(self._work.place, [*known, *new])


def phases(place: str) -> List[Tuple[str, float]]:
    """Return the phases that a job has come to, each with the seconds since its beginning."""
    return [(name, after) for name, after in progress.phases(place)]


def _cut(pid: int) -> bool:
    """Kill what carries a migration to the other host: ssh, which xl has started below the process ``pid``."""
    for child in _below(pid):
        try:
            with open(f"/proc/{child}/cmdline", "rb") as file:
                words = file.read(1 << 16).split(b"\0")
        except OSError:
            continue
        if any(_TRANSPORT in word for word in words):
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGTERM)
                return True
    return False


def _below(pid: int) -> List[int]:
    """Return the processes that descend from one."""
    parents = {int(name): _parent(name) for name in os.listdir("/proc") if name.isdigit()}
    found = [pid]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found[1:]


def _parent(pid: str) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read(1 << 12).rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0

"""A job at work: the commands of the host that it runs, on record, and what it has to say at its end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List, Optional

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.files import fsio
from xentui.agent.host.domain_list import HostDomains, ListRow, environment
from xentui.agent.jobs import progress, records
from xentui.agent.protocol import commands
from xentui.agent.store import audit

OUTPUT_LIMIT = 1 << 20
_SHORT, _LONG = 0.01, 0.1
_NOTED = 200


def reached(point: str) -> None:
    """Called at each point of a job between which it can be killed; tests put their own in its place."""


class JobWork:
    """One job at work: its record, its commands, what it has to say at its end."""

    def __init__(self, root: str, job: str) -> None:
        self.root = root
        self.place = records.folder(root, job)
        self.record = records.load(root, job)
        self.ran: List[Dict[str, Any]] = []
        self.unrecorded = ""
        #: The descriptor of its lock, -1 for none; a command that inherits it keeps the job from being settled.
        self.lock = -1

    @property
    def uuid(self) -> str:
        """The domain it is about; empty for one that is not known by it."""
        return str(self.record["uuid"])

    @property
    def path(self) -> str:
        """Its memory image."""
        return str(self.record["path"])

    def mark(self, name: str, words: str = "") -> None:
        """Note durably that a point of no return has been reached, with ``words`` that :meth:`noted` gives back."""
        fd = os.open(
            os.path.join(self.place, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
        )
        try:
            if words:
                fsio.write_all(fd, words.encode("utf-8"))
                os.fsync(fd)
        finally:
            os.close(fd)
        fsio.sync_folder(self.place)

    def noted(self, name: str) -> str:
        """Return the words of a mark; "" where there are none, or it was not noted whole."""
        try:
            return fsio.read_bounded(os.path.join(self.place, name), _NOTED).decode("utf-8", "replace")
        except (AgentError, OSError):
            return ""

    def marked(self, name: str) -> bool:
        """Return whether a point of no return has been noted."""
        return os.path.exists(os.path.join(self.place, name))

    def run(self, command: str, *, domid: int = 0) -> int:
        """Run one of the job's commands to its end, on record; returns its exit status."""
        return self.run_argv(
            commands.filled(self.record["commands"][command], domid=domid, path=self.path), command
        )

    def run_argv(self, argv: List[str], command: str) -> int:
        """Run ``argv``, which is called ``command`` here, to its end, on record; returns its exit status."""
        reached(f"before {command}")
        code = self.on_record(argv, lambda: self.execute([*self.record["prefix"], *argv]))
        reached(f"after {command}")
        return code

    def run_stoppable(self, argv: List[str], told: List[str]) -> int:
        """Run ``argv`` until it ends or the job is cancelled, on record as ``told``; it keeps the lock."""

        def do() -> int:
            whole = [*self.record["prefix"], *argv]
            return self.execute(whole, stop=lambda: self.marked(records.CANCEL), keep_lock=True)

        return self.on_record(told, do)

    def run_program(
        self, name: str, source: bytes, words: List[str], told: List[str], *, within: List[str]
    ) -> int:
        """Run a program of ours, as :meth:`run_stoppable` does: this Python is given its ``source`` and these words.

        Arguments: ``name`` is what it is called in the job's folder meanwhile, ``within`` what it is run by.
        """
        program = os.path.join(self.place, name)
        fsio.discard(program)
        fsio.write_new(program, source)
        python = [sys.executable or "python3", "-I", "-X", "utf8"]
        try:
            return self.run_stoppable([*within, *python, program, *words], told)
        finally:
            fsio.discard(program)

    def on_record(self, argv: List[str], do: Callable[[], int]) -> int:
        """Do what ``argv`` names, told to the audit log before and after; returns its exit status."""
        told = {
            "user": self.record["user"],
            "host": self.record["host"],
            "domain": self.record["subject"],
            "argv": argv,
        }
        started = time.time()
        opened = ""
        with contextlib.suppress(AgentError, OSError):
            opened = audit.audit_open(self.root, record=told)
        try:
            code = do()
        except BaseException:
            self._recorded(opened, told, started, 1)
            raise
        self._recorded(opened, told, started, code)
        return code

    def _recorded(self, opened: str, told: Dict[str, Any], started: float, code: int) -> None:
        taken = round(time.time() - started, 3)
        self.ran.append({"argv": told["argv"], "exit": code, "seconds": taken})
        record = {**told, "exit": code, "seconds": taken}
        try:
            if opened:
                audit.audit_close(self.root, id=opened, record=record)
            else:
                audit.audit_append(self.root, record=record)
        except (AgentError, OSError) as error:
            self.unrecorded = failure_of(error).message

    def in_child(self, work: Callable[[], int]) -> int:
        """Run ``work`` in a process of its own, which may crash; returns its exit status."""
        child = os.fork()
        if child == 0:
            code = 127
            try:
                output = self.output()
                os.dup2(output, 1)
                os.dup2(output, 2)
                code = work()
            finally:
                os._exit(code)
        _pid, status = os.waitpid(child, 0)
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)

    def domain(self, domid: int) -> Optional[ListRow]:
        """Return a domain as it is now, see :meth:`xentui.agent.host.domain_list.HostDomains.domain`."""
        return self.of_host.domain(domid)

    def domains(self, uuid: str) -> List[ListRow]:
        """Return the domains of a uuid that there are now, by their domids; raises as :meth:`domain`."""
        return self.of_host.domains(uuid)

    def own(self) -> Optional[ListRow]:
        """Return the job's domain as it is now, the youngest of its uuid; None where it is not there."""
        found = self.domains(self.uuid)
        return found[-1] if found else None

    @property
    def of_host(self) -> HostDomains:
        """The domains of its host."""
        return HostDomains(self.record["prefix"], self.record["commands"]["list"])

    def execute(
        self,
        argv: List[str],
        stop: Callable[[], bool] = lambda: False,
        *,
        watch: Callable[[int], None] = lambda _pid: None,
        keep_lock: bool = False,
    ) -> int:
        """Run ``argv`` as it is to its end; returns its exit status.  It is killed once it is to ``stop``.

        ``watch`` is called with its pid again and again.  With ``keep_lock`` it holds the lock of the job too: where
        the job is killed and it is not, the job is still under way.
        """
        output = self.output()
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                pass_fds=[self.lock] if keep_lock and self.lock >= 0 else [],
            )
        except OSError as error:
            os.write(output, f"{argv[0]}: {(error.strerror or 'cannot be run').lower()}\n".encode())
            return 127
        finally:
            os.close(output)
        pause = _SHORT
        while process.poll() is None:
            time.sleep(pause)
            pause = min(_LONG, pause * 1.5)
            watch(process.pid)
            self._bound()
            if stop():
                process.kill()
        code = int(process.returncode)
        return code if code >= 0 else 128 - code

    def output(self) -> int:
        """Return a descriptor of the file its commands print to, which is closed by who asks for it."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(os.path.join(self.place, records.OUTPUT), flags, 0o600)

    def _bound(self) -> None:
        """Keep what a command prints without end from filling the disk: it appends, so cutting costs it nothing."""
        path = os.path.join(self.place, records.OUTPUT)
        with contextlib.suppress(OSError):
            if os.stat(path).st_size > OUTPUT_LIMIT:
                os.truncate(path, 0)

    def end(self, code: int, then: str = "", failure: Optional[AgentError] = None) -> None:
        """The job has ended: with ``code``, the exit status of what decided it, and what became of the domain."""
        reached("before end")
        failed = [item for item in self.ran if item["exit"]]
        progress.end_job(
            self.place,
            {
                "exit": code,
                "argv": (failed or self.ran or [{"argv": []}])[-1]["argv"],
                "then": then,
                "error": failure.to_json() if failure else None,
                "ran": self.ran,
                "unrecorded": self.unrecorded,
                "time": time.time(),
            },
        )

"""The job that empties a host, at work: a guest after the other, as it was agreed to.

Just before each it looks whether that is still so.  What has changed since – the guest, its disks, the host it was to
go to – is left as it is and told: nobody is there to be asked.  Each move is a job of its own
(:mod:`xentui.agent.migrating`), which hands over what is stored of the guest, and is settled by itself where all of
this is killed.
"""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import json
import os
import time
from typing import Any, Dict, List, Optional, Tuple

from xentui.agent import (
    draining,
    emptying,
    engine_migrating,
    host_takes,
    job_launch,
    job_progress,
    job_records,
    jobs,
    layout,
    migrating,
    outcomes,
    working,
    xendomains,
)
from xentui.agent.errors import AgentError, failure_of
from xentui.agent.far_program import FarProgram, NoAnswerError
from xentui.agent.working import JobWork, ListRow, SilentError

KILLED = "the drain was killed on the host, or the host went down"
_STEP = 0.2
_LOOK_SECONDS, _DETAIL_SECONDS, _QUERY_SECONDS = 60.0, 300.0, 60.0
#: Seconds before each try to have a move settled that was left without an end.
_SETTLES = (0.0, 15.0, 60.0)
#: Seconds an ended guest may stay until xl has cleared it away; one that is preserved stays for ever.
_CLEANING = 10.0
_DETAILS_LIMIT = 256 << 20
_DISK, _NIC = ("pdev_path", "vdev", "readwrite"), ("mac", "bridge")
_TOO_LATE = "it was too late to stop it"
_SAID = 4 << 10


class _SkippedError(Exception):
    """A guest is not what was agreed to any more, or the host is not that it was to go to."""


class _GoneError(Exception):
    """A guest runs here no more."""


def drain(work: JobWork) -> None:
    """Deal with each guest, and say what has come of all."""
    _Sequence(work).run()


def settle(work: JobWork) -> None:
    """Say how far a killed job has come: what it began goes on by itself, and whoever empties the host next goes on."""
    told = [dict(each) for each in outcomes.read(work.place)]
    for each in told:
        if each["state"] == outcomes.DOING:
            each.update({"state": outcomes.FAILED, "why": KILLED})
    if told:
        outcomes.write(work.place, told)
    work.end(1, KILLED)


class _Sequence:
    def __init__(self, work: JobWork) -> None:
        self._work = work
        told = emptying.read(work.place)
        self._steps: List[Dict[str, Any]] = told["steps"]
        self._keep_going: bool = told["keep_going"]
        self._patience: float = told["patience"]
        self._details: List[str] = told["details"]
        self._told = [
            outcomes.new(each["uuid"], each["name"], each["does"], each["to"]) for each in self._steps
        ]
        self._devices: Dict[str, str] = {}
        self._files: Dict[str, str] = {}
        self._away: Dict[str, str] = {}

    def run(self) -> None:
        """Deal with each guest."""
        moves = [step for step in self._steps if step["does"] == emptying.MOVES]
        if moves:
            self._devices = self._devices_of()
            for to in dict.fromkeys(str(step["to"]) for step in moves):
                self._look_at(to, [step for step in moves if step["to"] == to])
        for step, outcome in zip(self._steps, self._told):  # noqa: B905 - Python 3.10 has strict=
            if self._is_enough():
                break
            self._tell(outcome, outcomes.DOING)
            working.reached("before step")
            try:
                self._tell(outcome, outcomes.DONE, self._do(step, outcome))
            except _SkippedError as error:
                self._tell(outcome, outcomes.SKIPPED, str(error))
            except (AgentError, OSError) as error:
                self._tell(outcome, outcomes.FAILED, failure_of(error).message)
                if not self._keep_going:
                    break
            working.reached("after step")
        done = sum(each["state"] == outcomes.DONE for each in self._told)
        code = 0 if done == len(self._told) else 1
        if code and self._is_enough():
            code = job_records.CANCELLED
        self._work.end(code, f"{done} of {len(self._told)} guests are dealt with")

    def _tell(self, outcome: Dict[str, str], state: str, why: str = "") -> None:
        outcome.update({"state": state, "why": outcomes.words(why)})
        outcomes.write(self._work.place, self._told)

    def _is_cancelled(self) -> bool:
        return self._work.marked(job_records.CANCEL)

    def _is_enough(self) -> bool:
        return self._is_cancelled() or self._work.marked(job_records.ENOUGH)

    # One guest

    def _do(self, step: Dict[str, Any], outcome: Dict[str, str]) -> str:
        guest = JobWork(self._work.root, str(self._work.record["id"]))
        guest.record.update({"uuid": step["uuid"], "subject": step["name"]})
        try:
            job_launch.refuse_second(guest.root, guest.uuid, "")
        except AgentError as error:
            raise _SkippedError(error.message) from None
        try:
            if step["does"] == emptying.MOVES:
                self._require_runs(guest, step)
                return self._move(guest, step, outcome)
            if step["does"] == emptying.SHUTS_DOWN:
                self._require_runs(guest, step)
                return self._shut_down(guest, step)
            if any(row.letters[5] != "d" for row in guest.domains(guest.uuid)):
                raise _SkippedError("it runs meanwhile")
            raise _GoneError
        except _GoneError:
            return self._gone(guest, step)
        finally:
            self._work.ran += guest.ran

    def _require_runs(self, guest: JobWork, step: Dict[str, Any]) -> ListRow:
        """Raise where a guest does not run as it did when this was agreed to."""
        row = guest.domain(step["domid"])
        if row is None or row.uuid != guest.uuid:
            if guest.domains(guest.uuid):
                raise _SkippedError("it was started anew meanwhile")
            raise _GoneError
        if row.letters[5] == "d" or row.stopped:
            raise _GoneError
        if row.asleep:
            raise _SkippedError("it is stopped for its memory to be saved, or moved, by somebody else")
        if row.letters[2] == "p":
            raise _SkippedError("it is paused meanwhile")
        return row

    def _gone(self, guest: JobWork, step: Dict[str, Any]) -> str:
        """Nothing is left to be done with a guest that does not run, but that it must not start with the host."""
        kept = self._is_kept(guest, step)
        if kept and step["linked"]:
            told = {**step["guest"], "begun": True}
            if step["does"] != emptying.UNLINKS:
                told.update({"way": emptying.UNLINKS, "to": "", **step["link"]})
            draining.note(guest.root, guest.uuid, {**told, "done": False})
            self._unlink(guest, step)
            draining.note(guest.root, guest.uuid, {**told, "done": True})
            return "does not start with the host meanwhile"
        if step["begun"]:
            before = draining.guest_of(guest.root, guest.uuid) or step["guest"]
            draining.note(guest.root, guest.uuid, {**before, "begun": True, "done": True})
        else:
            draining.note(guest.root, guest.uuid, None)
        return "has ended by itself" if kept else "is not here any more"

    def _is_kept(self, guest: JobWork, step: Dict[str, Any]) -> bool:
        """Whether a guest is managed here."""
        if not step["kept"]:
            return os.path.isdir(layout.entry(guest.root, guest.uuid))
        said = _said([*guest.record["prefix"], *step["kept"]], _QUERY_SECONDS)
        return said is not None and engine_migrating.read_info(said).kept

    def _unlink(self, guest: JobWork, step: Dict[str, Any]) -> None:
        if step["unlink"]:
            code = guest.run_argv(step["unlink"], "unlink")
            if code:
                raise AgentError("io", f"it still starts with the host: {self._last_said()}")
            return

        def unlink() -> int:
            xendomains.unlink_autostart(guest.root, auto_dir=str(guest.record["auto"]), uuid=guest.uuid)
            return 0

        guest.on_record(["xentui-store", "autostart", guest.uuid, "off"], unlink)

    # Moved

    def _move(self, guest: JobWork, step: Dict[str, Any], outcome: Dict[str, str]) -> str:
        self._require_agreed(step)
        draining.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": False})
        outcome["job"] = binascii.hexlify(os.urandom(16)).decode("ascii")
        outcomes.write(self._work.place, self._told)
        working.reached("before move")
        try:
            migrating.start_migrate_job(
                guest.root,
                job=outcome["job"],
                prefix=list(guest.record["prefix"]),
                uuid=guest.uuid,
                domid=step["domid"],
                migration=step["migration"],
                commands=step["commands"],
                auto_dir=str(guest.record["auto"]),
                subject=step["name"],
                user=str(guest.record["user"]),
                host=str(guest.record["host"]),
            )
        except AgentError as error:
            if error.code == "busy":
                raise _SkippedError(error.message) from None
            raise
        end = self._end_of(outcome["job"])
        if end is None:
            raise AgentError(
                "io", f"its move was left without an end: `migrate --mend` looks at {step['to']} too"
            )
        then = str(end.get("then", ""))
        if end.get("exit"):
            refusal = end.get("error")
            why = str(refusal["message"]) if isinstance(refusal, dict) else self._last_said(outcome["job"])
            if end["exit"] == job_records.CANCELLED:
                why = "the migration was stopped"
            raise AgentError("io", "; ".join(word for word in (why, then) if word))
        if then and then != _TOO_LATE:
            raise AgentError("io", f"it runs on {step['to']}, and {then}")
        draining.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": True})
        return f"runs on {step['to']}"

    def _end_of(self, job: str) -> Optional[Dict[str, Any]]:
        """How the job of a move has ended; None where it was left without an end."""
        place = job_records.folder(self._work.root, job)
        for pause in _SETTLES:
            if self._wait(place, pause) == job_records.ENDED:
                break
            with contextlib.suppress(AgentError, OSError):
                jobs.settle_job(self._work.root, job=job)
        else:
            if self._wait(place, 0.0) != job_records.ENDED:
                return None
        found = job_progress.end_of(place)
        return dict(found) if found is not None else None

    def _wait(self, place: str, pause: float) -> str:
        """Wait until a job is not under way, and so many seconds for it to end else; it is stopped where we are."""
        stopped, deadline = False, time.monotonic() + pause
        while True:
            now = job_progress.state(place, job_records.read(place))
            if now == job_records.ENDED or (now != job_records.RUNNING and time.monotonic() >= deadline):
                return now
            if now == job_records.RUNNING and not stopped and self._is_cancelled():
                stopped = True
                with contextlib.suppress(AgentError):  # it is too late: what runs there runs there
                    jobs.cancel_job(self._work.root, job=os.path.basename(place))
            time.sleep(_STEP)

    def _last_said(self, job: str = "") -> str:
        """The last line that was printed by a job, "" for this one."""
        place = job_records.folder(self._work.root, job) if job else self._work.place
        said = job_progress.tail(os.path.join(place, job_records.OUTPUT), _SAID).decode("utf-8", "replace")
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return outcomes.words(lines[-1]) if lines else "it has failed"

    # What was agreed to

    def _require_agreed(self, step: Dict[str, Any]) -> None:
        """Raise where a guest, or the host it is to go to, is another than when this was agreed to."""
        to, uuid = str(step["to"]), str(step["uuid"])
        if to in self._away:
            raise _SkippedError(self._away[to])
        if uuid not in self._devices or uuid not in self._files:
            raise _SkippedError("its devices are not known, or its disks on the other host")
        if self._devices_of(step["domid"]).get(uuid) != self._devices[uuid]:
            raise _SkippedError("its devices are others meanwhile")
        there = self._look_at(to, [step])
        if there is None:
            raise _SkippedError(self._away[to])
        if uuid in there["uuids"]:
            raise _SkippedError(f"{to} has a domain of that uuid meanwhile")
        if uuid in there["names"]:
            raise _SkippedError(f"{to} has a domain of that name meanwhile")
        if there["files"].get(uuid) != self._files[uuid]:
            raise _SkippedError(f"its disks are others on {to} meanwhile")
        need, free = int(step["place"]["need"]), int(there["free"])
        if need > free + int(step["place"]["spare"]):
            raise _SkippedError(f"{to} has {free // 1024} MiB free, and it takes {need // 1024}")

    def _look_at(self, to: str, steps: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
        """What the other host has, about these guests; None where it does not answer, which is kept.

        What tells their disks from others is kept at the first look.
        """
        place = steps[0]["place"]
        try:
            with FarProgram(self._work, place["reach"], host_takes.program()) as far:
                guests = [
                    {"uuid": each["uuid"], "name": each["place"]["name"], "files": each["place"]["files"]}
                    for each in steps
                ]
                far.tell(
                    {**{key: place[key] for key in ("prefix", "info", "list", "named")}, "guests": guests}
                )
                answer = _checked(far.answer(within=_LOOK_SECONDS))
        except NoAnswerError:
            self._away[to] = f"{to} does not answer"
            return None
        except (AgentError, OSError) as error:
            self._away[to] = f"{to}: {failure_of(error).message}"
            return None
        for uuid, digest in answer["files"].items():
            self._files.setdefault(uuid, digest)
        return answer

    def _devices_of(self, domid: int = 0) -> Dict[str, str]:
        """What tells the devices of each domain, or of one, from any others, by uuid."""
        argv = [*self._work.record["prefix"], *self._details, *([str(domid)] if domid else [])]
        said = _said(argv, _DETAIL_SECONDS, _DETAILS_LIMIT, failed=True)
        try:
            listed = json.loads(said or "[]")
        except (ValueError, RecursionError):
            return {}
        known: Dict[str, str] = {}
        for each in listed if isinstance(listed, list) else [listed]:
            with contextlib.suppress(
                KeyError, TypeError, AttributeError
            ):  # one that says too little is left out
                uuid, digest = _devices(each["config"])
                known[uuid] = digest
        return known

    # Shut down

    def _shut_down(self, guest: JobWork, step: Dict[str, Any]) -> str:
        if not self._is_kept(guest, step):
            raise _SkippedError("it is transient meanwhile: once it has stopped nobody knows it any more")
        draining.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": False})
        if guest.run_argv(step["argv"], "shutdown"):
            raise AgentError("io", self._last_said())
        self._wait_gone(guest, step["domid"])
        if step["linked"]:
            self._unlink(guest, step)
        draining.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": True})
        return "is shut down"

    def _wait_gone(self, guest: JobWork, domid: int) -> None:
        deadline, ended = time.monotonic() + self._patience, 0.0
        while True:
            row = guest.domain(domid)
            if row is None or row.uuid != guest.uuid:
                return
            now = time.monotonic()
            if row.stopped:
                ended = ended or now
                if now - ended > _CLEANING:
                    return
            if self._is_cancelled():
                raise AgentError("busy", "it was asked to shut down, and may do so yet")
            if now > deadline:
                raise AgentError(
                    "busy", f"it was asked to shut down, and still runs after {self._patience:g} s"
                )
            time.sleep(_STEP)


def _said(argv: List[str], seconds: float, limit: int = 1 << 20, *, failed: bool = False) -> Optional[str]:
    """What a command prints that only looks; None where it fails, unless it may have ``failed`` in part."""
    done = working.ask(argv, seconds)
    if done is None or (done.returncode and not failed):
        return None
    return done.stdout[:limit].decode("utf-8", "replace")


def _devices(config: Dict[str, Any]) -> Tuple[str, str]:
    """The uuid of a domain of ``xl list -l``, and what tells its devices from any others."""
    told = {
        "disks": [[each.get(key) for key in _DISK] for each in config.get("disks", [])],
        "nics": [[each.get(key) for key in _NIC] for each in config.get("nics", [])],
        "others": [config.get(key, []) for key in ("pcidevs", "usbdevs", "dtdevs")],
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode("ascii")).hexdigest()
    return str(config["c_info"]["uuid"]).lower(), digest


def _checked(answer: Any) -> Dict[str, Any]:
    """What the other host says, which is not trusted; raises AgentError where it makes no sense."""
    if (
        isinstance(answer, dict)
        and type(answer.get("free")) is int
        and all(isinstance(answer.get(key), list) for key in ("uuids", "names"))
        and isinstance(answer.get("files"), dict)
        and all(isinstance(each, str) for each in answer["files"].values())
    ):
        return answer
    raise SilentError("io", "what it says of itself is not valid")

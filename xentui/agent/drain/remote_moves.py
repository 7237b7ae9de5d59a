"""Guests that leave another host, as the host they come to has them go: a process there, which ssh has started.

It reads lines of JSON – first which store and which commands are that host's, then what is asked of its guests – and
answers each by a line (:class:`xentui.agent.drain.guest_moves.HostMoves`).  Each guest leaves by a job of that host,
which goes on by itself where the line breaks; it is found again by its name.
"""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any, Callable, Dict, List, Optional

from xentui.agent import remote
from xentui.agent.drain.guest_moves import HostMoves
from xentui.agent.drain.preconditions import GuestGoneError, SkippedError
from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.host.domain_list import SilentError
from xentui.agent.jobs import outcomes, records
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration.remote_program import FarProgram, NoAnswerError

_LINE = 4 << 20
_DONE, _SKIPPED, _GONE = "done", "skipped", "gone"
_ANSWER_SECONDS = 400.0
#: Seconds before each try to reach the host again, where a guest is on its way from there.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)
_AT_ONCE = 500
_PHASES, _WORD = 50, 40


def main() -> None:
    """Answer what standard input asks; on standard output."""
    told = _read()
    moves = HostMoves(
        str(told["root"]),
        [str(word) for word in told["prefix"]],
        [str(word) for word in told["list"]],
        [str(word) for word in told["details"]],
    )
    while True:
        asked = _read()
        try:
            answer: Dict[str, Any] = {"ok": _answered(moves, asked)}
        except AgentError as error:
            answer = {"error": error.to_json()}
        except OSError as error:
            answer = {"error": from_os_error(error).to_json()}
        sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
        sys.stdout.buffer.flush()


def _read() -> Dict[str, Any]:
    """Return the next line; whoever asked has gone where there is none."""
    line = sys.stdin.buffer.readline(_LINE)
    if not line.endswith(b"\n"):
        sys.exit(0)
    found = json.loads(line)
    return found if isinstance(found, dict) else sys.exit(1)


def _answered(moves: HostMoves, asked: Dict[str, Any]) -> Dict[str, Any]:
    try:
        return {_DONE: _ASKED[asked["what"]](moves, asked)}
    except SkippedError as error:
        return {_SKIPPED: str(error)}
    except GuestGoneError:
        return {_GONE: True}


def _devices(moves: HostMoves, asked: Dict[str, Any]) -> Dict[str, str]:
    known = moves.keep()
    return {uuid: known[uuid] for uuid in asked["uuids"] if uuid in known}


def _require(moves: HostMoves, asked: Dict[str, Any]) -> None:
    moves.keep(asked["known"])
    moves.require(asked["step"])


_ASKED: Dict[str, Callable[[HostMoves, Dict[str, Any]], Any]] = {
    "devices": _devices,
    "require": _require,
    "start": lambda moves, asked: moves.start(asked["step"], asked["job"]),
    "look": lambda moves, asked: moves.look(asked["job"]),
    "settle": lambda moves, asked: moves.settle(asked["job"]),
    "cancel": lambda moves, asked: moves.cancel(asked["job"]),
}


class FarMoves:
    """The guests of another host; implements :class:`xentui.agent.drain.guest_moves.Moves`.

    ``source`` is that host, as of :func:`xentui.agent.drain.undrain_arguments.checked`; ``listing`` lists its domains,
    and ``details`` prints what ``xl list -l`` does.  Used as a context, within which its connection is kept.
    """

    def __init__(self, work: JobWork, source: Dict[str, Any], listing: List[str], details: List[str]) -> None:
        self._work, self._source = work, source
        self._told = {
            "root": source["root"],
            "prefix": source["prefix"],
            "list": listing,
            "details": details,
        }
        self._far: Optional[FarProgram] = None
        self._known: Dict[str, str] = {}

    def __enter__(self) -> "FarMoves":
        return self

    def __exit__(self, *_why: object) -> None:
        far, self._far = self._far, None
        if far is not None:
            far.__exit__()

    def keep(self, uuids: List[str]) -> None:
        """Keep what tells the devices of these guests now from others; raises NoAnswerError, AgentError."""
        for start in range(0, len(uuids), _AT_ONCE):
            some = uuids[start : start + _AT_ONCE]
            found = self._ask({"what": "devices", "uuids": some})
            if not isinstance(found, dict):
                raise _odd()
            self._known.update({uuid: str(found[uuid]) for uuid in some if uuid in found})

    def require(self, step: Dict[str, Any]) -> None:
        """See :meth:`xentui.agent.drain.guest_moves.Moves.require`."""
        uuid = str(step["uuid"])
        known = {uuid: self._known[uuid]} if uuid in self._known else {}
        self._ask({"what": "require", "step": step, "known": known})

    def start(self, step: Dict[str, Any], job: str) -> None:
        """See :meth:`xentui.agent.drain.guest_moves.Moves.start`; whether it was begun where the line broke the
        job tells.
        """
        told = {**step, "auto": self._source["auto"], "host": self._source["name"]}
        try:
            self._ask({"what": "start", "step": told, "job": job}, again=True)
        except AgentError as error:
            if error.code != "exists":  # told twice
                raise

    def look(self, job: str) -> Dict[str, Any]:
        """See :meth:`xentui.agent.drain.guest_moves.Moves.look`."""
        return checked_look(self._ask({"what": "look", "job": job}, again=True))

    def settle(self, job: str) -> None:
        """See :meth:`xentui.agent.drain.guest_moves.Moves.settle`."""
        self._ask({"what": "settle", "job": job}, again=True)

    def cancel(self, job: str) -> None:
        """See :meth:`xentui.agent.drain.guest_moves.Moves.cancel`."""
        self._ask({"what": "cancel", "job": job}, again=True)

    def _ask(self, message: Dict[str, Any], *, again: bool = False) -> Any:
        """Return what the other host answers; where the line breaks it is tried ``again``."""
        for pause in (*(_PAUSES if again else ()), None):
            try:
                return self._asked(message)
            except NoAnswerError:
                self.__exit__()
                if pause is None:
                    raise
                time.sleep(pause)
        raise _odd()

    def _asked(self, message: Dict[str, Any]) -> Any:
        if self._far is None:
            far = FarProgram(self._work, self._source["reach"], "drain.remote_moves", *remote.JOB)
            self._far = far.__enter__()
            self._far.tell(self._told)
        self._far.tell(message)
        answer = self._far.answer(within=_ANSWER_SECONDS)
        if not isinstance(answer, dict):
            raise _odd()
        if _SKIPPED in answer:
            raise SkippedError(outcomes.words(str(answer[_SKIPPED])))
        if _GONE in answer:
            raise GuestGoneError
        return answer.get(_DONE)


def checked_look(told: Any) -> Dict[str, Any]:
    """Return a look at a job of another host, which is not trusted; raises AgentError where it makes no sense."""
    states = (records.RUNNING, records.INTERRUPTED, records.ENDED)
    if not isinstance(told, dict) or told.get("state") not in states or not _is_list(told.get("phases")):
        raise _odd()
    end, phases = told.get("end"), told.get("phases")
    if end is not None and (not isinstance(end, dict) or type(end.get("exit")) is not int):
        raise _odd()
    if end is not None and isinstance(end.get("error"), dict) and "message" not in end["error"]:
        raise _odd()
    try:
        named = [(str(name)[:_WORD], float(after)) for name, after in (phases or [])[:_PHASES]]
    except (TypeError, ValueError):
        raise _odd() from None
    if not all(name.isalpha() and math.isfinite(after) for name, after in named):
        raise _odd()
    return {
        "state": told["state"],
        "phases": [list(each) for each in named],
        "end": end,
        "said": str(told.get("said", "")),
    }


def _is_list(value: object) -> bool:
    return value is None or isinstance(value, list)


def _odd() -> AgentError:
    return SilentError("io", "what the other host says of its guests is not valid")

"""A program of ours on another host, which ssh has started there and a job talks to: lines of JSON, and bytes."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shlex
import subprocess
import time
from typing import Any, BinaryIO, Dict, List, Optional

from xentui.agent import remote
from xentui.agent.errors import AgentError
from xentui.agent.images import image_worker
from xentui.agent.jobs.worker import JobWork

_STEP = 0.2
_ANSWER = 1 << 18
_SILENT = "the other host no longer answers"
_PYTHON = ["python3", "-I", "-X", "utf8", "-c", remote.JOB_BOOTSTRAP]


class NoAnswerError(AgentError):
    """The other host is not reached, or does not answer any more: whether it has done what it was told is not known."""


class FarProgram:
    """A process on the other host; ``reach`` are the words that run a command there (none: it is this host).

    It runs ``main`` of a ``module`` of the agent, and has ``more`` of them.  Raises :class:`NoAnswerError` wherever it
    has gone.
    """

    def __init__(self, work: JobWork, reach: List[str], module: str, *more: str) -> None:
        self._source = remote.main_of(module, *more)
        output = work.output()
        try:
            self._process = subprocess.Popen(
                [*reach, shlex.join(_PYTHON)] if reach else _PYTHON,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        except OSError as error:
            raise NoAnswerError("io", f"the other host cannot be reached: {error.strerror}") from None
        finally:
            os.close(output)
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._to: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._from: BinaryIO = self._process.stdout  # type: ignore[assignment]

    def __enter__(self) -> "FarProgram":
        try:
            self.write(remote.packed(self._source))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_why: object) -> None:
        with contextlib.suppress(OSError):  # it has gone
            self._to.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._from.close()

    def tell(self, message: Dict[str, Any]) -> None:
        """Send a line."""
        self.write(json.dumps(message).encode("ascii") + b"\n")
        self.flush()

    def write(self, data: bytes) -> None:
        """Send bytes; where nobody takes them any more, raise what the other side has said."""
        try:
            self._to.write(data)
        except BrokenPipeError:
            self.hear("")

    def flush(self) -> None:
        """Have it sent."""
        try:
            self._to.flush()
        except BrokenPipeError:
            self.hear("")

    def hear(self, wanted: str, *, cancel: str = "", within: Optional[float] = None) -> None:
        """Wait for an answer; raises what the other side says instead of ``wanted``.

        CancelledError once there is a file ``cancel``: what is sent may be long in being checked there.  What does not
        answer ``within`` so many seconds is ended.
        """
        if wanted:
            self.flush()
        if self.answer(cancel=cancel, within=within) != wanted or not wanted:
            raise NoAnswerError("io", _SILENT)

    def answer(self, *, cancel: str = "", within: Optional[float] = None) -> Any:
        """Wait for an answer, as :meth:`hear`, and return it; raises what the other side says instead of one."""
        deadline = time.monotonic() + within if within is not None else None
        while cancel or deadline is not None:
            answers = select.select([self._from], [], [], _STEP)[0]
            if cancel and os.path.exists(cancel):
                raise image_worker.CancelledError
            if answers:
                break
            if deadline is not None and time.monotonic() > deadline:
                self._process.kill()
                break
        line = self._from.readline(_ANSWER)
        try:
            answer = json.loads(line)
            if "ok" in answer:
                return answer["ok"]
            error = answer["error"]
            failure = AgentError(str(error["code"]), str(error["message"]), str(error["path"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise NoAnswerError("io", _SILENT) from None
        raise failure

"""A script run on a live console: what it expects is waited for by pexpect, in a thread; the guest has one client."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from xentui.console.live import HELD, LEFT, TAKEN, LiveConsole
from xentui.console.pexpect_output import ExpectedOutput, StoppedError
from xentui.console.pty_session import Hearing
from xentui.console.redaction import Redactor, redacted
from xentui.expect.pattern import OutputPattern
from xentui.expect.script import KEYS, TYPING, Script, ScriptStep, Verb
from xentui.frozen import dataclass
from xentui.text import plain

_TELL_HOLDER: Final = 3.0
"""Seconds a host has to tell who holds the console."""
_ECHO: Final = 10.0
"""Seconds a secret is kept out of the log behind the end of a run."""
_ENTER: Final = "\r"
_LINE: Final = 200
STOPPED: Final = "stopped"


class End(StrEnum):
    """How a script ended."""

    DONE = "done"
    TIMED_OUT = "timed out"
    FAILED = "failed"
    """What the script calls a failure was seen."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a script ended, at which step (None: before any), why, and the line last looked at."""

    end: End
    step: ScriptStep | None
    why: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told of a run, on the event loop: each step before it is done, and the guest's text."""

    step: Callable[[ScriptStep], None] = lambda _step: None
    text: Callable[[str], None] = lambda _text: None


class ScriptRun:
    """One run of ``script`` on ``console``; ``secrets`` are its secrets by their names.

    What the console shows behind its last line feed, a prompt, is looked at too; of one that was opened for the run,
    ``fresh``, all it has shown.  Each step is a line in the console's log, which so is the run's transcript; secrets
    are kept out of it.
    """

    def __init__(
        self,
        console: LiveConsole,
        script: Script,
        secrets: Mapping[str, str],
        listeners: Listeners,
        *,
        fresh: bool = False,
    ) -> None:
        self._since = Hearing.BEGINNING if fresh else Hearing.LINE
        self._console = console
        self._script = script
        self._secrets = dict(secrets)
        self._listeners = listeners
        self._output = ExpectedOutput(self._tell)
        self._redactor = Redactor()
        self._redactor.hide(self._secrets.values())
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._timeout = script.timeout
        self._failure: OutputPattern | None = None
        self._step: ScriptStep | None = None
        self._found = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self, why: str = STOPPED) -> None:
        """End the run before its next step; from any thread."""
        self._output.stop(why)

    async def run(self) -> RunOutcome:
        """Do the steps; a run that is cancelled is stopped first."""
        console = self._console
        stop_hearing = console.overhear(self._output.take_in, since=self._since)
        stop_watching = console.on_change(self._changed)
        show_again = console.transcript.hide(self._secrets.values())
        loop = self._loop = asyncio.get_running_loop()
        working: asyncio.Future[RunOutcome] = loop.create_future()
        # Of its own: a script may wait for hours, and the executor's threads are few.
        threading.Thread(target=self._work, args=(working,), name="script", daemon=True).start()
        try:
            self._changed(console)
            return await asyncio.shield(working)
        finally:
            self.stop()
            await asyncio.wait([working])
            stop_watching()
            stop_hearing()
            # What a guest echoes late is kept out too.
            loop.call_later(_ECHO, show_again)

    def _changed(self, console: LiveConsole) -> None:
        if not console.ended:
            return
        if console.status == HELD:
            asyncio.get_running_loop().call_later(_TELL_HOLDER, self._stop_if_ended, console)
        elif console.status == LEFT or console.status.startswith(("held by ", TAKEN)):
            self.stop(console.status)

    def _stop_if_ended(self, console: LiveConsole) -> None:
        if console.ended:  # it may have been attached again meanwhile
            self.stop(console.status)

    # The thread

    def _work(self, working: asyncio.Future[RunOutcome]) -> None:
        def tell(outcome: RunOutcome | None, error: Exception | None) -> None:
            if outcome is not None:
                working.set_result(outcome)
            elif error is not None:
                working.set_exception(error)

        outcome, failure = None, None
        try:
            outcome = self._run()
        except Exception as error:  # noqa: BLE001 - a fault is raised where the run is waited for
            failure = error
        self._on_loop(tell, outcome, failure)

    def _on_loop(self, function: Callable[..., None], *arguments: object) -> None:
        """Have the event loop call it, in turn."""
        # A loop that has been closed has nobody to tell.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(function, *arguments)

    def _tell(self, text: str) -> None:
        self._tell_text(self._redactor.passed(text.encode("utf-8", "surrogatepass")))

    def _tell_text(self, data: bytes, *, final: bool = False) -> None:
        if text := self._decoder.decode(data, final=final):
            self._on_loop(self._listeners.text, text)

    def _run(self) -> RunOutcome:
        self._note(f"script {self._script.source} begins")
        try:
            outcome = self._steps()
        except StoppedError as stopped:
            outcome = RunOutcome(End.STOPPED, self._step, str(stopped), self._line)
        self._tell_text(self._redactor.rest(), final=True)
        why = f": {outcome.why}" if outcome.why not in ("", outcome.end) else ""
        self._note(f"script {self._script.source}: {outcome.end}{why}")
        return outcome

    def _steps(self) -> RunOutcome:
        skipping = False
        for step in self._script.steps:
            if step.verb is Verb.END:
                skipping = False
            if skipping:
                continue
            self._step = step
            self._note(f"script line {step.line}: {step.shown}" if step.line else step.shown)
            self._on_loop(self._listeners.step, step)
            self._output.pause(0)
            if step.verb is Verb.IF:
                skipping = step.pattern is not None and not step.pattern.search(self._found)
            elif outcome := self._do(step):
                return outcome
        return RunOutcome(End.DONE, self._step, line=self._found)

    def _do(self, step: ScriptStep) -> RunOutcome | None:
        """Do a step; returns how the script ended, None where it goes on."""
        match step.verb:
            case Verb.TIMEOUT:
                self._timeout = step.seconds
            case Verb.FAIL:
                self._failure = step.pattern
            case Verb.PAUSE:
                self._output.pause(step.seconds)
            case Verb.EXPECT:
                return self._expect(step)
            case verb if verb in TYPING:
                return self._type(step)
        return None

    def _expect(self, step: ScriptStep) -> RunOutcome | None:
        assert step.pattern is not None  # noqa: S101 - an expect is read with one
        patterns = [step.pattern] if self._failure is None else [step.pattern, self._failure]
        found = self._output.wait_for(patterns, self._timeout)
        self._found = self._line
        if found is None:
            status = f"; the console is {self._console.status}" if self._console.ended else ""
            return RunOutcome(End.TIMED_OUT, step, f"not seen in {self._timeout:g} s{status}", self._found)
        if found:
            return RunOutcome(End.FAILED, step, f"the guest says: {self._found}", self._found)
        return None

    def _type(self, step: ScriptStep) -> RunOutcome | None:
        typed = KEYS[step.text] if step.verb is Verb.KEY else step.text
        if step.verb is Verb.SECRET:
            typed = self._secrets[step.name]
        if step.verb in (Verb.SEND, Verb.SECRET):
            typed += _ENTER
        session = self._console.session
        before = session.dropped_input
        session.write(typed.encode("utf-8"))
        if session.dropped_input != before:
            return RunOutcome(End.STOPPED, step, "the guest takes no input: its console has ended or is full")
        return None

    @property
    def _line(self) -> str:
        """The line last looked at, without secrets, as plain text."""
        line = redacted(self._output.line, self._secrets.values())
        return plain(line[-_LINE:], _LINE)

    def _note(self, words: str) -> None:
        self._console.transcript.note(f"--- {words} ---")

"""Scripts for a guest's console: a step a line, read whole before any is done.

::

    # Log in as root, and ask for the kernel.
    timeout 90
    send
    expect login: ?$
    send root
    fail Login incorrect
    expect Password:
    secret ROOT_PASSWORD Password of root
    expect [#$] $
    send uname -r
    expect ^\\d+\\.\\d+

What stands behind a step's word is taken as it is, without quotes; docs/console.md explains each word.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from xentui.errors import ConfigError, ExitStatus
from xentui.expect.pattern import OutputPattern
from xentui.expect.syntax import OutputPatternError
from xentui.frozen import dataclass
from xentui.spelling import nearest
from xentui.text import lines, plain

SIZE: Final = 64 << 10
"""Bytes of a script at most."""
STEPS: Final = 1000
TIMEOUT: Final = 60.0
"""Seconds an ``expect`` waits where the script says nothing."""
LONGEST: Final = 7 * 86_400.0
_TEXT: Final = 1000
"""Characters of a line at most: a guest's terminal takes 4095 of one."""
_SECRET: Final = re.compile(r"[A-Z][A-Z0-9_]{0,62}\Z")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_SECONDS_WANTED: Final = f"needs seconds, more than none and at most {LONGEST:.0f}"
_SECONDS: Final = re.compile(r"\d{1,7}(\.\d{1,3})?\Z", re.ASCII)
KEYS: Final = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "backspace": "\x7f",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    **{f"f{number}": code for number, code in enumerate(("\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"), 1)},
    **{f"ctrl-{letter}": chr(ord(letter) & 0x1F) for letter in "abcdefghijklmnopqrstuvwxyz\\"},
}
"""The keys ``key`` knows, and what a guest gets of them; not Ctrl-], which would leave its console."""


class ScriptError(ConfigError):
    """A script, or what one is made of, cannot be used: nothing of it is done."""

    exit_status = ExitStatus.USAGE

    def __init__(self, message: str, *, source: str, line: int = 0, hint: str = "") -> None:
        super().__init__(message, source=source, line=line, hint=hint)
        self.subject = f"{source}:{line}" if line else source


class Verb(StrEnum):
    """What a step does."""

    EXPECT = "expect"
    SEND = "send"
    TYPE = "type"
    KEY = "key"
    SECRET = "secret"  # noqa: S105 - the word of a step
    FAIL = "fail"
    TIMEOUT = "timeout"
    PAUSE = "pause"
    IF = "if"
    END = "end"


TYPING: Final = (Verb.SEND, Verb.TYPE, Verb.KEY, Verb.SECRET)
"""What reaches the guest."""


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One step: its ``line`` (from 1), what it does, and what stands behind the word.

    ``pattern`` is that of ``expect``, ``fail`` and ``if``; ``seconds`` those of ``timeout`` and ``pause``; ``name`` the
    secret's, whose question is ``text`` then.
    """

    line: int
    verb: Verb
    text: str = ""
    pattern: OutputPattern | None = None
    seconds: float = 0.0
    name: str = ""

    @property
    def shown(self) -> str:
        """The step as it is written; nothing of a secret is in it but its name."""
        return f"{self.verb} {self.name or self.text}".rstrip()


@dataclass(frozen=True, slots=True)
class Script:
    """Steps in order; ``source`` says where they come from.

    ``timeout`` is what an ``expect`` waits, in seconds, until a step says otherwise; ``written`` says that it has
    lines.
    """

    source: str
    steps: tuple[ScriptStep, ...]
    timeout: float = TIMEOUT
    written: bool = True

    @property
    def types(self) -> bool:
        """Whether it sends the guest anything."""
        return any(step.verb in TYPING for step in self.steps)

    @property
    def secrets(self) -> dict[str, str]:
        """The names of the secrets it sends, each with what to ask for it."""
        return {
            step.name: step.text or step.name for step in reversed(self.steps) if step.verb is Verb.SECRET
        }


def parsed(text: str, source: str) -> Script:
    """Read a script.  Raises ScriptError with the line of what is wrong first."""
    if len(text.encode("utf-8", "surrogatepass")) > SIZE:
        raise ScriptError(f"is larger than {SIZE >> 10} KiB", source=source)
    steps: list[ScriptStep] = []
    inside = 0
    for number, line in enumerate(lines(text), 1):
        written = line.strip(" \t")
        if not written or written.startswith("#"):
            continue
        step = _step(written, number, source)
        if step.verb is Verb.IF:
            if inside:
                raise ScriptError(f"the `if` of line {inside} has no `end` yet", source=source, line=number)
            if not any(before.verb is Verb.EXPECT for before in steps):
                raise ScriptError(
                    "no `expect` before it: it looks at what that found", source=source, line=number
                )
            inside = number
        elif step.verb is Verb.END:
            if not inside:
                raise ScriptError("no `if` that it would end", source=source, line=number)
            inside = 0
        steps.append(step)
        if len(steps) > STEPS:
            raise ScriptError(f"more than {STEPS} steps", source=source, line=number)
    if inside:
        raise ScriptError("this `if` has no `end`", source=source, line=inside)
    if not any(step.verb is Verb.EXPECT or step.verb in TYPING for step in steps):
        raise ScriptError("has no step that sends or expects anything", source=source)
    return Script(source, tuple(steps))


def given(*, send: str | None, expect: str | None, timeout: float, source: str) -> Script:
    """Return the script of what was given one by one: send a line, wait for something.  Raises ScriptError."""
    if not 0 < timeout <= LONGEST:
        raise ScriptError(_SECONDS_WANTED, source="--timeout")
    steps = []
    if send is not None:
        steps.append(ScriptStep(0, Verb.SEND, _typed(send, 0, source)))
    if expect is not None:
        steps.append(_matching(Verb.EXPECT, expect, 0, source))
    return Script(source, tuple(steps), timeout, written=False)


def _step(written: str, line: int, source: str) -> ScriptStep:
    word, _, rest = written.partition(" ")
    if "\t" in word:
        word, _, rest = written.partition("\t")
    rest = rest.strip(" \t")
    if word not in Verb.__members__.values():
        near = nearest(word, [verb.value for verb in Verb])
        raise ScriptError(
            f"there is no step `{plain(word, 40)}`",
            source=source,
            line=line,
            hint=f"did you mean `{near[0]}`?" if near else f"steps are {', '.join(Verb)}",
        )
    verb = Verb(word)
    match verb:
        case Verb.SEND | Verb.TYPE:
            if verb is Verb.TYPE and not rest:
                raise ScriptError("`type` needs what to type", source=source, line=line)
            return ScriptStep(line, verb, _typed(rest, line, source))
        case Verb.KEY:
            return _key(rest, line, source)
        case Verb.SECRET:
            return _secret(rest, line, source)
        case Verb.TIMEOUT | Verb.PAUSE:
            return _timed(verb, rest, line, source)
        case Verb.END:
            if rest:
                raise ScriptError("nothing stands behind `end`", source=source, line=line)
            return ScriptStep(line, verb)
    return _matching(verb, rest, line, source)


def _typed(text: str, line: int, source: str) -> str:
    if len(text) > _TEXT:
        raise ScriptError(f"more than {_TEXT} characters to send", source=source, line=line)
    if odd := _CONTROL.search(text):
        raise ScriptError(
            f"the text to send has a control character ({plain(odd[0])})",
            source=source,
            line=line,
            hint="keys are sent by `key`: key tab, key ctrl-c",
        )
    return text


def _key(text: str, line: int, source: str) -> ScriptStep:
    if text not in KEYS:
        near = nearest(text, list(KEYS))
        raise ScriptError(
            f"there is no key `{plain(text, 40)}`" if text else "`key` needs a key",
            source=source,
            line=line,
            hint=f"did you mean `{near[0]}`?"
            if near
            else "keys are enter, tab, escape, up, f1, ctrl-c and the like",
        )
    return ScriptStep(line, Verb.KEY, text)


def _secret(text: str, line: int, source: str) -> ScriptStep:
    name, _, question = text.partition(" ")
    if not _SECRET.match(name):
        raise ScriptError(
            "a secret is named by capital letters, digits and _",
            source=source,
            line=line,
            hint="the secret itself never stands here: write `secret ROOT_PASSWORD`",
        )
    return ScriptStep(line, Verb.SECRET, plain(question.strip(), 200), name=name)


def _timed(verb: Verb, text: str, line: int, source: str) -> ScriptStep:
    seconds = float(text) if _SECONDS.match(text) else 0.0
    if not 0 < seconds <= LONGEST:
        raise ScriptError(f"`{verb}` {_SECONDS_WANTED}", source=source, line=line)
    return ScriptStep(line, verb, text, seconds=seconds)


def _matching(verb: Verb, text: str, line: int, source: str) -> ScriptStep:
    if not text and verb is not Verb.FAIL:
        raise ScriptError(f"`{verb}` needs a regular expression", source=source, line=line)
    if not text:
        return ScriptStep(line, verb)
    try:
        pattern = OutputPattern(text)
    except OutputPatternError as error:
        raise ScriptError(
            f"`{plain(text, 60)}` cannot be looked for: {error}", source=source, line=line
        ) from None
    if pattern.finder().feed("") is not None:
        raise ScriptError(
            f"`{plain(text, 60)}` matches where nothing is printed, too", source=source, line=line
        )
    return ScriptStep(line, verb, text, pattern)

"""The one error tree: what happened, to what, what to do next.

Front ends print :meth:`XentuiError.report` and exit with :attr:`XentuiError.exit_status`; nothing else of an
error reaches a user.  A hint names commands by their ids: each front end words them, as what is typed or as a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum, StrEnum

from xentui.frozen import dataclass
from xentui.text import printable

_FAULT_LIMIT = 300
_PLACES = 4


class ExitStatus(IntEnum):
    """Exit statuses of the command line (xm's: 3 is an unknown domain)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_SUCH_DOMAIN = 3
    NOT_SEEN = 4
    GUEST_REFUSED = 5
    HOSTS_AWAY = 7


@dataclass(frozen=True, slots=True)
class Suggest:
    """A command that helps: its id in the registry of commands, and the words behind it as they are typed.

    Without an id the words are those of the command that was given (:func:`option`).
    ``form`` is what the screen says instead where what is asked for is on it already: a key or a box, in words.
    """

    command: str
    words: tuple[str, ...]
    form: str

    def __init__(self, command: str, *words: str, form: str = "") -> None:
        object.__setattr__(self, "command", command)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "form", form)


def option(*words: str, form: str) -> Suggest:
    """Return a hint at an option of the command that was given; ``form`` is what the screen, which has a field or a key
    for it, says.
    """
    return Suggest("", *words, form=form)


Hint = str | Suggest | tuple[str | Suggest, ...]
"""What to do next: a text, a command, or several of both in the order they are read."""
Render = Callable[[Suggest], str]
"""How a front end words a command."""


def worded(hint: Hint, render: Render) -> str:
    """Return a hint as one text, its commands worded by ``render``."""
    parts = hint if isinstance(hint, tuple) else (hint,)
    return "".join(part if isinstance(part, str) else render(part) for part in parts)


def joined(between: str, *hints: Hint) -> Hint:
    """Return several hints as one, ``between`` between them; empty ones are left out."""
    parts: list[str | Suggest] = []
    for hint in hints:
        if hint:
            parts += [between] if parts else []
            parts.extend(hint if isinstance(hint, tuple) else (hint,))
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(parts) else tuple(parts)


_SUBJECT, _LINE = 500, 2000
"""Characters of what an error is about, and of a line of it, at most."""


class XentuiError(Exception):
    """Anything xentui can explain.

    Arguments: ``message`` says what happened, in one sentence without a final stop; ``subject`` names the
    domain, file or host it happened to; ``hint`` says what to do next, see :data:`Hint`; ``details`` are the
    tool's own words, line by line.
    """

    exit_status = ExitStatus.FAILED

    def __init__(
        self, message: str, *, subject: str = "", hint: Hint = "", details: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.hint = hint
        self.details = tuple(details)

    @property
    def headline(self) -> str:
        """What happened to what, in one line of plain text."""
        subject, message = _cut(self.subject, _SUBJECT), _cut(self.message, _LINE)
        return printable(f"{subject}: {message}" if subject else message)

    def told_of(self, *names: str) -> str:
        """Return the headline, without its subject where that is one of ``names``: what it is told of already."""
        return printable(_cut(self.message, _LINE)) if self.subject in names else self.headline

    @property
    def plain_hint(self) -> str:
        """The hint where it is a text; "" where it suggests a command, which only a front end can word."""
        return self.hint if isinstance(self.hint, str) else ""

    def report(self, render: Render) -> list[str]:
        """Return the error as lines of plain text: the sentence, the tool's own words, and what to do.

        ``render`` words the commands of the hint.  What a terminal would obey is replaced: subjects and the tool's
        words may come from guests and files.
        """
        return self._lines(worded(self.hint, render))

    def account(self) -> list[str]:
        """Return what :meth:`report` does for whoever is no front end: without a hint that suggests a command."""
        return self._lines(self.plain_hint)

    def _lines(self, hint: str) -> list[str]:
        lines = [self.headline, *(f"  {line}" for line in self.details), *([f"→ {hint}"] if hint else [])]
        return [printable(_cut(line, _LINE)) for line in lines]


def _cut(text: str, longest: int) -> str:
    """Return a text, its middle left out where it is too long to be read: a word of a command line may have any
    length.
    """
    if len(text) <= longest:
        return text
    return f"{text[: longest * 2 // 3]} … {text[-longest // 3 :]}"


class UsageError(XentuiError):
    """The command itself is wrong: unknown verb, missing or ill-formed argument."""

    exit_status = ExitStatus.USAGE


class NoSuchDomainError(XentuiError):
    """No domain, running or stored, answers to that name, domid or uuid."""

    exit_status = ExitStatus.NO_SUCH_DOMAIN


class NotAllowedError(XentuiError):
    """The action is not possible in the domain's present state, or the session is read-only."""


class TimedOutError(XentuiError):
    """What was waited for has not come in the time it was given; it may come still."""


class NotSeenError(TimedOutError):
    """What a guest's console was to show has not come in the time it was given."""

    exit_status = ExitStatus.NOT_SEEN


class GuestRefusedError(XentuiError):
    """A guest's console has shown what a script calls a failure."""

    exit_status = ExitStatus.GUEST_REFUSED


UNNAMED = "<configuration>"
"""The source of a configuration, or of a part of one, that is in no file."""


class ConfigError(XentuiError):
    """A configuration is malformed or names something impossible.

    ``line`` and ``column`` count from 1; 0 means the whole file.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = UNNAMED,
        line: int = 0,
        column: int = 0,
        hint: Hint = "",
        details: Sequence[str] = (),
    ) -> None:
        place = f"{source}:{line}:{column}" if line else "" if source == UNNAMED else source
        super().__init__(message, subject=place, hint=hint, details=details)
        self.source = source
        self.line = line
        self.column = column


class NotAgreedError(NotAllowedError):
    """Somebody was asked, and did not agree; ``outcome`` says what was done: nothing, or nothing ``more``.

    ``what`` is what they were asked about, "" where that is plain.
    """

    def __init__(self, *, subject: str = "", what: str = "", more: bool = False) -> None:
        self.outcome = f"nothing {'more ' if more else ''}was done"
        super().__init__(f"not confirmed: {self.outcome}{f' ({what})' if what else ''}", subject=subject)


class StoreCode(StrEnum):
    """Why the store or a file on the host refused; the words are the agent's, who says what each means."""

    EXISTS = "exists"
    MISSING = "missing"
    CONFLICT = "conflict"
    DAMAGED = "damaged"
    FULL = "full"
    PERMISSION = "permission"
    UNTRUSTED = "untrusted"
    IO = "io"
    UNCERTAIN = "uncertain"
    BUSY = "busy"
    INVALID = "invalid"
    LARGE = "large"
    INTERNAL = "internal"

    @classmethod
    def of(cls, word: str) -> StoreCode:
        """Return the code of a word that an agent has sent; INTERNAL for one that is none."""
        return cls(word) if word in cls.__members__.values() else cls.INTERNAL


class StoreError(XentuiError):
    """The managed store, or a file on the host, refused: name taken, entry damaged, disk full, wrong owner.

    ``code`` is what callers decide by.
    """

    def __init__(
        self,
        message: str,
        *,
        code: StoreCode = StoreCode.IO,
        subject: str = "",
        hint: Hint = "",
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(message, subject=subject, hint=hint, details=details)
        self.code = code


class HostError(XentuiError):
    """A host cannot be reached or cannot serve: no login, unknown key, no xl, no root, gone."""


class FarAgentError(HostError):
    """What works on a far host's files cannot be used: it ended, said nothing in time, or nonsense.

    Commands may run there all the same.  What was asked of the store has happened whole or not at all; which of the
    two cannot be told.
    """


class NoAgentError(FarAgentError):
    """What works on a far host's files cannot be run there: no python3, or sudo does not let it.

    Nothing has happened.  What runs there can be worked with all the same.
    """


class FaultError(XentuiError):
    """A fault of xentui itself: an exception that nobody has foreseen, in a sentence.

    ``details`` say where it happened; XENTUI_DEBUG shows all of it on the command line.
    """

    def __init__(self, error: BaseException, *, subject: str = "") -> None:
        words = " ".join(str(error).split())[:_FAULT_LIMIT]
        super().__init__(
            f"a fault of xentui itself: {type(error).__name__}: {words}",
            subject=subject,
            hint="look at the domain before you repeat what you did; XENTUI_DEBUG=1 shows where it happened",
            details=_places(error),
        )


def _places(error: BaseException) -> list[str]:
    """Return the innermost places of a traceback, the last one called last."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/xentui/')[2]}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return places[-_PLACES:]


class CommandError(XentuiError):
    """A command ran on the host and failed; carries argv, exit status and the tool's own words."""

    def __init__(
        self,
        message: str,
        *,
        argv: Sequence[str],
        exit_code: int,
        details: Sequence[str] = (),
        subject: str = "",
        hint: Hint = "",
    ) -> None:
        super().__init__(message, subject=subject, hint=hint, details=details)
        self.argv = tuple(argv)
        self.exit_code = exit_code

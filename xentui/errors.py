"""The one error tree: what happened, to what, what to do next.

Front ends print :meth:`XentuiError.report` and exit with :attr:`XentuiError.exit_status`; nothing else of an
error reaches a user.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from xentui.text import printable

_FAULT_LIMIT = 300
_PLACES = 4


class ExitStatus(IntEnum):
    """Exit statuses of the command line (xm's: 3 is an unknown domain)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_SUCH_DOMAIN = 3


class XentuiError(Exception):
    """Anything xentui can explain.

    Arguments: ``message`` says what happened, in one sentence without a final stop; ``subject`` names the
    domain, file or host it happened to; ``hint`` says what to do next; ``details`` are the tool's own
    words, line by line.
    """

    exit_status = ExitStatus.FAILED

    def __init__(
        self, message: str, *, subject: str = "", hint: str = "", details: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.hint = hint
        self.details = tuple(details)

    def report(self) -> list[str]:
        """The error as lines of plain text: the sentence, the tool's own words, and what to do.

        What a terminal would obey is replaced: subjects and the tool's words may come from guests and files.
        """
        head = f"{self.subject}: {self.message}" if self.subject else self.message
        lines = [head, *(f"  {line}" for line in self.details)]
        if self.hint:
            lines.append(f"→ {self.hint}")
        return [printable(line) for line in lines]


class UsageError(XentuiError):
    """The command itself is wrong: unknown verb, missing or ill-formed argument."""

    exit_status = ExitStatus.USAGE


class NoSuchDomainError(XentuiError):
    """No domain, running or stored, answers to that name, domid or uuid."""

    exit_status = ExitStatus.NO_SUCH_DOMAIN


class NotAllowedError(XentuiError):
    """The action is not possible in the domain's present state, or the session is read-only."""


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
        hint: str = "",
        details: Sequence[str] = (),
    ) -> None:
        place = f"{source}:{line}:{column}" if line else "" if source == UNNAMED else source
        super().__init__(message, subject=place, hint=hint, details=details)
        self.source = source
        self.line = line
        self.column = column


class StoreError(XentuiError):
    """The managed store, or a file on the host, refused: name taken, entry damaged, disk full, wrong owner.

    ``code`` is the short word for it that callers decide by: ``exists``, ``missing``, ``conflict``,
    ``damaged``, ``full``, ``permission``, ``untrusted``, ``io``, ``uncertain``, ``busy``, ``invalid``, ``large`` or
    ``internal``.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "io",
        subject: str = "",
        hint: str = "",
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
    """The innermost places of a traceback, the last one called last."""
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
        hint: str = "",
    ) -> None:
        super().__init__(message, subject=subject, hint=hint, details=details)
        self.argv = tuple(argv)
        self.exit_code = exit_code

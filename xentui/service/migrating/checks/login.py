"""Whether the source's host gets into the target's by itself, as root and without a question: xl does no better."""

from __future__ import annotations

from collections.abc import Iterator

from xentui.service.migrating.check_input import Case
from xentui.service.migrating.plan import MigrationFinding
from xentui.service.migrating.ssh_login import SshLine


def address(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether it is known how to get there, in words that a shell may be given: xl hands them to one."""
    yield from _line(case).address()


def login(case: Case) -> Iterator[MigrationFinding]:
    """Yield what a real try has shown: a login, and xl there."""
    yield from _line(case).login()


def _line(case: Case) -> SshLine:
    return SshLine(case.ours.name, case.there, case.reach, case.tried, case.untried, case.theirs.boot_id)

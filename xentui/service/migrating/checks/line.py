"""Whether the source's host gets into the target's by itself, as root and without a question: xl does no better."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xentui.hosts.ssh_errors import explain
from xentui.service.migrating.case import Case, hard
from xentui.service.migrating.plan import MigrationFinding
from xentui.text import plain

_SSH_FAILED, _NOT_FOUND = 255, 127
_BY_HAND = "as root on {}: `ssh -o BatchMode=yes {} xl info` must answer (docs/migration.md)"
_BOOT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def address(case: Case) -> Iterator[MigrationFinding]:
    """Whether it is known how to get there, in words that a shell may be given: xl hands them to one."""
    if not case.reach.address:
        yield hard(
            "address",
            f"by which address {case.ours.name} reaches {case.there} is not known",
            'write it in config.toml: migration = { address = "root@…" } of that host',
        )
    elif why := case.reach.problem:
        yield hard(
            "address", why, "xl hands it to a shell: letters, digits and . - _ : @ only; correct config.toml"
        )


def login(case: Case) -> Iterator[MigrationFinding]:
    """What a real try has shown: a login, and xl there."""
    if case.untried:
        yield hard(
            "ssh",
            f"{case.ours.name} could not try to log in on {case.there}: {case.untried}",
            _BY_HAND.format(case.ours.name, case.reach.address),
        )
    done = case.tried
    if done is None:
        return
    target = case.reach.address
    said = f" ({plain(done.words[-1], 200)})" if done.words else ""
    if done.exit_code == _SSH_FAILED:
        error = explain(case.there, target, done)
        yield hard(
            "ssh",
            f"{case.ours.name} does not get into {target}: {error.message}{said}",
            _BY_HAND.format(case.ours.name, target),
        )
        return
    boot_id, _, report = done.text.partition("\n")
    if done.exit_code != 0 or "free_memory" not in report:
        what = "there is no xl in the PATH" if done.exit_code == _NOT_FOUND else "xl does not answer"
        yield hard(
            "ssh-xl",
            f"{case.ours.name} gets into {target}, and {what} there{said}",
            "log in as root there; a PATH for logins without a terminal is set in sshd's or the shell's own files",
        )
    elif not _BOOT_ID.match(boot_id.strip()):
        yield hard(
            "ssh-noise",
            f"{target} says `{plain(boot_id, 60)}` to {case.ours.name} before it answers: xl takes that for the start "
            "of its stream",
            "have the shell's files there (.bashrc) print nothing where there is no terminal",
        )
    elif case.theirs.boot_id and boot_id.strip() != case.theirs.boot_id:
        yield hard(
            "other-host",
            f"{target} leads {case.ours.name} to another host than {case.there}",
            "correct the address, or the name, in config.toml or in the hosts' own files",
        )

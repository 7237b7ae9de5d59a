"""Whether one host can log in on another one as root without a question, which xl and jobs need."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xentui.errors import HostError
from xentui.frozen import dataclass
from xentui.hosts.base import Completed
from xentui.hosts.reach import Reach
from xentui.hosts.ssh_errors import explain
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.check_input import hard
from xentui.service.migrating.plan import MigrationFinding
from xentui.service.migrating.side import BOOT_ID
from xentui.text import plain

_TRY_SECONDS, _CONNECT_SECONDS = 30.0, 10
_SSH_FAILED, _NOT_FOUND = 255, 127
_BY_HAND = "as root on {}: `ssh -o BatchMode=yes {} xl info` must answer (docs/migration.md)"
_BOOT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


@dataclass(frozen=True, slots=True)
class SshLine:
    """The connection from the host ``ours`` to the host ``there``, by their names.

    ``tried`` is the result of a login (None: not tried), ``untried`` why it could not be tried; ``boot_id`` is that of
    the other kernel ("": not known).
    """

    ours: str
    there: str
    reach: Reach
    tried: Completed | None
    untried: str
    boot_id: str

    def address(self) -> Iterator[MigrationFinding]:
        """Yield whether it is known how to get there, in words that a shell may be given: xl hands them to one."""
        if not self.reach.address:
            yield hard(
                "address",
                f"by which address {self.ours} reaches {self.there} is not known",
                'write it in config.toml: migration = { address = "root@…" } of that host',
            )
        elif why := self.reach.problem:
            yield hard(
                "address",
                why,
                "xl hands it to a shell: letters, digits and . - _ : @ only; correct config.toml",
            )

    def login(self) -> Iterator[MigrationFinding]:
        """Yield what a real try has shown: a login, and xl there."""
        if self.untried:
            yield hard(
                "ssh",
                f"{self.ours} could not try to log in on {self.there}: {self.untried}",
                _BY_HAND.format(self.ours, self.reach.address),
            )
        done = self.tried
        if done is None:
            return
        target = self.reach.address
        said = f" ({plain(done.words[-1], 200)})" if done.words else ""
        if done.exit_code == _SSH_FAILED:
            error = explain(self.there, target, done)
            yield hard(
                "ssh",
                f"{self.ours} does not get into {target}: {error.message}{said}",
                _BY_HAND.format(self.ours, target),
            )
            return
        boot_id, _, report = done.text.partition("\n")
        if done.exit_code != 0 or "free_memory" not in report:
            what = "there is no xl in the PATH" if done.exit_code == _NOT_FOUND else "xl does not answer"
            yield hard(
                "ssh-xl",
                f"{self.ours} gets into {target}, and {what} there{said}",
                "log in as root there; a PATH for logins without a terminal is set in sshd's or the shell's own files",
            )
        elif not _BOOT_ID.match(boot_id.strip()):
            yield hard(
                "ssh-noise",
                f"{target} says `{plain(boot_id, 60)}` to {self.ours} before it answers: xl takes that for the start "
                "of its stream",
                "have the shell's files there (.bashrc) print nothing where there is no terminal",
            )
        elif self.boot_id and boot_id.strip() != self.boot_id:
            yield hard(
                "other-host",
                f"{target} leads {self.ours} to another host than {self.there}",
                "correct the address, or the name, in config.toml or in the hosts' own files",
            )


async def try_line(source: Hypervisor, reach: Reach, also: str = "") -> Completed | str:
    """Let a host log in on another one and run xl there, and ``also`` another command.

    Returns the reason instead if it could not be tried, "" if there is nothing to try.
    """
    if not reach.address or reach.problem:
        return ""
    words = [*reach.command, f"-oConnectTimeout={_CONNECT_SECONDS}", "--", reach.address]
    try:
        return await source.host.run(
            [*words, " && ".join(filter(None, (f"cat {BOOT_ID} && xl info", also)))], timeout=_TRY_SECONDS
        )
    except HostError as error:
        return error.message

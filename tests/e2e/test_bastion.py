"""Hosts behind a bastion that drops every second login: OpenSSH's own server, on this machine."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sshd import client, needed, serving_ssh, user
from tests.xen.line import Line
from xentui.hosts import process
from xentui.hosts.logins import AT_ONCE, Logins
from xentui.hosts.ssh import SshHost

pytestmark = needed
HOSTS = 12
_STRICT = f"""
ListenAddress 127.0.0.1
ListenAddress 127.0.8.1
{{others}}
MaxStartups {AT_ONCE + 1}:100:{AT_ONCE + 1}
LogLevel VERBOSE
"""
"""All that are behind the bastion are one sshd, which has room for one login more than are allowed, and says who had
none: the bastion's own may be under way besides.
"""


class Bastion(Line):
    """In front of an sshd: hangs up on every second connection, the first among them, before a word is said."""

    def __init__(self, target: int) -> None:
        self.logins = 0
        super().__init__(target)

    def accepts(self) -> bool:
        """Whether the next one is let through."""
        self.logins += 1
        return self.logins % 2 == 0


@pytest.fixture
async def behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Bastion, list[SshHost]]]:
    """A bastion, and hosts that are reached by it alone."""
    addresses = [f"127.0.8.{1 + number}" for number in range(HOSTS)]
    others = "\n".join(f"ListenAddress {address}" for address in addresses[1:])
    # The address of a socket is short.
    with (
        tempfile.TemporaryDirectory(prefix="xentui-") as run,
        serving_ssh(tmp_path, _STRICT.format(others=others)) as port,
    ):
        monkeypatch.setenv("XDG_RUNTIME_DIR", run)
        bastion = Bastion(port)
        logins = Logins(lease=1000.0)  # however long a login takes here
        command = f"{client(tmp_path)} -J {user()}@127.0.0.1:{bastion.port}"
        hosts = [
            SshHost(
                f"ssh://{user()}@{address}:{port}",
                command=command,
                store_root=str(tmp_path / address),
                logins=logins,
            )
            for address in addresses
        ]
        yield bastion, hosts
        for host in hosts:
            await host.close()
            await process.run(host._ssh(["-O", "exit"], None))
        bastion.close()


async def test_all_hosts_behind_it_arrive_by_one_connection(
    behind: tuple[Bastion, list[SshHost]], tmp_path: Path
) -> None:
    bastion, hosts = behind
    done = await asyncio.gather(*(host.run(["echo", host.name]) for host in hosts))
    assert [each.text for each in done] == [f"{host.name}\n" for host in hosts]
    assert bastion.logins == 2, "one that was dropped, and one for all"
    assert "drop connection" not in (tmp_path / "log").read_text(), "more than so many logged in at once"


async def test_when_its_connection_is_cut_they_share_the_next_one(
    behind: tuple[Bastion, list[SshHost]], tmp_path: Path
) -> None:
    bastion, hosts = behind
    await asyncio.gather(*(host.run(["true"]) for host in hosts[:4]))
    bastion.cut()
    bastion.mend()
    await asyncio.gather(*(gone(host) for host in hosts[:4]))
    done = await asyncio.gather(*(host.run(["echo", host.name]) for host in hosts))
    assert [each.text for each in done] == [f"{host.name}\n" for host in hosts]
    assert bastion.logins == 4
    assert "drop connection" not in (tmp_path / "log").read_text()


async def gone(host: SshHost) -> None:
    """Wait until the kept connection has ended."""
    async with asyncio.timeout(60):
        while Path(host._connection._socket).exists():  # noqa: ASYNC110 - ssh ends it
            await asyncio.sleep(0.05)

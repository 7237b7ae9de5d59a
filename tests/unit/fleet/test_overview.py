"""Hosts side by side: each by itself, what is promised beyond what there is, what differs, and what is not believed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from xentui.commands.context import Context
from xentui.commands.fleet_session import HostLine, as_text, size
from xentui.commands.run import find_verb, parse_verb
from xentui.commands.several_hosts import SeveralHosts
from xentui.commands.suggestions import as_verb
from xentui.errors import HostError
from xentui.fleet.cache import LastLooks
from xentui.fleet.overview import HostOverview, LoggedIn, differences, logged_in, look
from xentui.hosts.base import Completed
from xentui.hosts.sim import SimHost
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control

NOW = 1_800_000_000.0


class Ground:
    """Two simulated hosts and what is said of them."""

    def __init__(self, folder: Path) -> None:
        self.out: list[str] = []
        self.notes: list[str] = []
        self.hosts = [SimHost(folder / f"sim-{name}", name=f"sim:{name}") for name in ("a", "b")]
        for host in self.hosts:
            seed(Path(host.store_root).parent, domains=4)
        self.looks = LastLooks(lambda: folder, time.time)
        self.several = SeveralHosts(
            [
                Context(Hypervisor(host), self.out.append, self.notes.append, render=as_verb)
                for host in self.hosts
            ],
            self.looks,
        )

    async def run(self, *words: str) -> int:
        self.out.clear()
        self.notes.clear()
        command = find_verb(words[0])
        return await self.several.run(command, parse_verb(command, words[1:]))

    @property
    def json(self) -> Any:
        return json.loads("\n".join(self.out))


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


async def test_each_host_is_a_line_that_fits_eighty_columns(ground: Ground) -> None:
    assert await ground.run("fleet") == 0
    assert [line.split()[0] for line in ground.out[:3]] == ["Host", "sim:a", "sim:b"]
    assert max(map(len, ground.out)) <= 80


async def test_what_it_says_of_a_host_is_what_the_host_has(ground: Ground) -> None:
    told = await look(Hypervisor(ground.hosts[0]))
    domains = (await Hypervisor(ground.hosts[0]).inventory.poll()).domains
    guests = [each for each in domains if not each.is_control]
    alive = [each for each in guests if each.domid]
    assert told.total_mib == 32767
    assert 0 < told.free_mib < told.total_mib
    assert told.promised_mib == sum(each.maxmem_mib for each in alive) > 0
    assert told.vcpus == sum(each.vcpus for each in alive)
    assert told.load == (0.12, 0.08, 0.05)
    assert told.versions == {"Xen": "4.17.7", "tools": "4.17.7+13", "kernel": "6.1.0-56-amd64"}
    assert (told.users, sum(told.states.values())) == ((), len(guests))


async def test_a_dead_host_costs_one_line_with_its_reason_and_age(ground: Ground) -> None:
    await ground.run("list")
    control.vanish(ground.hosts[1].simulator)
    assert await ground.run("fleet") == 7
    assert [line.split()[0] for line in ground.out] == ["Host", "sim:a", "sim:b"]
    assert "ago: the simulated host is away" in ground.out[2]
    assert await ground.run("fleet", "--json") == 7
    assert [(each["host"], each["link"]) for each in ground.json] == [("sim:a", "up"), ("sim:b", "away")]
    assert ground.json[1]["as_of"] is not None


async def test_another_version_than_on_most_hosts_is_marked(ground: Ground) -> None:
    control.break_host(ground.hosts[1].simulator, "pygrub")
    await ground.run("fleet", "--check")
    assert ground.out[2].endswith("4.17.2!")
    assert "! different Xen: 4.17.7 on sim:a; 4.17.2 on sim:b" in ground.out
    assert any(line.startswith("✗ sim:b: check: pygrub: has no fix") for line in ground.out)


async def test_json_says_all_of_it(ground: Ground) -> None:
    assert await ground.run("fleet", "--json") == 0
    first = ground.json[0]
    assert set(first["memory_mib"]) == {"total", "free", "dom0", "promised", "autostart", "for_guests"}
    assert (first["cpus"], first["check"], first["users"]) == (8, None, [])


def test_more_promised_than_there_is_is_said() -> None:
    it = HostOverview("xen1", NOW, total_mib=8192, free_mib=1024, dom0_mib=1024, promised_mib=9000)
    lines = list(as_text([HostLine("xen1", it)], NOW))
    assert "8.8G!" in lines[1]
    assert "! xen1: its guests may grow to 9000 MiB, and there are 7168 MiB for them" in lines


def test_hosts_alike_differ_in_nothing() -> None:
    one = HostOverview("a", NOW, versions={"Xen": "4.17.7"})
    assert (
        differences([one, HostOverview("b", NOW, versions={"Xen": "4.17.7"}), HostOverview("c", NOW)]) == {}
    )


def test_who_is_read_and_made_plain() -> None:
    said = (
        "root     pts/0        2026-11-28 20:41 (10.0.0.9)\n"
        "admin    tty1         2026-11-28 09:00\n"
        "ev\x1b[31mil pts/2 2026-11-28 20:42 (\x1b]0;x)\n\n"
    )
    found = logged_in(Completed(("who",), 0, said.encode(), b""))
    assert found is not None
    assert found[0] == LoggedIn("root", "pts/0", "2026-11-28 20:41", "10.0.0.9")
    assert found[1] == LoggedIn("admin", "tty1", "2026-11-28 09:00", "")
    assert all(
        "\x1b" not in word for user in found for word in (user.user, user.tty, user.since, user.origin)
    )
    assert logged_in(Completed(("who",), 127, b"", b"")) is None


@pytest.mark.parametrize(("mib", "shown"), [(0, "0M"), (1023, "1023M"), (1024, "1.0G"), (1 << 20, "1.0T")])
def test_sizes_are_short(mib: int, shown: str) -> None:
    assert size(mib) == shown


def test_a_host_that_could_not_be_read_and_was_never_seen() -> None:
    lines = list(as_text([HostLine("x" * 40, None, HostError("refused"))], NOW))
    assert lines == [f"{'x' * 19}…  refused"]

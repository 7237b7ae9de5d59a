"""What a host holds when it is used for the first time, and where its files are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.simulator.conftest import Bench, Clock
from xentui.agent import dispatch
from xentui.errors import UsageError
from xentui.model.state import DomainState
from xentui.simulator import Simulator, control
from xentui.simulator.sample_host import SAMPLE_DOMAINS
from xentui.toolstack.xl.states import from_xl_letters


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Simulator:
    """A host nobody has touched."""
    clock = Clock()
    return Simulator(tmp_path_factory.mktemp("fresh") / "sim", clock=clock, sleep=clock.sleep)


def rows(simulator: Simulator) -> dict[str, list[str]]:
    lines = simulator.run(("xl", "list")).stdout.decode().splitlines()[1:]
    return {line.split()[0]: line.split()[1:] for line in lines}


def stored(simulator: Simulator) -> dict[str, dict[str, object]]:
    entries = dispatch(str(simulator.folder / "store"), "list", {})
    return {entry["name"]: entry for entry in entries["entries"]}


def test_every_state_a_domain_can_be_in_is_there(fresh: Simulator) -> None:
    seen = {role.state for role in SAMPLE_DOMAINS}
    assert seen >= {"running", "busy", "paused", "shutdown", "crashed", "off", "suspended"}
    states = {name: from_xl_letters(row[3]) for name, row in rows(fresh).items()}
    assert states["test-pvh"] is DomainState.PAUSED
    assert states["archive"] is DomainState.SHUTDOWN
    assert states["scratch"] is DomainState.CRASHED
    assert {states["web1"], states["db1"]} <= {DomainState.RUNNING, DomainState.BLOCKED}


def test_every_way_to_boot_is_there(fresh: Simulator) -> None:
    assert {guest.boot for guest in fresh.state.guests()} == {"direct", "pygrub", "grub", "hvm"}


def test_the_store_holds_running_and_stopped_ones_and_a_suspended_one(fresh: Simulator) -> None:
    running, entries = rows(fresh), stored(fresh)
    assert set(entries) == {role.name for role in SAMPLE_DOMAINS if role.managed}
    assert {name for name in entries if name not in running} == {"backup", "router", "lab"}
    assert {name for name in running if name not in entries} == {"Domain-0", "build", "scratch"}
    assert [name for name, entry in entries.items() if entry["suspended"]] == ["lab"]


def test_drift_is_there_in_both_kinds(fresh: Simulator) -> None:
    entries = stored(fresh)
    assert [name for name, entry in entries.items() if entry["source_state"] == "changed"] == ["db1"]
    running = json.loads(fresh.run(("xl", "list", "-l", "web2")).stdout)[0]["config"]
    assert len(running["disks"]) == 2
    assert "xvdb" not in str(entries["web2"]["text"])


def test_one_starts_with_the_host(fresh: Simulator) -> None:
    auto = dispatch(
        str(fresh.folder / "store"), "list_autostart", {"auto_dir": str(fresh.host_path("/etc/xen/auto"))}
    )
    assert [item["uuid"] for item in auto] == [stored(fresh)["web1"]["uuid"]]


def test_what_is_stored_is_what_runs(fresh: Simulator) -> None:
    uuids = {guest.name: guest.uuid for guest in fresh.state.guests()}
    for name, entry in stored(fresh).items():
        if name in uuids:
            assert uuids[name] == entry["uuid"]


def test_every_configuration_can_be_created(fresh: Simulator) -> None:
    for role in SAMPLE_DOMAINS:
        result = fresh.run(("xl", "create", "-n", f"/etc/xen/{role.name}.cfg"))
        assert result.exit_code == 0, result.stderr


def test_the_suspended_one_can_be_resumed(tmp_path: Path) -> None:
    clock = Clock()
    simulator = Simulator(tmp_path / "sim", clock=clock, sleep=clock.sleep)
    entry = stored(simulator)["lab"]
    path = simulator.folder / "store" / "domains" / str(entry["uuid"]) / "checkpoint.chk"
    assert simulator.run(("xl", "restore", str(path))).exit_code == 0
    assert "lab" in rows(simulator)


def test_the_same_seed_makes_the_same_host(tmp_path: Path) -> None:
    hosts = [Simulator(tmp_path / name / "sim", clock=Clock(), domains=3) for name in ("a", "b")]
    first, second = (host.run(("xl", "list", "-v")).stdout for host in hosts)
    assert first == second
    control.reset(hosts[1], 3, seed_number=2)
    assert hosts[1].run(("xl", "list", "-v")).stdout != first


class TestReset:
    def test_nothing_of_the_old_host_remains(self, bench: Bench) -> None:
        bench.create("one")
        control.reset(bench.simulator, 2)
        assert bench.names() == ["web1", "web2"]
        assert set(stored(bench.simulator)) == {"web1", "web2"}
        control.reset(bench.simulator, 0)
        assert bench.names() == []
        assert stored(bench.simulator) == {}

    @pytest.mark.parametrize("count", [-1, 10**6])
    def test_absurd_numbers_are_refused(self, bench: Bench, count: int) -> None:
        with pytest.raises(UsageError):
            control.reset(bench.simulator, count)


class TestFiles:
    def test_the_hosts_own_folders_are_its_own(self, bench: Bench) -> None:
        root = bench.simulator.folder / "root"
        for path in ("/etc/xen/x.cfg", "/srv/x", "/dev/vg0/x", "/boot/x", "/mnt/data/hdd", "/usr/lib/x"):
            assert bench.simulator.host_path(path) == root / path[1:]

    def test_nothing_leads_out_of_them(self, bench: Bench) -> None:
        root = bench.simulator.folder / "root"
        assert bench.simulator.host_path("/etc/../etc/./xen//a") == root / "etc/xen/a"
        assert bench.simulator.host_path("//etc/xen/a") == root / "etc/xen/a"

    def test_other_paths_are_real(self, bench: Bench) -> None:
        assert bench.simulator.host_path("/home/user/x.cfg") == Path("/home/user/x.cfg")
        inside = bench.simulator.folder / "store" / "x"
        assert bench.simulator.host_path(str(inside)) == inside

    def test_relative_paths_are_seen_from_the_working_folder(self, bench: Bench) -> None:
        bench.config("one")
        result = bench.simulator.run(("xl", "create", "-n", "one.cfg"), cwd=str(bench.work))
        assert result.exit_code == 0

    def test_small_tools_see_them(self, bench: Bench) -> None:
        assert "Global XL config file" in bench.ok("cat", "/etc/xen/xl.conf")
        assert bench.run("test", "-f", "/etc/xen/xl.conf").exit_code == 0
        assert bench.run("test", "-e", "/etc/xen/nosuch").exit_code == 1
        assert bench.run("true").exit_code == 0
        assert bench.ok("uname", "-r").startswith("6.1.0")
        assert bench.run("nosuchtool").exit_code == 127
        assert bench.run().exit_code == 127

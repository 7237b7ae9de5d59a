"""Migrations between simulated hosts: words, order and what each failure leaves, as seen with xl 4.17."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.unit.simulator.conftest import Bench
from xentui.errors import UsageError
from xentui.simulator import Simulator, control, host


@dataclass
class Pair:
    """Two hosts: a guest of the name ``one`` on the first, the second called ``sim2``."""

    bench: Bench
    other: Simulator

    def migrate(self, code: int = 0) -> list[str]:
        """Migrate the guest; the words of xl."""
        result = self.bench.run("xl", "migrate", "one", "sim2")
        assert result.exit_code == code, result.stderr.decode()
        return result.stderr.decode().splitlines()

    def both(self) -> tuple[dict[str, str], dict[str, str]]:
        """The state letters by name, on the first host and on the second."""
        self.bench.clock.sleep(10)
        return rows(self.bench.simulator), rows(self.other)


def rows(simulator: Simulator) -> dict[str, str]:
    listed = simulator.run(("xl", "list")).stdout.decode().splitlines()[2:]
    return {line.split()[0]: line.split()[-2] for line in listed}


@pytest.fixture
def pair(bench: Bench) -> Iterator[Pair]:
    bench.create("one", type='"pvh"', vif="['bridge=xenbr0']")
    folder = bench.simulator.folder.parent / "sim2"
    other = Simulator(folder, clock=bench.clock, sleep=bench.clock.sleep, domains=0)
    yield Pair(bench, other)
    other.close()


def build(simulator: Simulator, **hardware: object) -> None:
    """Make the machine of a host another."""
    with simulator.state.change():
        simulator.state.put("hardware", {**simulator.state.get("hardware", {}), **hardware})


def runs(letters: str) -> bool:
    return letters[2:] == "----"


def test_a_pvh_guest_moves_in_the_words_of_xl(pair: Pair) -> None:
    words = pair.migrate()
    assert words[0] == "migration target: Ready to receive domain."
    assert words[-7:] == [
        "migration target: Transfer complete, requesting permission to start domain.",
        "migration sender: Target has acknowledged transfer.",
        "migration sender: Giving target permission to start.",
        "migration target: Got permission, starting domain.",
        "migration target: Domain started successsfully.",
        "migration sender: Target reports successful startup.",
        "Migration successful.",
    ]
    assert not any("xc: progress" in line for line in words), "4.17 tells none of a PVH guest"
    here, there = pair.both()
    assert (here, list(there)) == ({}, ["one"])
    assert runs(there["one"])


@pytest.mark.parametrize("phase", ["connect", "copy", "suspend"])
def test_a_line_that_dies_before_the_memory_is_whole_costs_nothing(pair: Pair, phase: str) -> None:
    control.cut_migrations(pair.bench.simulator, phase)
    words = pair.migrate(1)
    here, there = pair.both()
    assert (list(here), there) == (["one"], {})
    assert runs(here["one"])
    assert ("Migration failed, resuming at sender." in words) is (phase != "connect")


def test_a_line_that_dies_behind_the_memory_leaves_a_half_there(pair: Pair) -> None:
    control.cut_migrations(pair.bench.simulator, "transfer")
    assert pair.migrate(1)[-1] == "Migration failed, resuming at sender."
    here, there = pair.both()
    assert there == {"one--incoming": "--p---"}
    assert runs(here["one"])


def test_a_line_that_dies_with_the_permission_leaves_a_half_on_each(pair: Pair) -> None:
    control.cut_migrations(pair.bench.simulator, "go")
    assert "** Migration failed during final handshake **" in pair.migrate(1)
    assert pair.both() == ({"one--migratedaway": "---ss-"}, {"one--incoming": "--p---"})
    said = pair.bench.run("xl", "unpause", "one--migratedaway")
    assert (said.exit_code, b"Unpausing domain: Invalid argument" in said.stderr) == (0, True)
    assert pair.bench.letters("one--migratedaway") == "---ss-"
    pair.bench.ok("xl", "rename", "one--migratedaway", "one")
    pair.bench.ok("xentui-wake", "1")
    assert runs(pair.bench.letters("one"))


def test_a_report_that_is_lost_leaves_the_guest_running_there(pair: Pair) -> None:
    control.cut_migrations(pair.bench.simulator, "report")
    assert "** Migration failed during final handshake **" in pair.migrate(1)
    here, there = pair.both()
    assert (here, list(there)) == ({"one--migratedaway": "---ss-"}, ["one"])
    assert runs(there["one"])


def test_cuts_end_when_they_are_mended(pair: Pair) -> None:
    control.cut_migrations(pair.bench.simulator, "copy")
    control.cut_migrations(pair.bench.simulator, control.MENDED)
    pair.migrate()


def test_a_name_that_is_taken_there_is_noticed_last(pair: Pair) -> None:
    control.add(pair.other, "one")
    words = pair.migrate(1)
    assert words[-1] == "Migration failed due to problems at target."
    assert "migration sender: Target reports startup failure (status code 6)." in words
    here, there = pair.both()
    assert (list(here), list(there)) == (["one"], ["one"])
    assert runs(here["one"])


def test_a_half_that_was_left_stands_in_the_way(pair: Pair) -> None:
    control.add(pair.other, "one--incoming")
    words = pair.migrate(1)
    assert any('Domain with name "one--incoming" already exists.' in line for line in words)
    assert words[-1] == "Migration failed, resuming at sender."
    assert list(pair.both()[1]) == ["one--incoming"]


def test_too_little_memory_there_is_found_out_by_the_hypervisor(pair: Pair) -> None:
    build(pair.other, memory_mb=4096)
    free = host.free_kb(pair.other.state) // 1024
    control.add(pair.other, "rest", memory_mb=free - 80)
    words = pair.migrate(1)
    assert any("Failed to populate physmap" in line for line in words), words
    assert runs(pair.both()[0]["one"])


def test_a_bridge_that_is_missing_there_is_noticed_when_the_memory_is_there(pair: Pair) -> None:
    build(pair.other, bridges=["other"])
    words = pair.migrate(1)
    assert any("Could not find bridge device xenbr0" in line for line in words), words
    here, there = pair.both()
    assert there == {}
    assert runs(here["one"])


def test_a_pv_guest_stays_where_it_is(bench: Bench) -> None:
    bench.create("one")
    assert "Failed to enable logdirty" in bench.refused("xl", "migrate", "one", "sim2")
    bench.clock.sleep(10)
    assert bench.letters("one")[3] == "-"


@pytest.mark.parametrize("name", ["nosuch.example", "..", "sim/../x", "sim"])
def test_hosts_that_are_none(bench: Bench, name: str) -> None:
    bench.create("one", type='"pvh"')
    assert "Could not resolve hostname" in bench.refused("xl", "migrate", "one", name)


def test_a_guest_that_is_gone_when_it_is_to_stop_is_gone_everywhere(pair: Pair) -> None:
    """Nothing is resumed where the guest has crashed meanwhile (seen with one of too little memory)."""
    bench = pair.bench

    def crash(piece: bytes) -> None:
        if b"Restoring domain" in piece:
            bench.simulator.run(("xl", "destroy", "one"))

    result = bench.simulator.run(("xl", "migrate", "one", "sim2"), on_stderr=crash)
    assert result.exit_code == 1
    assert result.stderr.endswith(b"Migration failed, failed to suspend at sender.\n")
    assert pair.both() == ({}, {})


def test_a_migration_that_is_held_goes_on_when_it_is_let(bench: Bench) -> None:
    bench.create("one", type='"pvh"')
    control.hold_migrations(bench.simulator, "copy")
    said: list[bytes] = []

    def release(piece: bytes) -> None:
        said.append(piece)
        if b"Restoring domain" in piece:
            control.hold_migrations(bench.simulator, control.MENDED)

    result = bench.simulator.run(("xl", "migrate", "one", "sim2"), on_stderr=release)
    assert said[-1] == b"Migration successful.\n"
    assert result.exit_code == 0


def test_a_phase_that_is_none_is_refused(bench: Bench) -> None:
    with pytest.raises(UsageError, match="is not a phase"):
        control.cut_migrations(bench.simulator, "later")

"""What the screen knows of its host: snapshots, what happened between them, how old they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.tui.samples import MIB, domain, load
from xentui.errors import HostError
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.store.history import AuditRecord
from xentui.tui.host_state import SAMPLES, HostState

NOW = 1_800_014_400.0


def snapshot(*domains: Domain, at: float = NOW) -> Snapshot:
    return Snapshot("sim", at, domains)


def happened(before: Domain, after: Domain) -> list[str]:
    state = HostState()
    state.take_snapshot(snapshot(before))
    state.take_snapshot(snapshot(after, at=NOW + 1))
    return [happening.text for happening in state.happenings(after)]


def test_the_first_snapshot_is_no_news() -> None:
    state = HostState()
    assert state.take_snapshot(snapshot(domain(1))) == ()
    assert state.happenings(domain(1)) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {"state": DomainState.PAUSED}, "running → paused"),
        ({}, {"domid": 9}, "rebooted: domid 9 now"),
        ({"name": "old"}, {"name": "new"}, "renamed from old"),
        ({"version": 1}, {"version": 2}, "stored as version 2"),
        ({}, {"memory_kib": 256 * MIB}, "memory 512 → 256 MiB"),
        ({}, {"vcpus": 1}, "vCPUs 2 → 1"),
        ({}, {"autostart": True}, "autostart on"),
        ({}, {"damaged": "no text"}, "store entry damaged: no text"),
    ],
)
def test_what_happens_is_told_in_words(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert happened(domain(1, **before), domain(1, **after)) == [words]


def test_an_idle_guest_is_no_news() -> None:
    assert happened(domain(1), domain(1, state=DomainState.BLOCKED)) == []


def test_what_happened_to_those_that_are_gone_is_forgotten() -> None:
    state = HostState()
    state.take_snapshot(snapshot(domain(1)))
    state.take_snapshot(snapshot(domain(1, vcpus=1)))
    assert state.happenings(domain(1))
    state.take_snapshot(snapshot())
    assert state.happenings(domain(1)) == ()


def test_loads_are_kept_for_a_minute() -> None:
    state = HostState()
    for second in range(SAMPLES + 5):
        state.take_loads({"vm1": load("vm1", float(second))})
    assert len(state.histories["vm1"]) == SAMPLES
    assert state.histories["vm1"][-1] == SAMPLES + 4
    state.take_snapshot(snapshot(domain(2)))
    assert state.histories == {}


def test_uptimes_go_on_by_themselves() -> None:
    state = HostState()
    state.take_snapshot(snapshot(domain(1), domain(2, state=DomainState.OFF)))
    assert state.unknown_uptimes
    state.take_uptimes({1: 100}, NOW)
    assert not state.unknown_uptimes
    assert state.uptimes(NOW + 5)[1] == pytest.approx(105)


def test_a_host_that_takes_long_is_slow_and_not_said_to_be_silent() -> None:
    state = HostState()
    state.pulse.asking_since = NOW
    assert state.stale(NOW + 5) == ""
    assert state.stale(NOW + 12) == "slow: 10 s without an answer"
    state.take_snapshot(snapshot(domain(1)))
    assert state.stale(NOW + 12) == "as of 10 s ago, slow: 10 s without an answer"
    state.pulse.asking_since = 0.0
    assert state.stale(NOW + 300) == "", "what is looked at seldom is not old"


def test_trouble_is_told_at_once_with_the_next_try_and_forgotten_with_the_next_answer() -> None:
    state = HostState()
    state.take_trouble(HostError("no route to host"))
    assert state.stale(NOW) == "no route to host"
    state.take_snapshot(snapshot(domain(1)))
    state.take_trouble(HostError("no route to host"))
    assert state.stale(NOW + 2) == "as of 2 s ago: no route to host"
    state.pulse.next_try = NOW + 14
    assert state.stale(NOW + 2) == "as of 2 s ago, next try in 10 s: no route to host"
    state.pulse.asking_since = NOW + 14
    assert state.stale(NOW + 15) == "as of 15 s ago, trying again: no route to host"
    state.take_snapshot(snapshot(domain(1), at=NOW + 3))
    state.pulse.asking_since = 0.0
    assert state.stale(NOW + 3) == ""


def test_the_last_commands_on_a_domain_come_from_the_audit_log() -> None:
    state = HostState()
    state.take_audit(
        [
            AuditRecord("2027-01-15T12:00:00.000000Z", record)
            for record in (
                {"domain": "vm1", "argv": ["xl", "pause", "1"], "exit": 0, "user": "root@desk"},
                {"domain": "vm2", "argv": ["xl", "pause", "2"], "exit": 1, "user": "root@desk"},
                {"domain": "vm1", "argv": "not a list", "exit": 0},
                {"domain": "vm1", "argv": ["xl", "unpause", "1"], "exit": None},
            )
        ]
    )
    (command,) = state.commands(domain(1))
    assert (command.argv, command.exit_code, command.user) == (("xl", "pause", "1"), 0, "root@desk")


def test_a_command_whose_end_nobody_knows_is_shown_as_that() -> None:
    state = HostState()
    record = {"domain": "vm1", "argv": ["xl", "pause", "1"], "exit": None, "user": "root@desk"}
    state.take_audit(
        [
            AuditRecord("2027-01-15T12:00:00.000000Z", {**record, "outcome": outcome})
            for outcome in ("unknown", "running")
        ]
    )
    assert [(it.exit_code, it.open) for it in state.commands(domain(1))] == [
        (None, "running"),
        (None, "outcome unknown"),
    ]

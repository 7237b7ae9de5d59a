"""What is on two hosts and may be on one only: told once it is sure, for hosts are not looked at at one moment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.unit.fleet.test_duplicates import UUID, running
from xentui.model.domain import Domain, Snapshot
from xentui.service.events import Event
from xentui.tui.several_hosts import Several

WEB = running("web", UUID)


def host(label: str) -> Any:
    return SimpleNamespace(label=label, host_state=SimpleNamespace(snapshot=None, doubles={}, trouble=None))


def looked(several: Several, it: Any, *domains: Domain, events: tuple[Event, ...] = ()) -> str:
    it.host_state.snapshot = Snapshot(it.label, 1.0, domains)
    several.moved(it.label, events)
    return several.warning()


def test_a_domain_that_moves_is_on_both_for_a_moment_only() -> None:
    one, two = host("xen1"), host("xen2")
    several = Several([one, two])
    assert looked(several, one, WEB) == looked(several, two) == ""
    assert looked(several, two, WEB) == "", "xen1 was looked at before it left"
    assert looked(several, one) == ""
    assert two.host_state.doubles == {}


def test_what_is_on_both_is_told_when_each_was_looked_at_again() -> None:
    one, two = host("xen1"), host("xen2")
    several = Several([one, two])
    looked(several, one, WEB)
    looked(several, two, WEB)
    assert looked(several, one, WEB) == ""
    assert "web" in looked(several, two, WEB) and one.host_state.doubles
    assert looked(several, one, WEB) == "", "it is told once"


def test_one_that_does_not_answer_is_not_waited_for() -> None:
    one, two = host("xen1"), host("xen2")
    several = Several([one, two])
    looked(several, one, WEB)
    one.host_state.trouble = "the line is cut"
    looked(several, two, WEB)
    assert "web" in looked(several, two, WEB)

"""Domains and states as the front ends see them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.model.state import DomainState

WEB = Domain(
    "web", "11111111-2222-3333-4444-000000000001", DomainState.OFF, memory_kib=131071, maxmem_kib=262144
)


def test_memory_is_rounded_as_xl_rounds_it() -> None:
    assert (WEB.memory_mib, WEB.maxmem_mib) == (127, 256)


def test_what_is_in_force() -> None:
    stored, running = DomainConfig(name="stored"), DomainConfig(name="running")
    assert replace(WEB, stored=stored, running=running).config is running
    assert replace(WEB, stored=stored).config is stored
    assert WEB.config == DomainConfig(name="web", uuid=WEB.uuid)


def test_what_messages_call_it() -> None:
    assert (WEB.label, replace(WEB, name="").label) == ("web", WEB.uuid)


def test_domain_0_is_the_one_with_that_number() -> None:
    assert replace(WEB, domid=0).is_control
    assert not WEB.is_control
    assert not replace(WEB, name="Domain-0", domid=5).is_control


def test_nothing_shown_can_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        WEB.name = "x"  # type: ignore[misc]


def test_every_state_has_a_letter_of_its_own() -> None:
    assert len({state.letter for state in DomainState}) == len(DomainState)


def test_only_what_the_hypervisor_holds_exists_and_only_what_can_execute_is_alive() -> None:
    assert {state for state in DomainState if not state.exists} == {DomainState.OFF, DomainState.SUSPENDED}
    assert {state for state in DomainState if state.alive} == {
        DomainState.RUNNING,
        DomainState.BLOCKED,
        DomainState.PAUSED,
    }

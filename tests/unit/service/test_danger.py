"""What cannot be taken back is named before it is done; what can be, is not asked about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.service.conftest import Faulty
from xentui.errors import NotAllowedError
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.model.trigger import Trigger
from xentui.service import danger
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action

MANAGED = Domain("web", "u", DomainState.RUNNING, domid=4, managed=True)
TRANSIENT = Domain("try", "v", DomainState.RUNNING, domid=5)
COPY = Domain("web-20261128T0336Z", "u", DomainState.CRASHED, domid=3, copy_of="web")
SUSPENDED = Domain("lab", "w", DomainState.SUSPENDED, managed=True, memory_image="checkpoint.chk")
CUT = Domain("cut", "x", DomainState.OFF, managed=True, memory_image="checkpoint.resuming")


@pytest.mark.parametrize(
    ("action", "domain", "lost"),
    [
        (Action.DESTROY, MANAGED, "its power was cut; its configuration stays stored"),
        (Action.DESTROY, TRANSIENT, "its configuration is lost: it is transient"),
        (Action.DESTROY, COPY, "what web had in its memory"),
        (Action.DESTROY, SUSPENDED, "its saved memory is discarded"),
        (Action.CLEAR, replace(MANAGED, copies=2), "its 2 stopped copies end"),
        (Action.CLEAR, COPY, "what web had in its memory"),
        (Action.SHUTDOWN, TRANSIENT, "once it has stopped, its configuration is lost"),
        (
            Action.WRITE_FILE,
            replace(MANAGED, source="/etc/xen/web.cfg", file_changed=True),
            "what /etc/xen/web.cfg says now",
        ),
        (Action.START, CUT, "its saved memory is lost"),
    ],
)
def test_what_would_be_lost_is_named(action: Action, domain: Domain, lost: str) -> None:
    found = danger.of(action, [domain])
    assert found is not None
    assert lost in found.losses[0]
    assert domain.label in found.question
    assert found.transient == ((domain,) if domain is TRANSIENT else ())


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.DESTROY, Action.CLEAR}))
def test_what_can_be_taken_back_asks_nothing(action: Action) -> None:
    for state in DomainState:
        domain = replace(MANAGED, state=state, domid=4 if state.exists else None)
        assert danger.of(action, [domain]) is None


def test_what_is_not_possible_is_not_asked_about() -> None:
    assert danger.of(Action.DESTROY, [replace(MANAGED, state=DomainState.OFF, domid=None)]) is None
    assert danger.of(Action.SHUTDOWN, [replace(TRANSIENT, state=DomainState.PAUSED)]) is None


def test_of_many_only_those_are_named_that_lose_something() -> None:
    found = danger.of(Action.SHUTDOWN, [MANAGED, TRANSIENT, replace(TRANSIENT, name="second", domid=9)])
    assert found is not None
    assert (found.question, len(found.losses), len(found.transient)) == ("Shut down 2 domains?", 2, 2)


@pytest.mark.parametrize("kind", ["hvm", "pv"])
@pytest.mark.parametrize("event", Trigger)
def test_what_an_event_may_lose_is_named_where_the_guest_takes_it(event: Trigger, kind: str) -> None:
    found = danger.of(Action.TRIGGER, [replace(TRANSIENT, running=DomainConfig(type=kind))], event)
    asks = event is Trigger.NMI or (event is Trigger.POWER and kind == "hvm")
    assert (found is not None) is asks
    if found is not None:
        assert found.question == f"Send {event} to try?"
        assert found.transient == (), "no trigger can keep the configuration"


async def test_a_transient_domain_can_be_kept_before_it_stops(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create(host.guest("try", vcpus="2"))
    running = await hypervisor.inventory.find("try")
    stored = await hypervisor.editing.keep(running)
    assert (stored.created, stored.version) == (True, 1)
    await hypervisor.lifecycle.wait_gone(await hypervisor.lifecycle.shutdown(running), timeout=60)
    off = await hypervisor.inventory.find("try")
    assert (off.managed, off.state, off.uuid) == (True, DomainState.OFF, running.uuid)
    assert off.stored and off.stored.vcpus == 2
    with pytest.raises(NotAllowedError):
        async with Hypervisor(host, read_only=True) as reader:
            await reader.editing.keep(replace(running, managed=False))


@pytest.mark.parametrize(
    ("domains", "question"),
    [
        ([replace(MANAGED, copies=2)], "Clear the copies of web?"),
        ([COPY], "Clear the stopped copy web-20261128T0336Z?"),
        ([COPY, replace(COPY, name="web-20261128T0340Z")], "Clear 2 stopped copies?"),
        ([COPY, replace(MANAGED, copies=2)], "Clear the copies of 2 domains?"),
    ],
)
def test_a_copy_is_not_said_to_have_copies(domains: list[Domain], question: str) -> None:
    found = danger.of(Action.CLEAR, domains)
    assert found is not None
    assert found.question == question

"""A first look at a host: what runs, before its configurations are read."""

from __future__ import annotations

import json

import pytest

from tests.unit.service.fake import FakeHost, inventory, row
from xentui.errors import HostError, StoreError
from xentui.service.events import EventKind, changes

UUID = "11111111-2222-4333-8444-555555555555"


def host() -> FakeHost:
    made = FakeHost()
    made.rows = [row("Domain-0", 0, "00000000-0000-0000-0000-000000000000"), row("web", 5, UUID)]
    config = {"c_info": {"name": "web", "uuid": UUID}, "b_info": {"max_memkb": 262144}}
    made.configs = json.dumps([{"domid": 5, "config": config}]).encode()
    return made


async def test_a_glance_does_not_ask_for_configurations() -> None:
    made = host()
    made.configs = b"not asked for"
    snapshot = await inventory(made).glance()
    _dom0, domain = snapshot.domains
    assert (domain.name, domain.domid, domain.memory_mib, domain.running) == ("web", 5, 128, None)
    assert snapshot.problems == ()


async def test_the_poll_after_it_tells_the_rest_of_the_same_domain() -> None:
    looked = inventory(host())
    before, after = await looked.glance(), await looked.poll()
    assert after.domains[1].running is not None
    assert [event.kind for event in changes(before, after)] == [EventKind.CHANGED]


async def test_a_store_that_cannot_be_read_is_told() -> None:
    made = host()
    made.store_failure = StoreError("broken")
    snapshot = await inventory(made).glance()
    assert snapshot.store_unread
    assert "broken" in snapshot.problems[0]


async def test_a_host_that_is_away_is_an_error() -> None:
    made = host()
    made.failure = HostError("away")
    with pytest.raises(HostError):
        await inventory(made).glance()

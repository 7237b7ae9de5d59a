"""What happened to domains between two snapshots."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain, Drift, Snapshot
from xentui.model.state import DomainState
from xentui.service import events
from xentui.service.events import EventKind, changes

UUID = "11111111-2222-3333-4444-000000000001"
OTHER = "11111111-2222-3333-4444-000000000002"
WEB = Domain("web", UUID, DomainState.BLOCKED, domid=5, memory_kib=1024, vcpus=1)
MANAGED = replace(WEB, managed=True, version=1)
OFF = replace(MANAGED, domid=None, state=DomainState.OFF)


def between(old: list[Domain], new: list[Domain]) -> list[tuple[EventKind, str]]:
    found = changes(Snapshot("x", 1.0, tuple(old)), Snapshot("x", 2.0, tuple(new)))
    return [(event.kind, event.domain.name) for event in found]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, WEB, EventKind.APPEARED),
        (WEB, None, EventKind.VANISHED),
        (OFF, MANAGED, EventKind.STATE),
        (MANAGED, OFF, EventKind.STATE),
        (WEB, replace(WEB, state=DomainState.PAUSED), EventKind.STATE),
        (WEB, replace(WEB, domid=6), EventKind.REBOOTED),
        (MANAGED, replace(MANAGED, domid=6), EventKind.REBOOTED),
        (WEB, replace(WEB, name="shop"), EventKind.RENAMED),
        (MANAGED, replace(MANAGED, name="shop"), EventKind.RENAMED),
        (OFF, replace(OFF, name="shop"), EventKind.RENAMED),
        (WEB, replace(WEB, memory_kib=2048), EventKind.CHANGED),
        (WEB, replace(WEB, vcpus=2), EventKind.CHANGED),
        (OFF, replace(OFF, version=2), EventKind.CHANGED),
        (OFF, replace(OFF, autostart=True), EventKind.CHANGED),
        (OFF, replace(OFF, damaged="gone"), EventKind.CHANGED),
        (OFF, replace(OFF, drift=(Drift.FILE,)), EventKind.CHANGED),
        (WEB, replace(WEB, running=DomainConfig(name="web")), EventKind.CHANGED),
        (WEB, MANAGED, EventKind.CHANGED),
        (WEB, WEB, None),
        (WEB, replace(WEB, cpu_seconds=99.0), None),
        (WEB, replace(WEB, state=DomainState.RUNNING), None),
    ],
)
def test_what_happened(before: Domain | None, after: Domain | None, kind: EventKind | None) -> None:
    found = between([before] if before else [], [after] if after else [])
    named = after or before
    assert named is not None
    assert found == ([(kind, named.name)] if kind else [])


def test_the_remains_of_a_reboot_are_a_domain_of_their_own() -> None:
    remains = replace(WEB, name="", state=DomainState.DYING)
    assert between([MANAGED], [replace(MANAGED, domid=6), remains]) == [
        (EventKind.REBOOTED, "web"),
        (EventKind.APPEARED, ""),
    ]
    assert between([replace(MANAGED, domid=6), remains], [replace(MANAGED, domid=6)]) == [
        (EventKind.VANISHED, "")
    ]


def test_an_event_keeps_both_sides() -> None:
    (event,) = changes(Snapshot("x", 1.0, (WEB,)), Snapshot("x", 2.0, (replace(WEB, memory_kib=4096),)))
    assert (event.before, event.after) == (WEB, replace(WEB, memory_kib=4096))
    with pytest.raises(ValueError, match="has a domain"):
        _ = events.Event(EventKind.CHANGED, None, None).domain

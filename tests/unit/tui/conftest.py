"""Hosts to show, and the snapshots to compare with.  Nothing of the user's own settings or time gets in."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read when Textual is imported

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import PATIENCE, Clock, Noon, StageHost
from xentui.fleet import seen
from xentui.model.domain import Snapshot
from xentui.service import session, watcher
from xentui.service.inventory import Inventory
from xentui.tui import runtime_tuning, typeahead

NOON = 1_800_014_400.0
"""Friday, 15 January 2027, 12:00 UTC: the time of all snapshots."""
FOLDER = "/tmp/xt-simulate"


_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}


def _parsed_once(self: Stylesheet, css: str, *place: Any, **more: Any) -> list[RuleSet]:
    """Read every style sheet once a run and not once an app: they are the same in all tests."""
    key = (css, place, *sorted(more.items()), *sorted(self._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(self, css, *place, **more)
    return _parsed[key]


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same user, zone and terminal everywhere."""
    for name in ("NO_COLOR", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(session, "acting_user", lambda: "root@desk")
    monkeypatch.setattr(Stylesheet, "_parse_rules", _parsed_once)
    # The garbage of the test before would be kept for good.
    monkeypatch.setattr(runtime_tuning, "freeze_gc", lambda: None)
    # A busy machine is no slow host.
    monkeypatch.setattr(typeahead, "READING", PATIENCE)
    monkeypatch.setattr(watcher, "SLOW", PATIENCE)
    time.tzset()
    yield
    monkeypatch.delenv("TZ")
    time.tzset()


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host with the dozen well-known domains; see :class:`StageHost`."""
    return StageHost(tmp_path / "sim", domains=12)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Noon]:
    """Hosts at a time that stands still, in a folder whose name is always as long."""
    clock = Clock(NOON)
    monkeypatch.setattr(time, "time", clock)
    monkeypatch.setattr(time, "time_ns", lambda: int(clock() * 1e9))
    folder = tempfile.mkdtemp(prefix="xt-", dir="/tmp")
    taken = Inventory._snapshot

    async def as_on_a_host(self: Inventory, *read: Any, **options: Any) -> Snapshot:
        """Files of the simulated host as if it were a real one: a path of a test may be wrapped anywhere."""
        snapshot = await taken(self, *read, **options)
        root = f"{folder}/sim/root"
        domains = [replace(each, source=each.source.removeprefix(root)) for each in snapshot.domains]
        return replace(snapshot, domains=tuple(domains))

    monkeypatch.setattr(Inventory, "_snapshot", as_on_a_host)
    monkeypatch.setattr(seen, "LATE", PATIENCE)
    yield Noon(clock, Path(folder), hide=((folder, FOLDER),))
    shutil.rmtree(folder)


@pytest.fixture
def look(request: pytest.FixtureRequest, noon: Noon) -> Iterator[Look]:
    """Compares screens with their snapshots; at the end of the test all that differs is told."""
    made = Look(
        request.path.stem, accept=bool(request.config.getoption("--accept-snapshots")), hide=noon.hide
    )
    yield made
    if made.problems:
        pytest.fail("\n\n".join(made.problems), pytrace=False)

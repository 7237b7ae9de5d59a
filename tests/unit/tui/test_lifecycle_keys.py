"""Keys that start and stop domains: each does it, says so, and says why where it cannot."""

from __future__ import annotations

import pytest

from tests.unit.tui.stage import StageHost, stage

DONE = [
    ("s", "backup", "xl create", "running", "backup: started"),
    ("S", "web1", "xl shutdown", "off", "web1: has shut down"),
    ("p", "web1", "xl pause", "paused", "web1: paused"),
    ("u", "test-pvh", "xl unpause", "running", "test-pvh: runs on"),
    ("z", "web1", "xl save", "suspended", "web1: suspended"),
    ("Z", "lab", "xl restore", "running", "lab: resumed"),
]
REFUSED = [
    ("s", "web1", "web1: cannot start: it is running"),
    ("s", "lab", "lab: cannot start: it is suspended (resume it, or destroy it to drop the saved memory)"),
    ("b", "build", "build: cannot boot: it is running"),
    ("S", "backup", "backup: cannot shutdown: it is off"),
    ("S", "test-pvh", "test-pvh: cannot shutdown: it is paused"),
    ("R", "scratch", "scratch: cannot reboot: it has crashed and is kept (destroy it to let it go)"),
    ("p", "test-pvh", "test-pvh: cannot pause: it is paused"),
    ("u", "web1", "web1: cannot unpause: it is running"),
    ("z", "build", "build: cannot suspend: it is transient"),
    ("Z", "web1", "web1: cannot resume: it is running"),
    ("w", "backup", "backup: cannot save to file: it is off"),
    ("X", "backup", "backup: cannot destroy: it is off"),
    ("X", "Domain-0", "Domain-0: cannot destroy: it is Domain-0, the control domain"),
    ("S", "Domain-0", "Domain-0: cannot shutdown: it is Domain-0, the control domain"),
]


@pytest.mark.parametrize("case", DONE, ids=lambda case: f"{case[0]} {case[1]}")
async def test_a_key_does_it_and_says_so(host: StageHost, case: tuple[str, ...]) -> None:
    key, name, command, state, notice = case
    async with stage(host) as it:
        await it.go(name)
        await it.press(key)
        await it.shows(notice)
        await it.until(lambda: it.state(name) == state)
        assert [done for done in host.did if done.startswith(command)]
        assert notice in it.notice


async def test_what_is_not_possible_says_why_and_does_nothing(host: StageHost) -> None:
    async with stage(host) as it:
        for key, name, reason in REFUSED:
            await it.go(name)
            await it.press(key)
            await it.shows(reason)
            assert it.in_list
        assert not it.app.jobs.all
        assert host.did == []

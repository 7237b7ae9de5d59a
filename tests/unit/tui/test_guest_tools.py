"""The form over xen-create-image: two steps, the host's own defaults, and a password that is shown once."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.unit.tui.stage import NARROW, StageHost, stage


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host without guests."""
    return StageHost(tmp_path / "sim")


def log(host: StageHost) -> str:
    return Path(host.host_path("/var/log/xen-tools/fresh.log")).read_text()


async def test_a_guest_is_made_in_two_steps_and_its_password_stays_until_somebody_has_it(
    host: StageHost,
) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+x")
        await it.shows("Create a guest with xen-create-image", "/srv/xen", "debootstrap")
        await it.fill("fresh")
        await it.shows("Create fresh: disks in /srv/xen, by debootstrap", "4G", "256M", "known: bookworm")
        first = it.app.screen.query(Input).first()
        typed = first.value
        await it.press("end", *"x")
        await it.until(lambda: it.holds(first, f"{typed}x"))
        await it.press("escape")
        await it.shows("Create a guest with xen-create-image", "fresh")
        await it.press("enter")
        await it.shows("Create fresh: disks in /srv/xen")
        first = it.app.screen.query(Input).first()
        assert first.value == f"{typed}x", "what was typed is there still"
        await it.press("end", "backspace")
        await it.until(lambda: it.holds(first, typed))
        await it.press("enter")
        await it.shows("root password of fresh:", "Type the name to go on: fresh")
        (secret,) = [word for word in it.screen.split() if len(word) == 23 and word.isalnum()]
        await it.press("enter")
        await it.shows("that is not fresh")
        assert secret in log(host), "a key that was typed for something else does not lose it"
        await it.type("fresh", "enter")
        await it.until(lambda: secret not in log(host))
        await it.until(lambda: "fresh" in it.names)
        await it.press("L")
        await it.shows("create-image fresh")
        assert secret not in "".join("".join(job.details + job.output) for job in it.app.jobs.all)


async def test_what_cannot_be_is_said_in_the_form_with_what_was_typed(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+x")
        await it.shows("Create a guest with xen-create-image")
        await it.fill("fresh", "vg9")
        await it.shows("disks in vg9")
        await it.press("enter")
        await it.shows("is not a volume group of the host")


async def test_a_host_without_xen_tools_says_how_to_get_them(host: StageHost) -> None:
    host.simulator.furnish()
    Path(host.host_path("/usr/bin/xen-create-image")).unlink()
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+x")
        await it.shows("this host has no xen-create-image")
        await it.press("E")
        await it.shows("apt install xen-tools")

"""The boot menu of a domain on the screen, by keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.unit.tui.stage import NARROW, StageHost, stage
from xentui.errors import NotAllowedError
from xentui.service import boot_menu
from xentui.tui.screens.boot_menu import BootMenuScreen

if TYPE_CHECKING:
    from tests.unit.tui.stage import Stage
    from xentui.model.domain import Domain

OLD = "kernel 6.1.0-50-amd64"


def known(it: Stage) -> Domain:
    """The domain whose menu it is."""
    found = it.domain("backup")
    assert found is not None
    return found


async def test_a_menu_is_read_and_its_lines_are_shown(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("P")
        await it.until(lambda: isinstance(it.app.screen, BootMenuScreen))
        await it.shows("grub-legacy", "/boot/grub/menu.lst", "*p   0", OLD, "root=/dev/xvda1 ro console=hvc0")
        await it.press("end")
        await it.shows("/boot/vmlinuz-6.1.0-50-amd64")
        await it.press("enter")
        await it.shows("/boot/grub/menu.lst, lines", f"title Debian GNU/Linux 12, {OLD}")
        await it.hides("timeout 5")
        await it.press("escape")
        await it.press("v")
        await it.shows("timeout 5")
        await it.press("escape", "escape")
        await it.until(lambda: it.in_list)


async def test_an_entry_is_booted_once(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("P")
        await it.shows("*p   0")
        await it.press("end", "s")
        await it.until(lambda: it.in_list)
        await it.until(lambda: (found := it.domain("backup")) is not None and found.one_off)
        found = it.domain("backup")
        assert found is not None
        assert found.config.bootloader_args == (f"--entry=Debian GNU/Linux 12, {OLD}",)


async def test_arguments_are_edited_first_and_rescue_targets_are_offered(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("P")
        await it.shows("*p   0")
        await it.press("r")
        await it.shows("rd.break", "init=/bin/sh", "systemd.unit=rescue.target", "single")
        await it.press("escape", "e")
        await it.shows("Edit the kernel's arguments", "root=/dev/xvda1 ro console=hvc0")
        await it.press("end")
        await it.type(" x=1", "enter")
        await it.until(lambda: (found := it.domain("backup")) is not None and found.domid is not None)
        found = it.domain("backup")
        assert found is not None
        assert "--args=root=/dev/xvda1 ro console=hvc0 x=1" in found.config.bootloader_args


async def test_an_entry_becomes_the_domains_own_and_is_given_back(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("P")
        await it.shows("*p   0")
        await it.press("end", "d", "y")
        await it.shows("as version 2", "=  2")
        draft = await it.app.hypervisor.editing.open(known(it))
        assert (
            f"# boot entry: Debian GNU/Linux 12, {OLD}, kernel /boot/vmlinuz-6.1.0-50-amd64\n" in draft.text
        )
        await it.press("d", "y")
        await it.shows("its loader decides, as version 3")
        draft = await it.app.hypervisor.editing.open(known(it))
        assert "boot entry" not in draft.text
        assert "bootloader_args" not in draft.text


async def test_what_runs_is_only_looked_at(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("P")
        await it.shows("may be stale")
        await it.press("s")
        await it.shows("cannot start: it is running")


async def test_a_read_only_session_looks_only(host: StageHost) -> None:
    async with stage(host, size=NARROW, read_only=True) as it:
        await it.go("backup")
        await it.press("P")
        await it.shows("*p   0")
        for key in ("s", "e", "r", "d", "w"):
            await it.press(key)
            await it.shows("read-only")


async def test_what_cannot_be_read_says_what_was_seen_and_can_be_given_up(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("win10")
        await it.press("P")
        await it.shows("cannot be read", "no file system that a boot", "(nothing known)", "F5 reads it again")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        waiting = asyncio.Event()

        async def never(*_: object, **__: object) -> None:
            waiting.set()
            await asyncio.sleep(3600)
            raise NotAllowedError("too late")

        monkeypatch.setattr(boot_menu, "of_domain", never)
        await it.press("P")
        await it.until(waiting.is_set)
        await it.shows("reading its disk", "Esc gives up")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_another_way_of_booting_is_reviewed_and_stored(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("P")
        await it.shows("*p   0")
        await it.press("w")
        await it.shows("pygrub", "domUloader", "direct kernel", "its menu is grub-legacy's")
        await it.press("home", "down", "enter")
        await it.shows("-bootloader = ", "+bootloader = ", "+bootloader_args =")
        await it.press("y")
        await it.shows("boots by domUloader, as version 2")

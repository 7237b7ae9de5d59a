"""The boot menu of a domain on the screen, by keys."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.tui.stage import NARROW, StageHost, stage
from xentui.errors import HostError, NotAllowedError
from xentui.fleet.link import HostLink, LinkState
from xentui.service import boot_menu, kernels
from xentui.tui.host_state import HostState
from xentui.tui.screens import detail_menu
from xentui.tui.screens.boot_menu import BootMenuScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.tui.stage import Stage
    from xentui.hosts.base import Host
    from xentui.model.domain import Domain
    from xentui.service.boot_source import BootImage

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
        assert "* default  p pygrub's default" in it.screen
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
        # At 80 columns what is said of each is whole, in a column of its own.
        await it.shows("a shell in the initrd, before", "nothing is asked")
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
        await it.shows("backup: version 2 boots Debian", "=  2")
        draft = await it.app.here.hypervisor.editing.open(known(it))
        assert (
            f"# boot entry: Debian GNU/Linux 12, {OLD}, kernel /boot/vmlinuz-6.1.0-50-amd64\n" in draft.text
        )
        await it.press("d", "y")
        await it.shows("its loader decides, as version 3")
        draft = await it.app.here.hypervisor.editing.open(known(it))
        assert "boot entry" not in draft.text
        assert "bootloader_args" not in draft.text


async def test_a_method_by_which_it_boots_already_is_nothing_to_store(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("P")
        await it.shows("*p   0")
        await it.press("w")
        await it.shows("How backup boots", "pygrub")
        await it.press("enter")
        await it.shows("backup: boots with pygrub already; nothing was changed")


@pytest.mark.parametrize("key", ["question_mark", "f1"])
@pytest.mark.parametrize(
    ("opens", "own"),
    [
        ("P", "Boot this entry once, and show its console"),
        ("H", "Restore this version"),
        ("ctrl+f", "Refresh"),
    ],
)
async def test_the_keys_of_a_screen_above_the_list_are_shown_by_the_same_key(
    host: StageHost, key: str, opens: str, own: str
) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press(opens)
        await it.until(lambda: not it.in_list)
        await it.press(key)
        await it.shows("Esc closes", own)
        await it.hides("Letters and signs of the list")
        await it.press("escape")
        await it.hides("Esc closes")
        await it.press("escape")
        await it.until(lambda: it.in_list)


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
        await it.shows("boots with domUloader, as version 2")


async def test_the_details_have_the_menu_of_what_the_cursor_is_at(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.hides("boots after")
        await it.press("semicolon")
        await it.shows("menu    grub-legacy · boots after 5 s", "*p  0 Debian")
        assert "* default  p pygrub's default" in it.screen
        await it.press("semicolon")
        await it.hides("boots after")
        await it.press("d", "semicolon")
        await it.shows("boots after")
        await it.go("Domain-0")
        await it.shows("it has no boot menu that can be read")


async def test_the_menu_is_in_sight_where_the_details_were_scrolled(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("mail")
        await it.press("2", "end")
        await it.shows("stored  version 1")
        await it.press("1", "semicolon")
        await it.shows("menu    ", "boots after")


async def test_the_row_of_a_host_has_no_menu(host: StageHost, tmp_path: Path) -> None:
    other = StageHost(tmp_path / "other", domains=3, name="other")
    async with stage(host, size=NARROW, beside=[other]) as it:
        await it.press("home", "semicolon")
        await it.shows("a host has none that is read")


async def test_enter_in_the_details_shows_the_menu_then_all_of_it(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("2", "enter")
        await it.shows("boots after 5 s")
        assert it.app.screen is it.app.main
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, BootMenuScreen))
        await it.press("escape")
        await it.until(lambda: it.app.focused is it.app.main.details)


class HeldMenus:
    """In the place of what reads disks: counts the readings, and holds each until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[str] = []
        self.given_up: list[str] = []
        self.free = asyncio.Event()
        real = boot_menu._answers

        async def answers(host: Host, images: Sequence[BootImage], **options: Any) -> list[dict[str, Any]]:
            self.begun.append(images[0].path)
            try:
                await self.free.wait()
            except asyncio.CancelledError:
                self.given_up.append(images[0].path)
                raise
            return await real(host, images, **options)

        monkeypatch.setattr(boot_menu, "_answers", answers)


async def test_a_disk_is_read_once_and_no_further_when_the_cursor_moves_on(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldMenus(monkeypatch)
    for patience in ("_COME", "_STAYED"):
        monkeypatch.setattr(detail_menu, patience, 1e9)
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("semicolon")
        await it.shows("reading its disk")
        await it.until(lambda: len(held.begun) == 1)
        await it.go("web1")
        await it.until(lambda: held.given_up == held.begun[:1])
        await it.until(lambda: len(held.begun) == 2)
        held.free.set()
        await it.shows("may be stale")
        await it.go("backup")
        await it.shows("boots after 5 s")
        for _ in range(3):
            await it.press("f5")
        await it.go("web1")
        await it.shows("may be stale")
        read = held.begun[1:]
        assert max(map(read.count, read)) == 1, (
            "what is known is shown, at a poll and where the cursor comes back"
        )


async def test_a_domain_may_go_while_its_disk_is_read(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldMenus(monkeypatch)
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("semicolon")
        await it.until(lambda: len(held.begun) == 1)
        await it.app.here.hypervisor.definitions.delete(known(it))
        await it.press("f5")
        await it.until(lambda: it.domain("backup") is None)
        held.free.set()
        await it.until(lambda: not it.app.main.follower.menu._reading)
        await it.hides("reading its disk")
        assert it.in_list


async def test_a_slow_host_is_asked_for_a_menu_only_where_somebody_asks(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldMenus(monkeypatch)
    held.free.set()
    slow = HostLink(LinkState.SLOW, "9 s for an answer")
    monkeypatch.setattr(HostState, "link", lambda _self, _now: slow)
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("semicolon")
        await it.shows("boots after 5 s")
        await it.go("web1")
        await it.shows("not read, as the host is slow: P reads it")
        await it.press("semicolon", "semicolon")
        await it.shows("may be stale")
        assert len(held.begun) == 2


async def test_a_line_that_is_cut_is_told_and_the_disk_read_once_it_is_back(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldMenus(monkeypatch)
    held.free.set()
    real, whole = boot_menu._answers, [False]

    async def answers(host: Host, images: Sequence[BootImage], **options: Any) -> list[dict[str, Any]]:
        if not whole[0]:
            raise HostError("the connection was lost", subject="xen1")
        return await real(host, images, **options)

    monkeypatch.setattr(boot_menu, "_answers", answers)
    monkeypatch.setattr(kernels, "_FAILED_AGAIN", 0.5)
    away = HostLink(LinkState.AWAY, "no route to host")
    link = HostState.link
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("semicolon")
        await it.shows("not read: the connection was lost")
        monkeypatch.setattr(HostState, "link", lambda _self, _now: away)
        await it.go("web1")
        await it.shows("not read, as the host does not answer: P reads it")
        monkeypatch.setattr(HostState, "link", link)
        whole[0] = True
        await it.go("backup")
        await it.shows("boots after 5 s")


async def test_the_cursor_runs_over_all_domains_and_one_disk_is_read_at_a_time(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldMenus(monkeypatch)
    monkeypatch.setattr(detail_menu, "_REST", 0.0)
    async with stage(host, size=NARROW) as it:
        await it.press("semicolon")
        for key in ("down",) * 12 + ("up",) * 12 + ("down", "end", "home"):
            await it.press(key)
            assert len(held.begun) - len(held.given_up) <= 1
        await it.go("backup")
        await it.until(lambda: len(held.begun) - len(held.given_up) == 1 and "backup" in held.begun[-1])
        held.free.set()
        await it.shows("boots after 5 s")


def of_a_file(text: str, last: int) -> dict[str, Any]:
    """What is told of a menu with one entry, whose lines are all of a file."""
    entry = {
        "title": "one", "submenu": [], "kernel": "/k", "initrd": [], "args": "", "loader": "linux", "source": "/g",
        "first": 1, "last": last,
    }  # fmt: skip
    place = {"device": "hd0", "partition": 0, "start": 0, "kind": "ext4", "unclean": False}
    menu = {"loader": "grub2", "source": "/g", "entries": [entry], "default": 0, "timeout": 5.0}
    told = {"menu": menu, "place": 0, "places": [place], "kernels": [], "notes": [], "kernel_places": [0]}
    return {**told, "files": {"/g": text}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n" * 1_000_000, "(998000 lines after these are not shown)"),
        ("x" * 1_000_000, "xxxxxxxxxx"),
        ("\x1b[2J" * 250_000, "\\u001b[2J"),
    ],
)
async def test_a_file_of_a_menu_is_shown_however_large(
    host: StageHost, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    async def answers(*_given: object, **_more: object) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        return [of_a_file(text, text.count("\n") or 1)]

    monkeypatch.setattr(boot_menu, "_answers", answers)
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("P")
        await it.shows("boots after 5 s")
        for key in ("v", "enter"):
            await it.press(key)
            await it.shows("    1  ")
            await it.press(*(["end"] if "after" in said else []))
            await it.shows(said)
            await it.press("escape")
            await it.shows("boots after 5 s")

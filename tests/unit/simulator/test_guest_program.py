"""What a guest shows and answers, key by key, without a process of its own."""

from __future__ import annotations

import sys
import time

import pexpect
import pytest

from tests.unit.simulator.conftest import Bench
from xentui.simulator import bootmenu, guest_images, sample_host
from xentui.simulator.console import grub, kernel, pygrub, shell
from xentui.simulator.console.terminal import Terminal
from xentui.simulator.guest import CRASH, POWEROFF, REBOOT, SUSPEND

ENTER, UP, DOWN = "\r", "\x1bOA", "\x1bOB"


class Keys(Terminal):
    """A terminal whose keys and lines are given beforehand; what is written is kept."""

    def __init__(self, *keys: str | None) -> None:
        self.typed: list[str | None] = list(keys)
        self.shown = ""

    def lines(self) -> None:
        pass

    def keys(self) -> None:
        pass

    def write(self, text: str) -> None:
        self.shown += text

    def key(self, seconds: float | None) -> str | None:
        return self.typed.pop(0) if self.typed else "q"


class OverError(Exception):
    """The guest went to sleep for ever: it has asked to be stopped."""


@pytest.fixture
def answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> shell.GuestShell:
    """The shell of a running guest; what it prints is in its terminal."""
    number = bench.create("one", extra='"console=hvc0 quiet"')

    def sleep(seconds: float) -> None:
        if seconds > 1000:
            raise OverError

    monkeypatch.setattr(time, "sleep", sleep)
    facts = kernel.GuestFacts("one", "pv", "console=hvc0 quiet", 131072, 2, ("xvda",))
    return shell.GuestShell(Keys(), bench.simulator, facts, number, bench.clock.now - 600)


def said(found: shell.GuestShell, line: str) -> str:
    terminal = found._terminal
    assert isinstance(terminal, Keys)
    terminal.shown = ""
    found._answer(line)
    return terminal.shown


class TestShell:
    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("echo one  'two  three'", "one two  three\n"),
            ("echo -n x; echo y", "xy\n"),
            ("cat /proc/cmdline", "console=hvc0 quiet\n"),
            ("cat /nosuch", "cat: can't open '/nosuch': No such file or directory\n"),
            ("uname -r", f"{kernel.RELEASE}\n"),
            ("uname", "Linux\n"),
            ("hostname", "tinyguest\n"),
            ("seq 3", "1\n2\n3\n"),
            ("seq 2 3", "2\n3\n"),
            ("seq 1 100 | tail -2", "99\n100\n"),
            ("seq 1 100 | head -n 1", "1\n"),
            ("seq 1 30 | grep 29", "29\n"),
            ("yes | head -2", "y\ny\n"),
            ("echo a > /root/t; echo b >> /root/t; cat /root/t | wc", "2\n"),
            ("printf 'a%sb\\n' X", "aXb\n"),
            ("printf '\\342\\234\\223\\n'", "✓\n"),
            ("nosuch; echo $?", "sh: nosuch: not found\n127\n"),
            ("true && echo yes", "yes\n"),
            ("echo 'open", "sh: syntax error: unterminated quoted string\n"),
            ("", ""),
            ("clear", "\x1b[H\x1b[J"),
            ("sleep 0", ""),
        ],
    )
    def test_commands_answer_as_busyboxs_do(self, answer: shell.GuestShell, line: str, words: str) -> None:
        assert said(answer, line) == words

    @pytest.mark.parametrize(
        ("line", "part"),
        [
            ("ls", "proc"),
            ("ls -la /", "drwxr-xr-x"),
            ("ps", "/bin/init"),
            ("free", "131072"),
            ("uptime", "up 10 min"),
            ("dmesg", "Linux version"),
            ("uname -a", "GNU/Linux"),
            ("cat /proc/meminfo", "131072 kB"),
            ("help", "poweroff"),
            ("exit", "BusyBox"),
            ("reset", "\x1bc"),
        ],
    )
    def test_others_show_what_is_looked_for(self, answer: shell.GuestShell, line: str, part: str) -> None:
        assert part in said(answer, line)

    def test_top_repaints_until_q(self, answer: shell.GuestShell) -> None:
        terminal = answer._terminal
        assert isinstance(terminal, Keys)
        terminal.typed = [None, None, "q"]
        assert said(answer, "top").count("Mem:") == 3

    @pytest.mark.parametrize(
        ("line", "letters"),
        [
            ("poweroff", "---s--"),
            ("halt", "---s--"),
            ("reboot", "---sr-"),
            ("crash", "---sc-"),
            ("echo c > /proc/sysrq-trigger", "---sc-"),
        ],
    )
    def test_commands_that_end_the_guest(
        self, answer: shell.GuestShell, bench: Bench, line: str, letters: str
    ) -> None:
        with pytest.raises(OverError):
            said(answer, line)
        guest = bench.simulator.state.named("one")
        assert guest is not None
        assert guest.letters(bench.clock.now) == letters


class TestLastWords:
    @pytest.mark.parametrize(
        ("reason", "words"),
        [
            (POWEROFF, "reboot: Power down"),
            (REBOOT, "reboot: Restarting system"),
            (CRASH, "Kernel panic - not syncing"),
        ],
    )
    def test_each_end_has_its_own(self, reason: int, words: str) -> None:
        assert words in "\n".join(kernel.farewell(reason, 12.5))

    def test_a_suspended_guest_says_nothing(self) -> None:
        assert kernel.farewell(SUSPEND, 1.0) == []


def menu(text: str) -> bootmenu.SimulatedMenu:
    found = bootmenu.parse(guest_images.image(text))
    assert found is not None
    return found


class TestMenus:
    def test_a_legacy_menu(self) -> None:
        found = menu(sample_host.MENU_LST)
        assert [entry.title for entry in found.entries] == ["Tiny Linux (normal)", "Tiny Linux (rescue)"]
        assert (found.default, found.timeout, found.grub2) == (0, 8.0, False)
        assert found.entry(1).arguments.endswith("entry=rescue")
        assert found.entry(-1) == found.entry(99) == found.entries[0]

    def test_a_grub_2_menu_with_a_submenu(self) -> None:
        found = menu(sample_host.GRUB_CFG)
        assert [(entry.title, entry.submenu) for entry in found.entries] == [
            ("Tiny Linux", ""),
            ("Tiny Linux (rescue)", "Advanced options"),
        ]
        assert (found.timeout, found.grub2) == (10.0, True)

    def test_a_menu_that_waits_for_ever(self) -> None:
        assert menu(sample_host.MENU_LST.replace("timeout 8", "timeout -1")).timeout is None

    @pytest.mark.parametrize("head", [b"", b"\0" * 512, bootmenu.MAGIC, guest_images.image("default 0\n")])
    def test_images_without_one(self, head: bytes) -> None:
        assert bootmenu.parse(head) is None


class TestPygrub:
    def choose(self, *keys: str | None, left: float | None = 8.0) -> tuple[int | None, str, int]:
        terminal, stopped = Keys(*keys), []
        chosen = pygrub.choose(terminal, menu(sample_host.MENU_LST), lambda: left, lambda: stopped.append(1))
        return chosen, terminal.shown, len(stopped)

    def test_enter_takes_the_default(self) -> None:
        assert self.choose(ENTER)[0] == 0

    def test_arrows_move_the_bar_and_stop_at_the_ends(self) -> None:
        assert self.choose(DOWN, ENTER)[0] == 1
        assert self.choose(DOWN, DOWN, DOWN, ENTER)[0] == 1
        assert self.choose(DOWN, UP, UP, ENTER)[0] == 0

    def test_the_first_key_stops_the_countdown_once(self) -> None:
        assert self.choose("x", "\x1b[B", ENTER)[::2] == (0, 1)

    def test_the_countdown_runs_out(self) -> None:
        assert self.choose(None, left=0.0)[0] is None

    def test_without_a_countdown_none_is_shown(self) -> None:
        _, shown, _ = self.choose(None, ENTER, left=None)
        assert "seconds" not in shown

    def test_the_editor_shows_the_commands_and_boots(self) -> None:
        chosen, shown, _ = self.choose(DOWN, "e", "x", "b")
        assert chosen == 1
        assert "kernel /boot/vmlinuz root=/dev/xvda ro console=hvc0 single entry=resc>" in shown

    def test_the_editor_is_left_with_escape(self) -> None:
        assert self.choose("e", "\x1b", DOWN, ENTER)[0] == 1


class TestGrub:
    def choose(self, *keys: str | None, left: float | None = 8.0) -> tuple[int | None, str]:
        terminal = Keys(*keys)
        return grub.choose(terminal, menu(sample_host.GRUB_CFG), lambda: left, lambda: None), terminal.shown

    def test_enter_takes_the_first(self) -> None:
        assert self.choose(ENTER)[0] == 0

    def test_a_submenu_opens_and_its_entry_boots(self) -> None:
        chosen, shown = self.choose("\x1b[B", ENTER, ENTER)
        assert chosen == 1
        assert "*Tiny Linux (rescue)" in shown

    def test_escape_goes_back(self) -> None:
        assert self.choose("\x1b[B", ENTER, "\x1b", "\x1b[A", ENTER)[0] == 0

    def test_the_countdown_is_redrawn_and_runs_out(self) -> None:
        assert "automatically in 8s" in self.choose(None, ENTER)[1]
        assert self.choose(None, left=0.0)[0] is None
        assert self.choose(None, ENTER, left=None)[0] == 0


def test_what_is_typed_in_utf_8_is_echoed_as_typed() -> None:
    """Encoded once: each byte for itself would come back as two."""
    program = "from xentui.simulator.console.terminal import Terminal as T; print(ascii(T().line([])))"
    child = pexpect.spawn(sys.executable, ["-c", program], timeout=60, echo=False, encoding="utf-8")
    child.send("\N{LATIN SMALL LETTER E WITH ACUTE}\N{EURO SIGN}x\r")
    said = child.read().splitlines()
    assert said[:2] == ["\N{LATIN SMALL LETTER E WITH ACUTE}\N{EURO SIGN}x", "'\\xe9\\u20acx'"]
    child.close()

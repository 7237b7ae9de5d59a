"""What a user does on the screen, the same on the simulator and on a real Xen.

Guests are booted by their kernel where the way they boot does not matter, and left running for the next scenario
where it needs one: ``east`` is managed, ``west`` transient; neither has a disk, and both restart after a crash.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.scenarios.screen import ScreenDriver, ScreenWorld

_TAKEN = re.compile(rb"\x1b\[>\d+u")
"""What asks a terminal for the kitty keyboard protocol."""
_NUMBERS = itertools.count(11)
_UP = ("running", "blocked")
_SECOND = "Tiny Linux (rescue)"


def list_follows_plain_xl(world: ScreenWorld) -> None:
    """What plain ``xl`` does is listed soon: created, paused, renamed, destroyed."""
    screen = world.screen()
    world.xl("create", "-p", world.guest("eta"))
    screen.until(lambda: screen.state_of("eta") == "paused", patience=world.soon)
    world.xl("unpause", "eta")
    screen.until(lambda: screen.state_of("eta") in _UP, patience=world.soon)
    world.xl("rename", "eta", "theta")
    screen.until(lambda: screen.state_of("theta") and not screen.state_of("eta"), patience=world.soon)
    world.xl("destroy", "theta")
    screen.until(lambda: not screen.state_of("theta"), patience=world.soon)
    screen.quit()


def domain_lives_by_keys(world: ScreenWorld) -> None:
    """From ``n`` to ``D`` and back: a managed domain with nothing but keys."""
    world.guest("north")
    screen = world.screen()
    screen.press("n")
    screen.until("Configuration file")
    assert " up of " in screen.line(0), screen.failed("the list behind the dialog")
    screen.type("north.cfg")
    screen.until("/etc/xen/north.cfg")
    screen.press("enter")
    screen.until(lambda: screen.state_of("north") == "off", what="north, off")

    screen.choose("north")
    screen.press("b")
    screen.until("guest up: ")
    command(screen, "echo kept$((6*7)) > /mark")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("north") in _UP, what="north running in the list")

    screen.press("p")
    screen.until(lambda: screen.state_of("north") == "paused", what="north paused")
    screen.press("u")
    screen.until(lambda: screen.state_of("north") in _UP, what="north unpaused")

    screen.press("+")
    screen.until("Attach a disk to north")
    screen.type("guests/data.img")
    screen.until("/srv/guests/data.img")
    screen.press("enter")
    screen.until("disk xvda attached")
    assert "51712" in world.xl("block-list", "north")

    screen.press("z")
    screen.until(lambda: re.search(r"suspend north .*\d%", screen.line(-2)), what="progress")
    screen.until(lambda: screen.state_of("north") == "suspended", what="north suspended")
    assert "north" not in world.xl_rows()
    screen.press("Z")
    screen.until(lambda: screen.state_of("north") in _UP, what="north resumed")
    screen.press("enter")
    screen.until("attached · Ctrl-] leaves")
    command(screen, "cat /mark", "kept42")
    screen.press("ctrl+]")

    screen.until(lambda: screen.domid_of("north") > 0, what="the list")
    before = screen.domid_of("north")
    screen.press("R")
    screen.until(lambda: screen.domid_of("north") > before, what="another domid after the reboot")
    after = screen.domid_of("north")
    screen.until("north: has rebooted")
    screen.press("enter")
    screen.until(f"north #{after} attached")
    screen.press("ctrl+]")

    screen.until(lambda: screen.domid_of("north") == after, what="the list")
    screen.press("X")
    screen.until("Type the name to go on: north")
    screen.type("south")
    screen.press("enter")
    screen.until("that is not north")
    assert "north" in world.xl_rows()
    screen.press(*["backspace"] * len("south"))
    screen.type("north")
    screen.press("enter")
    screen.until(lambda: screen.state_of("north") == "off", what="north destroyed, and listed")
    assert "north" not in world.xl_rows()

    screen.press("D")
    screen.until("Type the name to go on: north")
    screen.type("north")
    screen.press("enter")
    screen.until(lambda: not screen.state_of("north"), what="north deleted")
    screen.press("U")
    screen.until("Undelete")
    screen.press("enter")
    screen.until("north: restored")
    screen.until(lambda: screen.state_of("north") == "off", what="north undeleted")
    screen.quit()


def boot_entry_chosen_by_arrows(world: ScreenWorld) -> None:
    """pygrub draws its menu in the tab; down and Enter boot the second entry.  It shuts down by key."""
    world.copy_image("/srv/guests/guest-menulst.img", "/srv/guests/menu.img")
    world.write(
        "/etc/xen/menu.cfg",
        'name = "menu"\nmemory = 128\nbootloader = "pygrub"\ndisk = [\'file:/srv/guests/menu.img,xvda,w\']\n',
    )
    world.run("new", "menu.cfg")
    screen = world.screen()
    screen.choose("menu")
    screen.press("b")
    screen.until("Will boot selected entry in")
    plain = screen.look(_SECOND)
    screen.press("down")
    screen.until(lambda: screen.look(_SECOND) != plain, what="the second entry highlighted")
    screen.press("enter")
    # The kernel's command line may be broken at the edge.
    screen.until(lambda: "entry=rescue" in "".join(screen.text()), what="the second entry's command line")
    screen.until("guest up: ")  # asked to shut down sooner, Linux has nothing yet to do it with, and forgets
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("menu") in _UP, what="the list")

    screen.press("S")
    screen.until("menu: has shut down")
    screen.until(lambda: screen.state_of("menu") == "off", what="menu off, and listed")
    assert "menu" not in world.xl_rows()
    screen.quit()


def flood_leaves_keys_answered(world: ScreenWorld) -> None:
    """A guest that prints without end hinders neither another console nor the list."""
    world.running("west", on_crash="restart")
    screen = world.screen()
    boot(world, screen, "east")
    command(screen, "echo begin")
    screen.type("yes flood\r")
    screen.until(lambda: sum(line == "flood" for line in screen.text()) > 15, what="the flood")
    screen.press("ctrl+]")

    open_console(screen, "west")
    for _ in range(3):
        command(screen, "echo calm")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("west") in _UP, what="the list")
    screen.until(lambda: "east*" in screen.line(1), what="the mark of activity")
    for name in ("east", "west", "east", "west"):
        before = written(world.console_log("east"))
        screen.choose(name)
        world.wait("more of the flood", partial(_differs, before, world.console_log("east")))

    screen.press("3")
    screen.until(lambda: sum(line == "flood" for line in screen.text()) > 15, what="the flood again")
    screen.press("ctrl+c")
    command(screen, "echo end")
    screen.kill(signal.SIGKILL)
    assert screen.until_ended() == -signal.SIGKILL


def guest_outlives_the_screen_and_restarts(world: ScreenWorld) -> None:
    """Killed, the screen that booted a guest leaves it running, and its panic is still answered by a restart.

    The console's tab goes on with the guest's next domain, and the log has its last words.
    """
    screen = world.screen()
    boot(world, screen, "east")
    command(screen, "echo booted")
    screen.kill(signal.SIGKILL)
    assert screen.until_ended() == -signal.SIGKILL
    screen = world.screen()
    open_console(screen, "east")
    command(screen, "echo alive")
    before = world.xl_rows()["east"][0]
    screen.type("echo c > /proc/sysrq-trigger\r")
    screen.until(
        lambda: any(int(number) > before for number in re.findall(r"east #(\d+) attached", screen.line(-1))),
        what=f"the console attached to another domain than {before}",
    )
    assert world.xl_rows()["east"][0] > before
    log = world.console_log("east")
    assert log.stat().st_mode & 0o777 == 0o600
    text = log.read_bytes()
    assert b"sysrq: Trigger a crash" in text
    assert b"panic" in text[text.index(b"sysrq-trigger") :]
    domid = world.xl_rows()["east"][0]
    # What it said last is above what it says now, and in the log.
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("east") in _UP, what="the list")
    screen.press("V")
    screen.until("Space select")
    screen.press("/")
    screen.type("Kernel panic\r")
    screen.until(lambda: re.search(r"Kernel panic: \d+ of \d+", screen.line(-1)), what="the panic, found")
    assert any("Kernel panic - not syncing" in line for line in screen.text()), screen.failed("the panic")
    assert "Kernel panic - not syncing" in world.run("console-log", "east", "--text", "kernel panic")
    screen.kill(signal.SIGHUP)
    screen.until_ended()
    assert world.xl_rows()["east"][0] == domid


def _wanted_by_two(world: ScreenWorld) -> tuple[ScreenDriver, ScreenDriver, str]:
    """Two screens: the first holds the console of ``west``, and has said something there; the second wants it."""
    world.running("west", on_crash="restart")
    first, second = world.screen(), world.screen()
    open_console(first, "west")
    mine = command(first, "echo mine")
    second.choose("west")
    second.press("c")
    return first, second, mine


def held_and_watched(world: ScreenWorld) -> tuple[ScreenDriver, ScreenDriver]:
    """Two screens: the first holds the console of ``west``, and the second watches what is typed there."""
    first, second, mine = _wanted_by_two(world)
    second.until("w watch")
    second.press("w")
    second.until(mine)
    return first, second


def second_admin_is_told_who_has_the_console(world: ScreenWorld) -> None:
    """Two screens, one console: who comes second learns who has it, watches, and gets it when it is free.

    The first takes it back, and the second is told by whom it was taken.
    """
    first, second, mine = _wanted_by_two(world)
    second.until("west #")
    second.until(lambda: re.search(r"held by (?!another)\w+", second.line(-1)), what="who has the console")

    second.press("w")
    second.until("watching, held by")
    second.until(mine)
    second.until(command(first, "echo watched"))
    second.press("x")
    second.until("it is watched only")

    first.press("ctrl+]")
    first.until(lambda: first.state_of("west") in _UP, what="the list")
    first.press("K")
    first.until("left the console of west")
    second.until("who held the console has left it")
    second.until("Enter attaches again")
    second.press("enter")
    second.until("attached · Ctrl-] leaves")
    command(second, "echo yours")

    first.press("c")
    first.until("t take over")
    first.press("t")
    first.until("Take over the console of west?")
    first.press("y")
    first.until("attached · Ctrl-] leaves")
    command(first, "echo mine again")
    second.until("taken over by")
    for screen in (first, second):
        screen.press("ctrl+]")
        screen.until(partial(_lists, screen, "west"), what="the list")
    first.quit()
    second.quit()


def host_goes_away_and_comes_back(world: ScreenWorld) -> None:
    """What was known stays in sight, grey, with its age and the reason; all goes on when the host is back."""
    world.running("west", on_crash="restart")
    # At 80 columns the age is cut off behind a host's long name and the reason.
    screen = world.screen(size=(160, 24))
    open_console(screen, "west")
    command(screen, "echo before")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("west") in _UP, what="the list")
    fresh = screen.look("Domain-0")
    world.cut()
    try:
        screen.until(
            lambda: re.search(r" · as of \d+ \w+ ago, next try", screen.line(0)), what="age and reason"
        )
        assert screen.state_of("west") in _UP, "what was known is gone"
        screen.until(lambda: screen.look("Domain-0") != fresh, what="the row in grey")
    finally:
        world.mend()
    screen.until(lambda: "as of" not in screen.line(0) and "up of" in screen.line(0), what="the host again")
    screen.until(lambda: screen.look("Domain-0") == fresh, what="the row as before")
    screen.press("enter")
    screen.until("attached · Ctrl-] leaves")
    command(screen, "echo after")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("west") in _UP, what="the list")
    screen.quit()


def terminal_is_given_back(world: ScreenWorld) -> None:
    """Quitting leaves the terminal as it was: its modes, its text, the cursor."""
    world.running("west", on_crash="restart")
    shell = world.terminal(["/bin/sh"], environment={"PS1": "READY> "})
    shell.until("READY>")
    shell.type("echo before$((1+1))\r")
    shell.until("before2")
    modes = shell.modes
    for end in ("q", "TERM"):
        shell.type("sh -c 'echo PID $$; exec " + shlex.join(world.command()) + "'\r")
        shell.until(lambda: shell.emulator.alternate_screen, what="the alternate screen")
        shell.until(lambda: "Domain-0" in shell.rows, what="the list")
        if end == "q":
            open_console(shell, "west")
            command(shell, r"printf '\033[?1000h\033[?2004h\033[?25l'; echo modes")
            shell.press("ctrl+]")
            shell.until(lambda: shell.state_of("west") in _UP, what="the list")
        assert shell.modes != modes
        if end == "q":
            shell.press("q")
        else:
            os.kill(int(re.findall(rb"PID (\d+)", shell.raw)[-1]), signal.SIGTERM)
        shell.until(lambda: not shell.emulator.alternate_screen, what="the main screen")
        shell.until(lambda: shell.line(shell.emulator.cursor[0]).startswith("READY>"), what="the prompt")
        shell.until("before2")
        assert shell.emulator.cursor_visible
        assert not shell.emulator.mouse_mode
        assert not shell.emulator.bracketed_paste
        assert not shell.emulator.focus_events
        shell.until(lambda: shell.modes == modes, what="the modes as before")


def console_has_any_size(world: ScreenWorld) -> None:
    """A console in the tab, beside the list where it is wide, on the bare terminal, and back: it stays the same."""
    world.running("west", on_crash="restart")
    screen = world.screen()
    open_console(screen, "west")
    first = command(screen, "echo small")
    assert not screen.rows
    screen.resize(120, 40)
    screen.until(
        lambda: screen.shows("Domain-0") and screen.shows(first), what="list and console side by side"
    )
    assert re.match(r"^[> ][* ]west\b", next(line for line in screen.text() if "west " in line[:8]))
    command(screen, "seq 1 60")
    for _ in range(3):
        second = command(screen, "echo wide")
    counted = [int(found) for line in screen.text() for found in re.findall(r"(?:^|│)(\d+)$", line)]
    assert len(counted) > 5, screen.failed("numbers in the scrollback")
    assert counted == list(range(counted[0], 61)), screen.failed("all numbers, one below the other")
    screen.resize(80, 24)
    screen.until(lambda: not screen.shows("Domain-0") and screen.shows(second), what="the console alone")
    command(screen, "echo small")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("west") in _UP, what="the list")

    screen.press("F")
    screen.until(lambda: not screen.emulator.alternate_screen, what="the bare terminal")
    screen.until(second)
    command(screen, "echo bare")
    screen.press("ctrl+]")
    screen.until(lambda: screen.emulator.alternate_screen, what="the screen again")
    screen.until(lambda: screen.state_of("west") in _UP, what="the list")
    screen.quit()


def nothing_waits_for_a_hung_terminal(world: ScreenWorld) -> None:
    """While the user's terminal takes nothing, guests print, jobs run and keys act; then it shows the newest."""
    world.running("west", on_crash="restart")
    screen = world.screen()
    open_console(screen, "west")
    command(screen, "echo awake")
    screen.hang()
    screen.type(f"seq {'9' * 70} {'9' * 90}\r")
    world.wait("a full terminal", lambda: screen.full)
    log = world.console_log("west")
    screen.type("\x03")
    for last in range(1009, 1060, 10):  # each is a frame at least, and all are far more than any queue holds
        screen.type("".join(f"echo still-$(({number}+0))-\r" for number in range(last - 9, last + 1)))
        world.wait(f"line {last} in the log", lambda mark=f"still-{last}-": mark in tail(log))  # type: ignore[misc]
    screen.press("ctrl+]", "p")
    world.wait("west paused by a key", lambda: "p" in world.xl_rows()["west"][1])
    screen.go_on()
    screen.until(lambda: screen.state_of("west") == "paused", what="west paused")
    screen.press("u")
    screen.until(lambda: screen.state_of("west") in _UP, what="west unpaused")

    open_console(screen, "west")
    screen.hang()
    screen.type(f"seq {'9' * 70} {'9' * 90}\r")
    world.wait("a full terminal", lambda: screen.full)
    screen.press("ctrl+]", "q")
    assert screen.until_ended() == 0
    screen.go_on()
    screen.until(lambda: not screen.emulator.alternate_screen, what="the terminal as it was")

    screen = world.screen()
    open_console(screen, "west")
    screen.press("ctrl+c")
    command(screen, "echo calm")
    screen.kill(signal.SIGKILL)


def what_others_wrote_goes_away(world: ScreenWorld) -> None:
    """At Ctrl-L, wherever it is typed, and when the terminal's window is gone to."""
    world.running("west", on_crash="restart")
    screen = world.screen()
    broadcast = "\x1b[4;1H\x1b[31mwall: going down\r\n\n\n\x1b[3;9r\x1b[?6h\x0e"
    for keys in (["ctrl+l"], ["?", "ctrl+l"], ["escape", "/", "ctrl+l"], ["escape", "window"]):
        for key in keys[:-1]:
            screen.press(key)
        screen.scribble(broadcast)
        assert screen.shows("wall: going down")
        screen.type("\x1b[I") if keys[-1] == "window" else screen.press(keys[-1])
        screen.until(lambda: not screen.shows("wall:") and screen.shows("up of"), what="the screen as it was")
    for stop in (signal.SIGTSTP, signal.SIGSTOP):
        screen.kill(stop)
        # Continued before it has stopped, it would stop for good.
        screen.until(lambda: screen.stopped, what="a stopped screen")
        if stop == signal.SIGTSTP:
            screen.until(lambda: not screen.emulator.alternate_screen, what="the shell's screen")
        screen.scribble(broadcast)
        screen.kill(signal.SIGCONT)
        screen.until(lambda: not screen.shows("wall:") and screen.shows("up of"), what="the screen as it was")
        assert screen.emulator.alternate_screen
    open_console(screen, "west")
    command(screen, "echo awake")
    screen.scribble(broadcast)
    screen.press("ctrl+l")
    screen.until(lambda: not screen.shows("wall:") and screen.shows("attached"), what="the console as it was")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("west") in _UP, what="the list")
    screen.quit()


def stopped_and_continued(world: ScreenWorld) -> None:
    """By a signal that cannot be caught, as a debugger sends it, or another terminal: one screen goes on."""
    screen = world.screen()

    def taken() -> int:
        return len(_TAKEN.findall(screen.raw))

    def stop_and_go_on(times: int) -> None:
        screen.kill(signal.SIGSTOP)
        screen.until(lambda: screen.stopped, what="a stopped screen")
        screen.kill(signal.SIGCONT)
        screen.until(lambda: taken() == times, what="the terminal taken again")

    for times in (2, 3, 4):
        stop_and_go_on(times)
    screen.press("?")
    screen.until("Life cycle")
    screen.press("escape")
    screen.until(lambda: "Domain-0" in screen.rows, what="the list")
    screen.quit()
    assert screen.modes == screen.modes_before
    assert taken() == screen.raw.count(b"\x1b[<u") == 4


def tail(log: Path) -> str:
    """The end of a console's log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        return file.read().decode(errors="replace")


def written(log: Path) -> tuple[int, int]:
    """Which file the log of a console is by now, and its bytes."""
    status = log.stat()
    return status.st_ino, status.st_size


def _differs(before: tuple[int, int], log: Path) -> bool:
    return written(log) != before


def _lists(screen: ScreenDriver, name: str) -> bool:
    return screen.state_of(name) in _UP


def no_color_means_none(world: ScreenWorld) -> None:
    """With NO_COLOR nothing coloured is sent, whatever the guest prints; the states are there in words."""
    world.running("west", on_crash="restart")
    screen = world.screen(environment={"NO_COLOR": "1"})
    open_console(screen, "west")
    command(screen, r"printf '\033[31m\033[42mred\033[38:5:200m pink\033[0m\n'")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("west") in _UP, what="the list")
    screen.quit()
    coloured = [found for found in re.findall(rb"\x1b\[([0-9;:]*)m", screen.raw) if _colours(found)]
    assert not coloured, coloured[:10]


def _colours(parameters: bytes) -> bool:
    numbers = [int(number) for number in re.split(rb"[;:]", parameters) if number]
    return any((30 <= number <= 49 and number not in (39, 49)) or 90 <= number <= 107 for number in numbers)


def open_console(screen: ScreenDriver, name: str) -> None:
    """Open the console of a running domain from the list."""
    screen.choose(name)
    screen.press("c")
    screen.until(f"{name} #")
    screen.until("attached · Ctrl-] leaves")


def boot(world: ScreenWorld, screen: ScreenDriver, name: str) -> None:
    """Have the console of a managed guest that a screen has booted, this one or an earlier one."""
    if name in world.xl_rows():
        open_console(screen, name)
        return
    world.guest(name, on_crash="restart")
    world.run("new", f"{name}.cfg")
    screen.choose(name)
    screen.press("b")
    screen.until("guest up: ")


def command(screen: ScreenDriver, line: str, answer: str = "") -> str:
    """Type a command into the guest shown and wait for what it prints, and a text that is this command's alone.

    Returns that text.  A guest that is silent, or still boots, is woken by Enter.
    """
    number = next(_NUMBERS)
    mark = f"done-{number * 7}-"
    # Its echo does not have the product.
    screen.ask(f"{line}; echo done-$(({number}*7))-", mark)
    if answer:
        assert screen.shows(answer), screen.failed(answer)
    return mark


SCREEN_SCENARIOS: tuple[Callable[[ScreenWorld], None], ...] = (
    list_follows_plain_xl,
    domain_lives_by_keys,
    boot_entry_chosen_by_arrows,
    flood_leaves_keys_answered,
    guest_outlives_the_screen_and_restarts,
    second_admin_is_told_who_has_the_console,
    host_goes_away_and_comes_back,
    console_has_any_size,
)
"""What depends on the host."""
TERMINAL_SCENARIOS: tuple[Callable[[ScreenWorld], None], ...] = (
    terminal_is_given_back,
    nothing_waits_for_a_hung_terminal,
    what_others_wrote_goes_away,
    stopped_and_continued,
    no_color_means_none,
)
"""What concerns the user's terminal only."""

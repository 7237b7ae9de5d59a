"""Consoles of two hosts side by side in one screen: a host goes away and comes back, another admin takes one."""

from __future__ import annotations

import re

from tests.scenarios.screen import ScreenDriver, ScreenWorld
from tests.scenarios.screen_scenarios import _UP, command


def consoles_of_two_hosts(one: ScreenWorld, two: ScreenWorld, admin: ScreenWorld, hosts: str) -> None:
    """``hosts`` names both to xentui in the world ``one``; ``admin`` reaches the second, by a line of its own."""
    one.running("west", on_crash="restart")
    two.running("east", on_crash="restart")
    one.host = hosts
    screen = one.terminal(one.command(), size=(200, 48))
    screen.until(lambda: {"west", "east"} <= set(screen.rows), what="guests of both hosts")
    screen.choose("west")
    screen.press("c")
    screen.until(lambda: _has_keys(screen, "west"), what="the console of west")
    command(screen, "echo western")
    screen.press("ctrl+]")
    screen.choose("east")
    screen.press("|")
    screen.until(lambda: len(_attached(screen)) == 2, what="both consoles side by side")
    east = command(screen, "echo eastern")
    west = command_at(screen, "west", "echo west once more")

    two.cut()
    try:
        screen.until("ended: the connection was lost")
        # The other host does not notice.
        west = command_at(screen, "west", "echo west goes on")
        assert screen.shows(east), screen.failed("what the lost console has shown")
    finally:
        two.mend()
    screen.until(lambda: len(_attached(screen)) == 2, what="both again, by itself")
    back = command_at(screen, "east", "echo back")
    assert screen.shows(west), screen.failed("the console of the other host")

    other = admin.screen()
    other.choose("east")
    other.press("c")
    other.until(lambda: re.search(r"held by (?!another)\w+", other.line(-1)), what="who has the console")
    other.press("w")
    other.until("watching, held by")
    other.until(back)
    seen = command_at(screen, "east", "echo seen by both")
    other.until(seen)
    other.press("x")
    other.until("it is watched only")
    if admin is not two:
        two.cut()
        try:
            other.until("line of who held the console was cut")
            other.until("Enter attaches again")
            other.press("enter")
            other.until("attached · Ctrl-] leaves")
            command(other, "echo free")
        finally:
            two.mend()
        screen.until(
            lambda: re.search(r"east@\S+ #\d+ held by (?!another)\w+", "\n".join(screen.text())),
            what="who has it now",
        )
        at(screen, "east")
        # It is asked for once more; a key before the answer is for the guest, and goes with the refusal.
        screen.until(
            lambda: re.search(r" east@\S+ #\d+ held by .* Ctrl-\] list", "\n".join(screen.text())),
            what="the keys at the console that is held",
        )
        screen.press("t")
        screen.until("Take over the console of east?")
        screen.press("y")
        screen.until(lambda: len(_attached(screen)) == 2, what="both again, by t")
        other.until("taken over by")
        other.until("Enter attaches again")
        other.press("enter")
        other.until("held by")
        other.press("w")
        other.until("watching, held by")
    other.press("t")
    other.until("Take over the console of east?")
    other.press("y")
    other.until("attached · Ctrl-] leaves")
    screen.until("taken over by")
    command(other, "echo mine")
    command_at(screen, "west", "echo and west is ours")
    screen.press("ctrl+]")
    other.press("ctrl+]")
    other.until(lambda: other.state_of("east") in _UP, what="the list")
    other.quit()
    screen.quit()


def _attached(screen: ScreenDriver) -> list[str]:
    """The names of the consoles in sight that are attached."""
    return [found for line in screen.text() for found in re.findall(r" (\w+)@\S+ #\d+ attached", line)]


def _has_keys(screen: ScreenDriver, name: str) -> bool:
    """Whether what is typed goes to its guest."""
    bar = re.compile(rf" {name}@\S+ #\d+ attached · Ctrl-\] leaves")
    return any(bar.search(line) for line in screen.text())


def at(screen: ScreenDriver, name: str) -> None:
    """Give the console of a domain the keys, from the other one."""
    screen.press("ctrl+]")
    screen.choose(name)
    screen.press("c")


def command_at(screen: ScreenDriver, name: str, line: str) -> str:
    """Type a command at one of two consoles."""
    at(screen, name)
    screen.until(lambda: _has_keys(screen, name), what=f"the console of {name}")
    return command(screen, line)

"""What a user makes on the screen from nothing, by keys, the same on the simulator and on a real Xen."""

from __future__ import annotations

from collections.abc import Callable

from tests.scenarios.screen import ScreenDriver, ScreenWorld

_MAKE, _ANEW = "\x0e", "\x15"
"""Ctrl-N opens the wizard, Ctrl-U empties a field."""
_ARCHIVE_STEPS = 7
"""Downs from the first thing a guest can start from to an archive."""
_UP = ("running", "blocked")


def from_an_empty_host_to_a_login(world: ScreenWorld) -> None:
    """A host without a guest; the wizard, step by step; the guest's own login on its console."""
    world.small_system("/srv/small.tar")
    screen = world.screen()
    assert list(screen.rows) == ["Domain-0"], screen.failed("an empty host")
    screen.type(_MAKE)
    screen.until("step 1: what it starts from")
    screen.press(*["down"] * _ARCHIVE_STEPS)
    screen.press("enter")
    screen.until("step 2: its system")
    screen.press("enter")
    screen.until("3 of 7: its source")
    screen.until("Archive")
    fill(screen, "/srv/small.tar")
    screen.until("4 of 7: its name and disks")
    fill(screen, "fresh", "/srv/guests/fresh.img", "1G")
    screen.until("5 of 7: who logs in")
    fill(screen, "", "sesam")
    screen.until("6 of 7: memory, network, display")
    fill(screen, None, "128M")
    screen.until("7 of 7: the stored configuration")
    screen.until('"/srv/guests/fresh.img,raw,xvda,w"')
    screen.press("f2")
    screen.until("Make fresh?")
    screen.until("/srv/guests/fresh.img: made, 1G, sparse")
    screen.press("enter")
    screen.until(lambda: screen.state_of("fresh") in _UP, what="fresh in the list, running")
    assert "fresh" in world.xl_rows()

    screen.choose("fresh")
    screen.press("c")
    screen.until("attached · Ctrl-] leaves")
    log_in(screen)
    # Its echo has no product.
    screen.ask("echo logged-in-$((6*7))", "logged-in-42")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("fresh") in _UP, what="the list")
    screen.press("X")
    screen.until("Type the name to go on: fresh")
    screen.type("fresh")
    screen.press("enter")
    screen.until(lambda: screen.state_of("fresh") == "off", what="fresh destroyed")
    screen.quit()
    world.run("delete", "fresh", "--with-disks", "--yes")
    world.run("image", "info", "/srv/guests/fresh.img", status=1)


def fill(screen: ScreenDriver, *values: str | None) -> None:
    """Fill in the first fields of a form, None to leave one as it is, and press Enter."""
    for number, value in enumerate(values):
        if number:
            screen.press("down")
        if value is not None:
            screen.type(_ANEW + value)
    screen.press("enter")


def log_in(screen: ScreenDriver, password: str = "sesam") -> None:  # noqa: S107 - nobody's
    """Log in as root on the console that is shown: a guest that boots takes no key, and asks again for a wrong word."""
    screen.until("login:")
    screen.ask("root", "Password:")
    screen.type(f"{password}\r")


MAKING_SCENARIOS: tuple[Callable[[ScreenWorld], None], ...] = (from_an_empty_host_to_a_login,)

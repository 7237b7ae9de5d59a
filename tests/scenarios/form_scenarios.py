"""What a user does with configurations on the screen, the same on the simulator and on a real Xen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.scenarios.screen import ScreenDriver, ScreenWorld

_UP = ("running", "blocked")
_BOOT_SECTION, _CPU_SECTION, _DISK_SECTION = 2, 1, 3


def domain_made_and_edited_in_the_form(world: ScreenWorld) -> None:
    """From nothing: made in the form, edited, given a disk, booted once, stored, an older version restored."""
    screen = world.screen()
    screen.press("N")
    screen.until("new domain")
    screen.until("name: ")  # one types the name at once
    screen.type("form1")
    screen.press("enter")
    screen.until("changed")
    _section(screen, _BOOT_SECTION)
    screen.until("boot method")
    screen.type("direct kernel")
    screen.press("enter")
    screen.until("ramdisk")
    screen.type("/srv/guests/vmlinuz")
    screen.press("enter")
    screen.until("ramdisk (")
    screen.type("/srv/guests/guest-initrd.gz")
    screen.press("enter", "enter")
    screen.until("extra (")
    screen.type("console=hvc0")
    screen.press("enter")
    screen.until("cmdline (")
    _store(screen, "made in the form")
    screen.until("form1: stored as version 1")
    screen.until(lambda: screen.state_of("form1") == "off", what="form1 in the list")

    _edit(screen)
    _field(screen, _CPU_SECTION, "memory", "144")
    _section(screen, _DISK_SECTION)
    _add_disk(screen)

    _press_until(screen, ["f4"], "Open its console")
    screen.press("tab", "tab", "enter")
    screen.until("guest up: ")
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("form1") in _UP, what="form1 running")
    assert "51712" in world.xl("block-list", "form1")

    screen.choose("form1")
    _edit(screen)
    screen.until("this is what was booted once")
    _store(screen, "a disk and more memory")
    screen.until("form1: stored as version 2")

    screen.choose("form1")
    screen.press("H")
    screen.until("a disk and more memory")
    screen.press("d")
    screen.until("+memory = 144")
    screen.press("escape", "end", "R")
    screen.until("Restore version 1?")
    screen.press("y")
    screen.until("version 1 is current again, as version 3")
    screen.press("escape")
    screen.until(lambda: screen.state_of("form1") in _UP, what="the list")

    screen.press("X")
    screen.until("Type the name to go on: form1")
    screen.type("form1")
    screen.press("enter")
    screen.until(lambda: screen.state_of("form1") == "off", what="form1 destroyed")
    screen.press("D")
    screen.until("Type the name to go on: form1")
    screen.type("form1")
    screen.press("enter")
    screen.until(lambda: not screen.state_of("form1"), what="form1 deleted")
    screen.quit()


def what_is_stored_is_applied_live(world: ScreenWorld) -> None:
    """Memory and a disk changed in the form of a running domain, stored and done at once; the disk taken away."""
    path = world.guest("form2")
    world.run("new", path)
    world.run("start", "form2")
    screen = world.screen()
    screen.until(lambda: screen.state_of("form2") in _UP, what="form2 running")
    screen.choose("form2")
    _edit(screen)
    _field(screen, _CPU_SECTION, "memory", "112")
    _section(screen, _DISK_SECTION)
    _add_disk(screen)
    _press_until(screen, ["f2"], "now: xl mem-set")
    screen.until("now: xl block-attach")
    screen.press("up", "space", "up", "space")
    screen.until(lambda: sum("[x] now" in line for line in screen.text()) == 2, what="both chosen")
    screen.press("down", "down")
    screen.type("less and more")
    screen.press("enter")
    screen.until("form2: stored as version 2")
    world.wait("the disk attached", lambda: "51712" in world.xl("block-list", "form2"))
    world.wait("the memory set", lambda: world.domain("form2")["memory_mib"] <= 112)

    screen.until(lambda: screen.state_of("form2") in _UP, what="the list")
    screen.choose("form2")
    _edit(screen)
    _press_until(screen, ["home", *["down"] * _DISK_SECTION, "enter"], "file:/srv/guests/data.img")
    screen.press("x")
    screen.until(lambda: not screen.shows("file:/srv/guests/data.img"), what="the disk gone from the form")
    screen.press("f2")
    screen.until("now: xl block-detach")
    screen.press("up", "space", "down")
    screen.until("[x] now")
    screen.press("enter")
    screen.until("form2: stored as version 3, 1 change applied now")
    world.wait("the disk detached", lambda: "51712" not in world.xl("block-list", "form2"))
    screen.quit()
    world.run("destroy", "--yes", "form2")
    world.wait_state("form2", "off")
    world.run("delete", "form2")


def _add_disk(screen: ScreenDriver) -> None:
    """Add the disk there is for all guests, from the list of disks."""
    screen.press("a")
    screen.until("Add a disk")
    screen.type("file:/srv/guests/dat")
    screen.until("file:/srv/guests/dat")
    screen.press("tab")
    screen.until("file:/srv/guests/data.img")
    screen.press("enter")
    screen.until("+ add a disk")
    screen.until("file:/srv/guests/data.img")


def _edit(screen: ScreenDriver) -> None:
    screen.press("e")
    screen.until("F2 Store")


def _press_until(screen: ScreenDriver, keys: Iterable[str], wanted: str) -> None:
    """Press keys that are dropped, and said to be, while a slow host is still asked about what was done before.

    They do the same when they are pressed again.
    """
    keys = tuple(keys)
    for _ in range(3):
        screen.press(*keys)
        try:
            screen.until(wanted, patience=screen.patience / 5)
        except AssertionError:
            continue
        return
    screen.press(*keys)
    screen.until(wanted)


def _section(screen: ScreenDriver, number: int) -> None:
    """Go into a section from the field of another one."""
    screen.press("escape")
    screen.until("Enter opens the section")
    screen.press("home", *["down"] * number, "enter")
    screen.until(lambda: not screen.shows("Enter opens the section"), what="the first field")


def _field(screen: ScreenDriver, section: int, name: str, text: str) -> None:
    """Fill in the first field of a section, from the list of sections."""
    _press_until(screen, ["home", *["down"] * section, "enter"], f"{name}: ")
    screen.type(text)
    screen.press("enter")
    screen.until("changed")


def _store(screen: ScreenDriver, reason: str) -> None:
    screen.press("f2")
    screen.until("Reason (for the history)")
    screen.type(reason)
    screen.press("enter")


FORM_SCENARIOS: tuple[Callable[[ScreenWorld], None], ...] = (
    domain_made_and_edited_in_the_form,
    what_is_stored_is_applied_live,
)

"""An entry chosen in the view of a domain's boot menu, its arguments edited: the guest is given them."""

from __future__ import annotations

from functools import partial

from tests.scenarios.scenarios import PVH_GRUB
from tests.scenarios.screen import ScreenDriver, ScreenWorld

_GUESTS = {
    "upsilon": ("menulst", 'bootloader = "pygrub"', "single entry=rescue seen=screen"),
    "psi": ("grubcfg", f'type = "pvh"\nkernel = "{PVH_GRUB}"', "single entry=grub-rescue seen=screen"),
}


def boot_entries_chosen_on_the_screen(world: ScreenWorld) -> None:
    """pygrub's menu, and GRUB 2's under PVH with a submenu."""
    for name, (image, boots, _args) in _GUESTS.items():
        world.copy_image(f"/srv/guests/guest-{image}.img", f"/srv/guests/{name}.img")
        disk = f"disk = ['file:/srv/guests/{name}.img,xvda,w']"
        world.write(f"/etc/xen/{name}.cfg", f'name = "{name}"\nmemory = 128\n{boots}\n{disk}\n')
        world.run("new", f"{name}.cfg")
    screen = world.screen()
    for name, (_image, _boots, args) in _GUESTS.items():
        screen.choose(name)
        screen.press("P")
        screen.until(f"Boot menu of {name}: grub")
        screen.press("end", "e")
        screen.until("Edit the kernel's arguments")
        screen.press("end")
        screen.type(" seen=screen")
        screen.until("seen=screen")
        screen.press("enter")
        screen.until("guest up: ")
        # It may be broken at the edge.
        screen.until(partial(_told, screen, args), what=args)
        screen.press("ctrl+]")
        screen.until(lambda: "Domain-0" in screen.rows, what="the list")
        world.run("destroy", "--yes", name)
        world.run("delete", name)
        # The cursor moves as its row goes: no key may be on its way then.
        screen.until(partial(_gone, screen, name), what=f"{name} gone from the list")
    screen.quit()


def _gone(screen: ScreenDriver, name: str) -> bool:
    return name not in screen.rows


def _told(screen: ScreenDriver, args: str) -> bool:
    return args in "".join(screen.text())

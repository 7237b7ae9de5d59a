"""The host's own boot menu: what it boots by itself, and how it is made to boot Xen.

The menu is what GRUB would show of the generated ``grub.cfg``; what that is generated from is ``/etc/default/grub``
and, on Debian, the parts in ``/etc/default/grub.d``, of which ``xen.cfg`` decides about Xen (grub-mkconfig reads them
after the first, in the order of their names).
"""

from __future__ import annotations

import re

from xentui.bootmenu.files import MemoryFiles
from xentui.bootmenu.grub_menu import read_menu
from xentui.bootmenu.limits import BootMenuError
from xentui.bootmenu.menu import Menu, MenuEntry
from xentui.service.host_check import facts as read
from xentui.service.host_check.facts import Facts
from xentui.service.host_check.report_line import FileEdit, Mend
from xentui.text import lines

DEBIAN_PART = "/etc/default/grub.d/xen.cfg"
_XEN_LOADERS = ("multiboot", "multiboot2", "xen_hypervisor", "chainloader")
_OVERRIDE = "XEN_OVERRIDE_GRUB_DEFAULT"
_DEFAULT = "GRUB_DEFAULT"
_REBOOT = "Then shut down the guests and reboot the host."


class NoMenuError(Exception):
    """There is no boot menu that can be read; the argument says why."""


def menu_of(facts: Facts) -> Menu:
    """Return the boot menu of a host; raises :class:`NoMenuError`."""
    found = facts.text(*read.GRUB_CONFIGS)
    if found is None:
        raise NoMenuError(facts.trouble(*read.GRUB_CONFIGS))
    path, _text = found
    wanted = ("/boot/grub", "/boot/loader")
    files = {name: text.encode() for name, text in facts.texts.items() if name.startswith(wanted)}
    # Where /boot is a file system of its own, GRUB's paths begin below it.
    files.update({name.removeprefix("/boot"): data for name, data in list(files.items())})
    try:
        return read_menu(MemoryFiles({"": files}), "", path)
    except BootMenuError as error:
        raise NoMenuError(f"{path}: {error}") from None


def boots_xen(entry: MenuEntry) -> bool:
    """Return whether an entry boots the hypervisor."""
    return entry.loader in _XEN_LOADERS and "xen" in entry.kernel.rpartition("/")[2].lower()


def first_xen(menu: Menu) -> MenuEntry | None:
    """Return the entry of Xen that is offered first: not one of a recovery mode."""
    return next((entry for entry in menu.entries if boots_xen(entry)), None)


def named(entry: MenuEntry) -> str:
    """Return how GRUB is told of an entry: by the titles that lead to it, in which ``>`` is doubled."""
    return ">".join(title.replace(">", ">>") for title in (*entry.submenu, entry.title))


def regenerate(facts: Facts) -> tuple[str, ...]:
    """Return the command that makes the menu anew."""
    if facts.found(read.UPDATE_GRUB):
        return ("update-grub",)
    found = facts.text(*read.GRUB_CONFIGS)
    path = found[0] if found else read.GRUB_CONFIGS[0]
    return ("grub2-mkconfig" if "grub2" in path else "grub-mkconfig", "-o", path)


def mend(facts: Facts, entry: MenuEntry) -> Mend | None:
    """Return what makes ``entry`` the default; None where it is not plain what decides."""
    again = regenerate(facts)
    part = facts.texts.get(DEBIAN_PART)
    if part is not None and _OVERRIDE in part:
        changed = _set(part, _OVERRIDE, "1")
        edits = (FileEdit(DEBIAN_PART, part, changed),) if changed != part else ()
        return Mend("have the boot loader start Xen by default", edits, (again,), _REBOOT)
    others = [path for path in facts.texts if path.startswith("/etc/default/grub.d/")]
    if any(_assigned(facts.texts[path], _DEFAULT) is not None for path in others):
        return None
    main = facts.texts.get(read.GRUB_DEFAULTS)
    if main is None:
        return None
    now = _assigned(main, _DEFAULT)
    if now == "saved":
        program = "grub2-set-default" if again[0].startswith("grub2") else "grub-set-default"
        return Mend("have the boot loader start Xen by default", (), ((program, named(entry)),), _REBOOT)
    title = named(entry)
    if re.search(r"[\"'$`\\\n]", title):
        return None  # the file is read by a shell
    edit = FileEdit(read.GRUB_DEFAULTS, main, _set(main, _DEFAULT, f'"{title}"'))
    return Mend("have the boot loader start Xen by default", (edit,), (again,), _REBOOT)


def _assigned(text: str, name: str) -> str | None:
    """Return the value a line of its own gives a variable last, unquoted; None where none does."""
    found = re.findall(rf"^\s*{name}=(.*)$", text, re.MULTILINE)
    return found[-1].strip().strip("\"'") if found else None


def _set(text: str, name: str, value: str) -> str:
    """Return ``text`` with the variable set.

    It is set in the last line that sets it, else in the place of one that is commented out.
    A line in a condition is none: it is indented.
    """
    rows = lines(text)
    for pattern in (rf"{name}=", rf"#\s*{name}="):
        places = [number for number, row in enumerate(rows) if re.match(pattern, row)]
        if places:
            rows[places[-1]] = f"{name}={value}"
            break
    else:
        rows.append(f"{name}={value}")
    return "\n".join(rows) + "\n"

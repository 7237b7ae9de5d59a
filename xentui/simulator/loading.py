"""What the boot loader of a simulated guest is told, and the command line its kernel gets by that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from xentui.frozen import dataclass
from xentui.simulator import runtime
from xentui.simulator.bootmenu import SimulatedMenu
from xentui.simulator.files import HostFiles

_NUMBER = re.compile(r"[0-9]{1,4}")
_KNOWN = ("--entry", "--kernel", "--ramdisk", "--args", "--offset", "--runas", "--output")


@dataclass(frozen=True, slots=True)
class LoaderArguments:
    """Arguments of a boot loader: ``quiet`` shows no menu; ``args`` where a kernel is named, or is all there is."""

    quiet: bool = False
    entry: str | None = None
    kernel: str = ""
    args: str = ""


def loader_arguments(config: Mapping[str, Any]) -> LoaderArguments:
    """Return what the configuration tells the boot loader (pygrub's options; the last of each counts)."""
    build = config.get("b_info", {})
    special = build.get(f"type.{config.get('c_info', {}).get('type', 'pv')}", {})
    words = build.get("bootloader_args") or special.get("bootloader_args") or []
    given = dict(word.partition("=")[::2] for word in map(str, words) if word.partition("=")[0] in _KNOWN)
    cmdline = str(build.get("cmdline", ""))
    entry, kernel = given.get("--entry"), given.get("--kernel", "")
    quiet = entry is not None or bool(kernel) or bool({"-q", "--quiet"} & set(words))
    return LoaderArguments(quiet, entry, kernel, given.get("--args", cmdline))


def chosen(menu: SimulatedMenu, wanted: str | None) -> int:
    """Return the number pygrub takes for an entry it is told; an unknown one is its default, without a word."""
    if wanted is not None:
        if _NUMBER.fullmatch(wanted):
            return int(wanted) if int(wanted) < len(menu.entries) else menu.default
        for number, entry in enumerate(menu.entries):
            if entry.title == wanted:
                return number
    return menu.default


def command_line(files: HostFiles, config: Mapping[str, Any], boot: str, entry: int) -> str:
    """Return what the kernel is given; ``boot`` and ``entry`` as a :class:`~xentui.simulator.guest.Guest` has them."""
    given = loader_arguments(config)
    if boot == "direct" or given.kernel:
        return given.args
    menu = runtime.boot_menu(files, config) if boot in ("pygrub", "grub") else None
    if menu is None:
        return given.args
    arguments = menu.entry(entry).arguments
    if boot == "grub":
        return f"BOOT_IMAGE=/boot/vmlinuz {arguments}"
    return " ".join(word for word in (arguments, given.args) if word)


def menu_timeout(files: HostFiles, config: Mapping[str, Any]) -> float | None:
    """Return seconds a domain's boot menu counts down; None where it waits for ever, 0 where there is no menu."""
    if loader_arguments(config).quiet and runtime.boot_method(config) == "pygrub":
        return 0.0
    menu = runtime.boot_menu(files, config)
    return 0.0 if menu is None else menu.timeout

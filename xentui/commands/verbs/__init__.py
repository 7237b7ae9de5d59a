"""The verbs, by what they are about."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from xentui.commands.arguments import Verb

_MODULES = {
    "listing": ("list", "show"),
    "definitions": (
        *("new", "delete", "undelete", "rename", "autostart", "history", "config", "restore-version"),
    ),
    "converting": ("convert", "import"),
    "editing": ("edit",),
    "versions": ("diff", "undo", "drift", "bulk-set", "bulk-remove", "bulk-undo"),
    "lifecycle": ("start", "create", "shutdown", "reboot", "destroy", "clear", "pause", "unpause"),
    "memory": ("suspend", "resume", "save", "restore"),
    "resources": ("mem-set", "mem-max", "vcpu-set"),
    "devices": (
        *("block-attach", "block-detach", "block-list", "cd-insert", "cd-eject"),
        *("network-attach", "network-detach", "network-list"),
    ),
    "consoles": ("console",),
    "host": ("info", "dmesg", "log"),
    "simulator": ("sim",),
}
"""Which module has which verbs: one verb is run without reading the others."""

NAMES = tuple(name for names in _MODULES.values() for name in names)
"""Every verb, in the order help shows them."""


def find(name: str) -> Verb | None:
    """The verb of that name."""
    for module, names in _MODULES.items():
        if name in names:
            return next(verb for verb in _read(module) if verb.name == name)
    return None


@cache
def table() -> dict[str, Verb]:
    """Every verb by name."""
    return {verb.name: verb for module in _MODULES for verb in _read(module)}


def _read(module: str) -> tuple[Verb, ...]:
    verbs: tuple[Verb, ...] = import_module(f"{__name__}.{module}").VERBS
    return verbs

"""``python -m xentui.simulator``: where a command of the simulated host begins (:mod:`xentui.simulator.program`)."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from types import ModuleType

_LATER = ("inspect", "shutil")
"""Imported by what every command loads (:mod:`dataclasses`, mounts), used by few: a fifth of the time of a start."""


def main() -> None:
    """Run the command line; exits as the command does.

    Nothing is looked through for garbage, neither as it is loaded nor at the end: the program lives for some
    milliseconds, and tests and jobs start it by the dozen.
    """
    gc.disable()
    for name in _LATER:
        _load_when_used(name)
    from xentui.simulator.program import main as run

    status = run(sys.argv[1:])
    gc.freeze()
    sys.exit(status)


def _load_when_used(name: str) -> None:
    """Have a module of the standard library loaded when the first asks for what is in it, and not when it is imported.

    :class:`importlib.util.LazyLoader` would load it as it is imported: the import itself asks for its ``__spec__``.
    """
    stand_in = ModuleType(name)

    def load(wanted: str) -> object:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), wanted)

    stand_in.__getattr__ = load  # type: ignore[method-assign]
    sys.modules.setdefault(name, stand_in)


if __name__ == "__main__":
    main()

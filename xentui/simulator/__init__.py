"""A Xen host that needs no Xen: it answers xl's argv with xl 4.17's words, from a folder shared by all
processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xentui.simulator.simulator import Result, Simulator

__all__ = ["Result", "Simulator"]


def __getattr__(name: str) -> object:
    """Load what the package offers when it is first asked for: ``__main__`` comes before (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from xentui.simulator import simulator

    return getattr(simulator, name)

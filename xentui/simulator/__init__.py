"""A Xen host that needs no Xen: it answers xl's argv with xl 4.17's words, from a folder shared by all
processes.
"""

from __future__ import annotations

from xentui.simulator.simulator import Result, Simulator

__all__ = ["Result", "Simulator"]

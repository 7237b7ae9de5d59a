"""Hosts are where commands run: ``local``, ``ssh`` and the simulator behind one small protocol.

The kinds that few starts use are loaded when one is chosen (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.hosts import (
        sim as sim,
        ssh as ssh,
    )
else:
    __getattr__ = modules_of(__name__)

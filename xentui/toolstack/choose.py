"""Which toolstack drives a host: the only place that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.hosts.base import Host
from xentui.toolstack.xl.toolstack import XlToolstack

if TYPE_CHECKING:
    from xentui.toolstack.base import Toolstack


def toolstack_for(host: Host) -> Toolstack:
    """The toolstack of a host: xl, which every Xen has."""
    return XlToolstack(host)

"""One domain made of another: a copy of its disks, and a configuration that is nobody else's."""

from __future__ import annotations

from xentui.service.cloning.cloning import Cloning
from xentui.service.cloning.plan import ClonePlan, DiskCopy

__all__ = ["ClonePlan", "Cloning", "DiskCopy"]

"""Migrations: both hosts are checked first, then a job of the source's host moves the domain."""

from __future__ import annotations

from xentui.service.migrating.migrating import Migrating
from xentui.service.migrating.plan import DiskMove, MigrationFinding, MigrationPlan, Mode

__all__ = ["DiskMove", "Migrating", "MigrationFinding", "MigrationPlan", "Mode"]

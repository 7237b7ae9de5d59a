"""Moving domains to another host: looked at before anything is sent, then done by the host they run on."""

from __future__ import annotations

from xentui.service.migrating.migrating import Migrating
from xentui.service.migrating.plan import DiskMove, MigrationFinding, MigrationPlan, Mode

__all__ = ["DiskMove", "Migrating", "MigrationFinding", "MigrationPlan", "Mode"]

"""A domain that is off, moved: its disks that are not shared are copied first, the source keeps its own."""

from __future__ import annotations

from xentui.errors import NotAllowedError
from xentui.service.following import Progress
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.plan import MigrationPlan


async def copy(source: Hypervisor, plan: MigrationPlan, progress: Progress | None) -> None:  # noqa: ARG001
    """Have the target have all disks of a domain that is off."""
    if plan.copies:
        raise NotAllowedError("its disks are not shared", subject=plan.domain.label)

"""Every module of the agent that declares operations, imported."""

from __future__ import annotations

from xentui.agent import (  # noqa: F401 - they are imported to declare what they have
    attached,
    audit,
    autostart,
    changes,
    cloning,
    disk_images,
    disks,
    disposing,
    drain_jobs,
    draining,
    files,
    guest_jobs,
    host_disks,
    host_edits,
    host_facts,
    image_jobs,
    initrds,
    install_jobs,
    installs,
    jobs,
    kernels,
    listing,
    memory,
    migrating,
    moving,
    osinfo,
    programs,
    questions,
    reading,
    scratch,
    sending,
    shares,
    storage,
    surroundings,
    system_jobs,
    trash,
    tree_jobs,
    xendomains,
)
from xentui.agent.operations import declared

__all__ = ["declared"]

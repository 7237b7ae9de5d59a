"""Every module of the agent that declares operations, imported."""
# ruff: noqa: F401 - they are imported to declare what they have

from __future__ import annotations

from xentui.agent import source_cache, surroundings
from xentui.agent.console import shares
from xentui.agent.drain import drain_jobs, drain_record
from xentui.agent.files import access, edits, scratch
from xentui.agent.host import facts, osinfo, programs, query_commands
from xentui.agent.images import clone_jobs, deletion_jobs, disk_images, image_jobs
from xentui.agent.inventory import listing, reading
from xentui.agent.jobs import control
from xentui.agent.memory import boot_marks, xendomains
from xentui.agent.migration import live_jobs, offline_jobs, store_moves
from xentui.agent.netboot import initrds, kernels, tree_jobs
from xentui.agent.protocol.operations import declared
from xentui.agent.storage import disks, host_disks, stack
from xentui.agent.store import attached, audit, autostart, changes, installs, trash
from xentui.agent.systems import guest_jobs, install_jobs, system_jobs

__all__ = ["declared"]

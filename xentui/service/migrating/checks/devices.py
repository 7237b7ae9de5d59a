"""What the domain has of its host that the target must have as well: devices handed through, bridges, boot files."""

from __future__ import annotations

from collections.abc import Iterator

from xentui.service.host_check.facts import assignments
from xentui.service.migrating.check_input import Case, hard, soft, while_off
from xentui.service.migrating.plan import MigrationFinding
from xentui.text import plain

_USUAL_BRIDGE = "xenbr0"
"""Where an interface is put that names no bridge (xl.conf(5), vif.default.bridge)."""


def ties(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether it has devices of the host itself, or what libxl saves of no guest (libxl_dom_save.c)."""
    for tie in case.ties:
        if case.live:
            yield hard(
                "tied",
                f"it has {tie}, which stays with the host: such a guest cannot be sent while it runs",
                while_off(case, "detach that first"),
            )
        else:
            yield soft("tied", f"it has {tie}: {case.there} must have the same, under the same address")


def bridges(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether its interfaces have somewhere to go: xl finds that out when the guest is stopped already."""
    if case.theirs.bridges is None:
        return
    usual = assignments(case.theirs.conf).get("vif.default.bridge", _USUAL_BRIDGE)
    wanted = {
        vif.bridge or usual: None
        for vif in case.domain.config.vifs
        if not vif.backend and vif.script.rpartition("/")[2] in ("", "vif-bridge")
    }
    for bridge in wanted:
        if bridge not in case.theirs.bridges:
            has = ", ".join(sorted(case.theirs.bridges)[:8]) or "none"
            yield hard(
                "bridge",
                f"{case.there} has no bridge {plain(bridge, 60)} (it has {plain(has, 200)})",
                "create it there under that name",
            )


def boot_files(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether what it boots from lies on the target too: it runs on without, until it reboots."""
    for path in case.boots:
        if path in case.theirs.files:
            continue
        why = f"{case.there} has no {plain(path, 200)}, which it boots from"
        hint = "copy it there, under the same path"
        if case.live:
            yield soft("boot-file", f"{why}: it runs on, and does not come back from a reboot", hint)
        else:
            yield hard("boot-file", f"{why}: it will not start there", hint)

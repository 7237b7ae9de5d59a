"""CD drives: which a domain has, and what one holds after its medium has been exchanged."""

from __future__ import annotations

from dataclasses import replace

from xentui import config as language
from xentui.errors import ConfigError
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.toolstack.argv import Argv
from xentui.toolstack.base import Toolstack
from xentui.toolstack.targets import Target

_PREFIXES = ("file", "phy")


def drives(domain: Domain) -> tuple[Disk, ...]:
    """Return the CD drives of the running domain, of the stored one where it is off."""
    return tuple(disk for disk in domain.config.disks if disk.cdrom)


def drive(domain: Domain, device: str = "") -> Disk:
    """Return the drive of a guest device (``hdc``, ``/dev/hdc``, 5632), without one the only drive there is.

    Raises ConfigError where that is none of the domain's drives, or no device is given and there are several.
    """
    found = drives(domain)
    if not device and len(found) == 1:
        return found[0]
    known = ", ".join(disk.vdev for disk in found) or "none"
    if not device:
        raise ConfigError(
            f"which CD drive of {domain.label}?", source=domain.label, hint=f"name one; it has: {known}"
        )
    name = language.vdev_meant(device)
    match = next((disk for disk in found if disk.vdev == name), None)
    if match is None:
        raise ConfigError(
            f"the domain {domain.label} has no CD drive {name}", source=device, hint=f"it has: {known}"
        )
    return match


def loaded(disk: Disk, path: str) -> Disk:
    """Return a drive with the image or device at ``path`` in it, empty with "".

    ``file:`` and ``phy:`` before the path are understood.  Raises ConfigError for a relative path: xl would look
    for it in a folder nobody has chosen.
    """
    head, colon, rest = path.partition(":")
    path = rest if colon and head in _PREFIXES else path
    if path and not path.startswith("/"):
        raise ConfigError(
            "a medium needs an absolute path", source=path, hint="for example /srv/iso/debian.iso"
        )
    return replace(disk, target=path, format="raw" if path else "empty", prefix="")


def exchange(toolstack: Toolstack, domain: Target, disk: Disk) -> Argv:
    """Return the command that puts the running drive into the state of ``disk``: a medium in it, or none."""
    if disk.target:
        return toolstack.insert_medium(domain, disk.vdev, disk.target)
    return toolstack.eject_medium(domain, disk.vdev)

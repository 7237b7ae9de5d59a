"""Disks and network interfaces, as a configuration writes them and as the hypervisor reports them."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass


class Access(StrEnum):
    """Disk access of the wiki: read-only, read-write, read-write although shared (xm's ``w!``)."""

    READ = "r"
    WRITE = "w"
    SHARED = "w!"


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk of a domain.

    ``target`` is the path on the host ("" for an empty drive), ``format`` one of raw, qcow, qcow2, vhd, qed,
    empty; ``vdev`` the guest's name for it (xvda); ``prefix`` the spelling the file used (``phy``, ``file``,
    "" for none), kept for display only.
    """

    target: str
    vdev: str
    format: str = "raw"
    access: Access = Access.WRITE
    cdrom: bool = False
    prefix: str = ""
    backend: str = ""
    backendtype: str = ""
    script: str = ""
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Vif:
    """One virtual network interface; empty fields are left to the toolstack."""

    mac: str = ""
    bridge: str = ""
    ip: str = ""
    model: str = ""
    type: str = ""
    script: str = ""
    vifname: str = ""
    backend: str = ""
    rate: str = ""
    devid: int | None = None
    extra: tuple[tuple[str, str], ...] = ()

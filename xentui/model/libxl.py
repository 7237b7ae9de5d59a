"""From libxl's JSON (``xl list -l``, ``xl create -n``) to :class:`~xentui.model.configuration.DomainConfig`.

libxl leaves out what has its default value; the defaults are filled in here so that two sources compare alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any

from xentui.model.configuration import DomainConfig
from xentui.model.devices import Access, Disk, Vif
from xentui.text import plain

DEFAULT_ACTIONS = {
    "on_poweroff": "destroy",
    "on_reboot": "restart",
    "on_crash": "destroy",
    "on_watchdog": "destroy",
    "on_soft_reset": "soft_reset",
}
"""What a configuration file that does not say means (xl.cfg(5)); xm's on_crash default was restart."""
_UNSAID_ACTION = "destroy"
"""What libxl leaves out of its JSON."""
_DEFAULT_MEMORY_KIB = 32 * 1024
_LIST_LIMIT = 4096
_DIGITS = re.compile(r"[0-9a-f]{32}")


def from_libxl(config: Mapping[str, Any]) -> DomainConfig:
    """Return the comparable configuration of one libxl JSON object.

    Values of an unexpected kind are read as absent: a guest can influence some of them.
    """
    create = _table(config.get("c_info"))
    build = _table(config.get("b_info"))
    kind = _text(create.get("type")) or _text(build.get("type")) or "pv"
    special = _table(build.get(f"type.{kind}"))
    maxvcpus = _int(build.get("max_vcpus"), 1)
    maxmem = _int(build.get("max_memkb"), 0)
    target = _int(build.get("target_memkb"), 0) or maxmem or _DEFAULT_MEMORY_KIB
    return DomainConfig(
        name=_text(create.get("name")),
        uuid=_uuid(create.get("uuid")),
        type=kind,
        memory_kib=target,
        maxmem_kib=maxmem or target,
        vcpus=_online(build.get("avail_vcpus"), maxvcpus),
        maxvcpus=maxvcpus,
        kernel=_text(build.get("kernel") or special.get("kernel")),
        ramdisk=_text(build.get("ramdisk") or special.get("ramdisk")),
        cmdline=_text(build.get("cmdline") or special.get("cmdline")),
        bootloader=_text(build.get("bootloader") or special.get("bootloader")),
        bootloader_args=_texts(build.get("bootloader_args") or special.get("bootloader_args")),
        firmware=_text(
            special.get("firmware") or special.get("bios") or ("seabios" if kind == "hvm" else "")
        ),
        boot_order=_text(special.get("boot")) or ("cda" if kind == "hvm" else ""),
        disks=tuple(_disk(_table(disk)) for disk in _list(config.get("disks"))),
        vifs=tuple(_vif(_table(nic)) for nic in _list(config.get("nics"))),
        actions=_actions(*(_text(config.get(key)) or _UNSAID_ACTION for key in DEFAULT_ACTIONS)),
    )


@lru_cache(maxsize=256)
def _actions(*words: str) -> Mapping[str, str]:
    """Return actions by their events; domains that say the same share them."""
    return MappingProxyType(dict(zip(DEFAULT_ACTIONS, words, strict=True)))


def _disk(table: Mapping[str, Any]) -> Disk:
    return Disk(
        target=_text(table.get("pdev_path")),
        vdev=_text(table.get("vdev")),
        format=_text(table.get("format")) or "raw",
        access=Access.WRITE if _int(table.get("readwrite"), 0) else Access.READ,
        cdrom=bool(_int(table.get("is_cdrom"), 0)),
        backend=_text(table.get("backend_domname")),
        backendtype=_text(table.get("backend")),
        script=_text(table.get("script")),
    )


def _vif(table: Mapping[str, Any]) -> Vif:
    devid = table.get("devid")
    return Vif(
        mac=_text(table.get("mac")),
        bridge=_text(table.get("bridge")),
        ip=_text(table.get("ip")),
        model=_text(table.get("model")),
        type=_text(table.get("nictype")),
        script=_text(table.get("script")),
        vifname=_text(table.get("ifname")),
        backend=_text(table.get("backend_domname")),
        devid=devid if isinstance(devid, int) else None,
    )


def _online(bitmap: object, maximum: int) -> int:
    """``avail_vcpus`` lists the vCPUs online at the start; absent means one (libxl_create.c)."""
    return len(bitmap) if isinstance(bitmap, list) and bitmap else min(1, maximum)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value[:_LIST_LIMIT] if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a text, one object however often it is told: of thousands of domains most say the same."""
    return intern(plain(value, 4096)) if isinstance(value, str) else ""


def _uuid(value: object) -> str:
    """As ``xl list`` spells it: in a file libxl reads any case, and digits with dashes or without."""
    text = _text(value)
    digits = text.replace("-", "").lower()
    if not _DIGITS.fullmatch(digits):
        return text
    return intern(f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in _list(value))


def _int(value: object, default: int) -> int:
    return int(value) if isinstance(value, int) else default

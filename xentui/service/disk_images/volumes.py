"""Logical volumes of LVM, as ``lvs`` and ``vgs`` report them (lvmreport(7)), and the commands that change them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from xentui.errors import HostError, UsageError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.text import plain

_SECONDS = 20.0
_MOST = 10_000
_REPORT = ("--reportformat", "json", "--units", "b", "--nosuffix", "--options")
_VOLUMES = ("lv_name", "vg_name", "lv_size", "pool_lv", "data_percent", "lv_attr", "origin")
_GROUPS = ("vg_name", "vg_free")
_NAME = re.compile(r"[A-Za-z0-9_+.][A-Za-z0-9_+.-]*\Z")
_DEVICE = re.compile(r"/dev/([^/]+)/([^/]+)\Z")
_FOLDERS = ("disk", "mapper", "block", "char", "input", "loop", "zvol", "shm", "pts")
_THIN, _THIN_POOL = "V", "t"


@dataclass(frozen=True, slots=True)
class Volume:
    """A logical volume: sizes in bytes; ``used`` of a thin one is what it has written; ``pool`` is "" for any other."""

    group: str
    name: str
    size: int
    used: int
    pool: str = ""

    @property
    def path(self) -> str:
        """Its device."""
        return f"/dev/{self.group}/{self.name}"


@dataclass(frozen=True, slots=True)
class Pool:
    """Where thin volumes take their room from."""

    group: str
    name: str
    free: int


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """A volume group, and the bytes that are free in it."""

    name: str
    free: int


@dataclass(frozen=True, slots=True)
class Volumes:
    """The volumes of a host, by path, its pools and its groups, by name."""

    volumes: Mapping[str, Volume]
    pools: tuple[Pool, ...]
    groups: Mapping[str, VolumeGroup]

    def pool_of(self, group: str, name: str) -> Pool:
        """Return the pool of that name, the group's only one where that is ""; raises UsageError where there is
        none.
        """
        found = [pool for pool in self.pools if pool.group == group and name in ("", pool.name)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(pool.name for pool in found)
        raise UsageError(
            f"the volume group {group} has "
            + (f"several thin pools: {names}" if names else "no such thin pool"),
            subject=name,
            hint="name one with --pool" if names else "leave out --sparse for a volume with room of its own",
        )


def place_of(path: str) -> tuple[str, str] | None:
    """VolumeGroup and name of the volume a path would be; None for a path that is none's."""
    found = _DEVICE.match(path)
    if found is None or found[1] in _FOLDERS:
        return None
    return found[1], found[2]


def require_name(name: str, path: str) -> None:
    """Raise UsageError where LVM takes no such name (lvm(8), VALID NAMES)."""
    if (
        not _NAME.match(name)
        or len(name) > 127
        or name in (".", "..")
        or "_tmeta" in name
        or "_tdata" in name
    ):
        raise UsageError(
            "is not a valid name for a volume of LVM", subject=path, hint="letters, digits, + _ . and -"
        )


async def look(host: Host) -> Volumes:
    """Return the volumes of a host; none where it has no LVM.  Raises HostError where what it says makes no sense."""
    volumes, groups = await asyncio.gather(
        _report(host, "lvs", "lv", _VOLUMES), _report(host, "vgs", "vg", _GROUPS)
    )
    found: dict[str, Volume] = {}
    pools: list[Pool] = []
    for row in volumes:
        size = _size(row["lv_size"])
        share = _percent(row["data_percent"])
        if row["lv_attr"][:1] == _THIN_POOL:
            pools.append(Pool(row["vg_name"], row["lv_name"], round(size * (1 - share))))
            continue
        thin = row["lv_attr"][:1] == _THIN
        used = round(size * share) if thin else size
        volume = Volume(row["vg_name"], row["lv_name"], size, used, row["pool_lv"] if thin else "")
        found[volume.path] = volume
    return Volumes(found, tuple(pools), _groups(groups))


def _groups(rows: list[dict[str, str]]) -> dict[str, VolumeGroup]:
    return {row["vg_name"]: VolumeGroup(row["vg_name"], _size(row["vg_free"])) for row in rows}


async def _report(host: Host, program: str, key: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    argv = ["env", "LVM_SUPPRESS_FD_WARNINGS=1", program, *_REPORT, ",".join(columns)]
    done = await host.run(argv, timeout=_SECONDS)
    if done.exit_code == 127:
        return []
    try:
        report = json.loads(done.text)["report"][0][key]
        return [_row(each, columns) for each in report[:_MOST]]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise HostError(
            f"`{program}` does not say which volumes there are",
            hint="look at it on the host",
            details=tuple(plain(word, 500) for word in done.words[-5:]),
        ) from error


def _row(values: Any, columns: tuple[str, ...]) -> dict[str, str]:
    row = {name: values[name] for name in columns}
    if not all(isinstance(value, str) for value in row.values()):
        raise TypeError("not a text")
    return row


def _size(text: str) -> int:
    return int(float(text or "0"))


def _percent(text: str) -> float:
    return min(100.0, max(0.0, float(text or "0"))) / 100


def create(group: str, name: str, size: int, pool: str = "") -> list[str]:
    """Return the command that makes a volume, thin where it has a ``pool``; what another left there is wiped."""
    if pool:
        return ["lvcreate", "--yes", "--virtualsize", f"{size}b", "--thinpool", pool, "--name", name, group]
    return ["lvcreate", "--yes", "--wipesignatures", "y", "--size", f"{size}b", "--name", name, group]


def extend(volume: Volume, size: int) -> list[str]:
    """Return the command that grows a volume."""
    return ["lvextend", "--size", f"{size}b", f"{volume.group}/{volume.name}"]


def reduce(volume: Volume, size: int) -> list[str]:
    """Return the command that cuts a volume, which has been agreed to."""
    return ["lvreduce", "--yes", "--force", "--size", f"{size}b", f"{volume.group}/{volume.name}"]


def remove(volume: Volume) -> list[str]:
    """Return the command that removes a volume, which has been agreed to."""
    return ["lvremove", "--yes", f"{volume.group}/{volume.name}"]

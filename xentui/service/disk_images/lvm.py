"""Logical volumes of LVM, as ``lvs`` and ``vgs`` report them (lvmreport(7)), and the commands that change them."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from xentui.errors import HostError, UsageError, option
from xentui.hosts.base import Host
from xentui.service.disk_images.volume import (
    Pool,
    Volume,
    VolumeGroup,
    VolumeManager,
    VolumePlace,
    Volumes,
)
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


class LogicalVolumes(VolumeManager):
    """LVM: thin volumes are those of its thin pools."""

    title = "LVM"
    kind = "lvm"
    group_title = "volume group"
    example = "/dev/GROUP/NAME is a volume of LVM"
    no_groups = "it has none; a file lies in a folder, such as /srv/xen"
    blank = False
    late = False

    def path(self, group: str, name: str) -> str:
        """Return the device of a volume."""
        return f"/dev/{group}/{name}"

    def place_of(self, path: str) -> VolumePlace | None:
        """Return which volume a path would be; None for a path that is none's."""
        found = _DEVICE.match(path)
        if found is None or found[1] in _FOLDERS:
            return None
        return VolumePlace(self, found[1], found[2])

    def require_name(self, place: VolumePlace) -> None:
        """Raise UsageError where LVM takes no such name (lvm(8), VALID NAMES)."""
        name = place.name
        if (
            not _NAME.match(name)
            or len(name) > 127
            or name in (".", "..")
            or "_tmeta" in name
            or "_tdata" in name
        ):
            raise UsageError(
                "is not a valid name for a volume of LVM",
                subject=place.path,
                hint="letters, digits, + _ . and -",
            )

    async def look(self, host: Host) -> Volumes:
        """Return the volumes of a host; none where it has no LVM."""
        rows, groups = await asyncio.gather(
            _report(host, "lvs", "lv", _VOLUMES), _report(host, "vgs", "vg", _GROUPS)
        )
        try:
            return self._read(rows, groups)
        except (ValueError, OverflowError) as error:
            raise HostError(
                "`lvs` and `vgs` do not say how large volumes are", hint="look at it on the host"
            ) from error

    def _read(self, rows: list[dict[str, str]], groups: list[dict[str, str]]) -> Volumes:
        pools: dict[tuple[str, str], Pool] = {}
        volumes: list[tuple[dict[str, str], int, float]] = []
        for row in rows:
            size, share = _size(row["lv_size"]), _percent(row["data_percent"])
            if row["lv_attr"][:1] == _THIN_POOL:
                pool = Pool(row["vg_name"], row["lv_name"], round(size * (1 - share)))
                pools[pool.group, pool.name] = pool
            else:
                volumes.append((row, size, share))
        found = [self._volume(row, size, share, pools) for row, size, share in volumes]
        return Volumes(
            {volume.path: volume for volume in found},
            tuple(pools.values()),
            tuple(VolumeGroup(self, row["vg_name"], _size(row["vg_free"])) for row in groups),
        )

    def _volume(
        self, row: dict[str, str], size: int, share: float, pools: dict[tuple[str, str], Pool]
    ) -> Volume:
        place = VolumePlace(self, row["vg_name"], row["lv_name"])
        if row["lv_attr"][:1] != _THIN:
            return Volume(place, size, size)
        pool = pools.get((place.group, row["pool_lv"]))
        lies_on = f"{place.group}/{pool.name}" if pool else ""
        return Volume(place, size, round(size * share), row["pool_lv"], lies_on, pool.free if pool else None)

    def pool_of(self, volumes: Volumes, place: VolumePlace, pool: str) -> str:
        """Return the thin pool of that name, the group's only one where that is ""."""
        found = [each.name for each in volumes.pools if each.group == place.group and pool in ("", each.name)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(found)
        raise UsageError(
            f"the volume group {place.group} has "
            + (f"several thin pools: {names}" if names else "no such thin pool"),
            subject=pool,
            hint=(option("--pool", "NAME", form="`:image create` with `--pool NAME`"), " names one")
            if names
            else (
                option("--preallocated", form="“Allocate all its space now”"),
                " makes a volume with room of its own",
            ),
        )

    def create(self, place: VolumePlace, size: int, pool: str = "") -> list[str]:
        """Return the command that makes a volume; what another left there is wiped."""
        sized = ["--virtualsize", f"{size}b", "--thinpool", pool] if pool else []
        sized = sized or ["--wipesignatures", "y", "--size", f"{size}b"]
        return ["lvcreate", "--yes", *sized, "--name", place.name, place.group]

    def snapshot(self, volume: Volume, place: VolumePlace) -> list[str]:
        """Return the command that makes a thin snapshot of a thin volume of the same group."""
        if not volume.pool or volume.place.group != place.group:
            return []
        how = ["--snapshot", "--setactivationskip", "n", "--name", place.name]
        return ["lvcreate", "--yes", *how, volume.place.qualified]

    def resize(self, volume: Volume, size: int) -> list[str]:
        """Return the command that gives a volume another size."""
        how = ["lvreduce", "--yes", "--force"] if size < volume.size else ["lvextend"]
        return [*how, "--size", f"{size}b", volume.place.qualified]

    def rename(self, place: VolumePlace, name: str) -> list[str]:
        """Return the command that gives a volume another name."""
        return ["lvrename", place.group, place.name, name]

    def remove(self, place: VolumePlace) -> list[str]:
        """Return the command that removes a volume."""
        return ["lvremove", "--yes", place.qualified]


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


LVM = LogicalVolumes()

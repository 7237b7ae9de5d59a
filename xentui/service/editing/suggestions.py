"""What may stand in a field: bridges, kernels, devices … as the host has them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from xentui.errors import XentuiError
from xentui.hosts import operations
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import FolderItem

KEPT = 5.0
"""Seconds an answer is good for."""
PATIENCE = 3.0
"""Seconds a host may think; what comes later answers the next question."""
MOST = 200

_KERNELS = ("vmlinu", "bzImage", "kernel")
_RAMDISKS = ("initrd", "initramfs", "ramdisk")
_NO_DEVICES = ("loop", "ram", "dm-", "sr", "fd", "zram", "nbd")
_NO_GROUPS = (
    *("block", "bsg", "bus", "char", "cpu", "disk", "dri", "fd", "hugepages", "input", "mapper", "mqueue"),
    *("net", "pts", "shm", "snd", "usb", "vfio", "xen"),
)
_KEYMAPS = ("/usr/share/qemu/keymaps", "/usr/share/xen/qemu/keymaps")
_NO_KEYMAPS = ("common", "modifiers")
_LOADERS = ("pygrub", "domUloader", "domUloader.py", "xenpvnetboot")
_CPUS_LISTED = 64


class Suggestions:
    """Asks the host, one question of a kind at a time, and keeps the answers for a moment."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._kept: dict[tuple[str, str], tuple[float, tuple[str, ...]]] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[tuple[str, ...]]] = {}
        self._askers: dict[str, Callable[[], Awaitable[Iterable[str]]]] = {
            "bridge": self._bridges,
            "kernel": lambda: self._boot_files(_KERNELS, "kernel"),
            "ramdisk": lambda: self._boot_files(_RAMDISKS, "ramdisk"),
            "image": self._images,
            "block-device": self._devices,
            "keymap": self._keymaps,
            "cpu": self._cpus,
            "pool": self._pools,
            "bootloader": self._loaders,
        }

    async def suggestions(self, kind: str, prefix: str) -> tuple[str, ...]:
        """Return the values of that kind beginning with ``prefix``; empty where the host does not tell."""
        if kind not in self._askers:
            return ()
        found = [value for value in await self._answer(kind, "") if value.startswith(prefix)]
        if "/" in prefix and kind in ("kernel", "ramdisk", "image", "block-device", "bootloader"):
            folder = prefix[: prefix.rindex("/") + 1]
            paths = await self._answer(kind, folder + prefix[len(folder) :])
            found += [path for path in paths if path not in found]
        return tuple(found[:MOST])

    async def _answer(self, kind: str, path: str) -> tuple[str, ...]:
        key = (kind, path)
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < KEPT:
            return kept[1]
        task = self._asking.get(key)
        if task is None or task.done():
            task = self._asking[key] = asyncio.ensure_future(self._ask(kind, path))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        try:
            # Whoever types on is not waited for; a request cut off would cost the connection.
            return await asyncio.wait_for(asyncio.shield(task), PATIENCE)
        except TimeoutError:
            return ()

    async def _ask(self, kind: str, path: str) -> tuple[str, ...]:
        try:
            values = await (self._paths(path) if path else self._askers[kind]())
        except (XentuiError, KeyError, TypeError, ValueError, IndexError):
            values = ()
        fit = dict.fromkeys(value for value in values if value and plain(value, 4096) == value)
        answer = tuple(fit)[: MOST * 2]
        if len(self._kept) > MOST:
            self._kept.clear()
        self._kept[kind, path] = (time.monotonic(), answer)
        return answer

    # Files

    async def _list(self, folder: str) -> list[FolderItem]:
        """Return the entries of a folder of the host; none where it cannot be read."""
        host = self._session.host
        try:
            return list(
                (await host.call(operations.list_dir, path=host.host_path(folder), limit=2000))["entries"]
            )
        except XentuiError:
            return []

    async def _names(self, folder: str, kind: str) -> list[str]:
        return [str(item["name"]) for item in await self._list(folder) if item["kind"] == kind]

    async def _paths(self, prefix: str) -> Iterable[str]:
        host = self._session.host
        folder = prefix[: prefix.rindex("/") + 1]
        base = host.host_path(folder).rstrip("/") + "/"
        found = await host.call(operations.complete, prefix=base + prefix[len(folder) :], limit=MOST)
        return [folder + path[len(base) :] for path in found if path.startswith(base)]

    # Kinds

    async def _bridges(self) -> Iterable[str]:
        devices = "/sys/class/net"
        host = self._session.host
        names = [str(item["name"]) for item in await self._list(devices)]
        places = {host.host_path(f"{devices}/{name}/bridge"): name for name in names}
        stat = await host.call(operations.stat, paths=list(places)) if places else {}
        found = [name for place, name in places.items() if stat[place]["kind"] != "missing"]
        if "ovs-system" in names:
            done = await host.run(["ovs-vsctl", "list-br"], timeout=PATIENCE)
            found += done.text.split() if done.exit_code == 0 else []
        return found

    async def _boot_files(self, starts: tuple[str, ...], field: str) -> Iterable[str]:
        used = await self._used(field)
        folders = dict.fromkeys(["/boot", *(path.rpartition("/")[0] for path in used)])
        found = []
        for folder in list(folders)[:10]:
            names = await self._names(folder, "file")
            found += [f"{folder}/{name}" for name in names if name.startswith(starts)]
        return [*used, *found]

    async def _images(self) -> Iterable[str]:
        folders = dict.fromkeys(["/var/lib/xen/images", "/srv/xen"])
        for domain in (await self._inventory.poll()).domains:
            for disk in (*(domain.config.disks if not domain.is_control else ()),):
                if disk.target.startswith("/") and not disk.target.startswith("/dev/"):
                    folders[disk.target.rpartition("/")[0]] = None
        found = []
        for folder in list(folders)[:20]:
            found += [f"{folder}/{name}" for name in await self._names(folder, "file")]
        return found

    async def _devices(self) -> Iterable[str]:
        entries = await self._list("/dev")
        found = [f"/dev/mapper/{name}" for name in await self._names("/dev/mapper", "block")]
        for item in entries:
            name = str(item["name"])
            if item["kind"] == "block" and not name.startswith(_NO_DEVICES):
                found.append(f"/dev/{name}")
            elif item["kind"] == "dir" and name not in _NO_GROUPS:
                found += [f"/dev/{name}/{volume}" for volume in await self._names(f"/dev/{name}", "block")]
        return sorted(found)

    async def _keymaps(self) -> Iterable[str]:
        found: list[str] = []
        for folder in _KEYMAPS:
            found += [name for name in await self._names(folder, "file") if name not in _NO_KEYMAPS]
        return sorted(found)

    async def _cpus(self) -> Iterable[str]:
        count = (await self._inventory.host_info()).cpus
        if count < 1:
            return ()
        return ["all", *([f"0-{count - 1}"] if count > 1 else []), *map(str, range(min(count, _CPUS_LISTED)))]

    async def _pools(self) -> Iterable[str]:
        return await self._session.toolstack.cpu_pools()

    async def _loaders(self) -> Iterable[str]:
        found = list(await self._used("bootloader"))
        folders = [name for name in await self._names("/usr/lib", "dir") if name.startswith("xen")]
        for folder in (*(f"/usr/lib/{name}/bin" for name in folders), "/usr/bin"):
            for name in await self._names(folder, "file"):
                if name in _LOADERS:
                    found.append("pygrub" if name == "pygrub" else f"{folder}/{name}")
        return found

    async def _used(self, field: str) -> Sequence[str]:
        """Return what other domains have in that field, the commonest first."""
        counts: dict[str, int] = {}
        for domain in (await self._inventory.poll()).domains:
            value = "" if domain.is_control else str(getattr(domain.config, field))
            if value:
                counts[value] = counts.get(value, 0) + 1
        return sorted(counts, key=lambda value: (-counts[value], value))

"""One of the two hosts of a migration, as it was read: by one round trip of the agent, and by the toolstack."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xentui.errors import HostError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.devices import Disk
from xentui.model.domain import Snapshot
from xentui.service.disk_use import path_of
from xentui.service.host_check.facts import pairs
from xentui.service.hypervisor import Hypervisor
from xentui.store.reading import NONSENSE
from xentui.text import plain

BOOT_ID = "/proc/sys/kernel/random/boot_id"
_CPU = "/sys/devices/system/cpu/modalias"
_XL_CONF = "/etc/xen/xl.conf"
_LOOPS = "/sys/block/loop*/loop/backing_file"
_TEXTS = (BOOT_ID, _CPU, _XL_CONF, _LOOPS)
_BRIDGES, _SWITCH = "/sys/class/net/*/bridge", "/sys/class/net/ovs-system"
_NOTHING = "/dev/null"
_WORD, _LINE, _REPORT = 200, 4000, 1 << 20
_BASES = 16
_JUST_NOW = 5.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """The file or device at the path of a disk: ``kind`` is file, block, dir, other or missing.

    ``size`` is the size for a guest, ``used`` the allocated space, in bytes (None: not known); ``bases`` are the files
    that its image is based on.
    """

    kind: str
    size: int | None = None
    used: int | None = None
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """A host: its ``name``, its domains (``snapshot``), and whether the session is read-only.

    ``report`` is the toolstack's report on the host; ``boot_id`` that of its kernel, which differs at each boot and on
    each host ("": not known); ``ahead`` how many seconds its clock is ahead of this machine's, with an error of
    ``slack``; ``cpu`` vendor, family and model of its processor; ``loops`` the files behind its loop devices;
    ``bridges`` its bridges (None: it uses Open vSwitch); ``disks`` what is at the paths of the domain's disks,
    ``files`` which other files that it needs exist; ``conf`` is xl.conf.
    """

    name: str
    snapshot: Snapshot
    read_only: bool
    report: Mapping[str, str]
    boot_id: str
    ahead: float
    slack: float
    cpu: str
    loops: Mapping[str, str]
    bridges: frozenset[str] | None
    disks: Mapping[str, DiskSeen]
    files: frozenset[str]
    conf: str

    def number(self, key: str) -> int:
        """Return a number of the toolstack's report, 0 if it has none."""
        word = self.report.get(key, "")
        return int(word) if word.isascii() and word.isdigit() and len(word) < 12 else 0


async def look(
    hypervisor: Hypervisor,
    disks: Sequence[Disk],
    files: Mapping[str, Sequence[str]],
    *,
    found_there: bool = False,
) -> Side:
    """Read a host; ``files`` are shell patterns of the files that are looked for, by their role.

    If the domains were ``found_there`` with fresh output of ``xl list -l``, that is not run again, since it takes long.
    Raises HostError if the host does not answer, or if its answer makes no sense.
    """
    host, place = hypervisor.host, hypervisor.host.host_path
    patterns = {name: [place(each) for each in found] for name, found in files.items()}
    images = {path_of(disk): place(path_of(disk)) for disk in disks}
    began = time.time()
    wanted = sorted({each for found in patterns.values() for each in found})
    facts, heads, report, snapshot = await _asked(
        hypervisor, wanted, sorted(set(images.values())), found_there
    )
    ended = time.time()
    try:
        texts = {host.shown(path): str(text) for path, text in facts["texts"].items()}
        there = {pattern: [str(each) for each in told] for pattern, told in facts["there"].items()}
        ahead, slack = _clock(facts["time"], began, ended)
        bridges = frozenset(plain(each.split("/")[-2]) for each in there[place(_BRIDGES)])
        return Side(
            name=host.name,
            snapshot=snapshot,
            read_only=hypervisor.session.read_only,
            report={plain(key, _WORD): plain(value, _LINE) for key, value in pairs(report[:_REPORT]).items()},
            boot_id=plain(texts.get(BOOT_ID, "").strip(), _WORD),
            ahead=ahead,
            slack=slack,
            cpu=_cpu(texts.get(_CPU, "")),
            loops=_loops(texts),
            bridges=None if there[place(_SWITCH)] else bridges,
            disks={path: _disk(host.shown, heads[where]) for path, where in images.items()},
            files=frozenset(name for name, found in patterns.items() if any(there[each] for each in found)),
            conf=texts.get(_XL_CONF, ""),
        )
    except (*NONSENSE, IndexError) as error:
        raise HostError(
            "what the host says of itself is not valid",
            subject=host.name,
            hint="look at it by hand before anything is moved there",
        ) from error


async def _asked(
    hypervisor: Hypervisor, there: Sequence[str], images: Sequence[str], found_there: bool
) -> tuple[Any, Any, str, Snapshot]:
    """Return the answers of agent, toolstack and list; all requests to the agent take one round trip."""
    host, place, inventory = hypervisor.host, hypervisor.host.host_path, hypervisor.inventory
    return await asyncio.gather(
        host.call(
            operations.host_facts,
            texts=[place(each) for each in _TEXTS],
            there=[place(_BRIDGES), place(_SWITCH), *there],
            proc=_NOTHING,
            daemons=[],
            dpkg=_NOTHING,
            apk=_NOTHING,
            packages=[],
        ),
        host.call(operations.look_at_images, paths=list(images)),
        hypervisor.session.toolstack.host_report(),
        inventory.glance() if found_there and inventory.details_age < _JUST_NOW else inventory.poll(),
    )


def _disk(shown: Callable[[str], str], facts: Any) -> DiskSeen:
    """Return what is at a path, by what the agent says of it; raises one of NONSENSE where that makes none."""
    size = facts.get("size") if facts.get("virtual") is None else facts["virtual"]
    used = facts.get("allocated")
    return DiskSeen(
        plain(str(facts["kind"]), 20),
        None if size is None else int(size),
        None if used is None else int(used),
        tuple(shown(plain(str(base[0]), 4096)) for base in facts.get("backing", ())[:_BASES]),
    )


def _clock(told: float, began: float, ended: float) -> tuple[float, float]:
    """Return how far a clock is ahead, and the error of that, from the times of request and answer."""
    if not math.isfinite(told):
        return 0.0, math.inf
    return told - (began + ended) / 2, (ended - began) / 2


def _cpu(modalias: str) -> str:
    """Vendor, family and model (``ven0002fam0019mod0011``) of the kernel's alias for its processor; "" for none."""
    kind, _, rest = modalias.strip().partition(",")
    return plain(rest.partition(":")[0], 60) if kind == "cpu:type:x86" else ""


def _loops(texts: Mapping[str, str]) -> dict[str, str]:
    return {
        plain(f"/dev/{path.split('/')[3]}", 40): text.removesuffix("\n").removesuffix(" (deleted)")
        for path, text in texts.items()
        if path.startswith("/sys/block/loop") and path.endswith("/loop/backing_file")
    }

"""What the ``gnt-*`` commands print, in rows of fields with a separator (cli.FormatQueryResult of 3.0.2).

A field that is not known is ``?`` (no data), ``-`` (there is none now), ``*`` (its node is offline) or ``??`` (no such
field).  Names, uuids and tags cannot hold the separator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from xentui.frozen import dataclass
from xentui.text import lines, plain
from xentui.toolstack.ganeti import commands

LIMIT = 50_000
"""Rows taken of one answer."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_NUMBER = re.compile(r"[0-9]{1,12}\Z")
_PATH = re.compile(r"/[A-Za-z0-9._+/-]{1,500}\Z")
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")
_BRIDGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}\Z")


class InstanceStatus(StrEnum):
    """How an instance is (constants.INSTST_*): what was asked for it, and what is."""

    RUNNING = "running"
    ADMIN_DOWN = "ADMIN_down"
    ADMIN_OFFLINE = "ADMIN_offline"
    USER_DOWN = "USER_down"
    ERROR_UP = "ERROR_up"
    ERROR_DOWN = "ERROR_down"
    WRONG_NODE = "ERROR_wrongnode"
    NODE_DOWN = "ERROR_nodedown"
    NODE_OFFLINE = "ERROR_nodeoffline"

    @property
    def runs(self) -> bool:
        """Whether it runs, as far as Ganeti knows."""
        return self in (InstanceStatus.RUNNING, InstanceStatus.ERROR_UP, InstanceStatus.WRONG_NODE)

    @property
    def sentence(self) -> str:
        """What is wrong, "" where nothing is."""
        return {
            "ERROR_up": "runs, though it was to be down",
            "ERROR_down": "is down, though it was to run",
            "ERROR_wrongnode": "runs on another node than its primary one",
            "ERROR_nodedown": "its node does not answer: whether it runs is not known",
            "ERROR_nodeoffline": "its node is marked offline: whether it runs is not known",
            "USER_down": "was shut down from within",
        }.get(self.value, "")


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of the cluster; memory in MiB, None where Ganeti does not know.

    ``node`` is its primary node, ``secondaries`` are where its disks are mirrored; ``memory_mib`` and ``vcpus`` are
    what it has now, ``maxmem_mib`` and ``most_vcpus`` what it is configured with; ``kernel`` and ``bootloader`` are
    files of its node, "" where it boots otherwise.
    """

    name: str
    uuid: str
    node: str
    secondaries: tuple[str, ...]
    status: InstanceStatus
    memory_mib: int | None
    vcpus: int | None
    maxmem_mib: int
    most_vcpus: int
    hypervisor: str
    kernel: str
    bootloader: str
    os: str
    disk_template: str
    macs: tuple[str, ...]
    bridges: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A node of the cluster; memory in MiB, None where it does not tell."""

    name: str
    role: str
    memory_mib: int | None
    free_mib: int | None
    cpus: int | None
    instances: int
    offline: bool


@dataclass(frozen=True, slots=True)
class GanetiJob:
    """A job of Ganeti: its number, how it stands, and what it is of, as ``INSTANCE_STARTUP(web1.example.org)``."""

    number: int
    status: str
    summary: str

    @property
    def ended(self) -> bool:
        """Whether it does nothing any more (constants.JOBS_FINALIZED)."""
        return self.status in ("success", "error", "canceled")


def instances(text: str) -> tuple[Instance, ...]:
    """Return the rows of ``gnt-instance list``; raises ValueError for what makes no sense."""
    found = []
    for row in _rows(text, commands.FIELDS):
        name, uuid, status = row[0], row[1], row[4]
        if not _UUID.match(uuid):
            raise ValueError(f"'{plain(uuid, 60)}' is not a uuid")
        commands.checked(name)
        if status not in tuple(InstanceStatus):
            raise ValueError(f"'{plain(status, 60)}' is not a status of an instance")
        found.append(
            Instance(
                name=name,
                uuid=uuid,
                node=_name(row[2]),
                secondaries=tuple(_name(word) for word in _list(row[3])),
                status=InstanceStatus(status),
                memory_mib=_number(row[5]),
                vcpus=_number(row[6]),
                maxmem_mib=_number(row[7]) or 0,
                most_vcpus=_number(row[8]) or 0,
                hypervisor=plain(row[9], 60),
                kernel=row[10] if _PATH.match(row[10]) else "",
                bootloader=row[11] if _PATH.match(row[11]) else "",
                os=plain(row[12], 100),
                disk_template=plain(row[13], 60),
                macs=tuple(word if _MAC.match(word) else "" for word in _list(row[14])),
                bridges=tuple(
                    word if _BRIDGE.match(word) and word != "None" else "" for word in _list(row[15])
                ),
                tags=tuple(plain(word, 130) for word in _list(row[16])),
            )
        )
    return tuple(found)


def nodes(text: str) -> tuple[ClusterNode, ...]:
    """Return the rows of ``gnt-node list``; raises ValueError for what makes no sense."""
    return tuple(
        ClusterNode(
            _name(name), plain(role, 10), _number(total), _number(free), _number(cpus), _number(count) or 0,
            offline == "Y",
        )
        for name, role, total, free, cpus, count, offline in _rows(text, commands.NODE_FIELDS)
    )  # fmt: skip


def jobs(text: str) -> tuple[GanetiJob, ...]:
    """Return the rows of ``gnt-job list``; raises ValueError for what makes no sense."""
    found = []
    for number, status, summary in _rows(text, commands.JOB_FIELDS):
        if not _NUMBER.match(number):
            raise ValueError(f"'{plain(number, 60)}' is not a number of a job")
        found.append(GanetiJob(int(number), plain(status, 30), plain(summary, 300)))
    return tuple(found)


def _rows(text: str, fields: Sequence[str]) -> Iterator[list[str]]:
    rows = lines(text)
    if len(rows) > LIMIT:
        raise ValueError(f"it has more than {LIMIT} rows")
    for row in rows:
        cells = row.split(commands.SEPARATOR)
        if len(cells) != len(fields):
            raise ValueError(f"a row has {len(cells)} fields, not {len(fields)}: {plain(row, 60)}")
        yield cells


def _name(word: str) -> str:
    return plain(word, 253)


def _list(word: str) -> list[str]:
    return [] if word in ("", "-", "?", "*", "??") else word.split(",")[:100]


def _number(word: str) -> int | None:
    return int(word) if _NUMBER.match(word) else None

"""What DRBD says of its resources: whom each is connected to, whose data are whole, who may have it open.

Module 9 answers ``drbdsetup status --json``.  Module 8.4, which is Linux's own and Debian's, knows no ``--json``: its
``events2 --now`` tells the same, except what the other node is called; the addresses of both ends are in ``show``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from xentui.errors import HostError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.service.storage.places import Layer
from xentui.store.reading import NONSENSE
from xentui.text import plain

_SECONDS = 10.0
_RESOURCES, _TEXT, _WORD = 4096, 1 << 20, 200
_UNNAMED = "peer"
"""What module 8.4 calls every other node."""
WHOLE, CONNECTED, SECONDARY = "UpToDate", "Connected", "Secondary"


@dataclass(frozen=True, slots=True)
class ReplicaPeer:
    """The other side of a resource: ``name`` of its node ("": not told), its connection, role, and disk."""

    name: str
    connection: str
    role: str
    disk: str

    @property
    def whole(self) -> bool:
        """Whether it has all data, and gets what is written."""
        return self.connection == CONNECTED and self.disk == WHOLE


@dataclass(frozen=True, slots=True)
class Replica:
    """A resource on one host.

    ``role`` is Primary or Secondary, ``disk`` the state of its data; ``ends`` the addresses of this and the other side
    where there is one ("": not told); ``two`` whether both sides may have it open (None: not told); ``volumes`` its
    devices, the volume by the minor number.
    """

    role: str
    disk: str
    peers: tuple[ReplicaPeer, ...] = ()
    ends: tuple[str, str] = ("", "")
    two: bool | None = None
    volumes: Mapping[int, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether this side and all others have the same data."""
        return self.disk == WHOLE and bool(self.peers) and all(peer.whole for peer in self.peers)


@dataclass(frozen=True, slots=True)
class Replicas:
    """DRBD on a host, by resource; ``why`` none is known."""

    found: Mapping[str, Replica]
    why: str = ""

    def resource(self, layer: Layer) -> tuple[str, str]:
        """Return the resource and the volume of a layer of DRBD, "" where they are not known.

        udev has links by their names, but only where DRBD's own rules were there in time.
        """
        if layer.ids.get("resource"):
            return layer.ids["resource"], layer.ids.get("volume", "")
        minor = layer.name.removeprefix("drbd")
        for name, replica in self.found.items():
            if minor.isdecimal() and int(minor) in replica.volumes:
                return name, str(replica.volumes[int(minor)])
        return "", ""


async def replicas(host: Host, layers: Sequence[Layer]) -> Replicas:
    """Ask DRBD, where something of it is among the layers."""
    if not any(layer.kind == "drbd" for layer in layers):
        return Replicas({})
    read = status
    try:
        done = await host.run(["drbdsetup", "status", "--json"], timeout=_SECONDS)
        if done.exit_code != 0 and "--json" in "\n".join(done.words):
            read = events
            done = await host.run(["drbdsetup", "events2", "--now"], timeout=_SECONDS)
        if done.exit_code != 0:
            return Replicas({}, plain(" ".join(done.words[-1:]), _WORD) or "drbdsetup fails")
        shown = await host.run(["drbdsetup", "show"], timeout=_SECONDS)
        return Replicas(read(done.text[:_TEXT], shown.text[:_TEXT] if shown.exit_code == 0 else ""))
    except HostError as error:
        return Replicas({}, error.message)
    except NONSENSE:
        return Replicas({}, "drbdsetup's answer is not valid")


def status(text: str, shown: str = "") -> dict[str, Replica]:
    """Read ``drbdsetup status --json`` (module 9) and ``drbdsetup show``; raises NONSENSE."""
    configured = _configured(shown)
    found = {}
    for resource in json.loads(text)[:_RESOURCES]:
        name = str(resource["name"])
        peers = [
            ReplicaPeer(
                str(peer["name"])[:_WORD],
                str(peer["connection-state"])[:_WORD],
                str(peer.get("peer-role", ""))[:_WORD],
                _worst([str(each["peer-disk-state"]) for each in peer.get("peer_devices", ())]),
            )
            for peer in resource["connections"]
        ]
        ends, two = configured.get(name, (("", ""), None))
        disk = _worst([str(device["disk-state"]) for device in resource["devices"]])
        volumes = {int(each["minor"]): int(each["volume"]) for each in resource["devices"] if "minor" in each}
        found[name] = Replica(str(resource.get("role", ""))[:_WORD], disk, tuple(peers), ends, two, volumes)
    return found


def events(text: str, shown: str = "") -> dict[str, Replica]:
    """Read ``drbdsetup events2 --now`` (module 8.4) and ``drbdsetup show``; raises NONSENSE."""
    configured = _configured(shown)
    told: dict[str, dict[str, list[dict[str, str]]]] = {}
    for line in text.split("\n"):
        kind, *pairs = line.split(" ")[1:] or [""]
        words = {key: value[:_WORD] for key, _colon, value in (pair.partition(":") for pair in pairs)}
        if "name" in words and len(told) < _RESOURCES:
            told.setdefault(words["name"], {}).setdefault(kind, []).append(words)
    found = {}
    for name, by_kind in told.items():
        ends, two = configured.get(name, (("", ""), None))
        disks = [each["peer-disk"] for each in by_kind.get("peer-device", ())]
        peers = [
            ReplicaPeer(_name(each.get("conn-name", "")), each["connection"], each["role"], _worst(disks))
            for each in by_kind.get("connection", ())
        ]
        disk = _worst([each["disk"] for each in by_kind.get("device", ())])
        volumes = {int(each["minor"]): int(each["volume"]) for each in by_kind.get("device", ())}
        found[name] = Replica(by_kind["resource"][0]["role"], disk, tuple(peers), ends, two, volumes)
    return found


def _name(word: str) -> str:
    return "" if word == _UNNAMED else word


def _worst(states: Sequence[str]) -> str:
    """Return one state for all volumes: that of one which is not whole, where there is one."""
    return next((each[:_WORD] for each in states if each != WHOLE), WHOLE if states else "")


_RESOURCE = re.compile(r'^resource "?([^"\s{]{1,200})"? \{$(.*?)^\}', re.MULTILINE | re.DOTALL)
_ADDRESS = r"_%s \{(?:[^{}]|\{[^{}]*\})*?address\s+(\S+ \S+?);"
_OURS, _THEIRS = (re.compile(_ADDRESS % side) for side in ("this_host", "remote_host"))
_TWO = re.compile(r"^\s+allow-two-primaries\s+(?:yes\s*)?;", re.MULTILINE)


def _configured(shown: str) -> dict[str, tuple[tuple[str, str], bool | None]]:
    """Return the ends of each resource, and whether both sides may have it open: only what is not the default is
    shown.
    """
    found: dict[str, tuple[tuple[str, str], bool | None]] = {}
    for resource in _RESOURCE.finditer(shown):
        ours, theirs = _OURS.search(resource[2]), _THEIRS.search(resource[2])
        ends = (ours[1][:_WORD] if ours else "", theirs[1][:_WORD] if theirs else "")
        found[resource[1]] = ends, bool(_TWO.search(resource[2]))
    return found

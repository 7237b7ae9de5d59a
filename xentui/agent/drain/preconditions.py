"""What was agreed to of a guest, and whether that is still so: nobody is there to be asked where it is not.

A guest runs as it did, with the devices it had; the host it goes to has the same files behind its disks, enough memory,
and no other domain of its uuid or name.  What tells them from others is kept at a first look.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any, Dict, List, Optional, Tuple

from xentui.agent.host import domain_list
from xentui.agent.host.domain_list import HostDomains, ListRow, SilentError

_DETAIL_SECONDS, _DETAILS_LIMIT = 300.0, 256 << 20
_DISK, _NIC = ("pdev_path", "vdev", "readwrite"), ("mac", "bridge")


class SkippedError(Exception):
    """A guest is not what was agreed to any more, or the host is not that it was to go to: nothing was done."""


class GuestGoneError(Exception):
    """A guest runs here no more."""


def require_runs(domains: HostDomains, uuid: str, domid: int) -> ListRow:
    """Raise SkippedError or GuestGoneError where a guest does not run as it did when this was agreed to."""
    row = domains.domain(domid)
    if row is None or row.uuid != uuid:
        if domains.domains(uuid):
            raise SkippedError("it was started anew meanwhile")
        raise GuestGoneError
    if row.letters[5] == "d" or row.stopped:
        raise GuestGoneError
    if row.asleep:
        raise SkippedError("it is stopped for its memory to be saved, or moved, by somebody else")
    if row.letters[2] == "p":
        raise SkippedError("it is paused meanwhile")
    return row


def devices(argv: List[str]) -> Dict[str, str]:
    """Return what tells the devices of each domain from any others, by uuid; ``argv`` prints what ``xl list -l``
    does.
    """
    found: Dict[str, str] = {}
    for config in configurations(argv):
        with contextlib.suppress(KeyError, TypeError, AttributeError):  # one that says too little is left out
            uuid, digest = _devices(config)
            found[uuid] = digest
    return found


def configurations(argv: List[str]) -> List[Dict[str, Any]]:
    """Return the configurations that ``xl list -l`` prints of what runs; none where it says nothing that can be
    read.
    """
    said = domain_list.said(argv, _DETAIL_SECONDS, _DETAILS_LIMIT, failed=True)
    try:
        listed = json.loads(said or "[]")
    except (ValueError, RecursionError):
        return []
    found = listed if isinstance(listed, list) else [listed]
    configs = [each.get("config") for each in found if isinstance(each, dict)]
    return [config for config in configs if isinstance(config, dict)]


def _devices(config: Dict[str, Any]) -> Tuple[str, str]:
    """Return the uuid of a domain of ``xl list -l``, and what tells its devices from any others."""
    told = {
        "disks": [[each.get(key) for key in _DISK] for each in config.get("disks", [])],
        "nics": [[each.get(key) for key in _NIC] for each in config.get("nics", [])],
        "others": [config.get(key, []) for key in ("pcidevs", "usbdevs", "dtdevs")],
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode("ascii")).hexdigest()
    return str(config["c_info"]["uuid"]).lower(), digest


class Destination:
    """A host that guests go to, as it was at the first look; ``name`` is what it is called."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._files: Dict[str, str] = {}

    def keep(self, answer: Any) -> None:
        """Keep what a look tells (:func:`xentui.agent.drain.target_check.look`) of guests that nothing is
        kept of yet.
        """
        for uuid, digest in checked(answer)["files"].items():
            self._files.setdefault(uuid, digest)

    def require(self, uuid: str, place: Dict[str, Any], answer: Any) -> None:
        """Raise SkippedError where the host does not take a guest as it did at the first look.

        ``place`` is what the job was told of it, ``answer`` what a look at the host tells now.
        """
        to, there = self._name, checked(answer)
        if uuid not in self._files:
            raise SkippedError("its disks on the other host are not known")
        if uuid in there["uuids"]:
            raise SkippedError(f"{to} has a domain of that uuid meanwhile")
        if uuid in there["names"]:
            raise SkippedError(f"{to} has a domain of that name meanwhile")
        if there["files"].get(uuid) != self._files[uuid]:
            raise SkippedError(f"its disks are others on {to} meanwhile")
        need, free = int(place["need"]), int(there["free"])
        if need > free + int(place["spare"]):
            raise SkippedError(f"{to} has {free // 1024} MiB free, and it takes {need // 1024}")


def asked(place: Dict[str, Any], steps: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Return what :func:`xentui.agent.drain.target_check.look` is told of guests that go to one place."""
    guests = [
        {"uuid": each["uuid"], "name": each["place"]["name"], "files": each["place"]["files"]}
        for each in steps
    ]
    return {**{key: place[key] for key in ("prefix", "info", "list", "named")}, "guests": guests}


def checked(answer: Any) -> Dict[str, Any]:
    """Return what a host says of itself, which is not trusted; raises AgentError where it makes no sense."""
    if (
        isinstance(answer, dict)
        and type(answer.get("free")) is int
        and all(isinstance(answer.get(key), list) for key in ("uuids", "names"))
        and isinstance(answer.get("files"), dict)
        and all(isinstance(each, str) for each in answer["files"].values())
    ):
        return answer
    raise SilentError("io", "what it says of itself is not valid")


def last_line(said: Optional[bytes]) -> str:
    """Return the last words of what a command has printed."""
    lines = [line.strip() for line in (said or b"").decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it has failed"

"""What libvirt's Xen driver keeps in files (libxl_conf.c): definitions, memory, what runs, what starts by itself."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from xentui.frozen import dataclass
from xentui.simulator.call import Call
from xentui.simulator.files import HostFiles
from xentui.simulator.guest import Guest
from xentui.simulator.state import State
from xentui.simulator.virsh.native import from_native

DEFINED = "/etc/libvirt/libxl"
AUTOSTART = "/etc/libvirt/libxl/autostart"
ACTIVE = "/run/libvirt/libxl"
SAVED = "/var/lib/libvirt/libxl/save"
_UUID = re.compile(r"<uuid>([0-9a-f-]{36})</uuid>")
_NAME = re.compile(r"<name>([^<]*)</name>")
_DOMID = re.compile(r"<domain type='xen' id='(\d+)'>")


@dataclass(frozen=True, slots=True)
class LibvirtEntry:
    """A domain libvirt knows; ``xml`` is what is kept ("": it is transient), ``guest`` what runs of it.

    ``busy``: a migration of it that was cut holds it, whatever there is of it, until libvirtd is started anew.
    """

    uuid: str
    name: str
    xml: str = ""
    live: str = ""
    guest: Guest | None = None
    busy: bool = False


class LibvirtFiles:
    """The files of one simulated host."""

    def __init__(self, files: HostFiles, state: State) -> None:
        self._files = files
        self._state = state

    @classmethod
    def of(cls, call: Call) -> LibvirtFiles:
        """Return those a command works with."""
        return cls(call.files, call.state)

    def entries(self) -> list[LibvirtEntry]:
        """Return every domain, those that run first; what has ended is no longer said to run."""
        found: dict[str, LibvirtEntry] = {}
        for path, live in self._in(ACTIVE):
            domid = _DOMID.search(live)
            guest = self._state.guest(int(domid[1])) if domid else None
            uuid, name = _identity(live)
            if guest is None or guest.uuid != uuid:
                # A guest that rebooted has another domid, and is libvirt's still.
                guest = next(
                    (each for each in self._state.guests() if each.uuid == uuid and each.domid), None
                )
            busy = self._held(name).exists()
            if guest is None and not busy:
                path.unlink(missing_ok=True)
                continue
            found[uuid] = LibvirtEntry(uuid, name, "", live, guest, busy)
        for _path, xml in self._in(DEFINED):
            uuid, name = _identity(xml)
            known = found.get(uuid)
            found[uuid] = LibvirtEntry(
                uuid,
                name,
                xml,
                known.live if known else "",
                known.guest if known else None,
                known.busy if known else False,
            )
        return sorted(found.values(), key=lambda entry: (entry.guest is None, entry.name))

    def define(self, xml: str) -> tuple[str, str]:
        """Keep a document; returns uuid and name.  Raises ValueError with libvirt's words against it."""
        uuid, name = _identity(xml)
        for entry in self.entries():
            if entry.name == name and entry.uuid != uuid:
                raise ValueError(f"operation failed: domain '{name}' already exists with uuid {entry.uuid}")
            if entry.uuid == uuid and entry.name != name:
                raise ValueError(
                    f"operation failed: domain '{entry.name}' is already defined with uuid {uuid}"
                )
        self._keep(DEFINED, name, xml)
        return uuid, name

    def undefine(self, entry: LibvirtEntry) -> None:
        """Keep it no longer."""
        for folder in (DEFINED, AUTOSTART):
            self._path(folder, entry.name).unlink(missing_ok=True)

    def set_autostart(self, entry: LibvirtEntry, *, on: bool) -> None:
        """Start it with the host, or not."""
        if on:
            self._files.write(f"{AUTOSTART}/{entry.name}.xml", b"")
        else:
            self._path(AUTOSTART, entry.name).unlink(missing_ok=True)

    def autostarts(self, entry: LibvirtEntry) -> bool:
        """Return whether it starts with the host."""
        return self._path(AUTOSTART, entry.name).exists()

    def image(self, entry: LibvirtEntry) -> str:
        """Return where its memory is kept while it is suspended."""
        return f"{SAVED}/{entry.name}.save"

    def suspended(self, entry: LibvirtEntry) -> bool:
        """Return whether its memory is kept."""
        return self._files.path(self.image(entry)).exists()

    def runs(self, xml: str, guest: Guest) -> None:
        """Note that a document runs as a guest."""
        _uuid, name = _identity(xml)
        live = re.sub(
            r"<domain type='xen'(?: id='\d+')?>", f"<domain type='xen' id='{guest.domid}'>", xml, count=1
        )
        self._keep(ACTIVE, name, live)

    def hold(self, entry: LibvirtEntry) -> None:
        """A migration that was cut holds a domain."""
        self._held(entry.name).write_text("")

    def start_anew(self) -> None:
        """libvirtd was started anew: it holds nothing, and knows what runs."""
        for path in self._files.path(ACTIVE).glob("*.held"):
            path.unlink(missing_ok=True)

    def _held(self, name: str) -> Path:
        return self._files.path(f"{ACTIVE}/{name}.held")

    def adopt(self, text: str, guest: Guest | None) -> None:
        """Keep a domain of a text of xl's, and its guest as one that libvirt has started."""
        xml = from_native(text)
        self.define(xml)
        if guest is not None:
            self.runs(xml, guest)

    def _in(self, folder: str) -> Iterator[tuple[Path, str]]:
        """Yield the documents of a folder; other commands, which run beside this one, take some away meanwhile."""
        for path in sorted(self._files.path(folder).glob("*.xml")):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.read_text(encoding="utf-8")

    def _keep(self, folder: str, name: str, xml: str) -> None:
        """Write a document as a whole, for who reads it meanwhile."""
        passing = f"{folder}/.{name}.{secrets.token_hex(4)}"
        self._files.write(passing, xml.encode())
        self._files.path(passing).replace(self._path(folder, name))

    def _path(self, folder: str, name: str) -> Path:
        return self._files.path(f"{folder}/{name}.xml")


def _identity(xml: str) -> tuple[str, str]:
    uuid, name = _UUID.search(xml), _NAME.search(xml)
    if uuid is None or name is None:
        raise ValueError("(domain_definition):1: Document is empty")
    return uuid[1], name[1]

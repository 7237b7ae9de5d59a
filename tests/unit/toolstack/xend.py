"""Another toolstack than xl: an engine in memory that is spelled like xend's xm.

It is all that xl is not: domains are called by their names, it keeps the managed ones itself, saves them by itself to
a place of its own, fails with exit status 0 and the word Error, and cannot do everything.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xentui import config as language
from xentui.errors import CommandError, HostError, StoreCode, StoreError, XentuiError
from xentui.hosts.base import Completed, Stream
from xentui.hosts.local import LocalHost
from xentui.model.answers import ConsoleTrouble, HostVerdict, LoadSample, RefusedDevices, SavedImage
from xentui.model.consoles import GuestConsole, WhichConsole
from xentui.model.devices import Disk, Vif
from xentui.model.domain import HostInfo
from xentui.model.keys import GuestKey
from xentui.model.libxl import from_libxl
from xentui.model.listed import ListedDomain, RunningDetails
from xentui.model.state import DomainState
from xentui.model.trigger import Trigger
from xentui.toolstack.argv import Argv
from xentui.toolstack.engine_domains import EngineDomain
from xentui.toolstack.targets import StoredConfig, Target

CANNOT_TRIGGER = "xend has no such events"
_ZERO = "00000000-0000-0000-0000-000000000000"


@dataclass
class Guest:
    """A domain of the engine; ``text`` is what is kept of it ("": it is transient), ``live`` what it runs with."""

    uuid: str
    name: str
    text: str = ""
    live: str = ""
    domid: int | None = None
    state: DomainState = DomainState.RUNNING
    saved: bool = False
    autostart: bool = False


@dataclass
class Engine:
    """What xend has in memory, and does."""

    guests: dict[str, Guest] = field(default_factory=dict)
    booted: int = 0

    def answer(self, words: Sequence[str], stdin: bytes) -> str:
        """Do what an ``xm`` command asks for; raises KeyError and ValueError with the reason against it."""
        verb, *given = words
        if verb in ("list", "info", "dmesg"):
            return str(getattr(self, f"_{verb}")())
        if verb == "new":
            return self._new(stdin.decode())
        if verb == "create":
            return self._create(Path(given[-1]).read_text(encoding="utf-8"), paused="-p" in given)
        guest = self._guest(next(word for word in given if not word.startswith("-")))
        getattr(self, f"_{verb.replace('-', '_')}")(guest, given)
        return ""

    def _guest(self, name: str) -> Guest:
        if name not in self.guests:
            raise KeyError(f"Domain '{name}' does not exist.")
        return self.guests[name]

    def _list(self) -> str:
        return json.dumps([vars(guest) for guest in self.guests.values()])

    def _info(self) -> str:
        return "host : xend\nfree_memory : 512\n"

    def _dmesg(self) -> str:
        return "(XEN) of xend\n"

    def _new(self, text: str) -> str:
        found = language.identity(language.parse(text))
        known = next((guest for guest in self.guests.values() if guest.uuid == found.uuid), None)
        if known is not None:
            del self.guests[known.name]
        guest = known or Guest(found.uuid or "", found.name)
        guest.name, guest.text = found.name, text
        self.guests[guest.name] = guest
        return ""

    def _create(self, text: str, *, paused: bool) -> str:
        found = language.identity(language.parse(text))
        guest = self.guests.setdefault(found.name, Guest(found.uuid or _ZERO[:-1] + "9", found.name))
        self._boot(guest, text, paused=paused)
        return ""

    def _boot(self, guest: Guest, text: str, *, paused: bool) -> None:
        if guest.domid is not None:
            raise ValueError(f"Domain '{guest.name}' is running already.")
        self.booted += 1
        guest.domid, guest.live, guest.saved = self.booted, text, False
        guest.state = DomainState.PAUSED if paused else DomainState.RUNNING

    def _start(self, guest: Guest, given: Sequence[str]) -> None:
        self._boot(guest, guest.text, paused="-p" in given)

    _resume = _start

    def _end(self, guest: Guest) -> None:
        guest.domid, guest.live = None, ""
        if not guest.text:
            del self.guests[guest.name]

    def _shutdown(self, guest: Guest, given: Sequence[str]) -> None:
        self._end(guest)

    def _destroy(self, guest: Guest, given: Sequence[str]) -> None:
        self._end(guest)

    def _suspend(self, guest: Guest, given: Sequence[str]) -> None:
        self._end(guest)
        guest.saved = True

    def _pause(self, guest: Guest, given: Sequence[str]) -> None:
        guest.state = DomainState.PAUSED

    def _unpause(self, guest: Guest, given: Sequence[str]) -> None:
        guest.state = DomainState.RUNNING

    def _rename(self, guest: Guest, given: Sequence[str]) -> None:
        del self.guests[guest.name]
        guest.name = given[-1]
        guest.live = language.parse(guest.live).set("name", guest.name).text
        self.guests[guest.name] = guest

    def _delete(self, guest: Guest, given: Sequence[str]) -> None:
        guest.text = ""
        if guest.domid is None:
            del self.guests[guest.name]

    def _drop(self, guest: Guest, given: Sequence[str]) -> None:
        guest.saved = False

    def _autostart(self, guest: Guest, given: Sequence[str]) -> None:
        guest.autostart = given[-1] == "on"

    def _mem_set(self, guest: Guest, given: Sequence[str]) -> None:
        guest.live = language.parse(guest.live).set("memory", int(given[-1])).text

    def _block_attach(self, guest: Guest, given: Sequence[str]) -> None:
        guest.live = language.parse(guest.live).append_item("disk", given[-1]).text

    def _block_detach(self, guest: Guest, given: Sequence[str]) -> None:
        document = language.parse(guest.live)
        specs = document.strings("disk")
        index = [language.parse_disk(spec).vdev for spec in specs].index(given[-1])
        guest.live = document.remove_item("disk", index).text

    def _network_attach(self, guest: Guest, given: Sequence[str]) -> None:
        guest.live = language.parse(guest.live).append_item("vif", given[-1]).text


class XendHost(LocalHost):
    """A host on which ``xm`` is all there is; its files are those of a folder of the test."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "store"), name="xend")
        self.engine = Engine()
        self.ran: list[tuple[str, ...]] = []

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        """Let the engine answer; nothing else can be run."""
        self.ran.append(tuple(argv))
        if argv[0] != "xm":
            return Completed(tuple(argv), 127, b"", f"{argv[0]}: not found".encode())
        try:
            said = self.engine.answer(argv[1:], stdin)
        except (KeyError, ValueError) as error:
            return Completed(tuple(argv), 0, b"", f"Error: {error.args[0]}\n".encode())
        return Completed(tuple(argv), 0, said.encode(), b"")

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Nothing goes on for long here."""
        raise HostError(f"`{argv[0]}` does not run here")


class Xend:
    """The toolstack; implements :class:`xentui.toolstack.base.Toolstack` and ``EngineDomains``."""

    name = "xm"
    halves_are_plain = False
    long_list = "xm list --long"
    jobs = None

    def __init__(self, host: XendHost) -> None:
        self._host = host
        self.cannot = {"trigger": CANNOT_TRIGGER, "vcpu-set": "xend cannot"}
        self.engine_domains = Kept(self)

    async def say(self, *words: str, stdin: bytes = b"") -> str:
        """What an xm command prints; raises as it fails."""
        done = await self._host.run(["xm", *words], stdin=stdin)
        if self.failed(done):
            raise self.explain(done)
        return done.text

    async def guests(self) -> list[dict[str, Any]]:
        """What ``xm list`` tells of each domain."""
        return list(json.loads(await self.say("list")))

    async def domains(self) -> tuple[ListedDomain, ...]:
        control = ListedDomain("Domain-0", 0, 1024, 1, DomainState.RUNNING, 1.0, _ZERO)
        running = [guest for guest in await self.guests() if guest["domid"] is not None]
        return (
            control,
            *(
                ListedDomain(
                    guest["name"], guest["domid"], _config(guest["live"]).memory_kib // 1024, 1,
                    DomainState(guest["state"]), 1.0, guest["uuid"],
                )
                for guest in running
            ),
        )  # fmt: skip

    async def details(self, *, timeout: float) -> Mapping[int, RunningDetails]:
        return {
            guest["domid"]: RunningDetails(guest["name"], _config(guest["live"], uuid=guest["uuid"]))
            for guest in await self.guests()
            if guest["domid"] is not None
        }

    def forget(self) -> None:
        """Nothing is kept."""

    async def host_info(self) -> HostInfo:
        return HostInfo("xend", "3.0", 2048, 512, 1)

    async def host_report(self) -> str:
        return await self.say("info")

    async def messages(self) -> str:
        return await self.say("dmesg")

    async def uptimes(self) -> Mapping[int, int]:
        return {}

    async def cpu_pools(self) -> tuple[str, ...]:
        return ()

    async def watch(self) -> Stream:
        return await self._host.stream(["xm", "watch"])

    async def samples(self, seconds: int) -> AsyncGenerator[Mapping[str, LoadSample], None]:
        for turn in range(3):
            yield {
                guest["name"]: LoadSample(
                    guest["name"], DomainState.RUNNING, 1.0, 50.0, 131072, 1, seconds * turn, 0, 0, 0, 0, 0
                )
                for guest in await self.guests()
            }

    async def consoles(self, domain: Target) -> tuple[GuestConsole, ...] | None:
        return None

    async def console_owner(self, domain: Target) -> str:
        return ""

    def console_trouble(self, words: Sequence[str]) -> ConsoleTrouble | None:
        return ConsoleTrouble.HELD if "busy" in words else None

    async def check(self, path: str) -> HostVerdict:
        return HostVerdict()

    async def saved_image(self, path: str) -> SavedImage | None:
        return None

    async def boot_text(self, text: str) -> str | None:
        return None

    async def command_line(self, domain: Target) -> str | None:
        return None

    async def refused_devices(self, domain: Target) -> RefusedDevices:
        return RefusedDevices()

    async def drive_is_unopened(self, domain: Target, vdev: str) -> bool:
        return False

    def failed(self, done: Completed) -> bool:
        return done.exit_code != 0 or any(word.startswith("Error: ") for word in done.words)

    def explain(self, done: Completed, subject: str = "") -> XentuiError:
        said = done.words[-1].removeprefix("Error: ") if done.words else "no word why"
        return CommandError(said, argv=done.argv, exit_code=done.exit_code, subject=subject)

    def start(
        self, stored: StoredConfig, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        return ["xm", "start", *(("-p",) if paused else ()), *(("-c",) if console else ()), stored.name]

    def create(
        self, path: str, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        return ["xm", "create", *(("-p",) if paused else ()), *(("-c",) if console else ()), path]

    def shutdown(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        return ["xm", "shutdown", domain.name]

    def reboot(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        return ["xm", "reboot", domain.name]

    def destroy(self, domain: Target) -> Argv:
        return ["xm", "destroy", domain.name]

    def pause(self, domain: Target) -> Argv:
        return ["xm", "pause", domain.name]

    def unpause(self, domain: Target) -> Argv:
        return ["xm", "unpause", domain.name]

    def trigger(self, domain: Target, event: Trigger, *, vcpu: int | None = None) -> Argv:
        raise AssertionError(CANNOT_TRIGGER)

    def rename(self, domain: Target, name: str) -> Argv:
        return ["xm", "rename", domain.name, name]

    def save(self, domain: Target, path: str) -> Argv:
        return ["xm", "save", domain.name, path]

    def restore(self, path: str, *, paused: bool = False) -> Argv:
        return ["xm", "restore", path]

    def suspend(self, domain: Target, image: str) -> Argv:
        return ["xm", "suspend", domain.name]

    def resume(self, stored: StoredConfig, image: str, *, paused: bool = False) -> Argv:
        return ["xm", "resume", *(("-p",) if paused else ()), stored.name]

    @property
    def draining(self) -> None:
        return None

    def moving(self, domain: Target, host: str, *, arrives: str = "") -> None:
        return None

    def migrate(self, domain: Target, host: str, *, config: str = "", ssh: str = "") -> Argv:
        return ["xm", "migrate", "--live", domain.name, host]

    def set_memory(self, domain: Target, mib: int) -> Argv:
        return ["xm", "mem-set", domain.name, str(mib)]

    def set_max_memory(self, domain: Target, mib: int) -> Argv:
        return ["xm", "mem-max", domain.name, str(mib)]

    def set_vcpus(self, domain: Target, count: int) -> Argv:
        raise AssertionError("xend cannot")

    def attach_disk(self, domain: Target, disk: Disk) -> Argv:
        return ["xm", "block-attach", domain.name, language.format_disk(disk)]

    def detach_disk(self, domain: Target, vdev: str, *, force: bool = False) -> Argv:
        return ["xm", "block-detach", domain.name, vdev]

    def insert_medium(self, domain: Target, vdev: str, path: str) -> Argv:
        return ["xm", "block-configure", domain.name, path, vdev]

    def eject_medium(self, domain: Target, vdev: str) -> Argv:
        return ["xm", "block-configure", domain.name, "", vdev]

    def attach_interface(self, domain: Target, vif: Vif) -> Argv:
        return ["xm", "network-attach", domain.name, language.format_vif(vif)]

    def detach_interface(self, domain: Target, device: str, *, mac: str = "") -> Argv:
        return ["xm", "network-detach", domain.name, device]

    def sysrq(self, domain: Target, letter: str) -> Argv:
        return ["xm", "sysrq", domain.name, letter]

    def send_key(self, domain: Target, key: GuestKey) -> Argv:
        raise AssertionError("xend has no such keys")

    def console(self, domain: Target, which: WhichConsole | None = None) -> Argv:
        return ["xm", "console", domain.name]


class Kept:
    """The managed domains, which xend keeps."""

    def __init__(self, xend: Xend) -> None:
        self._xend = xend

    async def list(self) -> tuple[EngineDomain, ...]:
        return tuple(
            EngineDomain(guest["uuid"], guest["name"], guest["text"], guest["autostart"], guest["saved"])
            for guest in await self._xend.guests()
            if guest["text"]
        )

    async def define(self, uuid: str, name: str, text: str) -> None:
        await self._xend.say("new", stdin=text.encode())

    async def receive(self, uuid: str, name: str, text: str) -> None:
        await self.define(uuid, name, text)

    async def believes(self, uuid: str) -> bool:
        return any(each.uuid == uuid for each in await self.list())

    async def undefine(self, uuid: str) -> None:
        await self._xend.say("delete", await self._name(uuid))

    async def set_autostart(self, uuid: str, *, on: bool) -> None:
        await self._xend.say("autostart", await self._name(uuid), "on" if on else "off")

    async def drop_memory(self, uuid: str) -> None:
        await self._xend.say("drop", await self._name(uuid))

    async def own_text(self, uuid: str) -> str:
        return next(found.text for found in await self.list() if found.uuid == uuid)

    async def _name(self, uuid: str) -> str:
        for found in await self.list():
            if found.uuid == uuid:
                return found.name
        raise StoreError("xend has no such domain", code=StoreCode.MISSING, subject=uuid)


def _config(text: str, uuid: str = "") -> Any:
    document = language.parse(text)
    return from_libxl(language.to_libxl(document.set("uuid", uuid) if uuid else document))

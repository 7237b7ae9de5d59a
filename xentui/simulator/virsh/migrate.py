"""``virsh migrate --p2p``: to another simulated host, which lies in a folder beside this one (libxl_migration.c).

Words, and what each failure leaves on both hosts, are those of libvirt 9.0.0 (tests/recordings/libvirt/migration.json).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace

from xentui.simulator import host, shared_storage
from xentui.simulator.call import Call, Exit
from xentui.simulator.guest import Guest
from xentui.simulator.simulator import Simulator
from xentui.simulator.transport import CutError, Transport
from xentui.simulator.virsh.driver_files import LibvirtEntry, LibvirtFiles
from xentui.simulator.xl import admission
from xentui.simulator.xl.guest_move import CONNECTING, GuestMove

_SENT = "error: internal error: Failed to send migration data to destination host"
_LOST = "error: End of file while reading data: : Input/output error"
_NOT_THERE = "error: operation failed: Migration failed. Domain is not running on destination host"


class _Move(GuestMove):
    """A migration by libvirt of what it keeps as ``entry``."""

    def __init__(
        self, call: Call, target: Simulator, line: Transport, entry: LibvirtEntry, guest: Guest
    ) -> None:
        super().__init__(call, target, line, guest)
        self.entry = entry

    @property
    def kept(self) -> LibvirtFiles:
        return LibvirtFiles.of(self.call)

    @property
    def kept_there(self) -> LibvirtFiles:
        return LibvirtFiles(self.target.files, self.target.state)


class Helper(Transport):
    """The line, as the process below libvirtd that sends the memory: who kills that ends the migration."""

    def _started(self, host: str) -> subprocess.Popen[bytes]:
        words = ["libxl-save-helper", "-c", "read line", "--save-domain", "50", "38", str(self._domid), host]
        return subprocess.Popen(words, executable="/bin/sh", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def __init__(self, call: Call, other: Simulator, host: str, domid: int) -> None:
        self._domid = domid
        super().__init__(call, other, host)


def far(call: Call, uri: str) -> Simulator:
    """Return the host of a URI, which is closed by who asked; raises Exit with virsh's words where nothing leads
    there.
    """
    name = uri.partition("://")[2].partition("/")[0].rpartition("@")[2]
    folder = shared_storage.peer(call.files.folder, name)
    if folder is None:
        why = f"ssh: Could not resolve hostname {name}: Name or service not known"
        raise call.fail(f"error: Cannot recv data: {why}: Connection reset by peer")
    other = Simulator(folder, clock=call.clock, domains=0)
    if other.state.get("away", False):
        other.close()
        why = f"ssh: connect to host {name} port 22: No route to host"
        raise call.fail(f"error: Cannot recv data: {why}: Connection reset by peer")
    return other


def migrate(call: Call, entry: LibvirtEntry, uri: str, options: Mapping[str, str]) -> int:
    """Move a guest; what is asked for is what xentui asks for: peer to peer, live, with its definition."""
    if "--offline" in options:
        raise call.fail("error: argument unsupported: offline migration is not supported by the source host")
    if entry.guest is None:
        raise call.fail("error: Requested operation is not valid: domain is not running")
    with closing(far(call, uri)) as other:
        shared_storage.share(call, other)
        if other.state.get("no_libvirt", False):
            raise call.fail(
                "error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory"
            )
        line = Helper(call, other, uri, entry.guest.domid)
        job = call.files.path(_job(entry))
        job.parent.mkdir(parents=True, exist_ok=True)
        job.write_text(str(os.getpid()))
        try:
            return _moved(_Move(call, other, line, entry, entry.guest), options)
        finally:
            job.unlink(missing_ok=True)
            line.close()


def goes_on(call: Call, entry: LibvirtEntry) -> bool:
    """Return whether a migration of a domain is under way here."""
    try:
        os.kill(int(call.files.path(_job(entry)).read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def _job(entry: LibvirtEntry) -> str:
    return f"/run/libvirt/libxl/{entry.name}.job"


def _moved(move: _Move, options: Mapping[str, str]) -> int:
    call = move.call
    try:
        move.line.reach("connect")
    except CutError:
        why = "ssh: connect to host: Connection timed out"
        raise call.fail(f"error: Cannot recv data: {why}: Connection reset by peer") from None
    arrived = _prepared(move)
    _copied(move, arrived)
    for phase in ("transfer", "go"):
        try:
            move.line.reach(phase)
        except CutError:
            # The last call has not reached the other libvirtd, which waits for it for ever.
            _whole(move, arrived)
            move.kept_there.hold(move.entry)
            move.resume_source()
            raise call.fail(_LOST) from None
    _whole(move, arrived, paused="--suspend" in options)
    if "--persistent" in options:
        move.kept_there.define(move.entry.xml or move.entry.live)
    try:
        move.line.reach("report")
    except CutError:
        move.resume_source()
        raise call.fail(_LOST) from None
    move.end_source()
    if "--undefinesource" in options:
        move.kept.undefine(move.entry)
    return 0


def _prepared(move: _Move) -> Guest:
    """Return the domain as the other libvirtd makes it; raises Exit where that refuses it."""
    call, name, uuid = move.call, move.entry.name, move.entry.uuid
    for entry in move.kept_there.entries():
        if entry.uuid == uuid and (entry.guest is not None or entry.busy):
            raise call.fail(f"error: Requested operation is not valid: domain '{name}' is already active")
        if entry.uuid != uuid and entry.name == name:
            raise call.fail(f"error: operation failed: domain '{name}' already exists with uuid {entry.uuid}")
    config = call.state.config(move.guest.domid)
    with move.target.state.change():
        now = call.clock()
        move.target.machine.advance_to(now)
        silent = replace(move.target_call(), stderr=lambda _data: None)
        try:
            admission.check_incoming(silent, config)
        except Exit:
            raise call.fail(_NOT_THERE) from None
        if move.guest.mem_kb > host.free_kb(move.target.state):
            raise call.fail(_SENT)
        arrived = move.target.machine.introduce(
            config, now, watched=False, paused=True, restored={"mem_kb": 0}
        )
        move.target.state.cancel(arrived.domid, "built")
    move.kept_there.runs(move.entry.live or move.entry.xml, arrived)
    return arrived


def _copied(move: _Move, arrived: Guest) -> None:
    """The memory goes over the line, then the guest is stopped and the last of it goes; raises Exit."""
    call = move.call
    try:
        move.send_memory(arrived)
    except CutError:
        move.drop_target(arrived)
        raise call.fail(_SENT) from None
    if not move.was_stopped(move.stop_source()):
        move.drop_target(arrived)
        raise call.fail(_SENT)
    try:
        move.line.reach("suspend")
        move.line.wait(CONNECTING)
    except CutError:
        # libvirt 9.0.0 wakes what was stopped only where all of it was sent.
        move.drop_target(arrived)
        raise call.fail(_SENT) from None
    bridges = host.hardware(move.target.state).bridges
    if any(
        nic.get("bridge", "xenbr0") not in bridges
        for nic in call.state.config(move.guest.domid).get("nics", [])
    ):
        move.drop_target(arrived)
        move.resume_source()
        raise call.fail(_NOT_THERE)


def _whole(move: _Move, arrived: Guest, *, paused: bool = True) -> None:
    """All of the guest is on the other host."""
    with move.target.state.change():
        move.run_on_target(arrived, paused=paused, watched=True)

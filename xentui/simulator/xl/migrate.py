"""``xl migrate``: to another simulated host, which lies in a folder beside this one (xl_migrate.c).

Words and order are those of xl 4.17 where a PVH guest moves, each failure what a real one has left on both hosts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from xentui.simulator import host, runtime, shared_storage, transport
from xentui.simulator.call import Call, Exit, Interrupted
from xentui.simulator.guest import NO_REASON, Guest, GuestPhase
from xentui.simulator.simulator import Simulator
from xentui.simulator.transport import CutError, Transport
from xentui.simulator.xl import admission, lookup
from xentui.simulator.xl.guest_move import CONNECTING, GuestMove
from xentui.simulator.xl.options import parse

_RESUMING = "Migration failed, resuming at sender."
_UNDEFINED = """** Migration failed during final handshake **
Domain state is now undefined !
Please CHECK AT BOTH ENDS for running instances, before renaming and
 resuming at most one instance.  Two simultaneous instances of the domain
 would probably result in SEVERE DATA LOSS and it is now your
 responsibility to avoid that.  Sorry.
"""


class _Move(GuestMove):
    """A migration by xl; on the target the guest is ``paused`` and ``watched`` by xl, or not."""

    def __init__(
        self, call: Call, target: Simulator, line: Transport, guest: Guest, *, paused: bool, watched: bool
    ) -> None:
        super().__init__(call, target, line, guest)
        self.paused, self.watched = paused, watched

    @property
    def number(self) -> int:
        return self.guest.domid


def migrate(call: Call, words: Sequence[str]) -> int:
    """``xl migrate [-s SSH] [-C CONFIG] [-e] [-p] [--live] DOM HOST``: always live; the source is gone afterwards."""
    longs = {"live": "l", "debug": "g"}
    given = parse(call, "migrate", words, "FC:s:epDlg", 2, longs)
    number, guest = lookup.existing(call, given.arguments[0])
    if guest is None or number == 0:
        lookup.no_info(call, number, "Inappropriate ioctl for device")
        raise call.fail("unable to retrieve domain configuration")
    target = given.arguments[1]
    name = target.rpartition("@")[2]
    folder = shared_storage.peer(call.files.folder, name)
    if folder is None:
        raise _no_line(call, f"ssh: Could not resolve hostname {name}: Name or service not known")
    with closing(Simulator(folder, clock=call.clock, domains=0)) as other:
        # A migration needs storage that both hosts see: disks are not copied.
        shared_storage.share(call, other)

        def do(line: Transport) -> int:
            paused, watched = "p" in given, "e" not in given
            return _send(_Move(call, other, line, guest, paused=paused, watched=watched), target)

        return transport.over(call, other, target, do)


def _no_line(call: Call, why: str) -> Exit:
    """Fail where the receiver has never answered: nothing has happened anywhere."""
    call.err(f"{why}\n")
    place = "libxl_utils.c:505:libxl_read_exactly"
    lookup.libxl(call, place, "file/stream truncated reading banner from migration receiver stream")
    _transport_ended(call)
    return Exit(1)


def _transport_ended(call: Call) -> None:
    place = "libxl_exec.c:117:libxl_report_child_exitstatus"
    lookup.libxl(call, place, "migration transport process [4711] exited with error status 255")


def _send(move: _Move, target: str) -> int:
    call, guest = move.call, move.guest
    try:
        move.line.reach("connect")
    except CutError:
        raise _no_line(call, f"ssh: connect to host {target} port 22: Connection timed out") from None
    size = len(call.state.listing(move.number)) // 2
    call.err(f"migration target: Ready to receive domain.\n{_header(size)}")
    call.err(f"xc: info: Saving domain {move.number}, type x86 {'PV' if guest.kind == 'pv' else 'HVM'}\n")
    if guest.kind == "pv":
        # Debian builds Xen without shadow paging, so that PV domains cannot be migrated live.
        call.err("xc: error: Failed to enable logdirty: 95,22,0: Internal error\n")
        call.err("migration sender: libxl_domain_suspend failed (rc=-3)\n")
        raise call.fail(_RESUMING)
    arrived = _incoming(move)
    try:
        _copy(move, arrived)
    except CutError:
        # The receiver sees its stream end before the memory is whole, and libxl takes down what it has built.
        move.drop_target(arrived)
        _transport_ended(call)
        call.err("migration sender: libxl_domain_suspend failed (rc=-3)\n")
        move.resume_source()
        raise call.fail(_RESUMING) from None
    except Interrupted:
        move.drop_target(arrived)
        raise
    try:
        move.line.reach("transfer")
    except CutError:
        # The receiver cannot say that it has everything and ends at that, before it would take down what it has.
        _whole(move, arrived)
        _transport_ended(call)
        move.resume_source()
        raise call.fail(_RESUMING) from None
    _whole(move, arrived)
    return _hand_over(move, arrived)


def _incoming(move: _Move) -> Guest:
    """Return the domain as it is made on the other host; raises Exit where libxl refuses it."""
    config = move.call.state.config(move.number)
    incoming = {**config, "c_info": {**config["c_info"], "name": f"{move.guest.name}--incoming"}}
    build = config.get("b_info", {})
    wanted = int(build.get("target_memkb", build.get("max_memkb", 0)))
    with move.target.state.change():
        now = move.call.clock()
        move.target.machine.advance_to(now)
        try:
            admission.check_incoming(move.target_call(), incoming)
        except Exit:
            refused = "migration target: Domain creation failed (code -3)."
        else:
            if wanted <= host.free_kb(move.target.state):
                arrived = move.target.machine.introduce(
                    incoming, now, watched=False, paused=True, restored={"mem_kb": 0}
                )
                move.target.state.cancel(arrived.domid, "built")
                return arrived
            refused = (
                "xc: error: Failed to populate physmap (16 = Device or resource busy): Internal error\n"
                "xc: error: Restore failed (16 = Device or resource busy): Internal error\n"
                "migration target: Domain creation failed (code -3)."
            )
    raise _not_there(move, refused)


def _not_there(move: _Move, why: str) -> Exit:
    """Fail where the receiver has given up and said so; harmless words of the sender come too (seen with 4.17)."""
    move.call.err(f"{why}\n")
    place = "libxl_utils.c:505:libxl_read_exactly"
    lookup.libxl(
        move.call,
        place,
        "file/stream truncated reading ready message from migration receiver stream",
    )
    return move.call.fail(_RESUMING)


def _copy(move: _Move, arrived: Guest) -> None:
    """The memory goes over the line, then the guest is stopped and the last of it goes; raises CutError, Exit."""
    call = move.call
    call.err("xc: info: Found x86 HVM domain from Xen 4.17\nxc: info: Restoring domain\n")
    move.send_memory(arrived)
    here = move.stop_source()
    if not move.was_stopped(here):
        move.drop_target(arrived)
        why = "No such process" if here is None else "guest did not suspend, timed out"
        place = "libxl_dom_suspend.c:349:suspend_common_wait_guest_timeout"
        lookup.libxl(call, place, f"Domain {move.number}:{why}")
        call.err("migration sender: libxl_domain_suspend failed (rc=-9)\n")
        raise call.fail("Migration failed, failed to suspend at sender.")
    move.line.reach("suspend")
    call.err("xc: info: Restore successful\n")
    move.line.wait(CONNECTING)
    for nic in call.state.config(move.number).get("nics", []):
        bridge = nic.get("bridge", "xenbr0")
        if bridge not in host.hardware(move.target.state).bridges and not nic.get("script"):
            admission.no_bridge(call, bridge, "online")
            place = "libxl_create.c:1921:domcreate_attach_devices"
            lookup.libxl(call, place, f"Domain {arrived.domid}:unable to add vif devices")
            move.drop_target(arrived)
            move.resume_source()
            raise _not_there(move, "migration target: Domain creation failed (code -3).")


def _hand_over(move: _Move, arrived: Guest) -> int:
    """Let the guest run on the other host, where it stands whole and paused, and end it here."""
    call, name = move.call, move.guest.name
    call.err("migration target: Transfer complete, requesting permission to start domain.\n")
    call.err("migration sender: Target has acknowledged transfer.\n")
    _rename(call.state, move.number, f"{name}--migratedaway")
    call.err("migration sender: Giving target permission to start.\n")
    try:
        move.line.reach("go")
    except CutError:
        raise _unknown(call) from None
    call.err("migration target: Got permission, starting domain.\n")
    taken = move.target.state.named(name)
    if taken is not None:
        raise _refused(move, arrived, taken)
    with move.target.state.change():
        _arrive(move, arrived)
    try:
        move.line.reach("report")
    except CutError:
        raise _unknown(call) from None
    call.err("migration target: Domain started successsfully.\n")
    call.err("migration sender: Target reports successful startup.\n")
    move.end_source()
    call.err("Migration successful.\n")
    return 0


def _unknown(call: Call) -> Exit:
    """Fail where the line has died while the guest was handed over: neither side knows of the other."""
    _transport_ended(call)
    call.err(_UNDEFINED)
    return Exit(1)


def _refused(move: _Move, arrived: Guest, taken: Guest) -> Exit:
    """Fail where the name is another's on the target, which is noticed now only."""
    call, name = move.call, move.guest.name
    place = "libxl_domain.c:81:libxl__domain_rename"
    lookup.libxl(call, place, f'Domain {arrived.domid}:Domain with name "{taken.name}" already exists.')
    call.err("migration sender: Target reports startup failure (status code 6).\n")
    call.err("migration target: Failure, destroying our copy.\n")
    move.drop_target(arrived)
    call.err("migration target: Cleanup OK, granting sender permission to resume.\n")
    call.err("migration sender: Trying to resume at our end.\n")
    _rename(call.state, move.number, name)
    move.resume_source()
    call.err("migration sender: Resumed OK.\n")
    return call.fail("Migration failed due to problems at target.")


def _header(size: int) -> str:
    return (
        f"Saving to migration stream new xl format (info 0x3/0x0/{size})\n"
        f"Loading new save file <incoming migration stream> (new xl fmt info 0x3/0x0/{size})\n"
        " Savefile contains xl domain config in JSON format\nParsing config from <saved>\n"
    )


def _whole(move: _Move, arrived: Guest) -> None:
    """All of the guest is on the other host, paused: it has not run there yet."""
    with move.target.state.change():
        current = move.target.state.guest(arrived.domid)
        if current is not None:
            move.target.state.update(
                replace(
                    current, phase=GuestPhase.RUNNING, reason=NO_REASON, pauses=1, mem_kb=move.guest.mem_kb
                )
            )


def _rename(state: Any, number: int, name: str) -> None:
    with state.change():
        guest = state.guest(number)
        if guest is not None:
            config = state.config(number)
            config["c_info"]["name"] = name
            state.update(replace(guest, name=name), listing=runtime.entry(number, config))


def _arrive(move: _Move, arrived: Guest) -> None:
    """The guest runs on the other host, under its own name."""
    _rename(move.target.state, arrived.domid, move.guest.name)
    move.run_on_target(arrived, paused=move.paused, watched=move.watched)

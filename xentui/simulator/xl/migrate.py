"""``xl migrate``: to another simulated host, which lies in a folder beside this one (xl_migrate.c)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from xentui.simulator import runtime
from xentui.simulator.call import Call, Exit
from xentui.simulator.guest import NO_REASON, SUSPEND, Guest, GuestPhase
from xentui.simulator.simulator import Simulator
from xentui.simulator.xl import admission, images, lookup
from xentui.simulator.xl.options import parse

_ROUNDS, _SECONDS = 5, 2.0


def migrate(call: Call, words: Sequence[str]) -> int:
    """``xl migrate [-s SSH] [-C CONFIG] [-e] [-p] [--live] DOM HOST``: always live; the source is gone afterwards."""
    longs = {"live": "l", "debug": "g"}
    given = parse(call, "migrate", words, "FC:s:epDlg", 2, longs)
    number, guest = lookup.existing(call, given.arguments[0])
    if guest is None or number == 0:
        lookup.no_info(call, number, "Inappropriate ioctl for device")
        raise call.fail("unable to retrieve domain configuration")
    target = given.arguments[1].rpartition("@")[2]
    folder = _peer(call, target)
    if folder is None:
        call.err(f"ssh: Could not resolve hostname {target}: Name or service not known\n")
        call.err("migration sender: Failed to get ready message from target\n")
        raise call.fail("Migration failed due to problems at target.", 255)
    with closing(Simulator(folder, clock=call.clock, domains=0)) as other:
        _share_disks(call, folder)
        return _send(call, other, guest, paused="p" in given, watched="e" not in given)


def _peer(call: Call, target: str) -> Path | None:
    """The folder of the host of that name: ``sim``, ``sim:NAME`` or any host already there."""
    name = target.replace(":", "-", 1) if target.startswith("sim:") else target
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) or name in (".", "..", call.files.folder.name):
        return None
    folder = call.files.folder.parent / name
    known = (folder / "state.db").exists()
    return folder if known or re.fullmatch(r"sim[0-9]*|sim-.+", name) else None


def _share_disks(call: Call, folder: Path) -> None:
    """Both hosts see the same storage, as a migration needs: disks are not copied."""
    theirs = folder / "root" / "srv"
    ours = call.files.path("/srv")
    if (
        not theirs.is_symlink()
        and ours.exists()
        and not (ours.is_symlink() and ours.resolve() == theirs.resolve())
    ):
        shutil.rmtree(theirs, ignore_errors=True)
        theirs.symlink_to(ours)


def _send(call: Call, other: Simulator, guest: Guest, *, paused: bool, watched: bool) -> int:
    number, size = guest.domid, len(call.state.listing(guest.domid)) // 2
    if guest.kind == "pv":
        # Debian builds Xen without shadow paging, so that PV domains cannot be migrated live.
        call.err(f"migration target: Ready to receive domain.\n{_header(size)}")
        call.err("xc: error: Failed to enable logdirty: 95,22,0: Internal error\n")
        call.err("migration sender: libxl_domain_suspend failed (rc=-3)\n")
        raise call.fail("Migration failed, resuming at sender.", 1)
    config = call.state.config(number)
    incoming = {**config, "c_info": {**config["c_info"], "name": f"{guest.name}--incoming"}}
    with other.state.change():
        try:
            other.machine.settle(call.clock())
            there = replace(call, state=other.state, machine=other.machine, files=other.files)
            admission.check(there, config)
        except Exit:
            refused = True
        else:
            refused = False
            arrived = other.machine.introduce(incoming, call.clock(), watched=False, paused=True, restored={})
            other.state.cancel(arrived.domid, "built")
    if refused:
        call.err("migration target: Domain creation failed (code -3).\n")
        raise call.fail("Migration failed, failed to suspend at sender.", 1)
    call.err(f"migration target: Ready to receive domain.\n{_header(size)}")
    _progress(call, guest.mem_kb // 4)
    with call.state.change():
        now = call.now()
        here = call.state.guest(number)
        if here is None or here.phase != GuestPhase.RUNNING:
            with other.state.change():
                other.machine.destroy(arrived, now)
            raise call.fail("migration sender: libxl_domain_suspend failed (rc=-3)", 1)
        call.machine.stop(here, SUSPEND, now)
    call.err("migration target: Transfer complete, requesting permission to start domain.\n")
    call.err("migration sender: Target has acknowledged transfer.\n")
    call.err("migration sender: Giving target permission to start.\n")
    with call.state.change():
        _rename(call.state, number, f"{guest.name}--migratedaway")
    carried = images.carried(call, number)
    with other.state.change():
        _arrive(other, arrived, guest, carried, call.clock(), paused=paused, watched=watched)
    call.err("migration target: Got permission, starting domain.\n")
    call.err("migration target: Domain started successsfully.\n")
    call.err("migration sender: Target reports successful startup.\n")
    with call.state.change():
        left = call.state.guest(number)
        if left is not None:
            call.machine.destroy(left, call.clock())
    call.wait_until(lambda: call.state.guest(number) is None)
    call.err("Migration successful.\n")
    return 0


def _header(size: int) -> str:
    return (
        f"Saving to migration stream new xl format (info 0x3/0x0/{size})\n"
        f"Loading new save file <incoming migration stream> (new xl fmt info 0x3/0x0/{size})\n"
        " Savefile contains xl domain config in JSON format\nParsing config from <saved>\n"
    )


def _progress(call: Call, frames: int) -> None:
    for turn in range(1, _ROUNDS + 1):
        call.wait(_SECONDS / _ROUNDS)
        done = frames * turn // _ROUNDS
        call.err(
            f"xc: progress: Frames iteration {turn} of 5: {done}/{frames}  {100 * turn // _ROUNDS:3d}%\n"
        )


def _rename(state: Any, number: int, name: str) -> None:
    guest = state.guest(number)
    if guest is not None:
        config = state.config(number)
        config["c_info"]["name"] = name
        state.update(replace(guest, name=name), listing=runtime.entry(number, config))


def _arrive(
    other: Simulator,
    arrived: Guest,
    guest: Guest,
    carried: dict[str, Any],
    now: float,
    *,
    paused: bool,
    watched: bool,
) -> None:
    _rename(other.state, arrived.domid, guest.name)
    current = other.state.guest(arrived.domid)
    if current is None:
        return
    other.state.update(
        replace(
            current,
            phase=GuestPhase.RUNNING,
            reason=NO_REASON,
            pauses=1 if paused else 0,
            watched=watched,
            booted=-1.0,
            cpu_base=float(carried.get("cpu_base", 0.0)),
            cpu_since=now,
            load=guest.idle_load,
            idle_load=guest.idle_load,
            entry=guest.entry,
            mem_kb=guest.mem_kb,
        )
    )

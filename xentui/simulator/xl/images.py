"""The verbs that keep a domain's memory in a file: save, restore, dump-core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xentui.agent.memory.save_head import MAGIC
from xentui.simulator import checkpoint
from xentui.simulator.call import Call, Exit, Interrupted
from xentui.simulator.guest import NO_REASON, SUSPEND, Guest, GuestPhase
from xentui.simulator.xl import admission, create, lookup
from xentui.simulator.xl.options import parse, show_help

#: Seconds a save or a restore takes at speed 1, and into how many steps its progress is cut.
_SECONDS, _STEPS = 1.5, 12


def save(call: Call, words: Sequence[str]) -> int:
    """``xl save [-c] [-p] DOM FILE``: the domain is gone afterwards, or goes on (``-c``), or stays paused
    (``-p``).
    """
    given = parse(call, "save", words, "cpD", 2)
    number, guest = lookup.existing(call, given.arguments[0])
    path = given.arguments[1]
    if guest is None:
        lookup.no_info(call, number, "No such file or directory")
        raise call.fail("unable to retrieve domain configuration")
    real = Path(call.real_path(path))
    try:
        file = real.open("wb", buffering=0)
    except OSError:
        raise call.fail(f"Failed to open temp file {path} for writing") from None
    with file:
        size = len(call.state.listing(number)) // 2
        call.err(f"Saving to {path} new xl format (info 0x3/0x0/{size})\n")
        call.err(f"xc: info: Saving domain {number}, type x86 {'PV' if guest.kind == 'pv' else 'HVM'}\n")
        if not _suspended(call, number):
            lookup.libxl(
                call,
                "libxl_dom_suspend.c:349:suspend_common_wait_guest_timeout",
                f"Domain {number}:guest did not suspend, timed out",
            )
            raise _not_saved(call, real)
        try:
            file.write(checkpoint.head(call.state.config(number)))
            _progress(call, guest.max_kb // 4)
            file.write(checkpoint.tail(carried(call, number)))
        except (OSError, Interrupted) as problem:
            resume(call, number)
            failed = _not_saved(call, real)
            raise (problem if isinstance(problem, Interrupted) else failed) from None
    with call.state.change():
        now = call.now()
        left = call.state.guest(number)
        if left is not None:
            finish(call, left, now, keep="c" in given, paused="p" in given)
    call.wait_until(lambda: "c" in given or "p" in given or call.state.guest(number) is None)
    return 0


def carried(call: Call, number: int) -> dict[str, Any]:
    """Return what a domain takes with it into a file or to another host; its CPU seconds count anew."""
    guest = call.state.guest(number)
    if guest is None:
        return {}
    return {"entry": guest.entry, "mem_kb": guest.mem_kb}


def _suspended(call: Call, number: int) -> bool:
    """Ask the guest to suspend; False where it does not (a paused one cannot, nor one that is down)."""
    with call.state.change():
        guest = call.state.guest(number)
        if guest is None or guest.phase != GuestPhase.RUNNING or guest.paused:
            return False
        call.machine.stop(guest, SUSPEND, call.clock())
    return True


def resume(call: Call, number: int) -> None:
    """Let a guest go on that was stopped for its memory to be taken: libxl_domain_resume."""
    with call.state.change():
        guest = call.state.guest(number)
        if guest is not None and guest.reason == SUSPEND:
            finish(call, guest, call.clock(), keep=True, paused=False)


def _not_saved(call: Call, real: Path) -> Exit:
    real.unlink(missing_ok=True)
    call.err("Failed to save domain, resuming domain\n")
    return Exit(1)


def finish(call: Call, guest: Guest, now: float, *, keep: bool, paused: bool) -> None:
    """What becomes of a domain that was suspended: it goes on, stays paused, or is destroyed."""
    if not (keep or paused):
        call.machine.destroy(guest, now)
        return
    call.state.update(
        replace(
            guest.rebased(now),
            phase=GuestPhase.RUNNING,
            reason=NO_REASON,
            load=guest.idle_load,
            pauses=1 if paused else 0,
            cpu_since=now,
        )
    )


def _progress(call: Call, frames: int) -> None:
    for step in range(1, _STEPS + 1):
        call.wait(_SECONDS / _STEPS)
        done = frames * step // _STEPS
        percent = 100 * done // frames if frames else 100
        call.err(f"xc: progress: Frames: {done}/{frames}  {percent:3d}%\n")
    call.err("xc: progress: End of stream: 0/0    0%\n")


def restore(call: Call, words: Sequence[str]) -> int:
    """``xl restore [-p] [-e] [-c] [CONFIG] FILE``."""
    given = parse(call, "restore", words, "FcpdeVA", 0)
    if not 1 <= len(given.arguments) <= 2:
        call.err("'xl restore' requires at least 1 argument.\n\n")
        show_help(call, "restore")
        raise Exit(2)
    path = given.arguments[-1]
    real = Path(call.real_path(path))
    try:
        data = real.read_bytes()
    except OSError as error:
        raise call.fail(f"Can't open restore file: {error.strerror}") from None
    saved = checkpoint.unpack(data)
    if not data.startswith(MAGIC):
        raise call.fail("File has wrong magic number - corrupt or for a different tool?")
    if saved is None:
        raise call.fail("xl: save file is damaged: Failed to read domain config")
    config, kept = saved
    call.err(f"Loading new save file {path} (new xl fmt info 0x3/0x0/{len(data)})\n")
    call.err(" Savefile contains xl domain config in JSON format\n")
    if len(given.arguments) == 2:
        config = create.read(call, given.arguments[0], [], quiet=False)
    else:
        call.err("Parsing config from <saved>\n")
    try:
        guest = revive(call, config, kept, paused="p" in given, watched="e" not in given)
    except Exit:
        # xl create has libxl's own status here, xl restore has not.
        raise Exit(1) from None
    if "c" in given and call.attached:
        from xentui.simulator.console import client  # most attach to none

        return client.attach(call, guest.domid)
    code = create.built(call, guest)
    if code == 0:
        pages = 0x7D000 + guest.domid
        call.err(f"xc: info: Found x86 {'PV' if guest.kind == 'pv' else 'HVM'} domain from Xen 4.17\n")
        call.err("xc: info: Restoring domain\nxc: info: Restore successful\n")
        call.err(f"xc: info: XenStore: mfn {pages + 1:#x}, dom 0, evt 1\n")
        call.err(f"xc: info: Console: mfn {pages:#x}, dom 0, evt 2\n")
    return code


def revive(call: Call, config: dict[str, Any], kept: dict[str, Any], *, paused: bool, watched: bool) -> Guest:
    """Let in a domain that brings its memory along.  Raises Exit where the host refuses it."""
    with call.state.change():
        try:
            now = call.now()
            admission.check(call, config, restored=True)
        except Exit as end:
            refused = end
        else:
            return call.machine.introduce(config, now, watched=watched, paused=paused, restored=kept)
    raise refused


def wake(call: Call, words: Sequence[str]) -> int:
    """``xentui-wake DOMID``: what xentui does by libxl_domain_resume, for which xl has no verb."""
    number = int(words[0])
    guest = call.guest(number)
    if guest is None or guest.reason != SUSPEND:
        raise call.fail("xentui: libxl_domain_resume answers -3", 3)
    resume(call, number)
    return 0


def dump_core(call: Call, words: Sequence[str]) -> int:
    """``xl dump-core DOM FILE``."""
    given = parse(call, "dump-core", words, "", 2)
    number, guest = lookup.existing(call, given.arguments[0])
    path = given.arguments[1]
    if guest is None:
        call.err("xc: error: Could not get info for domain (3 = No such process): Internal error\n")
        lookup.libxl(
            call,
            "libxl_domain.c:603:libxl_domain_core_dump",
            f"Domain {number}:Core dumping domain to {path}: No such process",
        )
        raise call.fail("core dump failed (rc=-3)")
    call.wait(0.5)
    Path(call.real_path(path)).write_bytes(b"\x7fELF simulated memory image\n")
    return 0

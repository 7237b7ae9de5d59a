"""Driving the simulated host by hand: what ``xentui sim`` and tests do to it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from xentui.errors import NoSuchDomainError, Suggest, UsageError
from xentui.simulator import seed, shared_storage, transport
from xentui.simulator.guest import CRASH, POWEROFF, REBOOT, Guest, GuestPhase
from xentui.simulator.readiness import Installed
from xentui.simulator.simulator import Simulator
from xentui.simulator.virsh.adoption import hand_over

#: In place of a phase: no migration is cut or held any more.
MENDED = "mended"


def reset(simulator: Simulator, domains: int = 12, seed_number: int = 1) -> None:
    """Make the host anew with that many domains; guests' consoles end, the managed store is emptied and
    filled.

    0 leaves Domain-0 alone; up to the dozen the well-known guests are taken in order, beyond it plain ones
    follow.
    """
    if not 0 <= domains <= 20000:
        raise UsageError(
            f"{domains} is not a number of domains the simulator can hold", hint="Choose 0 to 20000."
        )
    seed.populate(simulator, domains=domains, number=seed_number)


def add(simulator: Simulator, name: str, memory_mb: int = 256, vcpus: int = 1) -> int:
    """Start another running domain, as if by ``xl create``; returns its domid."""
    with simulator.state.change():
        if simulator.state.named(name) is not None:
            raise UsageError(f"the name {name} is taken", hint="Choose another name.")
        now = simulator.clock()
        simulator.machine.advance_to(now)
        return seed.running(simulator, seed.plain_config(name, memory_mb, vcpus), now, uptime=0.0).domid


def crash(simulator: Simulator, name: str) -> None:
    """Let a guest's kernel panic; its ``on_crash`` follows."""
    _stop(simulator, name, CRASH)


def poweroff(simulator: Simulator, name: str) -> None:
    """Let a guest power itself off; its ``on_poweroff`` follows."""
    _stop(simulator, name, POWEROFF)


def reboot(simulator: Simulator, name: str) -> None:
    """Let a guest reboot itself; its ``on_reboot`` follows."""
    _stop(simulator, name, REBOOT)


def busy(simulator: Simulator, name: str, load: float = 0.95) -> None:
    """Let a guest use that share of a CPU from now on; ``load`` 0 to 1."""
    with simulator.state.change():
        guest = _guest(simulator, name).rebased(simulator.clock())
        simulator.state.update(replace(guest, load=load, idle_load=load))


def stubborn(simulator: Simulator, name: str, *, yes: bool = True) -> None:
    """Let a guest take no notice of shutdown requests (or listen again)."""
    with simulator.state.change():
        simulator.state.update(replace(_guest(simulator, name), stubborn=yes))


def hang(simulator: Simulator, seconds: float) -> None:
    """Let the host answer nothing for that many seconds."""
    with simulator.state.change():
        simulator.state.put("hangs_until", simulator.clock() + seconds)


def vanish(simulator: Simulator) -> None:
    """Take the host off the network: every command fails with HostError until :func:`come_back`."""
    with simulator.state.change():
        simulator.state.put("away", True)


def come_back(simulator: Simulator) -> None:
    """Undo :func:`vanish` and :func:`hang`."""
    with simulator.state.change():
        simulator.state.put("away", False)
        simulator.state.put("hangs_until", 0.0)


def set_speed(simulator: Simulator, speed: float) -> None:
    """How fast time passes for what takes time: 1 is about a second for a boot, ``math.inf`` at once."""
    if not speed > 0:
        raise UsageError(f"{speed} is not a speed", hint="Give a number above 0; inf means at once.")
    with simulator.state.change():
        simulator.state.put("speed", speed)


def cut_migrations(simulator: Simulator, phase: str) -> None:
    """Have the line of the next migrations from this host die at a phase of them; "mended" has none die."""
    _plan(simulator, phase, transport.CUT)


def hold_migrations(simulator: Simulator, phase: str) -> None:
    """Have the next migrations from this host wait at a phase of them; "mended" lets them go on."""
    _plan(simulator, phase, transport.HOLD)


def _plan(simulator: Simulator, phase: str, does: str) -> None:
    if phase != MENDED and phase not in (*transport.PHASES, transport.RESUME):
        raise UsageError(
            "is not a phase of a migration",
            subject=phase,
            hint=f"one of {', '.join(transport.PHASES)}, {transport.RESUME} (libvirt's only); `{MENDED}` for none",
        )
    transport.plan(simulator, phase, "" if phase == MENDED else does)


def lose_power(simulator: Simulator) -> None:
    """Take the power from the host for a moment: what ran there is gone, and with the host nothing starts again."""
    with simulator.state.change():
        for guest in simulator.state.guests():
            if guest.domid:
                simulator.machine.destroy(guest, simulator.clock())


def share(simulator: Simulator, name: str) -> None:
    """Have another simulated host, ``NAME`` or ``sim:NAME``, see this one's ``/srv`` from now on, as its own."""
    folder = shared_storage.peer(simulator.folder, name)
    if folder is None:
        raise UsageError("is no other simulated host", subject=name, hint="such as sim:b")
    with closing(Simulator(folder, clock=simulator.clock, domains=0)) as other:
        shared_storage.share(simulator, other)


def libvirt(simulator: Simulator) -> int:
    """Have libvirt keep the managed domains in place of xentui's store; returns how many there are."""
    with simulator.state.change():
        return hand_over(simulator)


def break_host(simulator: Simulator, fault: str) -> None:
    """Put a fault into the host that ``xentui check`` finds, named as the check is; or into what it has mounted."""
    if fault in shared_storage.FAULTS:
        shared_storage.break_(simulator, fault)
        return
    Installed(simulator.files, simulator.state).break_(fault)


def repair_host(simulator: Simulator) -> None:
    """Take all such faults out again."""
    shared_storage.repair(simulator)
    Installed(simulator.files, simulator.state).repair()


def _stop(simulator: Simulator, name: str, reason: int) -> None:
    with simulator.state.change():
        guest = _guest(simulator, name)
        now = simulator.clock()
        if guest.phase == GuestPhase.RUNNING and guest.paused:
            simulator.machine.unpause(guest, now)
            guest = _guest(simulator, name)
        simulator.machine.stop(guest, reason, now)
    simulator.machine.advance_to(simulator.clock())


def _guest(simulator: Simulator, name: str) -> Guest:
    simulator.machine.advance_to(simulator.clock())
    guest = simulator.state.named(name)
    if guest is None and name.isdecimal():
        guest = simulator.state.guest(int(name))
    if guest is None or guest.domid == 0:
        raise NoSuchDomainError(
            "no guest of the simulated host has that name",
            subject=name,
            hint=(Suggest("host.list"), " shows what there is."),
        )
    return guest

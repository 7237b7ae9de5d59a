"""One domain of the simulated hypervisor, and what can be read off it at a given time."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from xentui.frozen import dataclass
from xentui.simulator.deterministic_random import noise

#: Shutdown reasons of xen/include/public/sched.h, by their number; ``xl list`` prints the letter.
POWEROFF, REBOOT, SUSPEND, CRASH, WATCHDOG, SOFT_RESET = range(6)
REASON_LETTERS = "-rscwS"
NO_REASON = -1


class GuestPhase(StrEnum):
    """Where a domain is in its life."""

    BUILDING = "building"
    MENU = "menu"
    RUNNING = "running"
    DOWN = "down"
    DYING = "dying"


@dataclass(frozen=True, slots=True)
class Guest:
    """A domain as the hypervisor knows it; times are seconds of the simulator's clock, memory is KiB.

    ``load`` is the share of one CPU used since ``cpu_since``; ``idle_load`` what it uses once booted.
    ``watched`` says that a process of xl waits for the end of the domain and will follow its ``on_*`` actions
    (``xl create -e`` leaves it unwatched).  ``held`` names the guest's own deeds that wait for ``unpause``.
    ``boot`` is how it starts: ``direct``, ``pygrub``, ``grub`` (PVH) or ``hvm``; ``entry`` the chosen menu
    entry.
    ``stubborn`` guests do not answer to shutdown requests.
    """

    domid: int
    uuid: str
    name: str
    kind: str
    boot: str
    phase: str
    pauses: int
    reason: int
    watched: bool
    stubborn: bool
    born: float
    booted: float
    mem_kb: int
    target_kb: int
    max_kb: int
    vcpus: int
    max_vcpus: int
    cpu_base: float
    cpu_since: float
    load: float
    idle_load: float
    entry: int
    held: str
    seed: int

    @property
    def paused(self) -> bool:
        """Whether somebody holds the domain: the hypervisor counts, so two pauses take two unpauses."""
        return self.pauses > 0

    @property
    def executes(self) -> bool:
        """Whether the guest's CPUs may run now."""
        return self.phase == GuestPhase.RUNNING and not self.paused

    @property
    def executes_pv_drivers(self) -> bool:
        """Whether the guest listens to xenstore's shutdown requests: PV and PVH kernels do, an HVM guest
        need not.
        """
        return self.kind != "hvm" or not self.stubborn

    def cpu_seconds(self, now: float) -> float:
        """CPU seconds used up to ``now``."""
        if not self.executes:
            return self.cpu_base
        return self.cpu_base + self.load * max(0.0, now - self.cpu_since)

    def rebased(self, at: float) -> Guest:
        """Return the same domain with its CPU seconds counted up to ``at``, done before its load changes."""
        return replace(self, cpu_base=self.cpu_seconds(at), cpu_since=at)

    def on_cpu(self, now: float) -> str:
        """``r`` on a CPU, ``b`` blocked, ``-`` runnable but waiting; the same answer for the same half
        second.
        """
        if not self.executes:
            return "-"
        draw = noise(self.seed, self.domid, int(now * 2))
        if draw < self.load:
            return "r"
        return "-" if draw < self.load * 1.05 else "b"

    def letters(self, now: float) -> str:
        """Return the state column of ``xl list``, six letters (xl_info.c, list_domains).

        A domain that is torn down shows as paused while its devices go; the moment of ``d`` is too short to see.
        """
        cpu = self.on_cpu(now)
        down = self.reason != NO_REASON
        return "".join(
            (
                "r" if cpu == "r" else "-",
                "b" if cpu == "b" else "-",
                "p" if self.paused else "-",
                "s" if down else "-",
                REASON_LETTERS[self.reason] if down else "-",
                "-",
            )
        )

    def xentop_letters(self, now: float) -> str:
        """Return the state column of xentop, whose order is ``dsbcpr`` (xentop.c)."""
        cpu = self.on_cpu(now)
        down = self.reason != NO_REASON
        crashed = self.reason == CRASH
        return "".join(
            (
                "-",
                "s" if down and not crashed else "-",
                "b" if cpu == "b" else "-",
                "c" if crashed else "-",
                "p" if self.paused else "-",
                "r" if cpu == "r" else "-",
            )
        )

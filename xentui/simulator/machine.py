"""The clock of the simulated host: what happens to domains as time goes by.

Nothing runs in the background.  What is still to happen stands in the state as dated events; whoever looks
next
lets all events up to now happen first, in order and at their own times, so that every process sees the
same past.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xentui.simulator import deterministic_random, loading, runtime
from xentui.simulator.files import HostFiles
from xentui.simulator.guest import CRASH, NO_REASON, POWEROFF, REBOOT, SUSPEND, WATCHDOG, Guest, GuestPhase
from xentui.simulator.state import State

#: Seconds things take at speed 1.
BUILD, BOOT, OBEY, LINGER, REAP, BALLOON = 0.4, 1.0, 0.8, 0.3, 0.1, 0.6
#: Even at once a stopped domain is there for a moment, so that whoever waits for it sees why it stopped.
SHORTEST = 0.02
#: xl waits this long before it starts a domain again (xl_vmcontrol.c).
RESTART_DELAY = 2.0
INTRODUCED, RELEASED = "@introduceDomain", "@releaseDomain"

#: Of how many stopped domains it is remembered why they stopped.
_ENDS = 50
#: ``Guest.booted`` of a domain that came with its memory: it has not booted under this domid.
RESTORED = -1.0

_ACTION_KEYS = {
    POWEROFF: "on_poweroff",
    REBOOT: "on_reboot",
    SUSPEND: "on_poweroff",
    CRASH: "on_crash",
    WATCHDOG: "on_watchdog",
}


class Machine:
    """The hypervisor and the processes of xl that wait for domains to end.

    Methods other than :meth:`advance_to` and the readers must run inside ``state.change()``; ``at`` is the
    time on the
    simulator's clock at which they happen.
    """

    def __init__(self, state: State, files: HostFiles) -> None:
        self.state = state
        self.files = files

    # -- time -----------------------------------------------------------------------------------------------

    @property
    def pace(self) -> float:
        """By what to multiply the seconds things take: 0 when they happen at once."""
        speed = float(self.state.get("speed", 1.0))
        return 0.0 if math.isinf(speed) else 1.0 / speed

    def advance_to(self, now: float) -> None:
        """Let everything that is due by ``now`` happen."""
        due = self.state.due()
        if due is None or due > now:
            return
        with self.state.change():
            while (event := self.state.take_due(now)) is not None:
                at, domid, kind, data = event
                if domid < 0:
                    self._restart(data, at)
                elif (guest := self.state.guest(domid)) is not None:
                    self._happen(guest, kind, data, at)

    def _happen(self, guest: Guest, kind: str, data: Any, at: float) -> None:
        if kind == "menu":
            self.choose(guest, None, at)
        elif kind == "built":
            self._start(guest, at, paused=bool(data["paused"]), fresh=bool(data["fresh"]))
        elif kind == "booted":
            guest = self.state.update(replace(guest.rebased(at), load=guest.idle_load))
            if self._video_kb(guest):
                self._inflate(guest)
        elif kind == "stop":
            self.stop(guest, int(data), at)
        elif kind == "act":
            self._act(guest, at)
        elif kind == "reap":
            self.state.remove(guest.domid)
            self.state.announce(at, RELEASED)
        elif kind == "balloon":
            self._inflate(guest)

    # -- the start of a domain ------------------------------------------------------------------------------

    def introduce(
        self,
        config: Mapping[str, Any],
        at: float,
        *,
        watched: bool = True,
        paused: bool = False,
        timeout: float | None = 0.0,
        restored: Mapping[str, Any] | None = None,
    ) -> Guest:
        """Make a domain from a libxl configuration and begin to build it.

        ``timeout`` is the boot menu's countdown in real seconds, None for a menu that waits for ever.
        ``restored`` holds
        what a saved domain brings along (``entry``, ``mem_kb``): it skips the boot loader.
        """
        domid = int(self.state.get("next_domid", 1))
        self.state.put("next_domid", domid + 1)
        seed = int(self.state.get("seed", 1))
        guest, config = newborn(config, domid, seed, at, watched=watched, restored=restored)
        if guest.kind == "hvm" and runtime.boot_menu(self.files, config) is None:
            # Without a system on its disk nothing in it hears a request.
            guest = replace(guest, stubborn=True)
        given = loading.loader_arguments(config)
        if guest.phase == GuestPhase.MENU and given.quiet:
            menu = runtime.boot_menu(self.files, config)
            entry = loading.chosen(menu, given.entry) if menu else -1
            guest = replace(guest, phase=GuestPhase.BUILDING, entry=entry)
        with_menu = guest.phase == GuestPhase.MENU
        if paused and with_menu:
            guest = replace(guest, held="paused")
        self.state.add(guest, runtime.entry(domid, config))
        self.state.announce(at, INTRODUCED)
        if watched:
            self._log(
                guest,
                f"Waiting for domain {guest.name} (domid {domid}) to die [pid {4000 + domid}]",
                anew=True,
            )
        if not with_menu:
            built = {"paused": paused, "fresh": restored is None}
            self.state.schedule(at + BUILD * self.pace, domid, "built", built)
        elif timeout is not None:
            self.state.schedule(at + timeout, domid, "menu")
        return guest

    def choose(self, guest: Guest, entry: int | None, at: float) -> None:
        """The boot menu is left with ``entry`` (None: its default), and the domain is built."""
        if guest.phase != GuestPhase.MENU:
            return
        self.state.cancel(guest.domid, "menu")
        built = {"paused": guest.held == "paused", "fresh": True}
        chosen = -1 if entry is None else entry
        self.state.update(replace(guest, phase=GuestPhase.BUILDING, entry=chosen, held=""))
        self.state.schedule(at + BUILD * self.pace, guest.domid, "built", built)

    def _start(self, guest: Guest, at: float, *, paused: bool, fresh: bool) -> None:
        takes = self.boot_seconds(guest) if fresh else 0.0
        guest = replace(
            guest,
            phase=GuestPhase.RUNNING,
            pauses=1 if paused else 0,
            cpu_since=at,
            booted=at + takes if fresh else RESTORED,
            load=0.95 if fresh else guest.idle_load,
        )
        self.state.update(guest)
        if fresh:
            self._deed(guest, "booted", None, at + takes)

    def boot_seconds(self, guest: Guest) -> float:
        """Return how long the guest's kernel, and GRUB's countdown inside a PVH guest, keep it busy."""
        timeout = 0.0
        if guest.boot == "grub":
            timeout = loading.menu_timeout(self.files, self.state.config(guest.domid)) or 0.0
        return (BOOT + timeout) * self.pace

    def hold(self, guest: Guest) -> None:
        """A key has stopped the countdown of the boot menu, on the host (pygrub) or in the guest (GRUB)."""
        self.state.cancel(guest.domid, "menu")
        if guest.phase == GuestPhase.RUNNING:
            self.state.cancel(guest.domid, "booted")

    def boot(self, guest: Guest, entry: int, at: float) -> Guest:
        """GRUB inside the guest boots an entry; returns the guest with the time it will be up."""
        self.state.cancel(guest.domid, "booted")
        up = at + BOOT * self.pace
        self.state.schedule(up, guest.domid, "booted")
        return self.state.update(replace(guest, entry=entry, booted=up))

    # -- while it runs --------------------------------------------------------------------------------------

    def pause(self, guest: Guest, at: float) -> None:
        """Stop the domain's CPUs."""
        self.state.update(replace(guest.rebased(at), pauses=guest.pauses + 1))

    def unpause(self, guest: Guest, at: float) -> None:
        """Take one pause back; with the last one the CPUs go on, and what the guest was about to do happens."""
        if guest.pauses > 1:
            self.state.update(replace(guest, pauses=guest.pauses - 1))
            return
        held = [word for word in guest.held.split(",") if word]
        guest = self.state.update(replace(guest.rebased(at), pauses=0, held=""))
        for word in held:
            kind, _, value = word.partition(":")
            when = at
            if kind == "booted":
                when = at + self.boot_seconds(guest)
                guest = self.state.update(replace(guest, booted=when))
            self.state.schedule(when, guest.domid, kind, int(value) if value else None)

    def request_stop(self, guest: Guest, reason: int, at: float) -> None:
        """Ask the guest to shut down; it obeys after a while, a booting one once it is up, a paused one later."""
        if not guest.stubborn and guest.phase == GuestPhase.RUNNING:
            up = guest.booted if guest.booted < math.inf else at
            self._deed(guest, "stop", reason, max(at, up) + OBEY * self.pace)

    def take_back(self, guest: Guest) -> None:
        """Take back a request to shut down that the guest has not seen."""
        words = [word for word in guest.held.split(",") if word and not word.startswith("stop:")]
        self.state.update(replace(guest, held=",".join(words)))

    def stop(self, guest: Guest, reason: int, at: float) -> None:
        """The guest stops: it has powered off, rebooted, crashed … (``reason``)."""
        if guest.phase != GuestPhase.RUNNING or guest.reason != NO_REASON:
            return
        if guest.paused and reason in (POWEROFF, REBOOT):
            self.state.update(replace(guest, held=_also(guest.held, f"stop:{reason}")))
            return
        for kind in ("stop", "booted"):
            self.state.cancel(guest.domid, kind)
        self.state.update(replace(guest.rebased(at), phase=GuestPhase.DOWN, reason=reason, load=0.0))
        self.state.announce(at, RELEASED)
        ends = {**self.state.get("ends", {}), str(guest.domid): [guest.born, reason, at - guest.born]}
        self.state.put("ends", dict(list(ends.items())[-_ENDS:]))
        if guest.watched and reason != SUSPEND:
            self.state.schedule(at + max(LINGER * self.pace, SHORTEST), guest.domid, "act")

    def balloon(self, guest: Guest, target_kb: int, at: float) -> Guest:
        """Ask the guest's balloon driver for a new size; it gets there after a while."""
        guest = self.state.update(replace(guest, target_kb=target_kb))
        self.state.cancel(guest.domid, "balloon")
        self.state.schedule(at + BALLOON * self.pace, guest.domid, "balloon")
        return guest

    def _inflate(self, guest: Guest) -> None:
        memory = min(guest.target_kb, guest.max_kb) - self._video_kb(guest)
        self.state.update(replace(guest, mem_kb=max(memory, 0)))

    def _video_kb(self, guest: Guest) -> int:
        """Return what the balloon driver of an HVM guest gives back beyond its target: the memory of its screen."""
        if guest.kind != "hvm" or not guest.executes_pv_drivers:
            return 0
        return int(self.state.config(guest.domid).get("b_info", {}).get("video_memkb", 0))

    def _deed(self, guest: Guest, kind: str, value: int | None, at: float) -> None:
        """Something the guest itself does, for which it must not be paused."""
        if guest.paused:
            word = kind if value is None else f"{kind}:{value}"
            self.state.update(replace(guest, held=_also(guest.held, word)))
        else:
            self.state.schedule(at, guest.domid, kind, value)

    def end_of(self, guest: Guest) -> tuple[int, float] | None:
        """Return why a domain stopped, and after how many seconds, though it be gone by now; None where it has not."""
        born, reason, uptime = self.state.get("ends", {}).get(str(guest.domid), (None, NO_REASON, 0.0))
        return (reason, uptime) if born == guest.born else None

    # -- its end --------------------------------------------------------------------------------------------

    def destroy(self, guest: Guest, at: float) -> None:
        """Tear the domain down; it is gone a moment later."""
        if guest.phase == GuestPhase.DYING:
            return
        down = guest.rebased(at)
        self.state.update(replace(down, phase=GuestPhase.DYING, pauses=1, load=0.0))
        for kind in ("menu", "built", "booted", "stop", "act", "balloon"):
            self.state.cancel(guest.domid, kind)
        self.state.schedule(at + REAP * self.pace, guest.domid, "reap")

    def _act(self, guest: Guest, at: float) -> None:
        """What xl does with a domain that has stopped (xl_vmcontrol.c, handle_domain_death)."""
        config = self.state.config(guest.domid)
        action = str(config.get(_ACTION_KEYS.get(guest.reason, "on_poweroff"), "destroy"))
        if action.startswith("coredump"):
            self.files.write(f"/var/lib/xen/dump/{guest.name}", b"simulated memory image\n")
        self._log(guest, f"Domain {guest.domid} has shut down, reason code {guest.reason} {guest.reason:#x}")
        shown = action.replace("_", "-")
        self._log(guest, f"Action for shutdown reason code {guest.reason} is {shown}")
        if action == "preserve":
            return
        if action == "restart_rename":
            self._set_aside(guest, config, at)
        else:
            self._log(guest, f"Domain {guest.domid} needs to be cleaned up: destroying the domain")
            self.destroy(guest, at)
        if action in ("restart", "restart_rename", "coredump_restart", "soft_reset"):
            self.state.schedule(at + RESTART_DELAY * self.pace, -1, "restart", config)

    def _set_aside(self, guest: Guest, config: Mapping[str, Any], at: float) -> None:
        """Keep a stopped domain under another name, so that its successor can have it.

        Its other uuid stands in xenstore only (libxl_domain_preserve): to the hypervisor it keeps its own.
        """
        suffix = time.strftime("-%Y%m%dT%H%MZ", time.gmtime(at))
        create = {**config["c_info"], "name": guest.name + suffix}
        self.state.update(
            replace(guest, name=create["name"], watched=False),
            listing=runtime.entry(guest.domid, {**config, "c_info": create}),
        )

    def _log(self, guest: Guest, line: str, *, anew: bool = False) -> None:
        """A line in the log of the process of xl that waits for a domain's end (xl_vmcontrol.c)."""
        if "/" not in guest.name and len(guest.name) < 200:
            self.files.append(f"/var/log/xen/xl-{guest.name}.log", line + "\n", anew=anew)

    def _restart(self, config: Mapping[str, Any], at: float) -> None:
        if self.state.named(config["c_info"]["name"]) is not None:
            return
        timeout = loading.menu_timeout(self.files, config)
        self.introduce(config, at, timeout=None if timeout is None else timeout * self.pace)


def _also(held: str, word: str) -> str:
    """``held`` with ``word`` in it once."""
    words = [present for present in held.split(",") if present and present != word]
    return ",".join([*words, word])


def newborn(
    config: Mapping[str, Any],
    domid: int,
    seed: int,
    at: float,
    *,
    watched: bool = True,
    restored: Mapping[str, Any] | None = None,
) -> tuple[Guest, dict[str, Any]]:
    """Return a domain at the moment it is made, and the configuration it runs with; see :meth:`Machine.introduce`."""
    settled = runtime.with_defaults(
        config, lambda n: deterministic_random.mac(seed, domid, n), deterministic_random.uuid(seed, domid, 7)
    )
    create, build = settled["c_info"], settled["b_info"]
    boot = runtime.boot_method(settled)
    carried = dict(restored or {})
    memory = int(build.get("target_memkb", build.get("max_memkb", 0)))
    guest = Guest(
        domid=domid,
        uuid=create["uuid"],
        name=create["name"],
        kind=create["type"],
        boot=boot,
        phase=GuestPhase.MENU if boot == "pygrub" and restored is None else GuestPhase.BUILDING,
        pauses=1,
        reason=NO_REASON,
        watched=watched,
        stubborn=False,
        born=at,
        booted=math.inf,
        mem_kb=int(carried.get("mem_kb", memory)),
        target_kb=memory,
        max_kb=int(build.get("max_memkb", memory)),
        vcpus=len(build.get("avail_vcpus", [0])) or 1,
        max_vcpus=int(build.get("max_vcpus", 1)),
        cpu_base=0.0,
        cpu_since=at,
        load=0.0,
        idle_load=0.002 + 0.02 * deterministic_random.noise(seed, domid, 3),
        entry=int(carried.get("entry", -1)),
        held="",
        seed=seed,
    )
    return guest, settled

"""The program behind a guest's console: its boot menu, its kernel's log, its shell."""

from __future__ import annotations

import os
import time
from pathlib import Path

from xentui.simulator import loading, runtime
from xentui.simulator.bootmenu import SimulatedMenu
from xentui.simulator.console import grub, kernel, login, pygrub, shell
from xentui.simulator.console.terminal import Terminal
from xentui.simulator.guest import Guest, GuestPhase
from xentui.simulator.machine import BOOT, RESTORED
from xentui.simulator.simulator import Simulator


def main(folder: Path, domid: int) -> None:
    """Be the guest until the console's server ends this process."""
    program = GuestProgram(Simulator(folder), domid)
    program.run()


class GuestProgram:
    """One guest's life on its console."""

    def __init__(self, simulator: Simulator, domid: int) -> None:
        self._simulator = simulator
        self._domid = domid
        self._terminal = Terminal()

    def run(self) -> None:
        """From the boot menu to the shell; never returns while the domain exists."""
        guest = self._now()
        config = self._simulator.state.config(self._domid)
        menu = runtime.boot_menu(self._simulator.files, config)
        if guest.phase == GuestPhase.MENU and menu is not None:
            self._pygrub(menu)
        guest = self._wait_for_cpu()
        pace = self._simulator.machine.pace
        if guest.boot == "grub" and menu is not None and guest.booted - BOOT * pace > self._clock():
            guest = self._grub(guest, menu)
        facts = self._facts(guest)
        if guest.booted != RESTORED:
            self._boot(guest, facts)
        if guest.phase == GuestPhase.DOWN:
            for line in kernel.farewell(guest.reason, guest.cpu_since - guest.born):
                self._terminal.write(line + "\n")
            while True:
                time.sleep(3600)
        if "login" in facts.command_line.split() and guest.booted != RESTORED:
            login.ask(self._terminal)
        started = guest.booted if guest.booted > 0 else guest.born
        shell.GuestShell(self._terminal, self._simulator, facts, self._domid, started).run(
            greet=guest.booted != RESTORED
        )

    def _clock(self) -> float:
        return self._simulator.clock()

    def _now(self) -> Guest:
        """Return the domain as it is; ends the process when it is gone."""
        self._simulator.machine.advance_to(self._clock())
        guest = self._simulator.state.guest(self._domid)
        if guest is None:
            os._exit(0)
        return guest

    def _wait_for_cpu(self) -> Guest:
        while (guest := self._now()).phase in (GuestPhase.MENU, GuestPhase.BUILDING) or (
            guest.paused and guest.phase == GuestPhase.RUNNING and guest.booted > self._clock()
        ):
            time.sleep(0.02)
        return guest

    def _pygrub(self, menu: SimulatedMenu) -> None:
        def left() -> float | None:
            if self._now().phase != GuestPhase.MENU:
                return 0.0
            due = self._simulator.state.waiting(self._domid, "menu")
            return None if due is None else due - self._clock()

        due, end = self._simulator.state.waiting(self._domid, "menu"), self._clock() + (menu.timeout or 0.0)
        if due is not None and due > end:
            with self._simulator.state.change():
                self._simulator.state.cancel(self._domid, "menu")
                self._simulator.state.schedule(end, self._domid, "menu")
        entry = pygrub.choose(self._terminal, menu, left, self._hold)
        with self._simulator.state.change():
            self._simulator.machine.choose(self._now(), entry, self._clock())

    def _grub(self, guest: Guest, menu: SimulatedMenu) -> Guest:
        end = guest.booted - BOOT * self._simulator.machine.pace
        entry = grub.choose(self._terminal, menu, lambda: end - self._clock(), self._hold)
        chosen = menu.default if entry is None else entry
        with self._simulator.state.change():
            return self._simulator.machine.boot(self._now(), chosen, self._clock())

    def _hold(self) -> None:
        with self._simulator.state.change():
            self._simulator.machine.hold(self._now())

    def _facts(self, guest: Guest) -> kernel.GuestFacts:
        config = self._simulator.state.config(self._domid)
        arguments = loading.command_line(self._simulator.files, config, guest.boot, guest.entry)
        disks = tuple(str(disk["vdev"]) for disk in config.get("disks", []))
        return kernel.GuestFacts(guest.name, guest.kind, arguments, guest.mem_kb, guest.vcpus, disks)

    def _boot(self, guest: Guest, facts: kernel.GuestFacts) -> None:
        """The kernel's log: what is past at once, the rest as it comes."""
        pace = self._simulator.machine.pace
        begin = guest.booted - BOOT * pace
        for at, line in kernel.boot_log(facts):
            wait = begin + at * pace - self._clock()
            if wait > 0:
                time.sleep(wait)
            self._terminal.write(line + "\n")
        self._terminal.write(kernel.up_line(facts) + "\n")

"""A guest that moves from one simulated host to another, whichever engine moves it."""

from __future__ import annotations

from dataclasses import replace

from xentui.simulator.call import Call
from xentui.simulator.guest import NO_REASON, SUSPEND, Guest, GuestPhase
from xentui.simulator.simulator import Simulator
from xentui.simulator.transport import Transport
from xentui.simulator.xl import images

COPYING, CONNECTING = 2.0, 0.4
"""Seconds the memory takes, and then disks and interfaces on the target, while the guest is stopped."""
_PARTS = 4
"""In so many parts the target gives the guest that arrives its memory."""


class GuestMove:
    """One migration: the source's ``call``, the target, the line between them, and the guest as it was.

    ``arrived``, of the methods, is the guest that the target has made for it.
    """

    def __init__(self, call: Call, target: Simulator, line: Transport, guest: Guest) -> None:
        self.call, self.target, self.line, self.guest = call, target, line, guest

    def target_call(self) -> Call:
        """Return the same call, made on the target."""
        there = self.target
        return replace(self.call, state=there.state, machine=there.machine, files=there.files)

    def send_memory(self, arrived: Guest) -> None:
        """Send the memory while the guest runs; raises CutError."""
        self.line.reach("copy")
        for part in range(1, _PARTS + 1):
            self.line.wait(COPYING / _PARTS)
            with self.target.state.change():
                current = self.target.state.guest(arrived.domid)
                if current is not None:
                    self.target.state.update(replace(current, mem_kb=self.guest.mem_kb * part // _PARTS))

    def stop_source(self) -> Guest | None:
        """Stop the guest on the source for the last of its memory; return it as it is there.

        It is stopped only where it runs: see :meth:`was_stopped`.
        """
        with self.call.state.change():
            now = self.call.now()
            here = self.call.state.guest(self.guest.domid)
            if self.was_stopped(here) and here is not None:
                self.call.machine.stop(here, SUSPEND, now)
        return here

    @staticmethod
    def was_stopped(here: Guest | None) -> bool:
        """Return whether :meth:`stop_source`, which returned ``here``, has stopped the guest."""
        return here is not None and here.phase == GuestPhase.RUNNING and not here.paused

    def drop_target(self, arrived: Guest) -> None:
        """Destroy what the target has of the guest."""
        with self.target.state.change():
            left = self.target.state.guest(arrived.domid)
            if left is not None:
                self.target.machine.destroy(left, self.call.clock())

    def resume_source(self) -> None:
        """Let the guest run on on the source, where it was stopped."""
        images.resume(self.call, self.guest.domid)

    def end_source(self) -> None:
        """Destroy the guest on the source, and wait until it is gone."""
        with self.call.state.change():
            left = self.call.state.guest(self.guest.domid)
            if left is not None:
                self.call.machine.destroy(left, self.call.clock())
        self.call.wait_until(lambda: self.call.state.guest(self.guest.domid) is None)

    def run_on_target(self, arrived: Guest, *, paused: bool, watched: bool) -> None:
        """Have the target run the guest, all of which is there; within a change of the target's state."""
        current = self.target.state.guest(arrived.domid)
        if current is None:
            return
        self.target.state.update(
            replace(
                current,
                phase=GuestPhase.RUNNING,
                reason=NO_REASON,
                pauses=1 if paused else 0,
                watched=watched,
                booted=-1.0,
                cpu_base=0.0,
                cpu_since=self.call.clock(),
                load=self.guest.idle_load,
                idle_load=self.guest.idle_load,
                entry=self.guest.entry,
                mem_kb=self.guest.mem_kb,
            )
        )

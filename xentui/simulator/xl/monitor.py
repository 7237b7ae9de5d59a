"""``xl qemu-monitor-command``: what keys and breaks come to."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.simulator import store_tree
from xentui.simulator.call import Call
from xentui.simulator.guest import REBOOT, GuestPhase
from xentui.simulator.xl import lookup
from xentui.simulator.xl.options import parse


def monitor(call: Call, words: Sequence[str]) -> int:
    """``xl qemu-monitor-command DOM COMMAND``; xl succeeds whatever QEMU says, which is silent where all is well."""
    given = parse(call, "qemu-monitor-command", words, "", 2)
    if len(given.arguments) > 2:
        raise call.fail("Invalid arguments.")
    number, guest = lookup.existing(call, given.arguments[0])
    if guest is None or guest.kind != "hvm":
        where = f"/var/run/xen/qmp-libxl-{number}"
        raise call.fail(
            f"libxl: error: Failed to connect to QMP socket {where}: No such file or directory", 1
        )
    command, _, what = given.arguments[1].partition(" ")
    if command == "chardev-send-break":
        ports = [node for node in store_tree.terminals(guest, call.state.config(number)) if "serial/" in node]
        if what not in [node.replace("/", "") for node in ports]:
            call.out(f"Error: Chardev '{what}' not found\n")
    elif command != "sendkey":
        call.out(f"unknown command: '{command}'\n")
    elif what == "ctrl-alt-delete" and guest.boot == "grub" and guest.phase == GuestPhase.RUNNING:
        call.machine.request_stop(guest, REBOOT, call.clock())
    return 0

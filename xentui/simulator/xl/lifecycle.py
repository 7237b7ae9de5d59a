"""The verbs that stop, hold and name domains: destroy, shutdown, reboot, pause, unpause, rename, sysrq,
trigger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xentui.simulator import runtime
from xentui.simulator.call import Call
from xentui.simulator.guest import CRASH, NO_REASON, POWEROFF, REBOOT, SUSPEND, Guest, GuestPhase
from xentui.simulator.xl import lookup
from xentui.simulator.xl.admission import NOT_THERE
from xentui.simulator.xl.options import parse, show_help

#: Seconds libxl waits for a guest to take a shutdown request.
ACKNOWLEDGE = 60.0


def destroy(call: Call, words: Sequence[str]) -> int:
    """``xl destroy [-f] DOM``."""
    given = parse(call, "destroy", words, "f", 1)
    number, guest = lookup.existing(call, given.arguments[0])
    if number == 0 and "f" not in given:
        call.err(
            "Not destroying domain 0; use -f to force.\n"
            "This can only be done when using a disaggregated hardware domain and toolstack.\n\n"
        )
        return 1
    if guest is None or number == 0:
        for place, text in NOT_THERE:
            lookup.libxl(call, place, f"Domain {number}:{text}")
        raise call.fail("destroy failed (rc=-21)")
    with call.state.change():
        guest = call.state.guest(number)
        if guest is not None:
            call.machine.destroy(guest, call.clock())
    call.wait_until(lambda: call.state.guest(number) is None)
    return 0


def shutdown(call: Call, words: Sequence[str]) -> int:
    """``xl shutdown [-w] [-F] -a|DOM``."""
    return _stop(call, "shutdown", words, POWEROFF)


def reboot(call: Call, words: Sequence[str]) -> int:
    """``xl reboot [-w] [-F] -a|DOM``."""
    return _stop(call, "reboot", words, REBOOT)


def _stop(call: Call, verb: str, words: Sequence[str], reason: int) -> int:
    given = parse(call, verb, words, "awF", 0, {"all": "a", "wait": "w"})
    if "a" not in given and not given.arguments:
        call.err("You must specify -a or a domain id.\n\n")
        return 1
    if "a" in given and given.arguments:
        call.err("You may not specify both -a and a domain id.\n\n")
        show_help(call, verb)
        return 1
    call.now()
    if "a" in given:
        numbers = [guest.domid for guest in call.state.guests() if guest.domid]
    else:
        numbers = [lookup.domid(call, given.arguments[0])]
    for number in numbers:
        _ask(call, verb, number, reason, fallback="F" in given)
    _wait_for_answers(call, verb, numbers)
    if "w" in given:
        wait_for_end(call, numbers)
    return 0


def _ask(call: Call, verb: str, number: int, reason: int, *, fallback: bool) -> None:
    call.err(f"{'Shutting down' if reason == POWEROFF else 'Rebooting'} domain {number}\n")
    call.now()
    guest = call.state.guest(number)
    if guest is None:
        lookup.no_type(call, number)
        raise call.fail(f"{verb} failed (rc=-3)")
    if not guest.executes_pv_drivers:
        event = "power" if reason == POWEROFF else "reset"
        if not fallback:
            call.err(f"PV control interface not available: external graceful {verb} not possible.\n")
            call.err(f'Use "-F" to fallback to ACPI {event} event.\n')
            raise call.fail(f"{verb} failed (rc=-10)")
        call.err(f"PV control interface not available: sending ACPI {event} button event.\n")
        if event == "reset":
            _no_trigger(call, number, event)
            raise call.fail(f"{verb} failed (rc=-3)")
    if number:
        with call.state.change():
            guest = call.state.guest(number)
            if guest is not None:
                call.machine.request_stop(guest, reason, call.clock())


def _wait_for_answers(call: Call, verb: str, numbers: Sequence[int]) -> None:
    """A guest that takes no notice of its request fails the command, and the request is taken back."""

    def deaf() -> list[int]:
        found = [call.state.guest(number) for number in numbers if number]
        return [
            guest.domid
            for guest in found
            if guest is not None
            and guest.phase == GuestPhase.RUNNING
            and guest.kind != "hvm"
            and (guest.paused or guest.stubborn)
        ]

    if not deaf() or call.wait_until(lambda: not deaf(), ACKNOWLEDGE * call.machine.pace):
        return
    for number in deaf():
        lookup.libxl(
            call,
            "libxl_domain.c:854:pvcontrol_cb",
            "guest didn't acknowledge control request: -9",
        )
        with call.state.change():
            guest = call.state.guest(number)
            if guest is not None:
                call.machine.take_back(guest)
    raise call.fail(f"{verb} failed (rc=-9)")


def wait_for_end(call: Call, numbers: Sequence[int]) -> None:
    """``-w``: wait until the domains have shut down or are gone (xl_vmcontrol.c, wait_for_domain_deaths)."""
    call.err(f"Waiting for {len(numbers)} domains\n")
    left = list(numbers)

    def look() -> bool:
        for number in list(left):
            guest = call.state.guest(number)
            if guest is None:
                call.err(f"Domain {number} has been destroyed\n")
                left.remove(number)
            elif guest.reason != NO_REASON:
                call.err(f"Domain {number} has been shut down, reason code {guest.reason}\n")
                left.remove(number)
        return not left

    call.wait_until(look)


def pause(call: Call, words: Sequence[str]) -> int:
    """``xl pause DOM``; xl succeeds even where libxl complains."""
    given = parse(call, "pause", words, "", 1)
    number, guest = lookup.existing(call, given.arguments[0])
    place = "libxl_domain.c:587:libxl_domain_pause"
    if number == 0:
        lookup.libxl(call, place, "Pausing domain: Invalid argument")
    elif guest is None:
        lookup.libxl(call, place, f"Domain {number}:Pausing domain: No such process")
    elif guest.phase in (GuestPhase.RUNNING, GuestPhase.DOWN):
        with call.state.change():
            call.machine.pause(guest, call.clock())
    return 0


def unpause(call: Call, words: Sequence[str]) -> int:
    """``xl unpause DOM``; xl succeeds even where libxl complains."""
    given = parse(call, "unpause", words, "", 1)
    number, guest = lookup.existing(call, given.arguments[0])
    if guest is None:
        lookup.no_type(call, number)
    elif guest.reason == SUSPEND and not guest.paused:
        place = "libxl_domain.c:622:libxl_domain_unpause"
        lookup.libxl(call, place, f"Domain {number}:Unpausing domain: Invalid argument")
    elif guest.paused and guest.phase in (GuestPhase.RUNNING, GuestPhase.DOWN):
        with call.state.change():
            call.machine.unpause(guest, call.clock())
    return 0


def rename(call: Call, words: Sequence[str]) -> int:
    """``xl rename DOM NAME``."""
    given = parse(call, "rename", words, "", 2)
    word, name = given.arguments[:2]
    number, guest = lookup.existing(call, word)
    holder = call.state.named(name)
    if guest is not None and holder is not None and holder.domid != number:
        lookup.libxl(
            call,
            "libxl_domain.c:81:libxl__domain_rename",
            f'Domain {number}:Domain with name "{name}" already exists.',
        )
    if guest is None or (holder is not None and holder.domid != number):
        raise call.fail(f"Can't rename domain '{word}'.")
    config = call.state.config(number)
    config["c_info"]["name"] = name
    with call.state.change():
        call.state.update(replace(guest, name=name), listing=runtime.entry(number, config))
    return 0


def sysrq(call: Call, words: Sequence[str]) -> int:
    """``xl sysrq DOM LETTER``: ``c`` crashes the guest, ``b`` reboots it, ``o`` powers it off."""
    given = parse(call, "sysrq", words, "", 2)
    number, guest = lookup.existing(call, given.arguments[0])
    letter = given.arguments[1]
    if len(letter) != 1:
        call.err("Invalid sysrq.\n\n")
        show_help(call, "sysrq")
        return 1
    reason = {"c": CRASH, "b": REBOOT, "o": POWEROFF}.get(letter)
    if guest is not None and number and reason is not None:
        with call.state.change():
            call.machine.stop(guest, reason, call.clock())
    return 0


def _no_trigger(call: Call, number: int, name: str, why: str = "Function not implemented") -> None:
    """What libxl says of what Xen does not do."""
    lookup.libxl(
        call,
        "libxl_domain.c:2207:libxl_send_trigger",
        f"Domain {number}:Send trigger '{name}' failed: {why}",
    )


def _no_sleeper(call: Call, guest: Guest) -> None:
    """What libxl says where nothing can be woken: no guest sleeps here, and only an HVM guest could."""
    code = -6
    if guest.kind == "hvm":
        code = -28
        lookup.libxl(
            call,
            "libxl_qmp.c:1837:qmp_ev_parse_error_messages",
            f"Domain {guest.domid}:Unable to wake up: guest is not in suspended state",
        )
    lookup.libxl(
        call,
        "libxl_domain.c:2162:domain_s3_resume_done",
        f"Domain {guest.domid}:Send trigger 's3resume' failed, rc={code}",
    )


def trigger(call: Call, words: Sequence[str]) -> int:
    """``xl trigger DOM nmi|reset|init|power|sleep|s3resume [VCPU]``; xl succeeds even where libxl complains.

    A PVH guest's buttons are pressed without a word, and do nothing.  An NMI ends no guest here: it has ended GRUB in a
    PVH guest, Linux has gone on.
    """
    given = parse(call, "trigger", words, "", 2)
    number, guest = lookup.existing(call, given.arguments[0])
    name = given.arguments[1]
    if name not in ("nmi", "reset", "init", "power", "sleep", "s3resume"):
        raise call.fail(f'Invalid trigger "{name}"')
    vcpu = given.arguments[2] if len(given.arguments) > 2 else "0"
    if guest is None or (name != "s3resume" and vcpu.isdecimal() and int(vcpu) >= guest.max_vcpus):
        _no_trigger(call, number, name, "No such process")
    elif name == "s3resume":
        _no_sleeper(call, guest)
    elif name in ("reset", "init"):
        _no_trigger(call, number, name)
    elif guest.kind == "pv" and name != "nmi":
        _no_trigger(call, number, name, "Invalid argument")
    elif name == "power" and guest.kind == "hvm" and guest.phase == GuestPhase.RUNNING:
        with call.state.change():
            call.machine.request_stop(guest, POWEROFF, call.clock())
    return 0

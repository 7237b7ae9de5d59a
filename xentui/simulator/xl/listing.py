"""The verbs that list: list, vm-list, vcpu-list, uptime, domid, domname."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from xentui.simulator import store_tree
from xentui.simulator.call import Call
from xentui.simulator.guest import NO_REASON, Guest, GuestPhase
from xentui.simulator.xl import lookup
from xentui.simulator.xl.options import Parsed, parse, show_help

_LIST_HEAD = "Name                                        ID   Mem VCPUs\tState\tTime(s)"
_LONG = {"long": "l", "verbose": "v", "context": "Z", "cpupool": "c", "numa": "n"}


def list_domains(call: Call, words: Sequence[str]) -> int:
    """``xl list [-l] [-v] [-Z] [-c] [-n] [DOM]`` (xl_info.c, main_list)."""
    given = parse(call, "list", words, "lvhZcn", 0, _LONG)
    if len(given.arguments) > 1:
        show_help(call, "list")
        return 1
    guests: Iterable[Guest]
    if given.arguments:
        number, guest = lookup.existing(call, given.arguments[0])
        if guest is None:
            raise call.fail(f"Error: Domain '{given.arguments[0]}' does not exist.")
        guests = [guest]
    now = call.now()
    if "l" in given:
        entries = [call.state.listing(number)] if given.arguments else call.state.listings()
        call.out("[\n" + ",\n".join(entries) + "\n]\n\n")
        return 0
    if not given.arguments:
        guests = call.state.guests()
    call.out("\n".join(_table(given, guests, now)) + "\n")
    return 0


def _table(given: Parsed, guests: Iterable[Guest], now: float) -> Iterator[str]:
    verbose, context = "v" in given, "Z" in given
    head = _LIST_HEAD
    if verbose:
        head += "   UUID                            Reason-Code\tSecurity Label"
    elif context:
        head += "   Security Label"
    yield head + ("         Cpupool" if "c" in given else "") + (" NODE Affinity" if "n" in given else "")
    tail = (f" {'-':>16}" if verbose or context else "") + (f"{'Pool-0':>16}" if "c" in given else "")
    tail += " all" if "n" in given else ""
    for guest in guests:
        # It has memory once its boot loader has ended, and CPUs once it is built (recordings/timelines-boot).
        memory = 0 if guest.phase == GuestPhase.MENU else guest.mem_kb // 1024
        vcpus = 0 if guest.phase in (GuestPhase.MENU, GuestPhase.BUILDING) else guest.vcpus
        line = (
            f"{guest.name:<40} {guest.domid:5d} {memory:5d} {vcpus:5d}"
            f"     {guest.letters(now)}  {guest.cpu_seconds(now):8.1f}"
        )
        if verbose:
            reason = " -" if guest.reason == NO_REASON else f" {guest.reason:8x}"
            line += f" {guest.uuid}{reason:>9}"
        yield line + tail


def vm_list(call: Call, words: Sequence[str]) -> int:
    """``xl vm-list``."""
    parse(call, "vm-list", words, "", 0)
    call.now()
    rows = [f"{guest.uuid}  {guest.domid}    {guest.name:<30}\n" for guest in call.state.guests()]
    call.out("UUID                                  ID    name\n" + "".join(rows))
    return 0


def vcpu_list(call: Call, words: Sequence[str]) -> int:
    """``xl vcpu-list [DOM …]``."""
    given = parse(call, "vcpu-list", words, "", 0)
    now = call.now()
    call.out(
        f"{'Name':<32} {'ID':>5} {'VCPU':>5} {'CPU':>5} {'State':>5} {'Time(s)':>9} Affinity (Hard / Soft)\n"
    )
    if not given.arguments:
        for guest in call.state.guests():
            _vcpu_rows(call, guest, now)
        return 0
    for word in given.arguments:
        number, found = lookup.existing(call, word)
        if found is None:
            lookup.libxl(
                call,
                "libxl_domain.c:1667:libxl_list_vcpu",
                f"Domain {number}:Getting infolist: No such file or directory",
            )
        else:
            _vcpu_rows(call, found, now)
    return 0


def _vcpu_rows(call: Call, guest: Guest, now: float) -> None:
    cpus = int(call.state.get("cpus", 4))
    for number in range(guest.max_vcpus):
        online = number < guest.vcpus
        seconds = guest.cpu_seconds(now) / guest.vcpus if online else 0.0
        if not online:
            cpu, state = "-", "--p"
        else:
            cpu = str((guest.domid + number) % cpus)
            letter = guest.on_cpu(now) if number == 0 else "b"
            state = {"r": "r--", "b": "-b-"}.get(letter, "---")
            state = "--p" if guest.paused else state
        call.out(
            f"{guest.name:<32} {guest.domid:5d} {number:5d}{cpu:>5}   {state} {seconds:9.1f}  all / all\n"
        )


def uptime(call: Call, words: Sequence[str]) -> int:
    """``xl uptime [-s] [DOM …]``."""
    given = parse(call, "uptime", words, "s", 0, {"short": "s"})
    now = call.now()
    guests = call.state.guests() if not given.arguments else []
    for word in given.arguments:
        number, found = lookup.existing(call, word)
        if found is None:
            lookup.libxl(
                call,
                "libxl_domain.c:2231:libxl_vm_get_start_time",
                f"Domain {number}:Can't get start time of domain",
            )
        else:
            guests.append(found)
    if "s" not in given:
        call.out(f"{'Name':<33} {'ID':>4} Uptime\n")
    for guest in guests:
        if store_tree.vm_uuid(guest) != guest.uuid:
            lookup.libxl(
                call,
                "libxl_domain.c:2231:libxl_vm_get_start_time",
                f"Domain {guest.domid}:Can't get start time of domain",
            )
            continue
        up = lookup.duration(now - guest.born)
        if "s" in given:
            short = up.rpartition(":")[0]
            call.out(f" {lookup.clock_time(now)} up {short}, {guest.name} ({guest.domid})\n")
        else:
            call.out(f"{guest.name:<33} {guest.domid:4d} {up}\n")
    return 0


def domid(call: Call, words: Sequence[str]) -> int:
    """``xl domid NAME``."""
    given = parse(call, "domid", words, "", 1)
    name = given.arguments[0]
    call.now()
    guest = call.state.named(name)
    if guest is None:
        raise call.fail(f"Can't get domid of domain name '{name}', maybe this domain does not exist.")
    call.out(f"{guest.domid}\n")
    return 0


def domname(call: Call, words: Sequence[str]) -> int:
    """``xl domname DOMID``."""
    given = parse(call, "domname", words, "", 1)
    word = given.arguments[0]
    digits = re.match(r"\s*\+?(\d{1,9})", word)
    if digits is None:
        call.err("Invalid domain id.\n\n")
        return 1
    number = int(digits[1])
    call.now()
    guest = call.state.guest(number)
    if guest is None:
        raise call.fail(f"Can't get domain name of domain id '{number}', maybe this domain does not exist.")
    call.out(f"{guest.name}\n")
    return 0

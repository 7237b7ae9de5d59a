"""The verbs about memory and processors: mem-set, mem-max, vcpu-set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from xentui.simulator import host, runtime
from xentui.simulator.call import Call
from xentui.simulator.guest import Guest
from xentui.simulator.xl import lookup
from xentui.simulator.xl.options import parse

_UNITS = {"b": 1 / 1024, "k": 1, "m": 1024, "g": 1024**2, "t": 1024**3}


def memory_kb(text: str) -> int | None:
    """Return a memory size in KiB; without a suffix MiB are meant (xl_parse.c, parse_mem_size_kb).  None: not a
    size.
    """
    found = re.fullmatch(r"(\d{1,12})([bkmgt]?)", text, re.IGNORECASE)
    if found is None:
        return None
    return int(int(found[1]) * _UNITS[found[2].lower() or "m"])


def _memory_arguments(call: Call, verb: str, words: Sequence[str], limit: str) -> tuple[Guest, int, str]:
    """Return the guest that ``words`` name, the size they ask for in KiB, and what xl says where it cannot be.

    ``limit`` is the word in that for what is set: ``dynamic`` or ``static``.  Raises what ends the call without a
    size, or without such a guest.
    """
    given = parse(call, verb, words, "", 2)
    number, guest = lookup.existing(call, given.arguments[0])
    text = given.arguments[1]
    wanted = memory_kb(text)
    if wanted is None:
        raise call.fail(f"invalid memory size: {text}")
    refused = f"cannot set domid {number} {limit} max memory to : {text}"
    if guest is None:
        lookup.no_info(call, number)
        raise call.fail(refused)
    return guest, wanted, refused


def mem_set(call: Call, words: Sequence[str]) -> int:
    """``xl mem-set DOM SIZE``: asks the guest's balloon driver."""
    guest, wanted, refused = _memory_arguments(call, "mem-set", words, "dynamic")
    number = guest.domid
    if wanted > guest.max_kb:
        lookup.libxl(
            call,
            "libxl_mem.c:255:libxl_set_memory_target",
            f"Domain {number}:memory_dynamic_max must be less than or equal to memory_static_max",
        )
        raise call.fail(refused)
    if wanted < 1:
        lookup.libxl(
            call,
            "libxl_mem.c:264:libxl_set_memory_target",
            f"Domain {number}:new target {wanted} is less than the minimum",
        )
        raise call.fail(refused)
    if wanted - guest.mem_kb > host.free_kb(call.state):
        lookup.libxl(
            call, "libxl_mem.c:285:libxl_set_memory_target", f"Domain {number}:xc_domain_setmaxmem failed"
        )
        raise call.fail(refused)
    config = call.state.config(number)
    config["b_info"]["target_memkb"] = wanted
    with call.state.change():
        changed = call.machine.balloon(guest, wanted, call.clock())
        call.state.update(changed, listing=runtime.entry(number, config))
    call.now()
    return 0


def mem_max(call: Call, words: Sequence[str]) -> int:
    """``xl mem-max DOM SIZE``: the ceiling for mem-set."""
    guest, wanted, refused = _memory_arguments(call, "mem-max", words, "static")
    number = guest.domid
    if wanted < guest.mem_kb:
        lookup.libxl(
            call,
            "libxl_mem.c:79:libxl_domain_setmaxmem",
            f"Domain {number}:Memory_static_max must be greater than or or equal to memory_dynamic_max",
        )
        raise call.fail(refused)
    config = call.state.config(number)
    config["b_info"]["max_memkb"] = wanted
    with call.state.change():
        call.state.update(replace(guest, max_kb=wanted), listing=runtime.entry(number, config))
    return 0


def vcpu_set(call: Call, words: Sequence[str]) -> int:
    """``xl vcpu-set [-i] DOM N``."""
    given = parse(call, "vcpu-set", words, "i", 2, {"ignore-host": "i"})
    number, guest = lookup.existing(call, given.arguments[0])
    text = given.arguments[1]
    if not re.fullmatch(r"\d{1,6}", text) or int(text) == 0:
        raise call.fail("Error: Invalid argument.")
    wanted = int(text)
    physical = host.hardware(call.state).cpus
    if "i" not in given and wanted > physical:
        raise call.fail(
            f"You are overcommmitting! You have {physical} physical CPUs and want {wanted} vCPUs! "
            "Aborting, use --ignore-host to continue"
        )
    if guest is None:
        return 1
    if wanted > guest.max_vcpus:
        raise call.fail(
            f"Error: Can't set number of vcpus to {wanted}: the domain has at most {guest.max_vcpus}."
        )
    config = call.state.config(number)
    config["b_info"]["avail_vcpus"] = list(range(wanted))
    with call.state.change():
        call.state.update(
            replace(guest.rebased(call.clock()), vcpus=wanted), listing=runtime.entry(number, config)
        )
    return 0

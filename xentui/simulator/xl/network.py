"""The verbs about network interfaces: network-attach, network-list, network-detach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from xentui import config as language
from xentui.errors import ConfigError
from xentui.simulator import deterministic_random, runtime, yajl
from xentui.simulator.call import Call, Exit
from xentui.simulator.xl import lookup
from xentui.simulator.xl.options import parse

_KNOWN = frozenset(
    [
        *("type", "mac", "bridge", "ip", "script", "backend", "vifname", "rate", "model", "accel", "mtu"),
        *("devid", "gatewaydev", "netdev", "trusted", "vlan"),
    ]
)
_NUMBERS = frozenset({"devid", "mtu"})


def attach(call: Call, words: Sequence[str], *, dry: bool = False) -> int:
    """``xl network-attach DOM [KEY=VALUE …]``: one key an argument, a comma ends it (xl_nic.c)."""
    given = parse(call, "network-attach", words, "", 1)
    number, guest = lookup.existing(call, given.arguments[0])
    nic = _parse(call, given.arguments[1:])
    if dry:
        call.out("vif: " + yajl.render(nic) + "\n")
        return 0
    if guest is None:
        lookup.no_type(call, number)
        raise _failed(call)
    config = call.state.config(number)
    nics = config.setdefault("nics", [])
    devid = max((int(present["devid"]) for present in nics), default=-1) + 1
    drawn = deterministic_random.mac(guest.seed, number, devid, len(guest.held) + 17)
    nics.append(runtime.nic_with_defaults(nic, devid, drawn))
    call.state.update(replace(guest), listing=runtime.entry(number, runtime.ordered(config)))
    return 0


def _failed(call: Call) -> Exit:
    lookup.libxl(call, "libxl_device.c:1486:device_addrm_aocomplete", "unable to add device")
    call.err("libxl_device_nic_add failed.\n")
    return Exit(1)


def _parse(call: Call, words: Sequence[str]) -> dict[str, Any]:
    nic: dict[str, Any] = {}
    for word in words:
        key, equals, rest = word.partition("=")
        value = rest.partition(",")[0]
        if not equals or key not in _KNOWN:
            raise call.fail(f"unrecognized argument `{word}'")
        try:
            language.parse_vif(f"{key}={value}", source="command line")
        except ConfigError as error:
            for line in getattr(error, "words", ()) or (error.message,):
                call.err(f"{line}\n")
            raise Exit(1) from None
        name = {"vifname": "ifname", "type": "nictype"}.get(key, key)
        nic[name] = int(value) if key in _NUMBERS else value
    return nic


def listing(call: Call, words: Sequence[str]) -> int:
    """``xl network-list DOM …``."""
    given = parse(call, "network-list", words, "", 1)
    call.out(
        f"{'Idx':<3} {'BE':<2} {'Mac Addr.':<17} {'handle':<6} {'state':<5} {'evt-ch':<6}"
        f" {'tx-':>5}/{'rx-ring-ref':<5} {'BE-path':<30}\n"
    )
    for word in given.arguments:
        number, guest = lookup.existing(call, word)
        if guest is None:
            continue
        for nic in call.state.config(number).get("nics", []):
            devid = int(nic["devid"])
            path = f"/local/domain/0/backend/vif/{number}/{devid}"
            ring = 768 + 256 * devid
            call.out(
                f"{devid:<3d} {0:<2d} {nic['mac']:<17} {devid:6d} {4:5d} {-1:6d}"
                f" {ring:5d}/{ring + 1:<11d} {path:<30}\n"
            )
    return 0


def detach(call: Call, words: Sequence[str]) -> int:
    """``xl network-detach DOM DEVID|MAC``."""
    given = parse(call, "network-detach", words, "", 2)
    number, guest = lookup.existing(call, given.arguments[0])
    word = given.arguments[1]
    config = call.state.config(number) if guest is not None else {}
    nics = config.get("nics", [])
    left = [nic for nic in nics if word.lower() not in (str(nic["devid"]), nic["mac"].lower())]
    if guest is None or len(left) == len(nics):
        if word.isdecimal():
            lookup.libxl(
                call,
                "libxl_xshelp.c:206:libxl__xs_read_mandatory",
                f"xenstore read failed: `/libxl/{number}/device/vif/{word}': No such file or directory",
            )
        raise call.fail(f"Unknown device {word}.")
    config["nics"] = left
    if not left:
        del config["nics"]
    call.state.update(guest, listing=runtime.entry(number, config))
    return 0

"""A domain of xend as a configuration file (XendConfig.py of Xen 4.4: ``to_sxp``, legacy names and XenAPI's).

What the s-expression says twice is taken from the legacy names where they are there.  Whatever of it is used is
marked (:mod:`.xend_source`); the rest is told, but for what xend wrote of the moment and filled in by itself
(:mod:`.xend_known`).  The lines then go through the same rules as a file of xm.
"""

from __future__ import annotations

import re

from xentui.config.convert.key_rules import RESTARTS
from xentui.config.convert.passes import converted
from xentui.config.convert.records import Conversion, ConvertedLine
from xentui.config.convert.rewriting import Rewriting
from xentui.config.convert.xend_devices import devices, host_devices
from xentui.config.convert.xend_image import image
from xentui.config.convert.xend_screen import pv_screens
from xentui.config.convert.xend_source import XendSource, text_of
from xentui.config.convert.xend_values import Lines, cpu_ranges, spelled, whole_in
from xentui.config.document import parse
from xentui.config.identities import UUID_DIGITS, dashed
from xentui.config.refusal import RefusedError, printable
from xentui.config.sxp import Sxp, read_sxp
from xentui.errors import Suggest

_MIB = 1 << 20
_MAX_CPUS = 62
_UUID = UUID_DIGITS
_BITS = re.compile(r"[01xksXKS]{1,32}")
_LEAF = re.compile(r"(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})(?:,(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10}))?")
_REGISTERS = ("eax", "ebx", "ecx", "edx")
_BACKENDS = ("blkif", "netif", "tpmif")


def domains(text: str, *, source: str = "<configuration>") -> tuple[Sxp, ...]:
    """Return the domains of ``config.sxp`` or ``xm list -l``, Domain-0 left out; raises RefusedError for what is
    none.
    """
    found = read_sxp(text, source=source)
    for item in found:
        if item.head not in ("domain", "vm"):
            raise RefusedError(
                f"'{printable(item.head)}' is not a domain of xend",
                source=source,
                line=item.line,
                column=1,
                hint="Give a config.sxp of /var/lib/xend/domains, or what `xm list -l` prints.",
            )
    return tuple(item for item in found if item.value("domid") != "0" and name_in(item) != "Domain-0")


def name_in(domain: Sxp) -> str:
    """Return the domain's name, "" where it has none."""
    return domain.value("name") or domain.value("name_label")


def from_sxp(text: str, *, source: str = "<configuration>") -> Conversion:
    """Return the configuration of the one domain of a text; raises RefusedError where there are none or several."""
    found = domains(text, source=source)
    if len(found) != 1:
        raise RefusedError(
            f"the text holds {len(found) or 'no'} domains",
            source=source,
            hint=(Suggest("host.import", "FILE"), " takes all of them.")
            if found
            else "Domain-0 is not converted.",
        )
    return from_domain(found[0], source=source)


def from_domain(domain: Sxp, *, source: str = "<configuration>") -> Conversion:
    """Return the configuration of one domain; raises ConfigError for what no configuration can hold."""
    lines, read = Lines(), XendSource(domain)
    _identity(read, lines)
    guest = image(read, lines)
    _memory(read, lines)
    _processors(read, lines)
    _features(read, lines)
    _events(read, lines)
    devices(read, lines)
    if guest.kind == "pv":
        pv_screens(read, guest.nodes, lines)
    host_devices(read, lines)
    made = converted(Rewriting(lines.text), parse(lines.text, source=source), as_xm=True)
    whole = ConvertedLine(
        domain.line, "s-expression of xend", "configuration file", "xl reads no s-expressions (xl.cfg(5))"
    )
    told = sorted((*read.changes, *read.rest(guest.kind)), key=lambda change: change.line)
    later = tuple(ConvertedLine(0, change.before, change.after, change.reason) for change in made.changes)
    return Conversion(made.document, (whole, *told, *later))


def _identity(read: XendSource, lines: Lines) -> None:
    domain = read.domain
    for line in read.text((domain, "description"), (domain, "Description")).splitlines():
        lines.comment(line)
    lines.string("name", read.text((domain, "name"), (domain, "name_label")))
    uuid = read.text(
        (domain, "uuid"), fits=_UUID.fullmatch, why="it is not a uuid, which xl refuses", same=_digits
    )
    lines.string("uuid", _digits(uuid))


def _digits(uuid: str) -> str:
    return dashed(uuid).lower()


def _memory(read: XendSource, lines: Lines) -> None:
    memory, most = _amount(read, "memory", "memory_dynamic_max"), _amount(read, "maxmem", "memory_static_max")
    if memory:
        lines.number("memory", memory)
    if most > memory:
        lines.number("maxmem", most)
    least = read.domain.child("memory_dynamic_min")
    if least is not None and whole_in(text_of(least) or "") in (0, memory * _MIB):
        read.use(least)
    shadow = whole_in(read.text((read.domain, "shadow_memory"), fits=_is_whole))
    if shadow:
        lines.number("shadow_memory", shadow)
    pool = read.text((read.domain, "pool_name"))
    lines.string("pool", "" if pool == "Pool-0" else pool)


def _amount(read: XendSource, legacy: str, newer: str) -> int:
    """Return an amount of memory in MiB; the XenAPI's is in bytes."""
    own = whole_in(read.text((read.domain, legacy), fits=_is_whole)) or 0
    bytes_ = whole_in(
        read.text(
            (read.domain, newer),
            fits=lambda text: _is_whole(text) and own in (0, int(text) // _MIB),
            why=f"{legacy} has another value, which takes precedence" if own else "it is not a number",
        )
    )
    return own or (bytes_ or 0) // _MIB


def _processors(read: XendSource, lines: Lines) -> None:
    domain = read.domain
    images = [inner for entry in domain.children("image") for inner in entry.lists]
    places = [(domain, "vcpus"), (domain, "VCPUs_max"), *((inner, "vcpus") for inner in images)]
    vcpus = whole_in(read.text(*places, fits=whole_in, why="it is not a number of CPUs")) or 1
    mask = whole_in(read.text((domain, "vcpu_avail"), fits=_is_whole))
    online = (mask & ((1 << min(vcpus, _MAX_CPUS)) - 1)).bit_count() if mask else vcpus
    lines.number("vcpus", online or vcpus)
    if 0 < online < vcpus:
        lines.number("maxvcpus", vcpus)
    holders = domain.children("vcpus_params")
    pairs = [inner for entry in holders for inner in entry.lists if not inner.head]
    read.open(*holders, *pairs)
    for key, newer, legacy, usual in (
        ("cpu_weight", "weight", "cpu_weight", 256),
        ("cap", "cap", "cpu_cap", 0),
    ):
        of_scheduler = [*((inner, newer) for inner in pairs), (domain, legacy)]
        value = whole_in(read.text(*of_scheduler, fits=_is_whole, why="xl takes a whole number"))
        if value is not None and value != usual:
            lines.number(key, value)
    _affinity(read, lines)


def _affinity(read: XendSource, lines: Lines) -> None:
    """``cpus``, and the older ``cpu``, which xend put before it."""
    found: str | list[str] | None = None
    for entry in reversed(read.domain.children("cpus")):
        ranges = cpu_ranges(entry)
        if ranges is None:
            read.leave(entry, "it is not a list of CPUs")
        elif found in (None, ranges):
            found = ranges
            read.use(entry)
    first = read.text((read.domain, "cpu"), fits=_is_whole, why="a negative number means any CPU")
    if isinstance(found, list):
        lines.items("cpus", [f"{first},{row}" if first else row for row in found])
    else:
        lines.string("cpus", ",".join(filter(None, (first, found))))


def _features(read: XendSource, lines: Lines) -> None:
    """CPU features in xl's second spelling, which is xm's; and backends of other domains."""
    specs: list[str] = []
    for entry in read.domain.children("cpuid"):
        leaves = [_leaf(leaf) for inner in entry.lists if not inner.head for leaf in inner.lists]
        if leaves and all(leaves) and entry.lists == entry.items[1:]:
            specs += leaves
            read.use(entry)
    lines.items("cpuid", specs)
    serving = [
        entry
        for entry in read.domain.children("backend")
        if entry.lists
        and entry.lists == entry.items[1:]
        and all(inner.head in _BACKENDS for inner in entry.lists)
    ]
    if serving:
        lines.number("driver_domain", 1)
    for entry in serving:
        read.made(entry, "driver_domain = 1", "xl's name for a domain that serves devices (xl.cfg(5))")


def _leaf(leaf: Sxp) -> str:
    """``(1 ((ecx xxxx)))`` as ``1:ecx=xxxx``, "" for what is none."""
    pairs = leaf.lists[0].lists if len(leaf.lists) == 1 else []
    words = [(pair.head, text_of(pair) or "") for pair in pairs]
    if not words or not _LEAF.fullmatch(leaf.head) or len(pairs) != len(leaf.lists[0].items):
        return ""
    if not all(register in _REGISTERS and _BITS.fullmatch(bits) for register, bits in words):
        return ""
    return f"{leaf.head}:{','.join(f'{register}={bits}' for register, bits in words)}"


def _events(read: XendSource, lines: Lines) -> None:
    domain = read.domain
    restart = read.text((domain, "restart"), fits=RESTARTS.__contains__)
    if restart:
        after = ", ".join(f"on_{key} = {action}" for key, action in
                          zip(("poweroff", "reboot", "crash"), RESTARTS[restart], strict=True))  # fmt: skip
        read.made(
            domain.children("restart")[-1], after, "xl has on_poweroff, on_reboot and on_crash (xl.cfg(5))"
        )
    for index, (key, newer) in enumerate(
        (("poweroff", "shutdown"), ("reboot", "reboot"), ("crash", "crash"))
    ):
        places = ((domain, f"on_{key}"), (domain, f"actions_after_{newer}"))
        action = read.text(*places, same=_hyphened)
        for entry in [entry for node, name in places for entry in node.children(name)][:1]:
            if action != _hyphened(action):
                read.made(entry, f'on_{key} = "{_hyphened(action)}"', "xl's spelling (xl.cfg(5))")
        default = RESTARTS[restart][index] if restart else ""
        if key == "crash" and not (action or default):
            default = "restart"
            read.changes.append(
                ConvertedLine(
                    domain.line,
                    "",
                    'on_crash = "restart"',
                    "xend's default; xl destroys the domain (xl.cfg(5))",
                )
            )
        lines.string(f"on_{key}", _hyphened(action) or default)
    for key in ("on_xend_start", "on_xend_stop"):
        action = read.text((domain, key))
        if key == "on_xend_start" and read.text((domain, "auto_power_on")) in ("True", "1"):
            action = action if action not in ("", "ignore") else "start"
        lines.string(key, "" if action == "ignore" else action)


def _hyphened(action: str) -> str:
    return action.replace("_", "-").replace("coredump-and-", "coredump-")


def _is_whole(text: str) -> bool:
    return whole_in(text) is not None and spelled(text) == text

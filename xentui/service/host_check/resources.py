"""What guests are given: loop devices for image files, bridges, room."""

from __future__ import annotations

from xentui.service.host_check import facts as read
from xentui.service.host_check.facts import Facts, Space, assignments
from xentui.service.host_check.report_line import CheckState, Finding, Mend, fault, note, ok, unknown, warning

_GIB = 1 << 30
_TIGHT, _LOW = 0.03, 0.10
_ORDER = (CheckState.OK, CheckState.WARNING, CheckState.FAULT)
_WITHOUT_XEN_TOOLS = 13
"""The first release of Debian that has no xen-tools."""
_ENOUGH = 20 * _GIB
"""Free bytes with which a file system is not low, however large it is."""


def loop_devices(facts: Facts) -> Finding:
    """Return whether image files can be disks."""
    if facts.unread:
        return unknown(facts.unread)
    if facts.found(read.LOOP_CONTROL):
        return ok("are created as needed")
    if not facts.found(read.LOOP_MODULE):
        load = ("modprobe", "loop")
        return fault(
            "the kernel's loop driver is not loaded",
            "raw image files cannot be used as disks",
            " ".join(load),
            Mend("load the loop driver", (), (load,)),
        )
    most = facts.texts.get(read.MAX_LOOP, "").strip()
    if not most.isdigit():
        return unknown(facts.trouble(read.MAX_LOOP))
    return warning(
        f"there are {most}, and no more can be created (no {read.LOOP_CONTROL})",
        "each raw image file used as a disk needs one",
        "options loop max_loop=255 in /etc/modprobe.d/loop.conf",
    )


def bridges(facts: Facts) -> Finding:
    """Return whether guests can reach a network."""
    if facts.unread:
        return unknown(facts.unread)
    names = [path.split("/")[-2] for path in facts.found(read.BRIDGES)]
    wanted = {vif.bridge for domain in facts.domains or () for vif in domain.config.vifs if vif.bridge}
    if not names and facts.found(read.SWITCH):
        return ok("Open vSwitch runs")
    if not names:
        return warning(
            "there is none",
            "guests have no network: xl connects them to a bridge (xenbr0 by default) and never creates one",
            _bridge_steps(facts),
        )
    missing = sorted(wanted - set(names))
    if missing and not facts.found(read.SWITCH):
        return warning(
            f"{', '.join(sorted(names))}; not there: {', '.join(missing)}",
            "a domain that names it does not start",
            _bridge_steps(facts),
        )
    return ok(", ".join(sorted(names)))


def _bridge_steps(facts: Facts) -> str:
    if "debian" in facts.distribution:
        return "`iface xenbr0 inet dhcp` with `bridge_ports eth0` in /etc/network/interfaces (it cuts connections)"
    if facts.distribution & {"suse", "opensuse"}:
        return "yast2 lan: add a bridge with the network card (it cuts connections)"
    if "fedora" in facts.distribution:
        return "nmcli connection add type bridge ifname xenbr0 (and the network card as its port)"
    return "make a bridge xenbr0 with the network card as its port"


def space(facts: Facts) -> Finding:
    """Return whether there is room for the store and below images."""
    if not facts.spaces:
        return unknown(facts.no_spaces or "df says nothing")
    worst = min(facts.spaces, key=_share)
    state = max((_state(each) for each in facts.spaces), key=_ORDER.index)
    found = "; ".join(
        f"{each.mount} ({each.of}): {_size(each.free)} of {_size(each.size)} free"
        for each in sorted(facts.spaces, key=_share)[:4]
    )
    if state is CheckState.OK:
        return ok(found)
    why = "a sparse image that cannot grow stops its guest; the store can keep neither a change nor a memory image"
    return Finding(state, found, why, f"df -h {worst.mount}")


def xen_tools(facts: Facts) -> Finding:
    """Return whether guests can be made by xen-create-image."""
    if facts.unread:
        return unknown(facts.unread)
    if facts.found(read.XEN_TOOLS):
        return ok(f"xen-create-image is installed ({facts.packages.get('xen-tools', read.XEN_TOOLS)})")
    release = assignments(facts.texts.get(read.OS_RELEASE, "")).get("VERSION_ID", "")
    old = "debian" in facts.distribution and release.isdigit() and int(release) < _WITHOUT_XEN_TOOLS
    why = "needed only to make guests with xen-create-image; Debian has it up to 12"
    return note("xen-create-image is not installed", why, "apt install xen-tools" if old else "")


def _share(each: Space) -> float:
    return each.free / each.size if each.size else 1.0


def _state(each: Space) -> CheckState:
    if not each.size or each.free >= _ENOUGH:
        return CheckState.OK
    share = _share(each)
    return CheckState.FAULT if share < _TIGHT else CheckState.WARNING if share < _LOW else CheckState.OK


def _size(number: int) -> str:
    return f"{number / _GIB:.1f} GiB" if number >= _GIB else f"{number / (1 << 20):.0f} MiB"

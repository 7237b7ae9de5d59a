"""What the host boots, and with which memory Domain-0 does."""

from __future__ import annotations

import re
import shlex

from xentui.service.host_check import facts as read, grub
from xentui.service.host_check.facts import Facts, assignments
from xentui.service.host_check.report_line import Finding, Mend, fault, note, ok, unknown, warning

_LINUX = "after the next reboot this machine would run plain Linux, and no guests"


def boot_loader(facts: Facts) -> Finding:
    """Return whether the boot loader starts Xen by itself."""
    try:
        menu = grub.menu_of(facts)
    except grub.NoMenuError as error:
        why = "whether the next boot starts Xen is not known" if facts.control else ""
        return unknown(str(error), why)
    xen = grub.first_xen(menu)
    default = menu.entries[menu.default] if 0 <= menu.default < len(menu.entries) else None
    if xen is None:
        again = shlex.join(grub.regenerate(facts))
        if facts.found(read.XEN_IMAGES):
            mend = Mend("rebuild the boot menu", (), (grub.regenerate(facts),))
            return fault("the boot menu has no entry of Xen, though it is installed", _LINUX, again, mend)
        return fault("the boot menu has no entry of Xen, and none is in /boot", _LINUX)
    if default is None:
        return unknown("the boot menu has no default", _LINUX)
    if grub.boots_xen(default):
        return (
            note(f"boots Xen next: {default.title}", "for one boot only")
            if menu.once
            else ok(f"boots Xen: {default.title}")
        )
    found = f"boots {default.title!r} by default, which is not Xen"
    if menu.once:
        return note(f"boots {default.title!r} next, for one boot only")
    mend_it = grub.mend(facts, xen)
    if mend_it is None:
        return fault(
            found,
            _LINUX,
            f"set GRUB_DEFAULT to {grub.named(xen)!r}, then {shlex.join(grub.regenerate(facts))}",
        )
    return fault(found, _LINUX, as_shell(mend_it), mend_it)


def dom0_memory(facts: Facts) -> Finding:
    """Return whether Domain-0 keeps its memory, or gives it to guests until it has too little itself."""
    if "xen_commandline" not in facts.report:
        return unknown(facts.silent or "xl info does not say how Xen was booted")
    options = dict(re.findall(r"(?:^|\s)(dom0_mem)=(\S+)", facts.report["xen_commandline"]))
    why = "Domain-0 gives its memory to guests that start, and can run out of it itself"
    part = grub.DEBIAN_PART if grub.DEBIAN_PART in facts.texts else read.GRUB_DEFAULTS
    command = (
        f'GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=2G,max:2G" in {part} (as much as it needs), '
        f"then {shlex.join(grub.regenerate(facts))}"
    )
    value = options.get("dom0_mem", "")
    if not value:
        return warning("is not fixed: Xen was booted without dom0_mem=", why, command)
    parts = dict(_parts(value))
    most, given = parts.get("max"), parts.get("")
    if most is None:
        return warning(f"is not fixed: dom0_mem={value} has no max:", why, command)
    if given is not None and _bytes(given) != _bytes(most):
        return warning(f"can be ballooned from {given} to {most} (dom0_mem={value})", why, command)
    auto = assignments(facts.texts.get(read.XL_CONF, "")).get("autoballoon", "auto").lower()
    if auto in ("on", "1"):
        return warning(
            f"is fixed to {most}, but autoballoon={auto} in {read.XL_CONF} takes from it",
            why,
            f'autoballoon="auto" in {read.XL_CONF}',
        )
    return ok(f"fixed to {most}")


def _parts(value: str) -> list[tuple[str, str]]:
    """Return ``2G,max:2G`` as pairs of what is limited ("": what it begins with) and how much."""
    pairs = (part.partition(":") for part in value.split(","))
    return [(name, size) if colon else ("", name) for name, colon, size in pairs]


def _bytes(size: str) -> int:
    """Return a size of Xen's command line in bytes, in KiB where it has no unit; -1 for what is none."""
    match = re.fullmatch(r"(\d{1,15})([bkmgt]?)", size.lower())
    if match is None:
        return -1
    return (
        int(match[1])
        * {"b": 1, "": 1 << 10, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}[match[2]]
    )


def as_shell(mend: Mend) -> str:
    """Return a mend as what an admin would type: the line that changes in each file, and the commands."""
    words = []
    for edit in mend.edits:
        before = set(edit.old.split("\n"))
        words += [f"{line} in {edit.path}" for line in edit.new.split("\n") if line and line not in before]
    return ", then ".join([*words, *(shlex.join(command) for command in mend.commands)])

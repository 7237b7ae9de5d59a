"""Single parameters: events, CPUs, names, and what only xm reads (xm create.py, xl.cfg(5))."""

from __future__ import annotations

import re

from xentui.config.convert.rule_input import RuleInput
from xentui.config.libxl.translation import ACTIONS, ON_KEYS
from xentui.config.numbers import c_long
from xentui.config.quoting import quote
from xentui.config.schema import BOOLEAN, NUMBER, schema
from xentui.config.syntax import Scalar

_DIGITS = re.compile(r"[ \t]*[+-]?[0-9]{1,18}[ \t]*")
RESTARTS = {
    "onreboot": ("destroy", "restart", "destroy"),
    "always": ("restart", "restart", "restart"),
    "never": ("destroy", "destroy", "destroy"),
}
"""What ``restart`` stood for: on_poweroff, on_reboot, on_crash (XendConfig.py, xmdomain.cfg(5))."""
_EVENTS = ("on_poweroff", "on_reboot", "on_crash")
_NOTES = {
    "on_xend_start": "there is no xend; `xentui autostart DOM on` starts a domain with the host",
    "on_xend_stop": "there is no xend; xendomains stops domains with the host",
    "description": "xl has no description; it is kept as a comment",
    "vncviewer": "xl opens a viewer with `xl create -V` or `xl vncviewer` only",
    "vncconsole": "xl opens a viewer with `xl create -V` or `xl vncviewer` only",
    "device_model": "xl finds the device model by itself and warns of this",
}


def events(work: RuleInput) -> None:
    """``restart`` in three keys, and the XenAPI's spelling of the actions."""
    document = work.document
    actions = RESTARTS.get(document.string("restart") or "")
    if work.has("restart"):
        work.comment_out(
            "restart", "obsolete in xm too; xl has on_poweroff, on_reboot and on_crash (xl.cfg(5))"
        )
        for key, action in zip(_EVENTS, (actions or ()) if work.as_xm else (), strict=False):
            if not work.has(key):
                work.set(key, action, f"what restart stood for (XendConfig.py): {document.string('restart')}")
    work.handled.update(_EVENTS if actions else ())
    for key in ON_KEYS:
        action = document.string(key) or ""
        if action not in ACTIONS and action.replace("_", "-") in ACTIONS:
            work.set(key, action.replace("_", "-"), "xl's spelling (xl.cfg(5))")


def processors(work: RuleInput) -> None:
    """``cpu_cap``, ``cpu``, ``vcpu_avail``, ``irq``."""
    document = work.document
    if not work.as_xm:
        return
    for key, new in (("cpu_cap", "cap"), ("irq", "irqs")):
        if work.has(key):
            if work.has(new):
                work.comment_out(key, f"xl reads {new} only (xl.cfg(5))")
            else:
                work.rename(key, new, "xl's name for it (xl.cfg(5))")
    cpu = document.number("cpu")
    if cpu is not None and cpu >= 0 and not work.has("cpus"):
        work.turn_into("cpu", f"cpus = {quote(str(cpu))}", "xl's name for it (xl.cfg(5))")
    mask, most = document.number("vcpu_avail"), document.number("vcpus")
    if mask is not None and mask > 0 and most is not None and most > 0 and not work.has("maxvcpus"):
        online = (mask & ((1 << min(most, 62)) - 1)).bit_count()
        if 0 < online <= most:
            reason = "xl counts the CPUs that are online; the maximum is maxvcpus (xl.cfg(5))"
            work.turn_into("vcpu_avail", f"maxvcpus = {most}", reason)
            work.set("vcpus", online, reason)


def backends(work: RuleInput) -> None:
    """``blkif``, ``netif`` and ``tpmif``: a domain that serves devices."""
    for key in ("blkif", "netif", "tpmif"):
        if work.has(key):
            if (
                work.as_xm
                and work.document.boolean(key)
                and not work.has("driver_domain")
                and "driver" not in work.handled
            ):
                work.handled.add("driver")
                work.turn_into(
                    key, "driver_domain = 1", "xl's name for a domain that serves devices (xl.cfg(5))"
                )
            else:
                work.comment_out(key, "xl reads driver_domain only (xl.cfg(5))")


def renamed(work: RuleInput) -> None:
    """``extid``, and the device model in a domain of its own."""
    if not work.as_xm:
        return
    if work.has("extid"):
        if work.document.boolean("extid") and not work.has("viridian"):
            work.turn_into("extid", "viridian = 1", "xl's name for it (xl.cfg(5))")
        else:
            work.comment_out("extid", "xl reads viridian only (xl.cfg(5))")
    new = "device_model_stubdomain_override"
    path = work.document.string("device_model") or ""
    if path.rpartition("/")[2] == "stubdom-dm" and not work.has(new):
        work.turn_into(
            "device_model",
            f"{new} = 1",
            "xl has a switch for a device model in a domain of its own (xl.cfg(5))",
        )


def only_of_xm(work: RuleInput) -> None:
    """Whatever else xl does not read becomes a comment, with what to write instead."""
    for key in work.document.keys():  # noqa: SIM118 - not a dict
        known = schema().get(key)
        if known is None or known.toolstack != "xm" or key in work.handled:
            continue
        work.comment_out(key, f"{instead_of(key)} (xl.cfg(5))")


def instead_of(key: str) -> str:
    """Return what to do about a parameter that only xm reads."""
    known = schema().get(key)
    note = _NOTES.get(key) or (
        f"xl does not read it; it has {known.instead}" if known and known.instead else ""
    )
    return note or "xl does not read it and has no replacement"


def numbers(work: RuleInput) -> None:
    """Quoted numbers that xl reads otherwise than xm did, or not at all."""
    document = work.document
    if not work.as_xm:
        return
    for key in document.keys():  # noqa: SIM118 - not a dict
        known = schema().get(key)
        if known is None or known.kind not in (NUMBER, BOOLEAN) or key in work.handled:
            continue
        part = document.parts(key)[-1]
        if not isinstance(part.value, Scalar) or not part.value.quoted or part.operator != "=":
            continue
        text = part.value.text
        if not _DIGITS.fullmatch(text):
            continue
        number, read = int(text), c_long(text)
        if number >= 0 and (read is None or (read != number and work.of_xm)):
            work.set(key, number, "xl reads a number in C's notation, xm read it in decimal (xl.cfg(5))")


def name(work: RuleInput) -> None:
    """A domain without a name is called after its file; an empty one is none to xm, and Domain-0 to xl."""
    document = work.document
    if work.name and (not document.parts("name") or document.string("name") == ""):
        work.of_xm = True
        work.set("name", work.name, "xl requires a name (xl.cfg(5)); xm used the file's (xm create.py)")


def defaults(work: RuleInput) -> None:
    """What xm filled in by itself, and xl fills in otherwise; of files only that are xm's for another reason."""
    if not (work.as_xm and work.of_xm):
        return
    if not work.has("memory"):
        work.add("memory = 128", "xm's default; xl gives 32 MiB (xm create.py)")
    if not work.has("on_crash") and "on_crash" not in work.handled:
        work.add('on_crash = "restart"', "xm's default; xl destroys the domain (xend, xl.cfg(5))")

"""A domain of xend as a configuration file (XendConfig.py of Xen 4.4: ``to_sxp``, legacy names and XenAPI's).

What the s-expression says twice is taken from the legacy names where they are there; what it says of the moment
(domid, state, times) is left out.  The lines then go through the same rules as a file of xm.
"""

from __future__ import annotations

import re

from xentui.config.convert.records import Change, Conversion
from xentui.config.convert.xend_devices import DEVICES, device_lines
from xentui.config.convert.xend_values import Lines, cpu_ranges
from xentui.config.refusal import RefusedError, printable
from xentui.config.sxp import Sxp, read_sxp

_MIB = 1 << 20
_MOMENT = frozenset(
    (
        "domid", "domain", "vm", "state", "status", "store_mfn", "console_mfn", "start_time", "cpu_time",
        "online_vcpus",
        "is_a_template", "is_control_domain", "other_config", "auto_power_on", "VCPUs_live", "uuid", "oos", "target",
        "notes", "shadow_memory", "vcpus_params", "platform", "HVM_boot_params", "HVM_boot_policy", "power_state",
        "image", "device", "name_label", "name", "PV_args", "PV_kernel", "PV_ramdisk", "PV_bootloader",
        "PV_bootloader_args", "memory_static_min", "memory_static_max", "memory_dynamic_max", "memory_dynamic_min",
        "VCPUs_at_startup", "VCPUs_max", "actions_after_shutdown", "actions_after_reboot", "actions_after_crash",
        "s3_integrity", "superpages", "memory_sharing", "Description", "security_label", "memory", "maxmem", "vcpus",
        "vcpu_avail", "bootloader", "bootloader_args", "cpus", "cpu_weight", "cpu_cap", "on_poweroff", "on_reboot",
        "on_crash", "on_xend_start", "on_xend_stop", "description", "features", "pool_name", "bootable", "localtime",
        "tsc_mode", "nomigrate", "machine_address_size", "suppress_spurious_page_faults", "backend", "security",
    )
)  # fmt: skip
_HVM_KEYS = (
    "boot", "acpi", "apic", "pae", "hap", "viridian", "hpet", "timer_mode", "nestedhvm", "localtime", "rtc_timeoffset",
    "usb", "usbdevice", "serial", "soundhw", "stdvga", "vnc", "vnclisten", "vncdisplay", "vncunused", "vncpasswd",
    "sdl",
    "opengl", "keymap", "videoram", "nographic", "xen_platform_pci", "gfx_passthru",
)  # fmt: skip
_NUMBERS = frozenset(
    (
        "acpi", "apic", "pae", "hap", "viridian", "hpet", "timer_mode", "nestedhvm", "localtime", "rtc_timeoffset",
        "usb", "stdvga", "vnc", "vncdisplay", "vncunused", "sdl", "opengl", "videoram", "nographic", "xen_platform_pci",
    )
)  # fmt: skip
_NUMBER = re.compile(r"[0-9]{1,18}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def domains(text: str, *, source: str = "<configuration>") -> tuple[Sxp, ...]:
    """The domains of ``config.sxp`` or ``xm list -l``, Domain-0 left out; raises RefusedError for what is none."""
    found = read_sxp(text, source=source)
    for item in found:
        if item.head not in ("domain", "vm"):
            raise RefusedError(
                f"'{printable(item.head)}' is no domain of xend",
                source=source,
                line=item.line,
                column=1,
                hint="Give a config.sxp of /var/lib/xend/domains, or what `xm list -l` prints.",
            )
    return tuple(item for item in found if item.value("domid") != "0" and name_in(item) != "Domain-0")


def name_in(domain: Sxp) -> str:
    """The domain's name, "" where it has none."""
    return domain.value("name") or domain.value("name_label")


def from_sxp(text: str, *, source: str = "<configuration>") -> Conversion:
    """The configuration of the one domain of a text; raises RefusedError where there are none or several."""
    found = domains(text, source=source)
    if len(found) != 1:
        raise RefusedError(
            f"the text holds {len(found) or 'no'} domains",
            source=source,
            hint="`xentui import FILE` takes all of them." if found else "Domain-0 is not converted.",
        )
    return from_domain(found[0], source=source)


def from_domain(domain: Sxp, *, source: str = "<configuration>") -> Conversion:
    """The configuration of one domain; raises ConfigError for what no configuration can hold."""
    from xentui.config.convert import convert  # noqa: PLC0415 - each is used by the other

    lines = Lines()
    _identity(domain, lines)
    kind = _image(domain, lines)
    _resources(domain, lines)
    _events(domain, lines)
    lines.items("disk", device_lines(domain, "disk", lines))
    lines.items("vif", device_lines(domain, "vif", lines))
    lines.items("vfb", [] if kind == "hvm" else device_lines(domain, "vfb", lines))
    lines.items("pci", device_lines(domain, "pci", lines))
    for device in domain.children("device"):
        inner = next((item for item in device.items if isinstance(item, Sxp)), None)
        if inner is not None and inner.head not in DEVICES:
            lines.left_out(inner, f"xl has no {printable(inner.head)} device like xend's")
    for item in domain.items[1:]:
        if isinstance(item, Sxp) and item.head not in _MOMENT:
            lines.left_out(item, "xl has nothing in its place")
    made = convert(lines.text, source=source)
    whole = Change(
        domain.line, "s-expression of xend", "configuration file", "xl reads no s-expressions (xl.cfg(5))"
    )
    later = tuple(Change(0, change.before, change.after, change.reason) for change in made.changes)
    return Conversion(made.document, (whole, *lines.changes, *later))


def _identity(domain: Sxp, lines: Lines) -> None:
    description = domain.value("description") or domain.value("Description")
    for line in description.splitlines():
        lines.comment(line)
    lines.string("name", name_in(domain))
    uuid = domain.value("uuid")
    if uuid and not _UUID.fullmatch(uuid):
        lines.comment(f"uuid {uuid}")
    elif uuid:
        lines.string("uuid", uuid.lower())


def _image(domain: Sxp, lines: Lines) -> str:
    """Kernel, boot loader and command line; returns ``pv`` or ``hvm``."""
    wrapper = domain.child("image")
    image = next((item for item in wrapper.items if isinstance(item, Sxp)), None) if wrapper else None
    image = image if image is not None else Sxp(domain.line)
    kind = "hvm" if image.head == "hvm" or domain.value("HVM_boot_policy") else "pv"
    lines.string("type", kind)
    loader = domain.value("bootloader") or domain.value("PV_bootloader")
    if loader and kind == "pv":
        lines.string("bootloader", loader)
        arguments = domain.value("bootloader_args") or domain.value("PV_bootloader_args")
        lines.string("bootargs", arguments)
    if kind == "hvm":
        for key in _HVM_KEYS:
            _setting(image, key, lines)
        return kind
    # What a boot loader wrote for the last boot is gone: the path means nothing any more.
    if not loader:
        lines.string("kernel", image.value("kernel") or domain.value("PV_kernel"))
        lines.string("ramdisk", image.value("ramdisk") or domain.value("PV_ramdisk"))
    lines.string("root", image.value("root").removeprefix("root="))
    address = image.value("ip")
    words = [f"ip={address}" if address else "", image.value("args") or domain.value("PV_args")]
    lines.string("extra", " ".join(filter(None, words)))
    return kind


def _setting(image: Sxp, key: str, lines: Lines) -> None:
    value = image.value(key)
    if value in ("", "None"):
        return
    if key in _NUMBERS:
        word = {"True": "1", "False": "0"}.get(value, value)
        if _NUMBER.fullmatch(word):
            lines.number(key, int(word))
    else:
        lines.string(key, value)


def _resources(domain: Sxp, lines: Lines) -> None:
    memory = _whole(domain.value("memory")) or (_whole(domain.value("memory_dynamic_max")) or 0) // _MIB
    most = _whole(domain.value("maxmem")) or (_whole(domain.value("memory_static_max")) or 0) // _MIB
    if memory:
        lines.number("memory", memory)
    if most > memory:
        lines.number("maxmem", most)
    vcpus = _whole(domain.value("vcpus")) or _whole(domain.value("VCPUs_max")) or 1
    mask = _whole(domain.value("vcpu_avail"))
    online = (mask & ((1 << min(vcpus, 62)) - 1)).bit_count() if mask else vcpus
    lines.number("vcpus", online or vcpus)
    if 0 < online < vcpus:
        lines.number("maxvcpus", vcpus)
    parameters = domain.child("vcpus_params")
    pairs = parameters.items[1] if parameters is not None and len(parameters.items) > 1 else None
    inner = pairs if isinstance(pairs, Sxp) else Sxp(domain.line)
    settings = {
        item.head: item.items[1] for item in inner.items if isinstance(item, Sxp) and len(item.items) > 1
    }
    for key, new, legacy, usual in (
        ("weight", "cpu_weight", "cpu_weight", 256),
        ("cap", "cap", "cpu_cap", 0),
    ):
        value = _whole(str(settings.get(key, ""))) if key in settings else _whole(domain.value(legacy))
        if value is not None and value != usual:
            lines.number(new, value)
    lines.items("cpus", cpu_ranges(domain.child("cpus")))
    if _whole(domain.value("shadow_memory")):
        lines.number("shadow_memory", int(domain.value("shadow_memory")))
    pool = domain.value("pool_name")
    if pool not in ("", "Pool-0"):
        lines.string("pool", pool)


def _events(domain: Sxp, lines: Lines) -> None:
    for key, newer in (("poweroff", "shutdown"), ("reboot", "reboot"), ("crash", "crash")):
        action = domain.value(f"on_{key}") or domain.value(f"actions_after_{newer}")
        lines.string(f"on_{key}", action.replace("_", "-"))
    for key in ("on_xend_start", "on_xend_stop"):
        if domain.value(key) not in ("", "ignore"):
            lines.string(key, domain.value(key))
    if domain.value("auto_power_on") == "True" and domain.value("on_xend_start") in ("", "ignore"):
        lines.string("on_xend_start", "start")


def _whole(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None

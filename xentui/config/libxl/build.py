"""How a domain is built and booted, as libxl's JSON writes it (``b_info``)."""

from __future__ import annotations

from xentui.config.guest_type import is_hvm
from xentui.config.libxl import hvm
from xentui.config.libxl.devices import Json, without_none
from xentui.config.libxl.reader import Reader
from xentui.config.libxl.resources import enumerated, mebibytes
from xentui.config.numbers import c_int
from xentui.config.refusal import printable

FIRMWARE_FOLDER = "/usr/lib/xen-4.17/boot"
TSC_MODES = ("default", "always_emulate", "native", "native_paravirt")
TIMER_MODES = (
    "delay_for_missed_ticks", "no_delay_for_missed_ticks", "no_missed_ticks_pending",
    "one_missed_tick_pending",
)  # fmt: skip
ALTP2M_MODES = ("disabled", "mixed", "external", "limited")
GIC_VERSIONS = ("default", "v2", "v3")
TEES = ("none", "optee")
PASSTHROUGH = ("default", "disabled", "enabled", "sync_pt", "share_pt")
_UINT32 = 1 << 32
NO_BOOT_SOURCE = "neither a kernel nor a boot loader is given"


def build_info(reader: Reader, c_info: Json, b_info: Json, kind: str) -> None:
    """Clock, kernel, command line, boot loader and modes."""
    c_info["passthrough"] = enumerated(
        reader, "passthrough", PASSTHROUGH, "ERROR: unknown passthrough option '{}'"
    )
    shadow = mebibytes(reader, "shadow_memory")
    b_info["shadow_memkb"] = shadow
    b_info["disable_migrate"] = reader.flag("nomigrate")
    b_info["tsc_mode"] = _mode(reader, "tsc_mode", TSC_MODES, None)
    offset = reader.number("rtc_timeoffset")
    b_info["rtc_timeoffset"] = None if offset is None else offset % _UINT32 or None
    if reader.number("vncviewer") is not None:
        reader.warn(
            'WARNING: ignoring "vncviewer" option. Use "-V" option of "xl create" to automatically spawn'
            " vncviewer."
        )
    b_info["localtime"] = reader.flag("localtime")
    b_info["video_memkb"] = mebibytes(reader, "videoram")
    channels = reader.number("max_event_channels")
    b_info["event_channels"] = None if channels is None else channels % _UINT32 or None
    for key in ("kernel", "ramdisk", "device_tree"):
        b_info[key] = reader.string(key)
    b_info["cmdline"] = _command_line(reader)
    c_info["driver_domain"] = reader.flag("driver_domain")
    b_info["acpi"] = reader.flag("acpi")
    b_info["bootloader"] = reader.string("bootloader")
    b_info["bootloader_args"] = _bootloader_args(reader)
    b_info["timer_mode"] = _mode(reader, "timer_mode", TIMER_MODES, kind)
    b_info["nested_hvm"] = reader.flag("nestedhvm")


def _command_line(reader: Reader) -> str | None:
    whole, root, extra = (reader.string(key) for key in ("cmdline", "root", "extra"))
    if whole is not None:
        if root is not None or extra is not None:
            reader.warn("Warning: ignoring root= and extra= in favour of cmdline=")
        return whole
    if root is None:
        return extra
    return f"root={root}" if extra is None else f"root={root} {extra}"


def _bootloader_args(reader: Reader) -> list[str] | None:
    items = reader.scalars("bootloader_args", warn=False)
    if items is not None:
        return [item.text for item in items] or None
    text = reader.string("bootloader_args")
    if text is None:
        return None
    reader.warn(
        'WARNING: Specifying "bootloader_args" as a string is deprecated. Please use a list of arguments.'
    )
    return [word for word in text.replace("\t", " ").replace("\n", " ").split(" ") if word] or None


def _mode(reader: Reader, key: str, names: tuple[str, ...], kind: str | None) -> str | None:
    """``tsc_mode`` and ``timer_mode``: a name, or its number.  ``kind`` is given for the latter."""
    number = reader.number(key, warn=False)
    text = None if number is not None else reader.string(key)
    if number is None and text is None:
        return None
    if kind == "pv":
        reader.refuse(
            f"{key} is not supported for PV guests",
            f'ERROR: "{key}" option is not supported for PV guests.',
            key=key,
            hint="Leave the line out.",
            exit_code=3,
        )
    if number is not None:
        known = 0 <= number < len(names)
        example = f'e.g. {key}="{names[number]}"' if known else ""
        reader.warn(
            f'WARNING: specifying "{key}" as an integer is deprecated.'
            f" Please use the named parameter variant. {example}"
        )
        text = names[number] if known else str(number)
    elif kind is None:
        reader.warn(f'got a tsc mode string: "{text}"')
    name = str(text).lower()
    if name not in names:
        shown = text if number is not None else f'"{text}"'
        reader.refuse(
            f"{key} has an invalid value '{printable(str(text))}'",
            f'ERROR: invalid value {shown} for "{key}"',
            key=key,
            hint=f"Write one of {', '.join(names)}.",
        )
    return None if name == "default" else name


def hvm_firmware(reader: Reader, b_info: Json) -> Json:
    """Return the firmware of an HVM guest; a kernel that is hvmloader is dropped, as xl does."""
    kernel = b_info["kernel"]
    if isinstance(kernel, str) and kernel.rstrip("/").rpartition("/")[2] == "hvmloader":
        reader.warn(
            'WARNING: you seem to be using "kernel" directive to override HVM guest firmware. Ignore that.'
            ' Use "firmware_override" instead if you really want a non-default firmware'
        )
        b_info["kernel"] = None
    b_info["apic"] = reader.flag("apic")
    return hvm.firmware(reader)


def boot_source(reader: Reader) -> None:
    """Refuses, as xl does, a PV or PVH guest with no way to boot, or with two that exclude each other."""
    if not is_hvm(reader.document):
        pv_kernel(reader, {key: reader.string(key) for key in ("kernel", "bootloader")})


def pv_kernel(reader: Reader, b_info: Json) -> None:
    """The kernel a PV or PVH guest boots; refuses when there is neither kernel nor boot loader."""
    firmware = reader.string("firmware")
    if firmware is not None:
        if b_info["kernel"] is not None:
            reader.refuse(
                "both kernel and firmware are given",
                "ERROR: both kernel and firmware specified",
                key="firmware",
                hint="Leave one of them out.",
            )
        if not ("pvgrub32".startswith(firmware) or "pvgrub64".startswith(firmware)):
            reader.refuse(
                f"'{printable(firmware)}' is not a firmware for PV and PVH guests",
                "ERROR: only pvgrub{32|64} supported as firmware options",
                key="firmware",
                hint="Write pvgrub32 or pvgrub64.",
            )
        b_info["kernel"] = f"{FIRMWARE_FOLDER}/{firmware}.bin"
    if b_info["bootloader"] is None and b_info["kernel"] is None:
        reader.refuse(
            NO_BOOT_SOURCE,
            "Neither kernel nor bootloader specified",
            hint='Add kernel = "/path/of/kernel", or bootloader = "pygrub" to boot from the guest\'s disk.',
        )


def platform(reader: Reader, b_info: Json) -> None:
    """Alternate p2m and tracing."""
    number = reader.number("altp2m", warn=False)
    if number is not None:
        if not 0 <= number < len(ALTP2M_MODES):
            reader.refuse(
                f"altp2m has an invalid value {number}",
                f'ERROR: invalid value {number} for "altp2m"',
                key="altp2m",
                hint=f"Write one of {', '.join(ALTP2M_MODES)}.",
            )
        b_info["altp2m"] = ALTP2M_MODES[number] if number else None
    else:
        b_info["altp2m"] = enumerated(
            reader, "altp2m", ALTP2M_MODES, 'ERROR: invalid value "{}" for "altp2m"'
        )
    buffer = reader.number("vmtrace_buf_kb", warn=False)
    b_info["vmtrace_buf_kb"] = c_int(buffer) if buffer else None


def device_model(reader: Reader, b_info: Json, kind: str) -> None:
    """The device model and its arguments."""
    path = reader.string("device_model")
    if path is not None:
        reader.warn("WARNING: ignoring device_model directive.")
        reader.warn(
            'WARNING: Use "device_model_override" instead if you really want a non-default device_model'
        )
        if "stubdom-dm" in path and kind == "hvm":
            # Two blanks are xl's own.
            reader.warn(
                'WARNING: Or use "device_model_stubdomain_override" if you  want to enable stubdomains'
            )
        elif "stubdom-dm" in path:
            reader.warn('WARNING: ignoring "device_model_stubdomain_override" directive for pv guest')
    b_info["device_model"] = reader.string("device_model_override")
    version = reader.string("device_model_version")
    if version is not None:
        if version not in ("qemu-xen", "qemu-xen-traditional"):
            reader.refuse(
                f"'{printable(version)}' is not a device model version",
                f'Unknown device_model_version "{version}" specified',
                key="device_model_version",
                hint="Write qemu-xen.",
            )
        b_info["device_model_version"] = version.replace("-", "_")
    elif b_info["device_model"] is not None:
        reader.warn("WARNING: device model override given without specific DM version")
    b_info["device_model_stubdomain"] = reader.flag("device_model_stubdomain_override")
    b_info["device_model_ssid_label"] = reader.string("device_model_stubdomain_seclabel")
    for key in ("device_model_user", "stubdomain_kernel", "stubdomain_cmdline", "stubdomain_ramdisk"):
        b_info[key] = reader.string(key)
    b_info["stubdomain_memkb"] = mebibytes(reader, "stubdomain_memory")
    for suffix in ("", "_pv", "_hvm"):
        key = f"device_model_args{suffix}"
        items = reader.scalars(key)
        if items is None and reader.is_set(key):
            reader.refuse(
                f"{key} is not a list",
                f"xl: Unable to parse {key}.",
                key=key,
                hint="Write it as a list of arguments.",
                exit_code=3,
            )
        b_info[f"extra{suffix}"] = [item.text for item in items or ()] or None


def x86(reader: Reader, b_info: Json) -> None:
    """What is only known on x86."""
    relaxed = reader.flag("msr_relaxed")
    if relaxed is not None:
        b_info["arch_x86"] = {"msr_relaxed": relaxed}
        reader.warn(
            "WARNING: msr_relaxed will be removed in future versions.\n"
            "If it fixes an issue you are having please report to xen-devel@lists.xenproject.org."
        )
    b_info["vpmu"] = reader.flag("vpmu")


def arm(reader: Reader, b_info: Json) -> None:
    """What means something on Arm only, but is read everywhere."""
    gic = enumerated(reader, "gic_version", GIC_VERSIONS, 'Unknown gic_version "{}" specified', 3, warn=False)
    b_info["arch_arm"] = without_none({"gic_version": gic, "vuart": b_info.pop("vuart")})
    b_info["tee"] = enumerated(reader, "tee", TEES, 'Unknown tee "{}" specified', 3, warn=False)

"""The HVM part of a configuration as libxl's JSON writes it (``type.hvm``)."""

from __future__ import annotations

from xentui.config.libxl.devices import Json, without_none
from xentui.config.libxl.reader import Reader
from xentui.config.numbers import c_int
from xentui.config.refusal import printable
from xentui.config.syntax import Scalar

_UINT64 = 1 << 64
_BIOS = ("unknown", "rombios", "seabios", "ovmf")
_VGA = {"stdvga": "std", "cirrus": "cirrus", "none": "none", "qxl": "qxl"}
_MMIO_HOLE_MIN, _MMIO_HOLE_MAX = 0x1000_0000, 0xF000_0000
_VIRIDIAN = (
    "base", "freq", "time_ref_count", "reference_tsc", "hcall_remote_tlb_flush", "apic_assist",
    "crash_ctl", "synic", "stimer", "hcall_ipi", "ex_processor_masks", "no_vp_limit", "cpu_hotplug",
)  # fmt: skip
_VIRIDIAN_BITS = 64
_ORDER = (
    "firmware", "bios", "pae", "acpi_s3", "acpi_s4", "acpi_laptop_slate", "nx", "viridian",
    "viridian_enable", "viridian_disable", "hpet", "vpt_align", "mmio_hole_memkb", "altp2m",
    "system_firmware", "smbios_firmware", "acpi_firmware", "hdtype", "nographic", "vga", "vnc",
    "keymap", "sdl", "spice", "gfx_passthru", "gfx_passthru_kind", "serial", "boot", "usb",
    "usbversion", "usbdevice", "vkb_device", "soundhw", "xen_platform_pci", "usbdevice_list",
    "vendor_device", "serial_list", "rdm", "rdm_mem_boundary_memkb", "mca_caps",
)  # fmt: skip


def firmware(reader: Reader) -> Json:
    """Return the settings xl reads before the devices: firmware, chipset, Viridian."""
    json: Json = {
        "firmware": reader.string("firmware_override"),
        "system_firmware": reader.string("bios_path_override"),
    }
    bios = reader.string("bios")
    if bios is not None:
        json["bios"] = _known(reader, "bios", bios, _BIOS)
    elif json["system_firmware"] is not None:
        reader.warn("WARNING: bios_path_override given without specific bios name")
    for key in ("pae", "acpi_s3", "acpi_s4", "acpi_laptop_slate", "nx", "hpet", "vpt_align"):
        json[key] = reader.flag(key)
    json |= _viridian(reader)
    hole = reader.number("mmio_hole")
    if hole is not None:
        if not _MMIO_HOLE_MIN <= hole << 20 <= _MMIO_HOLE_MAX:
            _invalid(reader, "mmio_hole", str(hole), "Write a size in MiB from 256 to 3840.", quoted=False)
        json["mmio_hole_memkb"] = hole << 10
    json["altp2m"] = reader.flag("altp2mhvm")
    if json["altp2m"] is not None:
        reader.warn('WARNING: Specifying "altp2mhvm" is deprecated. Please use "altp2m" instead.')
    json["smbios_firmware"] = reader.string("smbios_firmware")
    json["acpi_firmware"] = reader.string("acpi_firmware")
    genid = reader.string("ms_vm_genid")
    if genid not in (None, "generate", "none"):
        reader.refuse(
            "ms_vm_genid is neither generate nor none",
            'ERROR: "ms_vm_genid" option must be "generate" or "none"',
            key="ms_vm_genid",
        )
    boundary = reader.number("rdm_mem_boundary")
    if boundary is not None:
        json["rdm_mem_boundary_memkb"] = boundary * 1024 % _UINT64
    json["mca_caps"] = _machine_checks(reader)
    _named_firmware(reader, json)
    return json


def _machine_checks(reader: Reader) -> int | None:
    items = reader.list("mca_caps", warn=False)
    if items is None and reader.is_set("mca_caps"):
        reader.refuse(
            "mca_caps is not a list",
            "ERROR: unable to parse mca_caps.",
            key="mca_caps",
            hint='Write mca_caps = ["lmce"].',
            exit_code=3,
        )
    for item in items or ():
        if not isinstance(item, Scalar):
            reader.crash("mca_caps has a list in it", key="mca_caps", at=item)
        if item.text != "lmce":
            reader.refuse(
                f"'{printable(item.text)}' is not a machine check that a guest can have",
                f"ERROR: unrecognized MCA capability '{item.text}'.",
                key="mca_caps",
                at=item,
                hint="Only lmce is known.",
                exit_code=3,
            )
    return 1 if items else None


def _named_firmware(reader: Reader, json: Json) -> None:
    """``firmware=`` names a BIOS, or is the path of one (xl.cfg(5))."""
    name = reader.string("firmware")
    if name is None:
        return
    if name.lower() in _BIOS:
        json["bios"] = name.lower()
    elif "uefi".startswith(name):
        json["bios"] = "ovmf"
    elif not "bios".startswith(name):
        json["firmware"] = name


def _viridian(reader: Reader) -> Json:
    listed = reader.list("viridian", warn=False)
    if listed is None:
        number = reader.number("viridian", warn=False)
        return {} if number is None else {"viridian": "True" if number else "False"}
    items = reader.scalars("viridian", warn=False) or ()
    enable: set[int] = set()
    disable: set[int] = set()
    json: Json = {}
    for item in items:
        name = item.text
        if name == "all":
            enable.update(range(_VIRIDIAN_BITS))
        elif name == "defaults":
            json["viridian"] = "True"
        else:
            without = name.startswith("!")
            plain = name.removeprefix("!")
            if plain.lower() not in _VIRIDIAN:
                reader.refuse(
                    f"'{plain}' is not a Viridian enlightenment",
                    f"xl: unknown viridian enlightenment '{plain}'",
                    key="viridian",
                    hint=f"Known are all, defaults, {', '.join(_VIRIDIAN)}.",
                    exit_code=3,
                )
            bit = _VIRIDIAN.index(plain.lower())
            (disable if without else enable).add(bit)
            (enable if without else disable).discard(bit)
    if len(items) < len(listed):
        reader.crash("viridian has a list in it", key="viridian", hint="Write its items as strings.")
    if enable:
        json["viridian_enable"] = sorted(enable)
    if disable:
        json["viridian_disable"] = sorted(disable)
    return json


def devices(reader: Reader, json: Json) -> Json:
    """Return the settings xl reads after the devices, joined with those of :func:`firmware`, in libxl's order."""
    listen, display = json["vnc"], None
    vga = reader.string("vga")
    kind: str | None = None
    if vga is not None:
        kind = _VGA.get(vga)
        if kind is None:
            reader.refuse(
                f"'{vga}' is not a graphics card",
                f'Unknown vga "{vga}" specified',
                key="vga",
                hint=f"Write one of {', '.join(_VGA)}.",
            )
    elif (standard := reader.number("stdvga")) is not None:
        kind = "std" if standard else "cirrus"
    json["vga"] = {} if kind is None else {"kind": kind}
    hdtype = reader.string("hdtype")
    if hdtype is not None and _known(reader, "hdtype", hdtype, ("ide", "ahci")) == "ahci":
        json["hdtype"] = "ahci"
    json["keymap"] = reader.string("keymap")
    json["spice"] = _spice(reader)
    json["nographic"] = reader.flag("nographic")
    json |= _graphics_passthrough(reader)
    _text_or_list(reader, json, "serial")
    json["boot"] = reader.string("boot")
    json["usb"] = reader.flag("usb")
    json["usbversion"] = _integer(reader, "usbversion")
    _text_or_list(reader, json, "usbdevice")
    json["vkb_device"] = reader.flag("vkb_device")
    json["soundhw"] = reader.string("soundhw")
    json["xen_platform_pci"] = reader.flag("xen_platform_pci")
    if isinstance(listen, dict):
        display = listen.get("display")
        if display and ":" in str(listen.get("listen", "")):
            reader.refuse(
                "the display is given both in vnclisten and in vncdisplay",
                "ERROR: Display specified both in vnclisten and vncdisplay!",
                key="vnclisten",
                hint="Leave one of them out.",
            )
    vendor = reader.string("vendor_device")
    if vendor is not None:
        if vendor.lower() not in ("none", "xenserver"):
            reader.refuse(
                f"'{vendor}' is not a vendor device",
                f"xl: unknown vendor_device '{vendor}'",
                key="vendor_device",
                hint="Write none or xenserver.",
                exit_code=3,
            )
        json["vendor_device"] = "xenserver" if vendor.lower() == "xenserver" else None
    json["rdm"] = json.get("rdm", {})
    return {key: json[key] for key in _ORDER if json.get(key) is not None}


def _spice(reader: Reader) -> Json:
    return without_none(
        {
            "enable": reader.flag("spice"),
            "port": _integer(reader, "spiceport"),
            "tls_port": _integer(reader, "spicetls_port"),
            "host": reader.string("spicehost"),
            "disable_ticketing": reader.flag("spicedisable_ticketing"),
            "passwd": reader.string("spicepasswd"),
            "agent_mouse": reader.flag("spiceagent_mouse"),
            "vdagent": reader.flag("spicevdagent"),
            "clipboard_sharing": reader.flag("spice_clipboard_sharing"),
            "usbredirection": _integer(reader, "spiceusbredirection"),
            "image_compression": reader.string("spice_image_compression"),
            "streaming_video": reader.string("spice_streaming_video"),
        }
    )


def _graphics_passthrough(reader: Reader) -> Json:
    number = reader.number("gfx_passthru", warn=False)
    if number is not None:
        return {"gfx_passthru": "True" if number else "False"}
    kind = reader.string("gfx_passthru")
    if kind is None:
        return {}
    known = _known(reader, "gfx_passthru", kind, ("default", "igd"))
    return {"gfx_passthru": "True", "gfx_passthru_kind": None if known == "default" else known}


def _text_or_list(reader: Reader, json: Json, key: str) -> None:
    items = reader.scalars(key, warn=False)
    if items is not None:
        json[f"{key}_list"] = [item.text for item in items] or None
    else:
        json[key] = reader.string(key)


def _integer(reader: Reader, key: str) -> int | None:
    number = reader.number(key)
    return None if number is None else c_int(number) or None


def _known(reader: Reader, key: str, value: str, names: tuple[str, ...]) -> str | None:
    """Return the name in libxl's spelling, None for the default; libxl compares without regard to case."""
    if value.lower() not in names:
        _invalid(reader, key, value, f"Write one of {', '.join(names)}.")
    return None if value.lower() == "unknown" else value.lower()


def _invalid(reader: Reader, key: str, value: str, hint: str, *, quoted: bool = True) -> None:
    shown = f'"{value}"' if quoted else value
    reader.refuse(
        f"{key} has an invalid value", f'ERROR: invalid value {shown} for "{key}"', key=key, hint=hint
    )

"""The device lists of a configuration as libxl's JSON writes them."""

from __future__ import annotations

import re

from xentui.config.disk_spec import scan
from xentui.config.numbers import c_atoi
from xentui.config.reader import Reader
from xentui.config.refusal import RefusedError, printable
from xentui.config.vif import tokens

Json = dict[str, object]

_PCI = re.compile(
    r"(?:([0-9a-fA-F]{1,4}):)?([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\.([0-7*])(?:@([0-9a-fA-F]{1,2}))?(?:,(.*))?"
)
_PCI_FLAGS = ("msitranslate", "power_mgmt", "permissive", "seize")
_PCI_ALL_FUNCTIONS = (1 << 32) - 1
_FLAGS = {"discard": ("discard_enable", "True"), "no-discard": ("discard_enable", "False")}
_FLAGS |= {"colo": ("colo_enable", "True"), "no-colo": ("colo_enable", "False")}
_COLO = ("colo-host", "colo-port", "colo-export", "active-disk", "hidden-disk")


def disks(reader: Reader) -> list[Json]:
    """``disks``; raises RefusedError for a specification xl refuses."""
    return [_disk(item.text, reader, item.line, item.column) for item in reader.scalars("disk") or ()]


def _disk(text: str, reader: Reader, line: int, column: int) -> Json:
    try:
        spec = scan((text,), source=reader.document.source, line=line, column=column)
    except RefusedError as error:
        error.words = (*reader.warnings, *error.words)
        raise
    json: Json = {
        "backend_domname": spec.backend,
        "pdev_path": spec.target,
        "vdev": spec.vdev,
        "backend": spec.backendtype,
        "format": spec.format,
        "script": spec.script,
        "removable": int(spec.cdrom),
        "readwrite": int(spec.readwrite),
        "is_cdrom": int(spec.cdrom),
    }
    json = {key: value for key, value in json.items() if value or value == ""}
    if "direct-io-safe" in spec.flags:
        json["direct_io_safe"] = True
    for flag, (key, value) in _FLAGS.items():
        if flag in spec.flags:
            json[key] = value
    if spec.specification:
        json["specification"] = spec.specification
    for name in _COLO:
        if name in spec.flags:
            json[name.replace("-", "_")] = int(spec.flags[name]) if name == "colo-port" else spec.flags[name]
    return json


def vfbs(reader: Reader) -> list[Json]:
    """``vfbs`` of the ``vfb`` list."""
    return [_vfb(item.text, index) for index, item in enumerate(reader.scalars("vfb") or ())]


def _vfb(spec: str, index: int) -> Json:
    values: dict[str, str] = {}
    for word in tokens(spec):
        key, equals, value = word.partition("=")
        if not equals:
            break
        values[key] = value

    def flag(key: str) -> str | None:
        return None if key not in values else "True" if c_atoi(values[key]) else "False"

    return vfb_json(
        index,
        vnc={
            "enable": flag("vnc"),
            "listen": values.get("vnclisten"),
            "passwd": values.get("vncpasswd"),
            "display": c_atoi(values.get("vncdisplay", "")) or None,
            "findunused": flag("vncunused"),
        },
        sdl={
            "enable": flag("sdl"),
            "opengl": flag("opengl"),
            "display": values.get("display"),
            "xauthority": values.get("xauthority"),
        },
        keymap=values.get("keymap"),
    )


def vfb_json(index: int, *, vnc: Json, sdl: Json, keymap: str | None) -> Json:
    """One frame buffer; what is None is left out."""
    json: Json = {"devid": index, "vnc": without_none(vnc), "sdl": without_none(sdl)}
    if keymap is not None:
        json["keymap"] = keymap
    return json


def without_none(json: Json) -> Json:
    """The object without the keys that hold their default."""
    return {key: value for key, value in json.items() if value is not None}


def pci_devices(reader: Reader, defaults: dict[str, bool], rdm_policy: str | None) -> list[Json]:
    """``pcidevs``; ``defaults`` are the ``pci_*`` settings.  Raises RefusedError for a bad address."""
    devices = []
    for item in reader.scalars("pci") or ():
        match = _PCI.fullmatch(item.text)
        device = None if match is None else _pci(match, defaults, rdm_policy)
        if device is None:
            reader.refuse(
                f"'{printable(item.text)}' is not a PCI device",
                f"unable to parse PCI_SPEC_STRING `{item.text}' for passthrough",
                key="pci",
                hint="Write BUS:DEVICE.FUNCTION, for example 01:00.0.",
                exit_code=6,
            )
        devices.append(device)
    return devices


def _pci(match: re.Match[str], defaults: dict[str, bool], rdm_policy: str | None) -> Json | None:
    domain, bus, device, function, slot, options = match.groups()
    flags = dict(defaults)
    for option in options.split(",") if options else ():
        key, equals, value = option.partition("=")
        if key == "rdm_policy" and value in ("strict", "relaxed"):
            rdm_policy = value
        elif key in _PCI_FLAGS and equals:
            flags[key] = bool(c_atoi(value))
        elif key != "name":
            return None
    json: Json = {
        "func": 0 if function == "*" else int(function),
        "dev": int(device, 16),
        "bus": int(bus, 16),
        "domain": int(domain or "0", 16),
        "vdevfn": int(slot or "0", 16) << 3,
        "vfunc_mask": _PCI_ALL_FUNCTIONS if function == "*" else 1,
        **{key: flags[key] for key in _PCI_FLAGS},
    }
    json = {key: value for key, value in json.items() if value}
    if rdm_policy is not None:
        json["rdm_policy"] = rdm_policy
    return json

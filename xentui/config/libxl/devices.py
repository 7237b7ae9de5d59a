"""The device lists of a configuration as libxl's JSON writes them."""

from __future__ import annotations

import re

from xentui.config.devices.disk_spec import scan
from xentui.config.devices.vif import tokens
from xentui.config.libxl.reader import Reader
from xentui.config.numbers import c_atoi, c_strtoul
from xentui.config.refusal import RefusedError, printable

Json = dict[str, object]

_UINT32 = 1 << 32
_HEX = r"[ \t\n\v\f\r]*[+-]?(?:0[xX][0-9a-fA-F]*|[0-9a-fA-F]+)"
SCANF_HEX = re.compile(_HEX)
"""A number as ``sscanf(…, "%x")`` finds it: ``0x`` alone is one, and means 0."""
_MAX_SLOT = 0x1F
# How many colons there are is counted first: a domain is looked for where there are two.
_PCI_ADDRESS = re.compile(
    rf"(?=(?:[0-9a-fA-F]*:){{1,2}}[0-9a-fA-F]*(?![0-9a-fA-F:]))"
    rf"(?:(?=(?:[0-9a-fA-F]*:){{2}})({_HEX}):)?({_HEX}):({_HEX})\."
)
RDM_POLICIES = ("invalid", "strict", "relaxed")
_PCI_FLAGS = ("msitranslate", "power_mgmt", "permissive", "seize")
_PCI_ALL_FUNCTIONS = (1 << 32) - 1
_PCI_ORDER = (
    "func", "dev", "bus", "domain", "vdevfn", "vfunc_mask", "msitranslate", "power_mgmt", "permissive", "seize",
    "rdm_policy", "name",
)  # fmt: skip
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
        error.words = reader.spoken(*error.words)
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
    """Return one frame buffer; what is None is left out."""
    json: Json = {"devid": index, "vnc": without_none(vnc), "sdl": without_none(sdl)}
    if keymap is not None:
        json["keymap"] = keymap
    return json


def without_none(json: Json) -> Json:
    """Return the object without the keys that hold their default."""
    return {key: value for key, value in json.items() if value is not None}


def pci_devices(reader: Reader, defaults: dict[str, bool], rdm_policy: str | None) -> list[Json]:
    """``pcidevs``; ``defaults`` are the ``pci_*`` settings.  Raises RefusedError for what xl cannot read."""
    devices = []
    for item in reader.scalars("pci") or ():
        device = _Pci(reader, {**defaults, "rdm_policy": rdm_policy})
        if not device.read(item.text):
            reader.refuse(
                f"'{printable(item.text)}' is not a PCI device",
                f"unable to parse PCI_SPEC_STRING `{item.text}' for passthrough",
                key="pci",
                at=item,
                hint="Write BUS:DEVICE.FUNCTION, for example 01:00.0.",
                exit_code=device.exit_code,
            )
        devices.append(device.json())
    return devices


class _Pci:
    """One PCI device, read as libxlu_pci.c does: an address, then ``KEY=VALUE`` words."""

    def __init__(self, reader: Reader, values: Json) -> None:
        self._reader = reader
        self._values = values
        self._addressed = self._named = False
        self.exit_code = 6

    def read(self, text: str) -> bool:
        """Take a specification; False where xl gives up."""
        at = self._address(text, 0)
        if at:
            self._addressed = True
            if text[at : at + 1] == "@" and not (at := self._slot(text, at + 1)):
                return False
            if text[at : at + 1] not in (",", ""):
                return False
            at += 1
        while at < len(text):
            key, equals, rest = text[at:].partition("=")
            value = rest.partition(",")[0]
            if not equals or not self._word(key, value):
                return False
            at += len(key) + 1 + len(value) + 1
        return self._addressed != self._named

    def _address(self, text: str, at: int) -> int:
        """Take ``[DOMAIN:]BUS:DEVICE.FUNCTION``; where it ends, 0 where there is none."""
        match = _PCI_ADDRESS.match(text, at)
        if not match:
            return 0
        domain, bus, device = (c_strtoul(part or "0", 16)[0] % _UINT32 for part in match.group(1, 2, 3))
        end, function, mask = match.end(), 0, _PCI_ALL_FUNCTIONS
        if text[end : end + 1] == "*":
            end += 1
        else:
            digits = SCANF_HEX.match(text, end)
            if not digits:
                return 0
            self._reader.scanned(text, digits.end())
            end, function, mask = digits.end(), c_strtoul(digits.group(), 16)[0] % _UINT32, 1
        if domain > 0xFFFF or bus > 0xFF or device > _MAX_SLOT or function > 7:
            return 0
        self._values |= {"func": function, "dev": device, "bus": bus, "domain": domain, "vfunc_mask": mask}
        return end

    def _slot(self, text: str, at: int) -> int:
        digits = SCANF_HEX.match(text, at)
        number = c_strtoul(digits.group(), 16)[0] % _UINT32 if digits else _UINT32
        if not digits or number > _MAX_SLOT:
            return 0
        self._reader.scanned(text, digits.end())
        self._values["vdevfn"] = number << 3
        return digits.end()

    def _word(self, key: str, value: str) -> bool:
        if key == "bdf":
            self._addressed = self._addressed or bool(self._address(value, 0))
            return bool(self._address(value, 0))
        if key == "vslot":
            return bool(self._slot(value, 0))
        if key in _PCI_FLAGS:
            self._values[key] = bool(c_atoi(value))
        elif key == "name":
            self._values["name"], self._named = value, True
        elif key == "rdm_policy":
            if value.lower() not in RDM_POLICIES:
                self._reader.warn_unended(f"Unknown RDM policy: {value}")
                self.exit_code = 3
                return False
            self._values["rdm_policy"] = value.lower() if value.lower() != "invalid" else None
        else:
            self._reader.warn_unended(f"Unknown PCI_SPEC_STRING option: {key}")
            return False
        return True

    def json(self) -> Json:
        """Return the device in libxl's order."""
        return {key: value for key in _PCI_ORDER if (value := self._values.get(key)) or value == ""}

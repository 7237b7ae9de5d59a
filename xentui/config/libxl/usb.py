"""USB controllers and USB devices of the host as libxl's JSON writes them (xl_parse.c of Xen 4.17)."""

from __future__ import annotations

from xentui.config.devices.vif import tokens
from xentui.config.libxl.devices import Json
from xentui.config.libxl.reader import Reader
from xentui.config.numbers import c_atoi, c_strtoul
from xentui.config.refusal import printable

_CONTROLLERS = ("auto", "pv", "devicemodel", "qusb")


def controllers(reader: Reader) -> list[Json]:
    """``usbctrls``; raises RefusedError for a word or a type xl does not know."""
    made: list[Json] = []
    for index, item in enumerate(reader.scalars("usbctrl") or ()):
        json: Json = {"type": None, "devid": index}
        for word in tokens(item.text):
            key, equals, value = word.partition("=")
            if not equals or key not in ("type", "version", "ports"):
                reader.refuse(
                    f"'{printable(word)}' is not a setting that xl knows for a USB controller",
                    f"Unknown string `{word}' in usbctrl spec",
                    key="usbctrl",
                    at=item,
                    hint="Write type=…, version=… and ports=….",
                )
            if key != "type":
                json[key] = c_atoi(value)
            elif value.lower() not in _CONTROLLERS:
                reader.refuse(
                    f"'{printable(value)}' is not a type of a USB controller",
                    f"Invalid usb controller type '{value}'",
                    key="usbctrl",
                    at=item,
                    hint=f"Write one of {', '.join(_CONTROLLERS)}.",
                )
            else:
                json["type"] = value.lower() if value.lower() != "auto" else None
        order = ("type", "devid", "version", "ports")
        made.append({key: json[key] for key in order if json.get(key) or key == "devid"})
    return made


def devices(reader: Reader) -> list[Json]:
    """``usbdevs``; raises RefusedError for a word or a type xl does not know."""
    made: list[Json] = []
    for item in reader.scalars("usbdev") or ():
        numbers: dict[str, int] = {}
        typed = False
        for word in tokens(item.text):
            key, equals, value = word.partition("=")
            if not equals or key not in ("type", "hostbus", "hostaddr", "controller", "port"):
                reader.refuse(
                    f"'{printable(word)}' is not a setting that xl knows for a USB device",
                    f"Unknown string `{word}' in usbdev spec",
                    key="usbdev",
                    at=item,
                    hint="Write hostbus=…,hostaddr=…, and controller=…, port=… if need be.",
                )
            if key in ("hostbus", "hostaddr"):
                numbers[key] = c_strtoul(value, 0)[0] % 256
            elif key != "type":
                numbers[key] = c_atoi(value)
            elif value.lower() != "hostdev":
                reader.refuse(
                    f"'{printable(value)}' is not a type of a USB device",
                    "Invalid usb device type: (null)",
                    key="usbdev",
                    at=item,
                    hint="The type is hostdev, and may be left out.",
                )
            else:
                typed = True
        json: Json = {}
        if numbers.get("controller", -1) != -1:
            json["ctrl"] = numbers["controller"]
        if numbers.get("port"):
            json["port"] = numbers["port"]
        if typed:
            # Without a type libxl does not say where the device is, and refuses it at the start.
            json["type.hostdev"] = {key: numbers[key] for key in ("hostbus", "hostaddr") if numbers.get(key)}
        made.append(json)
    return made

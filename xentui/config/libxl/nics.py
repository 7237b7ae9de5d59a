"""The network interfaces of a configuration as libxl's JSON writes them."""

from __future__ import annotations

import re

from xentui.config.devices.vif import COLO, MAC_BYTES, c_ulong, format_mac, parse_rate, read_mac
from xentui.config.libxl.devices import Json
from xentui.config.libxl.reader import Reader
from xentui.config.numbers import c_int
from xentui.config.refusal import RefusedError, printable
from xentui.config.syntax import Scalar

_NIC_STRINGS = {
    "bridge": "bridge",
    "netdev": "gatewaydev",
    "gatewaydev": "gatewaydev",
    "ip": "ip",
    "script": "script",
    "backend": "backend_domname",
    "vifname": "ifname",
    "model": "model",
    "forwarddev": "coloft_forwarddev",
}
_NIC_ORDER = (
    "backend_domname", "devid", "mtu", "model", "mac", "ip", "bridge", "ifname", "script", "nictype",
    "rate_bytes_per_interval", "rate_interval_usecs", "gatewaydev", "coloft_forwarddev", *COLO,
)  # fmt: skip
_WORD = re.compile(r"[^,]+")


def nics(reader: Reader) -> list[Json]:
    """``nics``; raises RefusedError for a bad rate or number.  Unknown keys only warn, as in xl."""
    return [_Nic(item, index, reader).json() for index, item in enumerate(reader.scalars("vif") or ())]


class _Nic:
    """One interface, read word by word."""

    def __init__(self, item: Scalar, index: int, reader: Reader) -> None:
        self._item = item
        self._reader = reader
        self._mac = [0] * MAC_BYTES
        self._behind = ""
        self._json: Json = {"devid": index}

    def json(self) -> Json:
        text = self._item.text
        for match in _WORD.finditer(text):
            word = match.group().lstrip(" ")
            self._behind = text[match.end() + 1 :]
            key, equals, value = word.partition("=")
            if word in ("trusted", "untrusted"):
                self._json["trusted"] = str(word == "trusted")
            elif not equals or not self._set(key, value):
                self._reader.warn(f"unrecognized argument `{word}'")
        json = self._json
        if any(self._mac):
            json["mac"] = format_mac(self._mac)
        if not json.get("mtu"):
            json.pop("mtu", None)
        ordered = {key: json.pop(key) for key in _NIC_ORDER if key in json}
        return {**ordered, **json}

    def _set(self, key: str, value: str) -> bool:
        """Take one word; False when xl does not know the key."""
        if key in _NIC_STRINGS:
            self._json[_NIC_STRINGS[key]] = value
        elif key in COLO:
            self._json[key] = value
        elif key in ("devid", "mtu"):
            self._json[key] = self._number(key, value)
        elif key == "rate":
            self._rate(value)
        elif key == "type" and value in ("vif", "ioemu"):
            self._json["nictype"] = "vif" if value == "vif" else "vif_ioemu"
        elif key not in ("mac", "type", "accel"):
            return False
        if key == "netdev":
            self._reader.warn("the netdev parameter is deprecated, please use gatewaydev instead")
        elif key == "accel":
            self._reader.warn("the accel parameter for vifs is currently not supported")
        elif (key == "mac" and self._read_mac(value)) or (key == "type" and value not in ("vif", "ioemu")):
            self._reader.warn(f"Invalid parameter `{key}'.")
        return True

    def _read_mac(self, value: str) -> bool:
        """Take an address; whether xl stops at a byte that is none.  What it read before stays."""
        read = read_mac(value, self._behind)
        self._mac[: len(read)] = read
        return len(read) < MAC_BYTES

    def _number(self, key: str, value: str) -> int:
        number = c_ulong(value)
        if number is None:
            self._reader.refuse(
                f"{key} '{printable(value)}' is not a number",
                f'xl: failed to convert "{value}" to number',
                key="vif",
                hint=f"Write {key}=N.",
            )
        return c_int(number)

    def _rate(self, value: str) -> None:
        item, json = self._item, self._json
        source = self._reader.document.source
        try:
            amount, interval = parse_rate(
                value,
                source=source,
                line=item.line,
                column=item.column,
                out_of_range=self._reader.out_of_range,
            )
        except RefusedError as error:
            error.words = self._reader.spoken(*error.words)
            raise
        json["rate_bytes_per_interval"], json["rate_interval_usecs"] = amount, interval

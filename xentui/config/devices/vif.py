"""Network interfaces: from a specification to the model and back (xl-network-configuration(5))."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xentui.config.numbers import c_strtoul
from xentui.config.refusal import RefusedError, printable
from xentui.errors import ConfigError
from xentui.model.devices import Vif

_FIELDS = ("mac", "bridge", "ip", "model", "type", "script", "vifname", "backend", "rate")
_RATE = re.compile(r"([0-9]+)([GMK]?)([Bb])/s")
_INTERVAL = re.compile(r"([0-9]+)([mu]?)s?")
_LEADING_NUMBER = re.compile(r"[ \t]*\+?([0-9]{1,19})")
_UINT32_MAX = (1 << 32) - 1
MAC_BYTES, _MAX_BYTE = 6, 255
_SCALE = {"G": 10**9, "M": 10**6, "K": 10**3, "": 1}
_MICROSECONDS = {"": 10**6, "m": 10**3, "u": 1}
KEYS = (*_FIELDS, "devid", "gatewaydev", "mtu")
_FLAGS = ("trusted", "untrusted")
_ALSO = ("netdev", "forwarddev", "accel")
COLO = tuple(
    f"colo_{name}"
    for name in (
        *(
            f"sock_{socket}_{part}"
            for socket in ("mirror", "compare_pri_in", "compare_sec_in", "compare_notify", "redirector0", "redirector1",
                           "redirector2")
            for part in ("id", "ip", "port")
        ),
        "filter_mirror_queue", "filter_mirror_outdev", "filter_redirector0_queue", "filter_redirector0_indev",
        "filter_redirector0_outdev", "filter_redirector1_queue", "filter_redirector1_indev",
        "filter_redirector1_outdev", "compare_pri_in", "compare_sec_in", "compare_out", "compare_notify_dev",
        *(f"sock_sec_redirector{number}_{part}" for number in (0, 1) for part in ("id", "ip", "port")),
        *(f"filter_sec_redirector{number}_{part}" for number in (0, 1) for part in ("queue", "indev", "outdev")),
        "filter_sec_rewriter0_queue", "checkpoint_host", "checkpoint_port",
    )
)  # fmt: skip
"""Settings of COLO, in libxl's order."""


def tokens(spec: str) -> list[str]:
    """Return the words of a vif as xl splits them: at commas, without leading spaces; a word of spaces is ""."""
    return [word.lstrip(" ") for word in spec.split(",") if word]


def is_known_word(word: str) -> bool:
    """Return whether xl knows a word of a specification (``KEY=VALUE``, ``trusted``); others it ignores."""
    key, equals, _ = word.partition("=")
    return word in _FLAGS or (bool(equals) and (key in KEYS or key in _ALSO or key in COLO))


def check_vif(vif: Vif, *, source: str = "<configuration>") -> None:
    """Raise ConfigError where ``vif`` was written with a word xl does not know."""
    for key, value in vif.extra:
        if not is_known_word(f"{key}={value}" if value else key):
            raise ConfigError(
                f"a network interface has no setting '{printable(key)}'",
                source=source,
                hint=f"Write KEY=VALUE; known are {', '.join(KEYS)}.",
            )


def parse_vif(spec: str, *, source: str = "<configuration>", line: int = 0, column: int = 0) -> Vif:
    """Read an interface specification; keys that have no field of their own are kept in ``extra``.

    Raises ConfigError for a bad MAC address, type, rate or number.
    """

    def refuse(message: str, word: str, hint: str, xl_words: str) -> RefusedError:
        return RefusedError(
            message, source=source, line=line, column=column, hint=hint, words=(xl_words.format(word),)
        )

    values: dict[str, str] = {}
    extra: dict[str, str] = {}
    devid: int | None = None
    for word in filter(None, tokens(spec)):
        key, equals, value = word.partition("=")
        shown = printable(value)
        mac = read_mac(value) if key == "mac" else []
        if key == "mac" and equals and len(mac) < MAC_BYTES:
            hint = "Write six hexadecimal bytes, for example 00:16:3e:01:02:03."
            raise refuse(f"'{shown}' is not a MAC address", value, hint, "Invalid parameter `mac'.")
        if key == "type" and equals and value not in ("vif", "ioemu"):
            hint = "The type is vif or ioemu."
            raise refuse(f"'{shown}' is not an interface type", value, hint, "Invalid parameter `type'.")
        if key == "rate" and equals:
            parse_rate(value, source=source, line=line, column=column)
        if key in ("devid", "mtu") and equals:
            number = c_ulong(value)
            if number is None:
                words = 'xl: failed to convert "{}" to number'
                raise refuse(f"{key} '{shown}' is not a number", value, f"Write {key}=N.", words)
            devid = number if key == "devid" else devid
        if key in _FIELDS and equals:
            values[key] = format_mac(mac) if key == "mac" else value
        elif key != "devid" or not equals:
            extra[key] = value if equals else ""
    return Vif(**values, devid=devid, extra=tuple(extra.items()))


def format_vif(vif: Vif) -> str:
    """Write an interface as a specification; raises ConfigError for a value with a comma in it."""
    words = [f"{name}={value}" for name in _FIELDS if (value := getattr(vif, name))]
    if vif.devid is not None:
        words.append(f"devid={vif.devid}")
    words += [f"{key}={value}" if value else key for key, value in vif.extra]
    if any("," in word for word in words):
        raise ConfigError("an interface's values cannot hold a comma")
    return ",".join(words)


def parse_rate(
    rate: str,
    *,
    source: str = "<configuration>",
    line: int = 0,
    column: int = 0,
    out_of_range: bool = False,
) -> tuple[int, int]:
    """Read ``10Mb/s@50ms``: bytes an interval, and the interval in microseconds (libxlu_vif.c).

    ``out_of_range`` says that the last number xl read before, of whatever parameter, was out of range: it looks at
    the C library's errno without having cleared it, and takes any rate for too large.  Raises ConfigError for what xl
    refuses.
    """

    def refuse(problem: str, text: str) -> RefusedError:
        return RefusedError(
            f"rate '{printable(rate)}': {problem}",
            source=source,
            line=line,
            column=column,
            hint="Write for example rate=10Mb/s or rate=1MB/s@20ms.",
            words=(f"{source}: config parsing error in vif: {problem} in `{text}'",),
        )

    speed, at, interval = rate.partition("@")
    if not speed:
        raise refuse("no rate specified", rate)
    match = _RATE.fullmatch(speed)
    if not match:
        raise refuse("invalid rate", speed)
    number = _c_digits(match.group(1))
    if out_of_range or not 0 < number <= _UINT32_MAX:
        raise refuse("rate overflow", speed)
    number = number * _SCALE[match.group(2)] // (8 if match.group(3) == "b" else 1)
    microseconds = 50_000
    if at:
        match = _INTERVAL.fullmatch(interval)
        if not match:
            raise refuse("invalid replenishment interval", interval)
        microseconds = _c_digits(match.group(1))
        if not 0 < microseconds <= _UINT32_MAX:
            raise refuse("replenishment interval overflow", interval)
        microseconds *= _MICROSECONDS[match.group(2)]
        if microseconds > _UINT32_MAX:
            raise refuse("replenishment interval overflow", interval)
    if number > ((1 << 64) - 1) // microseconds:
        raise refuse("rate overflow", rate)
    return number * microseconds // 1_000_000, microseconds


def c_ulong(text: str) -> int | None:
    """``strtoul(text, NULL, 10)`` as xl uses it for devid and mtu: what follows the digits is ignored."""
    match = _LEADING_NUMBER.match(text)
    return int(match.group(1)) if match else None


def read_mac(text: str, behind: str = "") -> list[int]:
    """Return the bytes of a MAC address as xl reads them: six, or fewer where it stops at one that is none.

    They are hexadecimal numbers of any length, with any one character between them.  xl reads on past the end of a
    short address: ``behind`` is what follows it in the specification.
    """
    memory = f"{text}\0{behind}"
    mac: list[int] = []
    position = 0
    while len(mac) < MAC_BYTES:
        number, end = c_strtoul(memory, 16, position)
        if end == position or number % (1 << 32) > _MAX_BYTE:
            break
        mac.append(number % (1 << 32))
        position = end + 1
    return mac


def format_mac(mac: Sequence[int]) -> str:
    """Return a MAC address with colons and two lower-case digits a byte."""
    return ":".join(f"{byte:02x}" for byte in mac)


def _c_digits(digits: str) -> int:
    """Digits in C notation, where a leading 0 means octal and a 9 ends such a number."""
    if len(digits) > 20:
        return _UINT32_MAX + 1
    if digits[0] != "0" or len(digits) == 1:
        return int(digits)
    octal = re.match(r"[0-7]*", digits)
    return int((octal.group() if octal else "") or "0", 8)

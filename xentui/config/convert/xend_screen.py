"""A guest's screen: xend had it in the image, in a frame buffer, or in both."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.config.convert.records import ConvertedLine
from xentui.config.convert.xend_source import XendSource, says_nothing, written
from xentui.config.convert.xend_values import Lines, is_number, spelled
from xentui.config.sxp import Sxp

_KEYS = (
    "vnc",
    "sdl",
    "vnclisten",
    "vncdisplay",
    "vncunused",
    "vncpasswd",
    "opengl",
    "keymap",
    "display",
    "xauthority",
)
_NUMBERS = ("vnc", "sdl", "vncdisplay", "vncunused", "opengl")
_OF_SDL = ("display", "xauthority")
_ADDRESS, _PASSWORD = "vnclisten", "vncpasswd"
_BARE = "without this password anybody could open the screen: it listens on this host only; set the password by hand"
_TO_KEYS = "a value in xl's vfb cannot contain a comma, that of a separate parameter can (xl.cfg(5))"
_COMMA = "a value in xl's vfb cannot contain a comma"


def hvm_screen(source: XendSource, nodes: Sequence[Sxp], lines: Lines) -> None:
    """The screen of an HVM guest in keys of its own; the frame buffer counts for more than the image."""
    buffers = _buffers(source)
    places = [node for buffer in buffers[:1] for node in _within(source, buffer)]
    _write(_values(source, [*places, *nodes], buffers[:1]), lines)
    for buffer in buffers[1:]:
        source.leave(buffer, "xl gives an HVM guest one screen")


def pv_screens(source: XendSource, nodes: Sequence[Sxp], lines: Lines) -> None:
    """The frame buffers of a PV guest; one with a comma in a value is written in keys of its own."""
    buffers = _buffers(source)
    screens = []
    for buffer in buffers:
        values = _values(source, _within(source, buffer), [buffer])
        # xend gave a frame buffer the layout of the image.
        if not values.get("keymap") and (keymap := source.text(*((node, "keymap") for node in nodes))):
            values["keymap"] = keymap
        screens.append(values)
    torn = [[key for key, value in values.items() if "," in value] for values in screens]
    if len(screens) == 1 and torn[0] and screens[0].get("vnc") == "1":
        _write(screens[0], lines)
        source.changes.append(
            ConvertedLine(buffers[0].line, written(buffers[0]), "vnc = 1 and what belongs to it", _TO_KEYS)
        )
        return
    for buffer, values, keys in zip(buffers, screens, torn, strict=True):
        for key in keys:
            values.pop(key, None)
            for node in _within(source, buffer):
                for entry in node.children(key):
                    source.leave(entry, _COMMA)
        if _PASSWORD in keys:
            values.pop(_ADDRESS, None)
            _shut(source, _within(source, buffer))
    lines.items("vfb", [",".join(f"{key}={value}" for key, value in values.items()) for values in screens])


def _buffers(source: XendSource) -> list[Sxp]:
    found = []
    for device in source.domain.children("device"):
        for buffer in device.children("vfb")[:1]:
            source.open(device, buffer)
            found.append(buffer)
    return found


def _within(source: XendSource, buffer: Sxp) -> list[Sxp]:
    """Return where a frame buffer has its settings: the XenAPI's are in a list within."""
    inner = [pairs for other in buffer.children("other_config") for pairs in other.lists if not pairs.head]
    source.open(*buffer.children("other_config"), *inner)
    return [buffer, *inner]


def _values(source: XendSource, nodes: Sequence[Sxp], buffers: Sequence[Sxp]) -> dict[str, str]:
    """Return what is set, by xl's names."""
    values: dict[str, str] = {}
    for key in _KEYS:
        if key in _OF_SDL and values.get("sdl") != "1":
            continue
        places = [(node, key) for node in nodes]
        if key in _NUMBERS:
            text = source.text(*places, fits=is_number, same=spelled, why="it is not a number")
            values[key] = spelled(text)
        else:
            values[key] = source.text(*places)
    kind = source.text(*((buffer, "type") for buffer in buffers), fits=("vnc", "sdl").__contains__)
    if kind and not values[kind]:
        values[kind] = "1"
    lost = [entry for node in nodes for entry in node.children(_PASSWORD) if not says_nothing(entry)]
    if lost and not values[_PASSWORD]:
        values[_ADDRESS] = ""
        _shut(source, nodes)
    return {key: value for key, value in values.items() if value}


def _shut(source: XendSource, nodes: Sequence[Sxp]) -> None:
    """Tell of a password that is lost, and of the address that goes with it."""
    for node in nodes:
        for entry in node.children(_PASSWORD):
            source.leave(entry, _BARE, error=not says_nothing(entry))
        for entry in node.children(_ADDRESS):
            source.leave(entry, "without its password the screen must not be reachable from other machines")


def _write(values: dict[str, str], lines: Lines) -> None:
    for key, value in values.items():
        if key in _NUMBERS:
            lines.number(key, int(value))
        else:
            lines.string(key, value)

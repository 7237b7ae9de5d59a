"""Displays, sound cards and keyboards of a PV driver as libxl's JSON writes them (xl_parse.c of Xen 4.17)."""

from __future__ import annotations

import re
from typing import NoReturn

from xentui.config.devices.vif import tokens
from xentui.config.libxl.devices import Json, without_none
from xentui.config.libxl.reader import Reader
from xentui.config.libxl.shared import two_parts
from xentui.config.numbers import c_strtoul
from xentui.config.refusal import printable
from xentui.config.syntax import List, Scalar

_UINT32 = 1 << 32
_UNSIGNED = r"[ \t\n\v\f\r]*([+-]?[0-9]+)"
_RESOLUTION = re.compile(rf"{_UNSIGNED}(?:x{_UNSIGNED})?")
_DISPLAY_HINT = "Write connectors=ID:WIDTHxHEIGHT;…."


def displays(reader: Reader) -> list[Json]:
    """``vdispls``; raises RefusedError for what xl refuses."""
    return [_display(reader, item, index) for index, item in enumerate(reader.scalars("vdispl") or ())]


def _display(reader: Reader, item: Scalar, index: int) -> Json:
    json: Json = {"backend_domname": None, "devid": index, "be_alloc": None, "connectors": None}
    for word in tokens(item.text):
        key, equals, value = word.partition("=")
        if not equals or key not in ("backend", "be-alloc", "connectors"):
            reader.refuse(
                f"'{printable(word)}' is not a setting that xl knows for a display",
                f'Unknown string "{word}" in vdispl spec',
                key="vdispl",
                at=item,
                hint=_DISPLAY_HINT,
            )
        if key == "backend":
            json["backend_domname"] = value
        elif key == "be-alloc":
            json["be_alloc"] = True if c_strtoul(value, 0)[0] else None
        else:
            json["connectors"] = _connectors(reader, item, value)
    if not json["connectors"]:
        words = "At least one connector should be specified."
        reader.refuse("a display has no connector", words, key="vdispl", at=item, hint=_DISPLAY_HINT)
    return without_none(json)


def _connectors(reader: Reader, item: Scalar, text: str) -> list[Json]:
    pieces = [piece for piece in text.split(";") if piece]
    if not pieces:
        reader.crash("a display has an empty list of connectors", key="vdispl", at=item, hint=_DISPLAY_HINT)
    made: list[Json] = []
    for piece in pieces:
        pair = two_parts(piece, ":")
        if pair is None:
            problem = f"connector '{printable(piece)}' has no resolution"
            reader.crash(problem, key="vdispl", at=item, hint=_DISPLAY_HINT)
        match = _RESOLUTION.match(pair[1])
        reader.scanned(pair[1], match.end() if match else 0)
        if match and match.group(2):
            width, height = (c_strtoul(number)[0] % _UINT32 for number in match.groups())
            sizes = {"unique_id": pair[0], "width": width, "height": height}
            made.append({key: value for key, value in sizes.items() if value})
            continue
        words = "Can't parse connector resolution"
        if match or not pair[1].strip(" \t\n\v\f\r"):
            problem = f"'{printable(pair[1])}' is not a resolution"
            reader.refuse(problem, words, key="vdispl", at=item, hint=_DISPLAY_HINT)
        # Without any number xl goes on: this and all further connectors have no size.
        reader.warn(words)
        made.append({"unique_id": pair[0]})
        return [*made, *({} for _ in pieces[len(made) :])]
    return made


_FORMATS = (
    "s8", "u8", "s16_le", "s16_be", "u16_le", "u16_be", "s24_le", "s24_be", "u24_le", "u24_be", "s32_le",
    "s32_be", "u32_le", "u32_be", "f32_le", "f32_be", "f64_le", "f64_be", "iec958_subframe_le",
    "iec958_subframe_be", "mu_law", "a_law", "ima_adpcm", "mpeg", "gsm",
)  # fmt: skip
_LIMITS = {"channels-min": "channels_min", "channels-max": "channels_max", "buffer-size": "buffer_size"}
_PARAMS = ("sample_rates", "sample_formats", *_LIMITS.values())
_NAMES: dict[str, dict[str, str]] = {
    "card": {"backend": "backend_domname", "short-name": "short_name", "long-name": "long_name"},
    "pcm": {"name": "name"},
    "stream": {"unique-id": "unique_id", "type": "type"},
}
_SOUND_HINT = "Write [ 'card, short-name=…', 'pcm, name=…', 'stream, unique-id=0, type=p' ]."


def sound_cards(reader: Reader) -> list[Json]:
    """``vsnds``: a card is a list of its own within the list.  Raises RefusedError for what xl refuses."""
    made: list[Json] = []
    for index, item in enumerate(reader.list("vsnd") or ()):
        if not isinstance(item, List):
            reader.warn(f"{reader.document.source}:{item.line}:0: warning: value is not a list")
            reader.refuse(
                "a sound card is not a list",
                "Failed to get vsnd card list: Invalid argument",
                key="vsnd",
                at=item,
                hint=f"A card is a list within the list: {_SOUND_HINT}",
            )
        card = _Card(reader, index)
        for part in item.items:
            if not isinstance(part, Scalar):
                break
            card.read(part)
        made.append(card.json())
    return made


class _Card:
    """One sound card, read part by part: each names what it is, and its settings."""

    def __init__(self, reader: Reader, index: int) -> None:
        self._reader = reader
        self._index = index
        self._card: Json = {}
        self._pcms: list[tuple[Json, list[Json]]] = []

    def read(self, part: Scalar) -> None:
        kind, *words = [*tokens(part.text)] or [""]
        if not part.text.strip(","):
            return
        kind = kind.lower()
        if kind not in _NAMES:
            problem = f"'{printable(kind)}' is neither card, pcm nor stream"
            shown = tokens(part.text)[0]
            self._refuse(part, problem, f"Invalid key: {shown}")
        if kind == "pcm" or (kind == "stream" and not self._pcms):
            self._pcms.append(({}, []))
        if kind == "stream":
            self._pcms[-1][1].append({})
        target = self._card if kind == "card" else self._pcms[-1][0 if kind == "pcm" else 1]
        settings = target if isinstance(target, dict) else target[-1]
        for word in words:
            self._setting(part, settings, kind, word)

    def _setting(self, part: Scalar, settings: Json, kind: str, word: str) -> None:
        key, equals, value = word.partition("=")
        if equals and key in ("sample-rates", "sample-formats"):
            pieces = [piece for piece in value.split(";") if piece]
            if not pieces:
                problem = f"the list {key} of a sound card is empty"
                self._reader.crash(problem, key="vsnd", at=part, hint=_SOUND_HINT)
            if key == "sample-rates":
                settings["sample_rates"] = [c_strtoul(piece, 0)[0] % _UINT32 for piece in pieces]
                return
            for piece in pieces:
                if piece.lower() not in _FORMATS:
                    problem = f"'{printable(piece)}' is not a sample format"
                    self._refuse(part, problem, f"Invalid pcm format: {piece}")
            settings["sample_formats"] = [piece.lower() for piece in pieces]
        elif equals and key in _LIMITS:
            settings[_LIMITS[key]] = c_strtoul(value, 0)[0] % _UINT32
        elif not equals or key not in _NAMES[kind]:
            problem = f"'{printable(word)}' is not a setting that xl knows for a sound card's {kind}"
            self._refuse(part, problem, f"Invalid parameter: {word}")
        elif key == "type" and value.lower() not in ("p", "c"):
            problem = f"a stream is of type p (playback) or c (capture), not '{printable(value)}'"
            self._refuse(part, problem, f"Invalid stream type: {value}")
        else:
            settings[_NAMES[kind][key]] = value.lower() if key == "type" else value

    def json(self) -> Json:
        """Return the card in libxl's order."""
        pcms = [
            {
                **_named(pcm, "name"),
                **({"streams": [_named(one, "unique_id", "type") for one in streams]} if streams else {}),
            }
            for pcm, streams in self._pcms
        ]
        card = _named(self._card, "backend_domname", devid=self._index, more=("short_name", "long_name"))
        return {**card, **({"pcms": pcms} if pcms else {})}

    def _refuse(self, part: Scalar, problem: str, words: str) -> NoReturn:
        self._reader.refuse(problem, words, key="vsnd", at=part, hint=_SOUND_HINT)


def _named(settings: Json, *names: str, devid: int | None = None, more: tuple[str, ...] = ()) -> Json:
    """Return names first, then the sampling parameters in an object of their own."""
    json: Json = {name: settings[name] for name in names if name in settings}
    if devid is not None:
        json["devid"] = devid
    json |= {name: settings[name] for name in more if name in settings}
    return {**json, "params": {name: settings[name] for name in _PARAMS if settings.get(name)}}


_FEATURES = ("disable-keyboard", "disable-pointer", "abs-pointer", "raw-pointer", "multi-touch")
_TOUCH = ("multi-touch-width", "multi-touch-height", "multi-touch-num-contacts")
_KEYBOARD_ORDER = (
    "backend", "devid", "backend-type", "unique-id", *(f"feature-{name}" for name in _FEATURES), "width",
    "height", *_TOUCH,
)  # fmt: skip
_BACKENDS = ("unknown", "qemu", "linux")
_KEYBOARD_HINT = "Write backend-type=qemu, or backend-type=linux with unique-id=…."


def keyboards(reader: Reader, first: int) -> list[Json]:
    """``vkbs`` of the ``vkb`` list, numbered from ``first``; raises RefusedError for what xl refuses."""
    items = reader.scalars("vkb") or ()
    return [_keyboard(reader, item, first + index) for index, item in enumerate(items)]


def _keyboard(reader: Reader, item: Scalar, devid: int) -> Json:
    values: dict[str, object] = {"devid": devid}
    for word in tokens(item.text):
        key, equals, value = word.partition("=")
        if not equals or key not in _KEYBOARD_ORDER or key == "devid":
            reader.refuse(
                f"'{printable(word)}' is not a setting that xl knows for a keyboard",
                f'Unknown string "{word}" in vkb spec',
                key="vkb",
                at=item,
                hint=_KEYBOARD_HINT,
            )
        if key == "backend-type":
            if value.lower() not in _BACKENDS:
                words = f'Unknown backend_type "{value}" in vkb spec'
                problem = f"'{printable(value)}' is not a backend for a keyboard"
                reader.refuse(problem, words, key="vkb", at=item, hint=_KEYBOARD_HINT)
            values[key] = value.lower() if value.lower() != "unknown" else ""
        elif key in ("backend", "unique-id"):
            values[key] = value
        else:
            number = c_strtoul(value, 0)[0]
            values[key] = bool(number) if key.startswith("feature-") else number % _UINT32
    if not values.get("backend-type"):
        words = "backend-type should be set in vkb spec"
        reader.refuse("a keyboard has no backend-type", words, key="vkb", at=item, hint=_KEYBOARD_HINT)
    touched = any(values.get(key) for key in _TOUCH)
    if touched:
        values["feature-multi-touch"] = True
    elif values.get("feature-multi-touch"):
        reader.refuse(
            "a keyboard with multi-touch has no size for it",
            "multi-touch-width, multi-touch-height, multi-touch-num-contacts should be set for multi touch in vkb spec",
            key="vkb",
            at=item,
            hint=f"Write {'=…,'.join(_TOUCH)}=….",
        )
    names = {"backend": "backend_domname"}
    return {
        names.get(key, key.replace("-", "_")): values[key]
        for key in _KEYBOARD_ORDER
        if values.get(key) or (key in ("backend", "unique-id") and key in values) or key == "devid"
    }

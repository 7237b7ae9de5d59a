"""What a guest shares with another domain by words of its own: 9pfs folders, TPMs, PV calls, channels.

As libxl's JSON writes them; every function raises RefusedError for what xl refuses (xl_parse.c of Xen 4.17).
"""

from __future__ import annotations

from typing import NoReturn

from xentui.config.devices.vif import tokens
from xentui.config.identities import is_uuid
from xentui.config.libxl.devices import Json, without_none
from xentui.config.libxl.reader import Reader
from xentui.config.refusal import printable
from xentui.config.syntax import Scalar

_FOLDER = ("security_model", "path", "tag")
_CALLED = {"p9": "a shared folder", "vtpm": "a TPM", "pvcalls": "PV calls"}
C_SPACES = " \t\n\v\f\r"


def folders(reader: Reader) -> list[Json]:
    """``p9s``: folders of the host.  What an item does not say it has from the one before, as in xl."""
    values: dict[str, str] = {}
    made: list[Json] = []
    for item in reader.scalars("p9") or ():
        for key, value in _pairs(item.text):
            if key not in (*_FOLDER, "backend"):
                hint = "Write tag=…,path=…,security_model=none."
                _unknown(reader, item, "p9", key, words=f"Unknown string `{key}' in 9pfs spec", hint=hint)
            values[key] = value
        missing = [name for name in _FOLDER if name not in values]
        if missing:
            reader.refuse(
                f"a shared folder has no {', '.join(missing)}",
                "9pfs spec missing required field!",
                key="p9",
                at=item,
                hint="Write tag=…,path=…,security_model=none.",
            )
        json: Json = {"backend_domname": values.get("backend"), "tag": values["tag"], "path": values["path"]}
        made.append(without_none({**json, "security_model": values["security_model"]}))
    return made


def tpms(reader: Reader) -> list[Json]:
    """``vtpms``."""
    made: list[Json] = []
    for index, item in enumerate(reader.scalars("vtpm") or ()):
        backend: str | None = None
        uuid: str | None = None
        for key, value in _pairs(item.text):
            if key == "backend":
                backend = value
            elif key != "uuid":
                hint = "Write backend=DOMAIN, and uuid=… if need be."
                _unknown(reader, item, "vtpm", key, words=f"Unknown string `{key}' in vtpm spec", hint=hint)
            elif not is_uuid(value):
                reader.refuse(
                    f"'{printable(value)}' is not a uuid",
                    f"Failed to parse vtpm UUID: {value}",
                    key="vtpm",
                    at=item,
                    hint="Write 8-4-4-4-12 hexadecimal digits, or leave it out.",
                )
            else:
                uuid = value.lower() if value.strip("0-") else None
        if backend is None:
            reader.refuse(
                "a TPM has no backend",
                "vtpm spec missing required backend field!",
                key="vtpm",
                at=item,
                hint="Write backend=DOMAIN, the domain that serves it.",
            )
        made.append(without_none({"backend_domname": backend, "devid": index, "uuid": uuid}))
    return made


def pv_calls(reader: Reader) -> list[Json]:
    """``pvcallsifs``."""
    made: list[Json] = []
    for index, item in enumerate(reader.scalars("pvcalls") or ()):
        backend: str | None = None
        for key, value in _pairs(item.text):
            if key != "backend":
                hint = "Write backend=DOMAIN."
                _unknown(
                    reader, item, "pvcalls", key, words=f"Unknown string `{key}' in pvcalls spec", hint=hint
                )
            backend = value
        made.append(without_none({"backend_domname": backend, "devid": index}))
    return made


def channels(reader: Reader) -> list[Json]:
    """``channels``."""
    return [_channel(reader, item, index) for index, item in enumerate(reader.scalars("channel") or ())]


def _channel(reader: Reader, item: Scalar, index: int) -> Json:
    words = [word for word in item.text.split(",") if word]
    if not words:
        reader.crash("a channel is empty", key="channel", at=item, hint=_CHANNEL_HINT)
    values: dict[str, str] = {}
    connection = ""
    for word in words:
        pair = two_parts(word, "=")
        if pair is None:
            reader.refuse(
                f"'{printable(word)}' of a channel is not KEY=VALUE",
                f"failed to parse channel configuration: {word}",
                key="channel",
                at=item,
                hint=_CHANNEL_HINT,
            )
        key, value = (part.strip(C_SPACES) for part in pair)
        if key == "connection":
            connection = value
            if value not in ("pty", "socket"):
                reader.refuse(
                    f"a channel's connection '{printable(value)}' is neither pty nor socket",
                    f"unknown channel connection '{value}'",
                    key="channel",
                    at=item,
                    hint=_CHANNEL_HINT,
                )
        elif key in ("backend", "name", "path"):
            values[key] = value
        else:
            reader.warn(f"unknown channel parameter '{key}', ignoring")
    problem = words_of_xl = ""
    if not connection:
        problem, words_of_xl = "a channel has no connection", "channel has unknown 'connection'"
    elif connection == "socket" and "path" not in values:
        problem = "a channel over a socket has no path"
        words_of_xl = "channel connection 'socket' requires path=.."
    if problem:
        reader.refuse(problem, words_of_xl, key="channel", at=item, hint=_CHANNEL_HINT)
    json: Json = {"backend_domname": values.get("backend"), "devid": index, "name": values.get("name")}
    json[f"connection.{connection}"] = {"path": values["path"]} if connection == "socket" else {}
    return without_none(json)


_CHANNEL_HINT = "Write connection=pty,name=… or connection=socket,path=…,name=…."


def two_parts(text: str, mark: str) -> tuple[str, str] | None:
    """Return the first two pieces between marks, as ``strtok`` finds them; None where there are not two."""
    pieces = [piece for piece in text.split(mark) if piece]
    return (pieces[0], pieces[1]) if len(pieces) > 1 else None


def _pairs(spec: str) -> list[tuple[str, str]]:
    """``KEY=VALUE`` words up to the first that is none, where xl stops looking."""
    found: list[tuple[str, str]] = []
    for word in tokens(spec):
        key, equals, value = word.partition("=")
        if not equals:
            break
        found.append((key, value))
    return found


def _unknown(reader: Reader, item: Scalar, key: str, word: str, *, words: str, hint: str) -> NoReturn:
    reader.refuse(
        f"'{printable(word)}' is not a setting that xl knows for {_CALLED[key]}",
        words,
        key=key,
        at=item,
        hint=hint,
    )

"""The log of an entry: one JSON object a line, one line a version or event.

A record of a version has ``version``, ``event``, ``time`` (UTC, ISO 8601), ``user``, ``reason``, ``name``,
``sha256``, ``size`` and ``source`` (null, or the file the text came from).  Events without ``version`` are
``deleted`` and ``undeleted``.
"""

from __future__ import annotations

import json
import time
from typing import Any, Dict, List, NamedTuple, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio

Record = Dict[str, Any]
LOG_LIMIT = 64 << 20
#: No domain gets so many versions; a larger number is none.
VERSION_LIMIT = 10**9
#: Characters of a name; more make no file name (:func:`xentui.agent.store.layout.quote`).
NAME_LIMIT = 240


class Log(NamedTuple):
    """The readable part of a log: its records, and where in the file each ends."""

    records: List[Record]
    ends: List[int]

    @property
    def end(self) -> int:
        """Where the next record goes; what lies past it is a torn record, cut then."""
        return self.ends[-1] if self.ends else 0

    def last_version(self) -> Optional[Record]:
        """Return the record of the current version, None in a log without any."""
        return next((record for record in reversed(self.records) if "version" in record), None)

    def version(self, number: int) -> Optional[Record]:
        """Return the record of one version."""
        return next((record for record in reversed(self.records) if record.get("version") == number), None)

    def without(self, event: str) -> "Log":
        """Return the log without trailing records of an event whose rename never happened."""
        keep = len(self.records)
        while keep and self.records[keep - 1].get("event") == event:
            keep -= 1
        return Log(self.records[:keep], self.ends[:keep])


def read_log(path: str) -> Log:
    """Read a log; a torn or unreadable line is skipped, a log without one good record is code ``damaged``."""
    data = fsio.read_bounded(path, LOG_LIMIT)
    records: List[Record] = []
    ends: List[int] = []
    offset = 0
    while True:
        newline = data.find(b"\n", offset)
        if newline < 0:
            break
        record = _parse(data[offset:newline])
        offset = newline + 1
        if record is not None:
            records.append(record)
            ends.append(offset)
    if not any("version" in record for record in records):
        raise AgentError("damaged", "log.jsonl holds no readable record", path)
    return Log(records, ends)


def _parse(line: bytes) -> Optional[Record]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not isinstance(record.get("event"), str):
        return None
    if "version" in record and not _is_of_a_version(record):
        return None
    return _sound(record)


def _is_of_a_version(record: Record) -> bool:
    """Return whether a record says what nobody can do without: which version it is, of what name, and which text that
    is.
    """
    number, name = record["version"], record.get("name")
    return (
        type(number) is int
        and 0 < number <= VERSION_LIMIT
        and is_name(name)
        and isinstance(record.get("sha256"), str)
        and record["event"] not in ("deleted", "undeleted")
    )


def is_name(value: object) -> bool:
    """Return whether a value may be the name of a domain, or empty."""
    return isinstance(value, str) and value.isprintable() and len(value) <= NAME_LIMIT


def _sound(record: Record) -> Record:
    """Return the record, without what is of another kind than it should be: a log is a file, and may hold anything."""
    for key in ("time", "user", "reason"):
        if not isinstance(record.get(key, ""), str):
            record[key] = ""
    if type(record.get("size", 0)) is not int:
        record["size"] = 0
    if record.get("source") is not None:
        record["source"] = sound_source(record["source"])
    return record


def sound_source(value: object) -> Optional[Record]:
    """Return the file a text came from as a record keeps it; None for what is none."""
    if not isinstance(value, dict):
        return None
    path, sha, version = value.get("path"), value.get("sha256"), value.get("version", 0)
    if not isinstance(path, str) or not isinstance(sha, str) or not path or "\0" in path:
        return None
    known = type(version) is int and 0 <= version <= VERSION_LIMIT
    return {"path": path, "sha256": sha, "version": version if known else 0}


def line(record: Record) -> bytes:
    """Return a record as a line of the log; code ``invalid`` for what JSON cannot say."""
    try:
        text = json.dumps(record, ensure_ascii=False, separators=(", ", ": "))
    except (TypeError, ValueError, RecursionError) as error:
        raise AgentError("invalid", f"the record cannot be written: {error}") from None
    return text.encode("utf-8", "replace") + b"\n"


def now() -> str:
    """This instant as records spell it."""
    return spelt(time.time_ns())


def spelt(nanoseconds: int) -> str:
    """Return a time in nanoseconds since 1970 as records spell it: UTC with microseconds."""
    seconds, rest = divmod(nanoseconds // 1000, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06d}Z"


def epoch(text: object) -> Optional[float]:
    """Return a record's time in seconds since 1970; None where it is not a time."""
    if not isinstance(text, str) or len(text) < 20 or text[-1] != "Z":
        return None
    try:
        year, month, day = int(text[0:4]), int(text[5:7]), int(text[8:10])
        clock = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + float(text[17:-1])
    except ValueError:
        return None
    # Days since 1970 of a Gregorian date, counting years from March so that the leap day comes last.
    year -= month <= 2
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (days - 719468) * 86400 + clock

"""Turning the agent's answers into frozen data; a host's answer is not trusted to be well-formed."""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern
from typing import TYPE_CHECKING, Any

from xentui.errors import StoreCode, StoreError
from xentui.frozen import dataclass
from xentui.hosts.agent_errors import as_store_error
from xentui.model.drain import DrainLook, GuestOutcome, OutcomeState
from xentui.model.installation import Installation, InstallState
from xentui.model.job import HostJob, HostJobState, JobEnd, JobLook
from xentui.model.migration import Move, MoveState
from xentui.store.records import AutostartLink, Source, SourceState, StoredDomain, Surroundings, Withheld
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.agent.protocol import answers, job_answers

NONSENSE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading an answer that is not well-formed may end in; an infinite number is an OverflowError."""
_REASON_LIMIT = 200
_MOST = 1 << 53
_MOST_PHASES = 50
_MOST_GUESTS = 2000
_MEND = ": {mend}"
"""Stands in a reason before the command that helps (:mod:`xentui.agent.jobs.outcomes`)."""
_YEAR_9999 = 253370764800


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the list: entries that are new or have changed, uuids that are gone, and where to go on."""

    entries: tuple[StoredDomain, ...]
    gone: tuple[str, ...]
    digest: str
    next: str
    forgotten: bool = False


def page(answer: answers.PageAnswer) -> Page:
    """Return one answer to ``list``; raises one of :data:`NONSENSE` where it is none.

    An entry that makes no sense is a damaged one, if it says at least whose it is.
    """
    if not isinstance(answer, Mapping):
        raise TypeError("not an object")
    if answer.get("forgotten") is True:
        return Page((), (), "", "", forgotten=True)
    if not isinstance(answer["entries"], list) or not isinstance(answer["gone"], list):
        raise TypeError("not a list of entries")
    return Page(
        entries=tuple(_entry(data) for data in answer["entries"]),
        gone=tuple(text(uuid) for uuid in answer["gone"]),
        digest=text(answer["digest"]),
        next=text(answer["next"]),
    )


def _entry(data: answers.ItemAnswer) -> StoredDomain:
    try:
        return stored_domain(data)
    except NONSENSE as error:
        if not isinstance(data, Mapping):
            raise
        uuid, name = text(data["uuid"]), data.get("name")
        reason = f"what the host's agent says of it is not valid ({_reason(error)})"
        return StoredDomain(uuid, name if isinstance(name, str) else "", 0, None, "", damaged=reason)


def text(value: object) -> str:
    """Return a value that has to be a text."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of a text")
    return value


def maybe_text(value: object) -> str | None:
    """Return a text, or None for nothing."""
    return None if value is None else text(value)


def number(value: object) -> int:
    """Return a value that has to be a whole number from 0 on, and no larger than any counter gets."""
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} instead of a number")
    if not 0 <= value <= _MOST:
        raise ValueError("a number out of all bounds")
    return value


def seconds(value: object) -> float:
    """Return a time in seconds since 1970; 0.0 where there is none, or none that any clock could show."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value < _YEAR_9999 else 0.0


def table(value: object) -> Mapping[str, Any] | None:
    """Return an object, or None for nothing."""
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{type(value).__name__} instead of an object")
    return value


def source(data: object) -> Source | None:
    """Return the file a text was made from; None where there is none, or none that can be told."""
    if not isinstance(data, Mapping):
        return None
    path, sha, version = data.get("path"), data.get("sha256"), data.get("version", 0)
    if not isinstance(path, str) or not isinstance(sha, str) or not path:
        return None
    return Source(path, sha, version if type(version) is int else 0)


def stored_domain(data: answers.ItemAnswer) -> StoredDomain:
    """Return one item of the list; raises one of :data:`NONSENSE` where it is ill-formed."""
    return StoredDomain(
        uuid=intern(text(data["uuid"])),
        name=intern(text(data["name"])),
        version=number(data["version"]),
        text=maybe_text(data["text"]),
        config_sha256=text(data["config_sha256"]),
        source=source(data["source"]),
        source_state=SourceState(data["source_state"]),
        moved_on=bool(data["moved_on"]),
        hand_edited=bool(data["hand_edited"]),
        # Not said of what is told from an index of an older xentui: only what is settled is kept there.
        pending=bool(data.get("pending")),
        suspended=bool(data["suspended"]),
        resuming=bool(data["resuming"]),
        saving=bool(data["saving"]),
        oneoff=bool(data["oneoff"]),
        withheld=_withheld(data.get("withheld")),
        running=table(data["running"]),
        saved=text(data.get("saved", "")),
        install=installation(data.get("install")),
        moving=_move(data.get("moving")),
        damaged=text(data["damaged"]),
        created=seconds(data["created"]),
        changed=seconds(data["changed"]),
        summary=table(data["summary"]),
        token=text(data["token"]),
    )


def installation(data: job_answers.InstallAnswer | None) -> Installation | None:
    """Return the install of a domain; None where there is none."""
    # Not said of what is told from an index of an older xentui.
    if not isinstance(data, Mapping):
        return None
    if not isinstance(data["disks"], list):
        raise TypeError("no list of disks")
    return Installation(
        InstallState(data["state"]),
        text(data["job"]),
        plain(text(data["why"]), _REASON_LIMIT * 2),
        tuple(text(path) for path in data["disks"]),
    )


def _move(data: job_answers.MoveAnswer | None) -> Move | None:
    # Not said of what is told from an index of an older xentui.
    if not isinstance(data, Mapping):
        return None
    to, address = (plain(text(data[key]), _REASON_LIMIT) for key in ("to", "address"))
    return Move(to, address, MoveState(data["state"]), text(data["job"]))


def _withheld(data: answers.WithheldAnswer | None) -> Withheld | None:
    # Not said of what is told from an index of an older xentui.
    if not isinstance(data, Mapping):
        return None
    order = data["order"]
    return Withheld(None if order is None else number(order))


def autostart_link(data: answers.Link) -> AutostartLink:
    """Return one file of the autostart folder."""
    return AutostartLink(
        file=text(data["file"]),
        target=text(data["target"]),
        uuid=maybe_text(data["uuid"]),
        broken=bool(data["broken"]),
    )


def surroundings(data: answers.SurroundingsAnswer) -> Surroundings:
    """Return what else a look at the host tells of."""
    return Surroundings(
        links=tuple(autostart_link(item) for item in data["auto"]),
        jobs=tuple(host_job(item) for item in data["jobs"]),
        spent=frozenset(text(uuid) for uuid in data["spent"]),
        boot=text(data.get("boot", "")),
        kept={text(uuid): text(path) for uuid, path in data["kept"].items()},
        ended=None if data["ended"] is None else seconds(data["ended"]),
        drain=_drain(data.get("drain")),
    )


def _drain(data: answers.DrainBriefAnswer | None) -> DrainLook | None:
    if data is None:
        return None
    return DrainLook(
        back=text(data["doing"]) == "undrain",
        user=plain(text(data["user"])),
        at=seconds(data["at"]),
        held=data["held"] is True,
        done=number(data["done"]),
        left=tuple((text(uuid).lower(), plain(text(name))) for uuid, name in data["left"]),
        more=number(data["more"]),
        now=plain(text(data.get("now", ""))),
        why=plain(text(data.get("why", "")), 500),
        stopped=data.get("stopped") is True,
    )


def host_job(data: job_answers.JobAnswer) -> HostJob:
    """Return a job as a look at the host tells of it."""
    return HostJob(
        id=text(data["id"]),
        kind=plain(text(data["kind"]), 20),
        uuid=text(data["uuid"]),
        subject=plain(text(data["subject"])),
        user=plain(text(data["user"])),
        started=seconds(data["started"]),
        state=HostJobState(data["state"]),
        percent=_percent(data["percent"]),
        path=text(data["path"]),
    )


def job_look(data: job_answers.JobLookAnswer) -> JobLook:
    """Return how far a job is, and how it ended."""
    return JobLook(
        HostJobState(data["state"]),
        _percent(data["percent"]),
        _job_end(end) if (end := data.get("end")) is not None else None,
        text(data.get("said", "")).encode("utf-8", "replace"),
        _counted(data.get("counted")),
        plain(text(data.get("phase", "")), 20),
        _phases(data.get("phases", [])),
        tuple(map(outcome_of, data.get("outcomes", [])[:_MOST_GUESTS])),
    )


def outcome_of(data: job_answers.OutcomeAnswer) -> GuestOutcome:
    """Return what has come of a guest; the command that helps is told from the reason."""
    why, _, mends = plain(text(data["why"]), 500).partition(_MEND)
    return GuestOutcome(
        uuid=text(data["uuid"]).lower(),
        name=plain(text(data["name"])),
        does=plain(text(data["does"]), 20),
        to=plain(text(data["to"])),
        state=OutcomeState(data["state"]),
        why=why,
        job=text(data["job"]),
        mends=mends,
    )


def _phases(value: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, list):
        raise TypeError("no list of phases")
    return tuple((plain(text(name), 20), seconds(after)) for name, after in value[:_MOST_PHASES])


def _counted(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError("no two numbers")
    return _bytes(value[0]), _bytes(value[1])


def _bytes(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError("no number of bytes")
    return value


def _job_end(data: job_answers.JobEndAnswer) -> JobEnd:
    refusal = table(data["error"])
    return JobEnd(
        exit=number(data["exit"]),
        argv=_argv(data["argv"]),
        then=plain(text(data["then"]), 500),
        refusal=None
        if refusal is None
        else (text(refusal["code"]), text(refusal["message"]), text(refusal["path"])),
        ran=tuple(
            (_argv(item["argv"]), number(item["exit"]), seconds(item["seconds"])) for item in data["ran"]
        ),
        unrecorded=text(data["unrecorded"]),
    )


def _argv(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("no argv")
    return tuple(text(word) for word in value)


def _percent(value: object) -> int | None:
    return None if value is None else min(100, number(value))


def refusal(data: object) -> StoreError:
    """Return an error that is part of an answer."""
    given = table(data) or {}
    code, message, path = (plain(text(given[key]), _REASON_LIMIT) for key in ("code", "message", "path"))
    return as_store_error(code, message, path)


def ill_formed(error: Exception) -> StoreError:
    """Return the error for an answer that makes no sense."""
    return StoreError(
        f"the host's agent sent an answer that is not valid ({_reason(error)})",
        code=StoreCode.INTERNAL,
        hint="is another version of xentui at work on that host?",
    )


def _reason(error: Exception) -> str:
    return plain(f"{type(error).__name__}: {error}", _REASON_LIMIT)

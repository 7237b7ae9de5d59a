"""Whether a host keeps a guest and starts it by itself: by xentui's store and its link, or as its engine has it."""

from __future__ import annotations

import os
from typing import Any, Dict, List

from xentui.agent.drain import preconditions
from xentui.agent.errors import AgentError
from xentui.agent.host import domain_list
from xentui.agent.jobs import progress, records
from xentui.agent.jobs.worker import JobWork
from xentui.agent.memory import xendomains
from xentui.agent.migration import engine_jobs
from xentui.agent.store import autostart, entry, layout, names

_QUERY_SECONDS = 60.0


def is_kept(work: JobWork, step: Dict[str, Any]) -> bool:
    """Return whether a guest is managed here; ``kept`` of the step is what tells that ([]: xentui's store does)."""
    if not step["kept"]:
        return os.path.isdir(layout.entry(work.root, work.uuid))
    said = domain_list.said([*work.record["prefix"], *step["kept"]], _QUERY_SECONDS)
    return said is not None and engine_jobs.read_info(said).kept


def unlink(work: JobWork, argv: List[str]) -> None:
    """Have a guest start with the host no more, by ``argv`` ([]: xentui's own link); raises AgentError."""

    def own() -> int:
        xendomains.unlink_autostart(work.root, auto_dir=str(work.record["auto"]), uuid=work.uuid)
        return 0

    if not argv:
        work.on_record(["xentui-store", "autostart", work.uuid, "off"], own)
    elif work.run_argv(argv, "unlink"):
        raise AgentError("io", f"it still starts with the host: {last_said(work)}")


def link(work: JobWork, step: Dict[str, Any]) -> bool:
    """Have a guest start with the host again where the record tells that it did, and it does not; whether that was so.

    ``link`` of the step is what does that ([]: xentui's own link).  Raises AgentError where it cannot.
    """
    told = step["guest"]
    if told.get("autostart") is not True or not is_kept(work, step):
        return False
    if step["link"]:
        if "enable" in engine_says(work, step, "Autostart"):
            return False
        if work.run_argv(step["link"], "link"):
            raise AgentError("io", f"it does not start with the host: {last_said(work)}")
        return True
    auto, order = str(work.record["auto"]), told.get("order")
    if autostart.starts(work.root, auto, work.uuid):
        return False
    folder = layout.entry(work.root, work.uuid)
    name = names.last_name(folder) or str(told.get("name", ""))

    def own() -> int:
        xendomains.link_autostart(
            work.root,
            auto_dir=auto,
            name=name,
            target=os.path.join(folder, entry.CONFIG),
            order=order if type(order) is int else None,
        )
        return 0

    place = ["--order", str(order)] if type(order) is int else []
    work.on_record(["xentui-store", "autostart", work.uuid, "on", *place], own)
    return True


def engine_says(work: JobWork, step: Dict[str, Any], what: str) -> str:
    """Return what an engine says of a guest behind a word of virsh's dominfo."""
    said = domain_list.said([*work.record["prefix"], *step["kept"]], _QUERY_SECONDS) or ""
    lines = [line.partition(":") for line in said[:8192].splitlines()]
    return next((value.strip() for word, _, value in lines if word.strip() == what), "")


def last_said(work: JobWork) -> str:
    """Return the last line that a command of a job has printed."""
    return preconditions.last_line(progress.tail(os.path.join(work.place, records.OUTPUT), 4 << 10))

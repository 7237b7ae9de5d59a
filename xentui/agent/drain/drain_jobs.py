"""Jobs that empty a host, or bring its guests back: one guest after the other, whoever looks on.

What becomes of each guest was agreed to before, and is written down whole: the record that the host keeps of it
(:mod:`xentui.agent.drain.drain_record`), and the steps, which :mod:`xentui.agent.drain.drain_steps` or
:mod:`xentui.agent.drain.undrain_steps` does.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List

from xentui.agent.drain import (
    drain_arguments,
    drain_record,
    guest_sequence,
    step_arguments,
    undrain_arguments,
)
from xentui.agent.errors import AgentError
from xentui.agent.jobs import launch, outcomes, records
from xentui.agent.jobs.records import Record
from xentui.agent.protocol.arguments import ARGV, COMMANDS, COUNT, FLAG, JOB_WORDS, OBJECT, PATH, STRING
from xentui.agent.protocol.commands import Commands
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout


@store_operation(
    "start_drain_job",
    job=STRING,
    prefix=ARGV,
    serial=COUNT,
    record=OBJECT,
    sequence=OBJECT,
    commands=COMMANDS,
    auto_dir=PATH,
    **JOB_WORDS,
)
def start_drain_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    serial: int,
    record: Dict[str, Any],
    sequence: Dict[str, Any],
    commands: Commands,
    auto_dir: str,
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin to empty the host, or to bring its guests back, and leave that to itself; returns the record of the job.

    ``record`` replaces the host's, of that ``serial``, as by :func:`xentui.agent.drain.drain_record.write_drain`, and
    its ``doing`` tells which; ``sequence`` is as of :func:`xentui.agent.drain.drain_arguments.checked` or
    :func:`xentui.agent.drain.undrain_arguments.checked`; ``commands`` list the domains; the others are as of
    :func:`xentui.agent.jobs.control.start_job`.  Code ``busy`` where the host is emptied, or brought back, at this
    moment; ``conflict`` where its record has changed.
    """
    place = records.folder(root, job)
    back = record.get("doing") == records.UNDRAIN
    wanted = undrain_arguments.checked(sequence) if back else drain_arguments.checked(sequence)
    drain_record.require_guests(record)
    kind = records.UNDRAIN if back else records.DRAIN
    files = {
        step_arguments.STEPS: json.dumps(wanted).encode("ascii"),
        outcomes.FILE: outcomes.data(guest_sequence.new_outcomes(wanted["steps"])),
    }
    with layout.writing(root):
        if drain_record.is_held(root):
            raise AgentError("busy", "somebody drains or undrains it at this moment")
        plain = records.record_of(job, kind, prefix, records.JobWords(subject, user, host))
        lock = launch.begin(root, place, {**plain, "auto": auto_dir, "commands": commands}, files)
        try:
            drain_record.replace(root, serial, {**record, "job": job})
        except BaseException:
            os.close(lock)
            launch.discard(place)
            raise
    launch.leave(place, lock)
    return plain


@store_operation("end_drain_job", job=STRING)
def end_drain_job(root: str, *, job: str) -> None:
    """Have such a job end after the guest that is under way; code ``missing`` where there is none."""
    place = records.folder(root, job)
    if records.read(place)["kind"] not in records.SEQUENCES:
        raise AgentError("invalid", "is not the drain of a host", place)
    records.flag(place, records.ENOUGH)


@store_operation("last_drain_job", back=FLAG)
def last_drain_job(root: str, *, back: bool) -> str:
    """Return the job that has emptied the host last, or brought it ``back``; "" where none is known any more."""
    kind = records.UNDRAIN if back else records.DRAIN
    found = [record for _place, record in records.each(root) if record["kind"] == kind]
    return str(max(found, key=lambda record: record["started"])["id"]) if found else ""

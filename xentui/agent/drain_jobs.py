"""Jobs that empty a host, or bring its guests back: one guest after the other, whoever looks on.

What becomes of each guest was agreed to before, and is written down whole: the record that the host keeps of it
(:mod:`xentui.agent.draining`), and the steps, which :mod:`xentui.agent.emptying_steps` or
:mod:`xentui.agent.returning_steps` does.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List

from xentui.agent import (
    draining,
    emptying,
    guest_sequence,
    job_launch,
    job_records,
    layout,
    outcomes,
    returning,
    told_guests,
)
from xentui.agent.arguments import ARGV, COMMANDS, COUNT, FLAG, JOB_WORDS, OBJECT, PATH, STRING
from xentui.agent.commands import Commands
from xentui.agent.errors import AgentError
from xentui.agent.job_records import Record
from xentui.agent.operations import store_operation


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

    ``record`` replaces the host's, of that ``serial``, as by :func:`xentui.agent.draining.write_drain`, and its
    ``doing`` tells which; ``sequence`` is as of :func:`xentui.agent.emptying.checked` or
    :func:`xentui.agent.returning.checked`; ``commands`` list the domains; the others are as of
    :func:`xentui.agent.jobs.start_job`.
    Code ``busy`` where the host is emptied, or brought back, at this moment; ``conflict`` where its record has changed.
    """
    place = job_records.folder(root, job)
    back = record.get("doing") == job_records.UNDRAIN
    wanted = returning.checked(sequence) if back else emptying.checked(sequence)
    draining.require_guests(record)
    kind = job_records.UNDRAIN if back else job_records.DRAIN
    files = {
        told_guests.STEPS: json.dumps(wanted).encode("ascii"),
        outcomes.FILE: outcomes.data(guest_sequence.new_outcomes(wanted["steps"])),
    }
    with layout.writing(root):
        if draining.is_held(root):
            raise AgentError("busy", "somebody drains or undrains it at this moment")
        plain = job_records.record_of(job, kind, prefix, subject=subject, user=user, host=host)
        lock = job_launch.begin(root, place, {**plain, "auto": auto_dir, "commands": commands}, files)
        try:
            draining.replace(root, serial, {**record, "job": job})
        except BaseException:
            os.close(lock)
            job_launch.discard(place)
            raise
    job_launch.leave(place, lock)
    return plain


@store_operation("end_drain_job", job=STRING)
def end_drain_job(root: str, *, job: str) -> None:
    """Have such a job end after the guest that is under way; code ``missing`` where there is none."""
    place = job_records.folder(root, job)
    if job_records.read(place)["kind"] not in job_records.SEQUENCES:
        raise AgentError("invalid", "is not the drain of a host", place)
    job_records.flag(place, job_records.ENOUGH)


@store_operation("last_drain_job", back=FLAG)
def last_drain_job(root: str, *, back: bool) -> str:
    """Return the job that has emptied the host last, or brought it ``back``; "" where none is known any more."""
    kind = job_records.UNDRAIN if back else job_records.DRAIN
    found = [record for _place, record in job_records.each(root) if record["kind"] == kind]
    return str(max(found, key=lambda record: record["started"])["id"]) if found else ""

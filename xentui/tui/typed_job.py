"""A typed command as a job of the screen: what it asks and tells, and how it has ended.  No Textual."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from xentui.commands.command import Command
from xentui.commands.context import Context
from xentui.commands.run import run_command
from xentui.errors import NotAgreedError, XentuiError
from xentui.tui.jobs import Job

DONE = "done"


async def run_each(verb: Command, each: Sequence[argparse.Namespace], context: Context, job: Job) -> str:
    """Run a verb once for each of the arguments; returns how it has ended, in a word.

    An exit status that no error comes with is an answer, as that no host fits: what was told is all there is to say.
    Raises what has failed, with what was told besides; NotAgreedError where somebody did not agree.
    """
    if len(each) == 1:
        status = await _run_one(verb, each[0], context, job)
        failed = context.failures[0] if status and context.failures else None
    else:
        status, failed = await _run_all(verb, each, context)
    if failed is not None:
        others = [line for line in job.output if line != failed.headline]
        raise XentuiError(failed.message, subject=failed.subject, details=others)
    if status and not job.output:
        raise XentuiError(f"exit status {status}")
    return f"exit status {status}" if status else DONE


async def _run_one(verb: Command, args: argparse.Namespace, context: Context, job: Job) -> int:
    try:
        return int(await run_command(verb, args, context) or 0)
    except NotAgreedError:
        raise
    except XentuiError as error:
        if not job.output:
            raise
        # What to do next stands before what was told on the way, which may be long.
        hint = [f"→ {context.word(error.hint)}"] if error.hint else []
        told = [*error.details, *hint, "", *job.output]
        raise XentuiError(error.message, subject=error.subject, details=told) from error


async def _run_all(
    verb: Command, each: Sequence[argparse.Namespace], context: Context
) -> tuple[int, XentuiError | None]:
    """Return the exit status of the last that has failed, and what went wrong first."""
    status = 0
    declined: list[NotAgreedError] = []
    for args in each:
        try:
            status = int(await run_command(verb, args, context) or 0) or status
        except NotAgreedError as error:
            declined.append(error)
            context.note(error.headline)
        except XentuiError as error:
            context.report_error(error)
            status = int(error.exit_status)
    if len(declined) == len(each):
        raise declined[0]
    return status, context.failures[0] if context.failures else None

"""Doing what a line of the check says would mend it."""

from __future__ import annotations

import hashlib
import shlex
import time
from functools import partial
from typing import TYPE_CHECKING

from xentui.errors import StoreCode, StoreError, UsageError, XentuiError
from xentui.hosts import operations
from xentui.service.host_check.report_line import FileEdit, Line, Mend

if TYPE_CHECKING:
    from xentui.service.session import Session

_SUBJECT = "host"


def mend_lines(mend: Mend) -> list[str]:
    """Return what is about to be done, line by line: of each file what is taken out and put in, then the commands."""
    told = []
    for edit in mend.edits:
        before, after = edit.old.split("\n"), edit.new.split("\n")
        told.append(f"in {edit.path} ({'it is new' if edit.made else 'a copy of it is kept'}):")
        told += [f"- {line}" for line in before if line and line not in after]
        told += [f"+ {line}" for line in after if line and line not in before]
    told += [f"run {shlex.join(command)}" for command in mend.commands]
    return [*told, *([mend.then] if mend.then else [])]


async def carry_out_mend(session: Session, line: Line) -> tuple[str, ...]:
    """Do what mends a line; returns the copies that are kept of files that were changed.

    Raises UsageError where xentui mends nothing by itself there, StoreError where a file has changed since the check or
    others could exchange it, CommandError where a command fails: what was done before that stays.
    """
    mend = line.mend
    if mend is None:
        raise UsageError(
            "xentui cannot repair this",
            subject=line.id,
            hint=line.command or "there is nothing to repair",
        )
    return await apply_mend(session, mend)


async def apply_mend(session: Session, mend: Mend, subject: str = _SUBJECT) -> tuple[str, ...]:
    """Change the files of any mend, then run its commands; returns and raises as :func:`carry_out_mend`."""
    session.require_writable()
    kept: list[str] = []
    for edit in mend.edits:
        action = partial(_edited, session, edit)
        copy = await session.store_change(["edit-file", edit.path], subject=subject, action=action)
        kept += [copy] if copy else []
    for command in mend.commands:
        try:
            await session.change(command, subject=subject)
        except XentuiError as error:
            if not kept:
                raise
            error.details = (*error.details, *(f"{copy} is what was there before" for copy in kept))
            raise
    return tuple(kept)


async def _edited(session: Session, edit: FileEdit) -> str:
    host = session.host
    try:
        copy = await host.call(
            operations.edit_file,
            path=host.host_path(edit.path),
            data=edit.new.encode("utf-8", "surrogateescape"),
            sha256=""
            if edit.made
            else hashlib.sha256(edit.old.encode("utf-8", "surrogateescape")).hexdigest(),
            keep=time.strftime(".xentui-%Y%m%d-%H%M%S"),
        )
    except StoreError as error:
        hints = {
            StoreCode.CONFLICT: "check the host again",
            StoreCode.EXISTS: "check the host again",
            StoreCode.MISSING: "install what it belongs to first",
            StoreCode.UNTRUSTED: "change it by hand",
            StoreCode.INVALID: "change it by hand",
        }
        raise StoreError(
            f"cannot change {edit.path}: {error.message}",
            code=error.code,
            subject=_SUBJECT,
            hint=next((hint for code, hint in hints.items() if error.code == code), error.hint),
            details=error.details,
        ) from error
    return host.shown(str(copy))

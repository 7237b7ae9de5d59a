"""Changing what xend is set to: the file with a copy kept, then xend started anew, each shown and agreed to first."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from xentui.config import xend_config, xend_settings as settings
from xentui.errors import CommandError, NoAgentError, NotAllowedError, StoreCode, StoreError, UsageError
from xentui.service.host_check.mending import apply_mend as mend_done
from xentui.service.host_check.report_line import FileEdit, Mend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xentui.hosts.base import Completed, Host
    from xentui.service.session import Session
    from xentui.service.xend.status import XendLook

_SUBJECT = "host"
_PATIENCE = 30.0
_COPIES = 100


def planned(look: XendLook, wanted: Mapping[str, str]) -> Mend | None:
    """Return what gives settings, by their keys, other values; None where they have those.

    Raises UsageError for a value that xend would fail at, ConfigError for one that cannot be written.
    """
    config = look.config
    for key, value in wanted.items():
        setting = settings.setting(key)
        fit = settings.checked(setting, value)
        if settings.Value(setting, config.entry(setting.name)).text != fit:
            config = config.with_value(setting.name, fit)
    if config.text == look.config.text:
        return None
    return Mend(
        f"change {look.path}",
        (FileEdit(look.path, look.config.text, config.text),),
        then="xend uses this after a restart.",
    )


def restarting(look: XendLook) -> Mend:
    """Return what has xend take up its settings: guests run on meanwhile.  UsageError where it is not known."""
    if not look.restart:
        raise UsageError(
            "how to restart xend on this host is not known", subject="xend", hint="restart it by hand"
        )
    return Mend(
        "restart xend",
        commands=(look.restart,),
        then="Guests run on; what xm is doing just now, and migrations under way, are cut off.",
    )


def leads_to(mend: Mend) -> tuple[str, ...]:
    """Return what is wrong with the settings that a change makes, or leads to what nobody may want."""
    return settings.cautions(xend_config.read(mend.edits[0].new))


async def changed(session: Session, mend: Mend) -> tuple[str, ...]:
    """Do what was agreed to; returns the copies kept of files.

    Raises as :func:`xentui.service.host_check.mending.carry_out_mend` does.  Where the host has no Python for xentui's
    agent its own commands do the same: copy, write beside it, look whether it is still the same, and exchange.
    """
    try:
        return await mend_done(session, mend)
    except NoAgentError:
        kept = []
        for edit in mend.edits:
            action = partial(_by_commands, session.host, edit)
            copy = await session.store_change(["edit-file", edit.path], subject=_SUBJECT, action=action)
            kept += [copy] if copy else []
        return tuple(kept)


async def _by_commands(host: Host, edit: FileEdit) -> str:
    path, fresh = edit.path, f"{edit.path}.xentui-new"
    folder = path.rpartition("/")[0]
    await _owned(host, folder, path)
    copy = await _free(host, path + time.strftime(".xentui-%Y%m%d-%H%M%S"))
    for argv, data in (
        (["cp", "-p", path, copy], b""),
        (["cp", "-p", path, fresh], b""),
        (["dd", f"of={fresh}", "conv=fsync"], _bytes(edit.new)),
    ):
        await _run(host, argv, data)
    now = await _run(host, ["cat", path])
    if now.stdout != _bytes(edit.old):
        await _run(host, ["rm", "-f", fresh, copy])
        raise StoreError(
            "has changed meanwhile", code=StoreCode.CONFLICT, subject=path, hint="look at it again"
        )
    await _run(host, ["mv", "-f", fresh, path])
    return copy


async def _free(host: Host, path: str) -> str:
    """Return a path where nothing is, the given one or with a number behind it: of two edits in a second both are
    kept.
    """
    for number in range(1, _COPIES):
        copy = path if number == 1 else f"{path}-{number}"
        if (await host.run(["stat", "-c", "%F", copy], timeout=_PATIENCE)).exit_code:
            return copy
    raise StoreError("too many copies of it are there", code=StoreCode.EXISTS, subject=path)


async def _owned(host: Host, *paths: str) -> None:
    """Raise NotAllowedError where another user could exchange a file, or it is a link."""
    done = await _run(host, ["stat", "-c", "%u %a %F", *paths])
    rows = [row.split(" ", 2) for row in done.text.splitlines()]
    if len(rows) != len(paths) or not all(len(row) == 3 and _only_roots(*row) for row in rows):
        raise NotAllowedError(
            "is a link, or not root's alone", subject=paths[-1], hint="change it by hand, or mend its rights"
        )


def _only_roots(owner: str, mode: str, kind: str) -> bool:
    mine = owner == "0" and re.fullmatch(r"[0-7]{3,5}", mode) is not None and not int(mode, 8) & 0o022
    return mine and kind in ("directory", "regular file")


async def _run(host: Host, argv: list[str], data: bytes = b"") -> Completed:
    done = await host.run(argv, stdin=data, timeout=_PATIENCE)
    if done.exit_code != 0:
        raise CommandError(
            f"`{argv[0]}` failed on the host",
            argv=argv,
            exit_code=done.exit_code,
            subject=_SUBJECT,
            details=done.words[:3],
        )
    return done


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

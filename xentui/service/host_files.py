"""Files of the host: what they are, and a text written to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xentui.errors import StoreCode, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.service.session import Session


def whole_path(path: str) -> str:
    """Return the path; raises StoreError for a relative one: in which folder that would be nobody has chosen."""
    if not path.startswith("/"):
        raise StoreError(
            "its path is not absolute",
            code=StoreCode.INVALID,
            subject=path,
            hint="begin it with a slash, as in /etc/xen/web.cfg",
        )
    return path


async def stat(host: Host, paths: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Return what is at each of these paths of the host, as its agent tells, links followed; asks once.  Raises
    StoreError.
    """
    places = {path: host.host_path(path) for path in paths}
    told = await host.call(operations.stat, paths=sorted(set(places.values()))) if places else {}
    return {path: told[place] for path, place in places.items()}


async def write(session: Session, path: str, text: str, *, overwrite: bool) -> None:
    """Write ``text`` to ``path`` whole or not at all.

    A new file is its owner's only, one that is replaced keeps its mode.  Raises StoreError, code ``exists`` where
    there is one and ``overwrite`` was not said, ``invalid`` for a relative path and a folder, ``untrusted`` where
    another user could exchange it.
    """
    target = session.host.host_path(whole_path(path))
    try:
        await session.store_change(
            ["write-file", path],
            subject=path,
            action=lambda: session.host.call(
                operations.write_file, path=target, data=text.encode("utf-8"), exclusive=not overwrite
            ),
        )
    except StoreError as error:
        if error.code in (StoreCode.EXISTS, StoreCode.INVALID) and await _is_folder(session, path):
            raise StoreError(
                "cannot write the file: there is a folder of that name",
                code=StoreCode.INVALID,
                subject=path,
                hint="add the name of the file",
            ) from error
        hint = {
            "exists": "choose another name, or say that it may be overwritten",
            "missing": "its folder does not exist on the host",
            "untrusted": "write it to a folder that only root may write to, or as the user it belongs to",
        }.get(error.code, error.hint)
        # Of what others could exchange it may be any folder on the way.
        where = f"{error.subject} " if error.code == StoreCode.UNTRUSTED else ""
        raise StoreError(
            f"cannot write the file: {where}{error.message}",
            code=error.code,
            subject=path,
            hint=hint,
            details=error.details,
        ) from error


async def _is_folder(session: Session, path: str) -> bool:
    return bool((await stat(session.host, [path]))[path]["kind"] == "dir")

"""Files of the host a text is written to."""

from __future__ import annotations

from xentui.errors import StoreError
from xentui.service.session import Session


async def write(session: Session, path: str, text: str, *, overwrite: bool) -> None:
    """Write ``text`` to ``path`` whole or not at all.

    A new file is its owner's only, one that is replaced keeps its mode.  Raises StoreError, code ``exists`` where
    there is one and ``overwrite`` was not said.
    """
    target = session.host.host_path(path)
    try:
        await session.store_change(
            ["write-file", path],
            subject=path,
            action=lambda: session.host.call(
                "write_file", path=target, data=text.encode("utf-8"), exclusive=not overwrite
            ),
        )
    except StoreError as error:
        hint = {
            "exists": "choose another name, or say that it may be overwritten",
            "missing": "its folder does not exist on the host",
        }.get(error.code, error.hint)
        raise StoreError(
            f"cannot write the file: {error.message}",
            code=error.code,
            subject=path,
            hint=hint,
            details=error.details,
        ) from error

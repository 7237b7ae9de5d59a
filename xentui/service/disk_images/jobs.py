"""Images written by jobs of the host."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from xentui.errors import StoreCode, StoreError
from xentui.hosts import operations
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run_to_end import JobRequest, run_to_end
from xentui.service.session import Session

_WORK = {
    "image-fill": "work",
    "image-create": "work",
    "image-copy": "copy",
    "image-convert": "conversion",
}
_TOO_LARGE = "no file that large"
"""What the agent says where no free space would help (EFBIG)."""


async def run(
    session: Session,
    kind: str,
    path: str,
    image: Mapping[str, Any],
    shown: Sequence[str],
    *,
    progress: Progress | None,
    goes_on: bool = True,
) -> None:
    """Have the host make an image, and wait for it; ``shown`` is what a dry run says of it.

    Raises as :func:`xentui.service.jobs.run_to_end.run_to_end`.
    """
    if session.dry_run:
        session.say(shlex.join(shown))
        return

    async def remove() -> None:
        await session.store_change(
            ["image-rm", path],
            subject=path,
            action=lambda: session.host.call(operations.remove_image, path=str(image["path"])),
        )

    request = JobRequest(
        _WORK[kind],
        path,
        partial(session.store.start_image_job, kind=kind, image=image, subject=path, user=session.user),
        failed="the image was not made",
        explain=lambda error: explained(error, path, "make"),
        undo=remove,
    )
    await run_to_end(session, request, progress=progress, goes_on=goes_on)


def explained(error: StoreError, path: str, verb: str) -> StoreError:
    """Return an error of the agent's, told of the image."""
    hints = {
        StoreCode.EXISTS: "choose another name: xentui does not overwrite what is there",
        StoreCode.MISSING: "create the folder first, or correct the path",
        StoreCode.UNTRUSTED: "use a folder that only root may write to",
        StoreCode.FULL: "free some space there, make it smaller or sparse, or choose another folder",
        StoreCode.INVALID: "name a file in a folder of the host",
        StoreCode.CONFLICT: "look at it again, and repeat",
    }
    where = (
        f"{error.subject} " if error.code == StoreCode.UNTRUSTED and error.subject not in ("", path) else ""
    )
    hint = hints.get(error.code) or error.hint
    if error.code == StoreCode.FULL and _TOO_LARGE in error.message:
        hint = "make it smaller, or choose a folder on another file system"
    return StoreError(
        f"cannot {verb} the image: {where}{error.message}",
        code=error.code,
        subject=path,
        hint=hint,
        details=error.details,
    )

"""Images written by jobs of the host: begun, followed, cancelled."""

from __future__ import annotations

import asyncio
import secrets
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from xentui.errors import CommandError, HostError, StoreCode, StoreError
from xentui.model.job import JobLook
from xentui.service import following
from xentui.service.disk_images.pace import JobPace
from xentui.service.following import Progress
from xentui.service.session import Session

_WORK = {
    "image-fill": "work",
    "image-create": "work",
    "image-copy": "copy",
    "image-convert": "conversion",
}


async def run(
    session: Session,
    kind: str,
    path: str,
    image: Mapping[str, Any],
    shown: Sequence[str],
    *,
    progress: Progress | None,
) -> None:
    """Have the host make an image, and wait for it; ``shown`` is what a dry run says of it.

    GoesOnError where the line broke; cancelled, it stops the work, of which nothing is left, unless the session leaves.
    """
    if session.dry_run:
        session.say(shlex.join(shown))
        return
    name = secrets.token_hex(16)
    if session.following is not None:
        session.following(name)
    lost: HostError | None = None
    try:
        try:
            await session.store.start_image_job(name, kind, image=image, subject=path, user=session.user)
        except HostError as error:
            lost = error
        except StoreError as error:
            raise explained(error, path, "make") from error
        told = await following.ended(
            session,
            name,
            path,
            kind=_WORK[kind],
            look=JobPace(progress),
            lost=lost,
            hint=following.TOLD_BY_LOG,
        )
    except asyncio.CancelledError:
        if not session.leaving():
            await asyncio.shield(_cancel(session, name))
        raise
    _report(session, told, path)


async def _cancel(session: Session, name: str) -> None:
    """Stop a job, and wait until nothing is left of it."""
    try:
        await session.store.cancel_job(name)
        await following.ended(session, name, name, kind="work", look=lambda _told: None)
    except (HostError, StoreError) as error:
        session.caution([f"whether the work has stopped on the host is not known: {error.message}"])


def _report(session: Session, told: JobLook, path: str) -> None:
    end = told.end
    if end is None:
        raise StoreError(
            "the work was killed on the host; what it left is removed at the next look",
            code=StoreCode.IO,
            subject=path,
        )
    following.record(session, end, path)
    if not end.exit:
        return
    if end.refusal is not None:
        word, message, where = end.refusal
        raise explained(
            StoreError(message, code=StoreCode.of(word), subject=session.host.shown(where)), path, "make"
        )
    if end.exit == 127:
        raise HostError(
            f"there is no `{end.argv[0] if end.argv else 'qemu-img'}` on the host",
            subject=path,
            hint="raw images need none; qcow2 and vhd ones come with qemu-utils",
        )
    words = [
        session.host.shown(line) for line in told.said.decode("utf-8", "replace").split("\n") if line.strip()
    ]
    raise CommandError(
        f"the image was not made: {end.then}" if end.then else "the image was not made",
        argv=end.argv,
        exit_code=end.exit,
        details=tuple(words[-5:]),
        subject=path,
    )


def explained(error: StoreError, path: str, verb: str) -> StoreError:
    """An error of the agent's, told of the image."""
    hints = {
        StoreCode.EXISTS: "choose another name: what is there is never written over",
        StoreCode.MISSING: "create the folder first, or correct the path",
        StoreCode.UNTRUSTED: "use a folder that only root may write to",
        StoreCode.FULL: "free some space there, make it sparse, or choose another folder",
        StoreCode.INVALID: "name a file in a folder of the host",
        StoreCode.CONFLICT: "look at it again, and repeat",
    }
    where = (
        f"{error.subject} " if error.code == StoreCode.UNTRUSTED and error.subject not in ("", path) else ""
    )
    return StoreError(
        f"cannot {verb} the image: {where}{error.message}",
        code=error.code,
        subject=path,
        hint=hints.get(error.code) or error.hint,
        details=error.details,
    )

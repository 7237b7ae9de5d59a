"""Images written by jobs of the host: begun, followed, cancelled."""

from __future__ import annotations

import asyncio
import secrets
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from xentui.errors import CommandError, HostError, StoreCode, StoreError
from xentui.hosts import operations
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
_LEFT = "left over:"
"""Stands in what a job says where something of it is left (:mod:`xentui.agent.cloning`)."""


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

    Raises as :func:`follow`.
    """
    if session.dry_run:
        session.say(shlex.join(shown))
        return

    async def begin(name: str) -> None:
        await session.store.start_image_job(name, kind, image=image, subject=path, user=session.user)

    def told(error: StoreError) -> StoreError:
        return explained(error, path, "make")

    async def unmade() -> None:
        await session.store_change(
            ["image-rm", path],
            subject=path,
            action=lambda: session.host.call(operations.remove_image, path=str(image["path"])),
        )

    await follow(
        session,
        _WORK[kind],
        path,
        begin,
        failed="the image was not made",
        explain=told,
        progress=progress,
        goes_on=goes_on,
        unmade=unmade,
    )


async def follow(
    session: Session,
    kind: str,
    subject: str,
    begin: Callable[[str], Awaitable[None]],
    *,
    failed: str,
    explain: Callable[[StoreError], StoreError],
    progress: Progress | None = None,
    cancellable: bool = True,
    goes_on: bool = True,
    unmade: Callable[[], Awaitable[object]] | None = None,
    look: Callable[[JobLook], None] | None = None,
    kept: int = 5,
) -> None:
    """Have the host begin a job of the name that ``begin`` is given, and wait for its end.

    ``kind`` is what the work is called, ``failed`` what to say where it fails; ``explain`` tells of a refusal.
    GoesOnError where the line broke; cancelled, it stops the work that is ``cancellable``, of which nothing is left,
    unless the session leaves and it ``goes_on``.  ``unmade`` takes back what had ended before it could be stopped.
    ``look`` is given each look at it, in the place of ``progress``; ``kept`` so many of the last lines it has printed
    are told where it fails.
    """
    name = secrets.token_hex(16)
    if session.following is not None:
        session.following(name)
    beginning = asyncio.ensure_future(begin(name))
    try:
        try:
            lost = await following.begun(beginning)
        except StoreError as error:
            raise explain(error) from error
        told = await following.ended(
            session,
            name,
            subject,
            kind=kind,
            look=look or JobPace(progress),
            lost=lost,
            hint=following.TOLD_BY_LOG,
        )
    except asyncio.CancelledError:
        if not (goes_on and session.leaving()):
            if cancellable:
                await asyncio.shield(_cancel(session, name, beginning, unmade))
            else:
                session.caution([f"{subject}: {following.goes_on(kind)}"])
        raise
    _report(session, told, subject, failed, explain, kept=kept)


async def _cancel(
    session: Session,
    name: str,
    beginning: asyncio.Future[None],
    unmade: Callable[[], Awaitable[object]] | None,
) -> None:
    """Stop a job, once it has begun, and wait until nothing is left of it."""
    if refusal := await following.refused(beginning):
        session.caution([following.not_begun("work", refusal)])
        return
    try:
        await session.store.cancel_job(name)
        told = await following.ended(session, name, name, kind="work", look=lambda _told: None)
        if unmade is not None and told.end is not None and not told.end.exit:
            await unmade()
            return
    except (HostError, StoreError) as error:
        session.caution([f"whether the work has stopped on the host is not known: {error.message}"])
        return
    if told.end is None:
        session.caution(["the work was killed on the host; what it left is removed at the next look"])
    elif not told.end.exit:
        session.caution(["the work had ended before it could be stopped"])
    elif _LEFT in told.end.then:
        session.caution([session.host.shown(told.end.then)])


def _report(
    session: Session,
    told: JobLook,
    subject: str,
    failed: str,
    explain: Callable[[StoreError], StoreError],
    *,
    kept: int,
) -> None:
    end = told.end
    if end is None:
        raise StoreError(
            "the work was killed on the host; what it left is removed at the next look",
            code=StoreCode.IO,
            subject=subject,
        )
    following.record(session, end, subject)
    if not end.exit:
        return
    then = session.host.shown(end.then)
    if end.refusal is not None:
        word, message, where = end.refusal
        error = StoreError(
            message,
            code=StoreCode.of(word),
            subject=session.host.shown(where),
            details=(then,) if then else (),
        )
        raise explain(error)
    if end.exit == 127:
        program = end.argv[0] if end.argv else "qemu-img"
        raise HostError(
            f"there is no `{program}` on the host",
            subject=subject,
            hint="raw images need none; qcow2 and vhd ones come with qemu-utils"
            if program == "qemu-img"
            else "install it there",
            details=(then,) if then else (),
        )
    words = [
        session.host.shown(line) for line in told.said.decode("utf-8", "replace").split("\n") if line.strip()
    ]
    raise CommandError(
        f"{failed}: {then}" if then else failed,
        argv=end.argv,
        exit_code=end.exit,
        details=tuple(words[-kept:]),
        subject=subject,
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

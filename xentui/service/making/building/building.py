"""The making itself: a job of the host that fills a disk, sets the system up and stores its domain."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from xentui.errors import CommandError, Hint, StoreError, joined
from xentui.model.job import JobLook
from xentui.service.disk_images import jobs, volumes
from xentui.service.disk_images.commands import PASSING, named_later
from xentui.service.jobs.run_to_end import JobRequest, run_to_end
from xentui.service.making.plan import PlannedDisk
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.service.disk_images.volume import VolumePlace
    from xentui.service.jobs.progress import Progress
    from xentui.service.making.building.recipe import Recipe
    from xentui.service.session import Session

_HINTS = (
    ("no space left on device", "make the disk larger"),
    ("not enough free space", "make the disk larger"),
    (
        "no_pubkey",
        "the keys of the archive are not those it is signed by: name the file that has them (keyring)",
    ),
    (
        "signature",
        "the keys of the archive are not those it is signed by: name the file that has them (keyring)",
    ),
    ("temporary failure resolving", "does the host reach the mirror? Another can be named (mirror)"),
    ("could not resolve", "does the host reach the mirror? Another can be named (mirror)"),
    ("could not connect", "does the host reach the mirror? Another can be named (mirror)"),
    ("unable to connect", "does the host reach the mirror? Another can be named (mirror)"),
    ("connection refused", "does the host reach the mirror? Another can be named (mirror)"),
    ("connection timed out", "does the host reach the mirror? Another can be named (mirror)"),
    ("couldn't download", "does the host reach the mirror? Another can be named (mirror)"),
    ("unable to locate package", "the suite has no such package: correct the packages"),
    ("couldn't find these debs", "the suite has no such package: correct the packages"),
    ("does not have a release file", "the mirror has no such suite: correct one of them"),
    ("invalid release file", "the mirror has no such suite: correct one of them"),
)
_LINES = 8
_WORTH = ("E: ", "W: ", "Err:", "tar: ", "mkfs", "mke2fs", "dpkg: ")


async def build(
    session: Session,
    disk: PlannedDisk,
    recipe: Recipe,
    *,
    uuid: str,
    name: str,
    text: str,
    progress: Progress | None,
) -> None:
    """Make the disk with its system and store the domain, or nothing.

    The job goes on when the line breaks (GoesOnError) and stores the domain then too.  Raises StoreError where the disk
    or the domain cannot be made, CommandError in the words of the tool.
    """
    wanted = disk.wanted
    told = {
        **recipe.job_arguments(session.host),
        "path": session.host.host_path(wanted.path),
        "size": wanted.size,
        "preallocated": wanted.preallocated,
        "room": wanted.size if wanted.preallocated else 0,
    }
    place = volumes.place_of(wanted.path)
    if place is not None:
        told |= await _volume(session, disk, place)
    if session.dry_run:
        for argv in shown(disk, recipe, told):
            session.say(shlex.join(argv))
        await session.store_change(["create", uuid, name], subject=name, action=_nothing)
        return

    look = BuildLook(progress)

    async def begin(job: str) -> None:
        look.job = job
        await session.store.start_system_job(
            job,
            uuid=uuid,
            name=name,
            text=text,
            system=told,
            secret=recipe.password,
            reason="made",
            user=session.user,
        )

    try:
        request = JobRequest(
            "making of the system",
            name,
            begin,
            failed="the system was not made",
            explain=lambda error: _explained(error, wanted.path),
            output_lines=40,
        )
        await run_to_end(session, request, look=look)
    except CommandError as error:
        raise _with_log(session, error, look.job) from error


async def _nothing() -> None:
    """Nothing is stored in a dry run."""


async def _volume(session: Session, disk: PlannedDisk, place: VolumePlace) -> dict[str, Any]:
    """Return the commands that make a volume, and take it away."""
    wanted, manager = disk.wanted, place.manager
    found = await volumes.look(session.host)
    found.require_place(place)
    pool = manager.pool_of(found, place, wanted.pool) if wanted.pool else ""
    if not pool:
        found.require_room(place, wanted.size)
    return {
        "make": manager.create(place.beside(PASSING), wanted.size, pool),
        **named_later(place),
        "room": 0,
    }


def shown(disk: PlannedDisk, recipe: Recipe, told: dict[str, Any]) -> list[list[str]]:
    """Return the commands that do the same, for a dry run."""
    path = disk.wanted.path
    name = path.rpartition("/")[2]
    made = (
        [word.replace(PASSING, name) for word in told["make"]]
        if "make" in told
        else ["truncate", f"--size={disk.wanted.size}", path]
    )
    tool = ["/mnt" if word == "{root}" else word for word in recipe.tool]
    unpacked = [recipe.archive if word == "--file=-" else word for word in tool]
    if recipe.archive:
        tool = [f"--file={word}" if word == recipe.archive else word for word in unpacked]
    return [made, [f"mkfs.{recipe.filesystem}", path], ["mount", "-o", "loop", path, "/mnt"], tool]


class BuildLook:
    """Tells of each look at the job: how far it is, and the last that its tool has said."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.job = ""

    def __call__(self, told: JobLook) -> None:
        """Take a look at the job."""
        if self._progress is not None and told.percent is not None:
            self._progress(told.percent, last_words(told.said))


def last_words(said: bytes) -> str:
    """Return the last line of a log, without its sign."""
    found = [line for line in said.decode("utf-8", "replace").split("\n") if line.strip()]
    line = found[-1] if found else ""
    return plain(line[3:] if line[:3] in ("I: ", "W: ") else line, 60)


def _with_log(session: Session, error: CommandError, job: str) -> CommandError:
    """Return the error in the words of the tool, with what helps, and where the whole log is."""
    worth = [line for line in error.details if line.startswith(_WORTH)] or list(error.details)
    said = "\n".join(error.details).lower()
    hint: Hint = next((hint for words, hint in _HINTS if words in said), "")
    log = f"{session.host.store_root}/jobs/{job}/output on the host has all of it" if job else ""
    first = next((line[3:] for line in reversed(worth) if line.startswith("E: ")), "")
    return CommandError(
        f"{error.message}{f' ({plain(first, 200)})' if first else ''}",
        argv=error.argv,
        exit_code=error.exit_code,
        subject=error.subject,
        details=tuple(worth[-_LINES:]),
        hint=joined("; ", hint, log),
    )


def _explained(error: StoreError, path: str) -> StoreError:
    return jobs.explained(error, path, "make")

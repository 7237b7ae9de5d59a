"""Guests made by xen-create-image: checked, made by a job of the host, judged by what is there, and managed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from xentui.errors import (
    CommandError,
    ConfigError,
    Hint,
    HostError,
    NotAllowedError,
    StoreCode,
    StoreError,
    Suggest,
    UsageError,
    XentuiError,
)
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.job import JobLook
from xentui.service.admission import require_free_name
from xentui.service.disk_images import volumes
from xentui.service.disk_images.lvm import LVM as LOGICAL
from xentui.service.jobs.run import CUT_SHORT, JobRun
from xentui.service.xen_tools import settings_file, steps
from xentui.service.xen_tools.options import BY_NAME, DEBOOTSTRAP, LVM, OPTIONS, RINSE, TAR, Kind
from xentui.service.xen_tools.request import Request
from xentui.service.xen_tools.settings_file import Setting

if TYPE_CHECKING:
    from xentui.service.definitions import Definitions
    from xentui.service.inventory import Inventory
    from xentui.service.jobs.progress import Progress
    from xentui.service.session import Session

PROGRAM = "/usr/bin/xen-create-image"
_PROGRAMS = {
    DEBOOTSTRAP: ("/usr/sbin/debootstrap", "/usr/bin/cdebootstrap"),
    RINSE: ("/usr/sbin/rinse", "/usr/bin/rinse"),
}
_DISTRIBUTIONS = "/usr/share/xen-tools"
_MOST_DISTRIBUTIONS = 500
_LOG_LIMIT = 8 << 20
_LOG_TAIL = 64 << 10
_PASSWORD = re.compile(rb"^(Root Password[ \t]*:[ \t]*)(?!N/A[ \t]*$)(\S[^\r\n]*)$", re.M)
_HIDDEN = b"(shown once by xentui)"
_LINES = 6
_FOR_XM = "dhcp = 'dhcp'"
"""What xen-tools write for xm in any case; the guest's own files say that it is to use DHCP."""
_WITHOUT: Hint = (
    "Debian 12 has xen-tools (`apt install xen-tools`), Debian 13 does not; ",
    Suggest("host.make"),
    " makes a guest without them",
)


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """What xen-create-image of a host can be asked for: its ``settings`` and the ``distributions`` it knows."""

    settings: Mapping[str, Setting]
    distributions: tuple[str, ...]

    def shown(self, name: str) -> str:
        """Return what an option is where nothing is chosen; "" for nothing, and for what xen-tools alone knows."""
        return Request("", {}, self.settings).value(name)


@dataclass(frozen=True, slots=True)
class MadeGuest:
    """A guest that was made and is managed: its name and uuid, its files, and sentences worth showing.

    ``password`` is root's, for whoever asked to see once; it is "" where none is known.  ``said`` is what
    xen-create-image has printed, without it.
    """

    name: str
    uuid: str
    config: str
    disks: tuple[str, ...]
    log: str
    warnings: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    password: str = field(default="", repr=False)


class XenTools:
    """Makes guests by xen-create-image, where the host has it."""

    def __init__(self, session: Session, inventory: Inventory, definitions: Definitions) -> None:
        self._session = session
        self._host = session.host
        self._inventory = inventory
        self._definitions = definitions

    async def offer(self) -> ToolOffer:
        """Return what can be asked for on the host; raises NotAllowedError where it has no xen-tools."""
        await self._require_program()
        return ToolOffer(await self._settings(), await self._distributions())

    async def create(
        self, name: str, given: Mapping[str, Sequence[str]], *, progress: Progress | None = None
    ) -> MadeGuest | None:
        """Make a guest and store its configuration as a managed domain; None in a dry run.

        ``given`` are options by the names xen-create-image has for them, with their values: "1" and "0" of a flag.
        Raises UsageError for what it would not understand, NotAllowedError where it is not there, the name is a
        domain's or the session is read-only, StoreError where something of that name is there already, CommandError
        where nothing came of it, ConfigError where the guest is made and its configuration cannot be stored, and
        GoesOnError where the line broke: the job goes on.  Cancelled, it stops the job, which takes away what it has
        made.
        """
        session = self._session
        session.require_writable()
        await self._require_program()
        request = Request(name, given, await self._settings())
        request.require_sound()
        await self._require_there(request)
        require_free_name(name, await self._inventory.poll(), doing="make the guest")
        if session.dry_run:
            session.say(shlex.join(request.argv()))
            return None
        run, told = await self._run(request, progress)
        self._require_made(request, run, told, await self._log_lines(request, told))
        return await self._taken_over(request, told)

    async def forget_password(self, guest: MadeGuest) -> None:
        """Take a root password that was shown out of the log of xen-tools, which keeps it; a caution where it stays."""
        if not guest.password:
            return
        path = self._host.host_path(guest.log)
        try:
            data = await self._host.call(operations.read_file, path=path, limit=_LOG_LIMIT)
            kept = _PASSWORD.sub(lambda found: found[1] + _HIDDEN, data)
            await self._session.store_change(
                ["hide-password", guest.log],
                subject=guest.name,
                action=lambda: self._host.call(operations.write_file, path=path, data=kept, exclusive=False),
            )
        except (StoreError, HostError) as error:
            self._session.caution(
                [f"the root password still stands in {guest.log} on the host: {error.message}"]
            )

    # Before

    async def _require_program(self) -> None:
        if (await self._kinds([PROGRAM]))[PROGRAM] != "file":
            raise NotAllowedError("this host has no xen-create-image", subject=self._host.name, hint=_WITHOUT)

    async def _settings(self) -> Mapping[str, Setting]:
        """Return what the host's own file says; nothing where it has none."""
        path = self._host.host_path(settings_file.PATH)
        try:
            data = await self._host.call(operations.read_file, path=path, limit=settings_file.LIMIT)
        except StoreError as error:
            if error.code == StoreCode.MISSING:
                return {}
            raise StoreError(
                f"the settings of xen-tools cannot be read: {error.message}",
                code=error.code,
                subject=settings_file.PATH,
                hint=error.hint,
            ) from error
        return settings_file.parse(data.decode("utf-8", "replace"))

    async def _distributions(self) -> tuple[str, ...]:
        try:
            found = await self._host.call(
                operations.list_dir, path=self._host.host_path(_DISTRIBUTIONS), limit=_MOST_DISTRIBUTIONS
            )
        except StoreError:
            return ()
        names = (str(item["name"]) for item in found["entries"])
        return tuple(sorted(name[:-2] for name in names if re.fullmatch(r"[a-z0-9.-]{1,40}\.d", name)))

    async def _require_there(self, request: Request) -> None:
        """Raise UsageError for a file the host does not have: of some xen-tools says so when its disks are made."""
        wanted: dict[str, tuple[str, str]] = {}
        for option in OPTIONS:
            if not option.fits(request.storage, request.method):
                continue
            if option.name not in request.given and option.kind is not Kind.SOURCE:
                continue
            for path in _paths(option.name, request):
                is_folder = option.kind is Kind.FOLDER or (
                    option.kind is Kind.SOURCE and request.method != TAR
                )
                wanted[path] = (f"--{option.name}", "dir" if is_folder else "file")
        programs = _PROGRAMS.get(request.method, ())
        if request.storage == LVM:
            group = request.value(LVM)
            if not (await volumes.look(self._host)).group(LOGICAL, group):
                raise UsageError("is not a volume group of the host", subject=group, hint="`vgs` lists them")
        if "dist" in request.given and request.value("dist") not in (known := await self._distributions()):
            raise UsageError(
                "is not a distribution that xen-tools knows",
                subject=f"--dist={request.value('dist')}",
                hint=f"they know {', '.join(known)}",
            )
        found = await self._kinds([*wanted, *programs])
        for path, (name, kind) in wanted.items():
            if found[path] != kind:
                what = "folder" if kind == "dir" else "file"
                raise UsageError(f"there is no such {what} on the host: {path}", subject=name)
        if programs and not any(found[path] == "file" for path in programs):
            raise NotAllowedError(
                f"this host has no {request.method}",
                subject=f"--install-method={request.method}",
                hint=f"`apt install {request.method}`, or install from an archive: --install-method=tar",
            )

    async def _kinds(self, paths: Sequence[str]) -> dict[str, str]:
        real = {path: self._host.host_path(path) for path in paths}
        found = await self._host.call(operations.stat, paths=list(real.values()))
        return {path: found[place]["kind"] for path, place in real.items()}

    # While it is made

    async def _run(self, request: Request, progress: Progress | None) -> tuple[JobRun, JobLook]:
        session = self._session
        begin = partial(
            session.store.start_guest_job,
            guest=self._guest(request),
            subject=request.name,
            user=session.user,
        )
        hint = (
            f"once {request.config} is there and the log ends with its summary, ",
            Suggest("host.new", request.config),
            f" makes it a managed domain; its root password is in {request.log}",
        )
        run = JobRun(session, "making of the guest", request.name, hint=hint)
        async with run.begun(begin, cancelled=lambda: self._cancelled(run)):
            return run, await run.ended(steps.step_reporter(progress))

    def _guest(self, request: Request) -> dict[str, object]:
        place = self._host.host_path
        removals = []
        if request.storage == LVM:
            group = request.value(LVM)
            removals = [["lvremove", "--yes", f"{group}/{disk.rpartition('/')[2]}"] for disk in request.disks]
        return {
            "argv": request.argv(),
            "config": place(request.config),
            "folder": place(request.folder) if request.folder else "",
            "disks": [place(disk) for disk in request.disks],
            "removals": removals,
            "room": request.room,
        }

    async def _cancelled(self, run: JobRun) -> None:
        """Stop the job, and tell what is left of it."""
        if self._session.leaving() or (told := await run.stop()) is None:
            return
        if told.end is not None and "left on the host" in told.end.then:
            self._session.caution([self._host.shown(told.end.then)])

    # Afterwards

    def _require_made(self, request: Request, run: JobRun, told: JobLook, log: Sequence[str]) -> None:
        end = run.end(told, CUT_SHORT)
        if not end.exit:
            return
        if end.refusal is not None:
            word, message, where = end.refusal
            raise StoreError(message, code=StoreCode.of(word), subject=self._host.shown(where))
        raise CommandError(
            f"the guest was not made: {self._host.shown(end.then)}",
            argv=tuple(request.argv()),
            exit_code=end.exit,
            subject=request.name,
            details=tuple(log),
            hint=f"{request.log} on the host has all of it",
        )

    async def _log_lines(self, request: Request, told: JobLook) -> list[str]:
        """Return the last that was said of a run that has failed: by xen-create-image, and by what it ran, in its
        log.
        """
        if told.end is None or not told.end.exit:
            return []
        said = self._lines(told.said)[-_LINES:]
        return [
            *said,
            *(line for line in self._lines(await self._log(request))[-_LINES:] if line not in said),
        ]

    async def _log(self, request: Request) -> bytes:
        """Return the end of the log of xen-tools; empty where there is none."""
        try:
            return await self._host.call(
                operations.read_tail, path=self._host.host_path(request.log), limit=_LOG_TAIL
            )
        except (StoreError, HostError):
            return b""

    def _lines(self, data: bytes) -> list[str]:
        text = _PASSWORD.sub(rb"\1(not shown)", data).decode("utf-8", "replace")
        return [self._host.shown(line) for line in text.split("\n") if line.strip()]

    async def _taken_over(self, request: Request, told: JobLook) -> MadeGuest:
        """Store what was written as a managed domain."""
        warnings: tuple[str, ...] = ()
        code = told.end.ran[0][1] if told.end is not None and told.end.ran else 0
        if code:
            warnings = (f"xen-create-image has ended with {code}, but all it was to make is there",)
        shown = [found[2] for found in _PASSWORD.finditer(await self._log(request))]
        password = shown[-1].decode("utf-8", "replace").strip() if shown else ""
        if not password and b"Setting up root password" in told.said:
            warnings += (
                "its root password is not known: set one before it is started, or make it log in by a key",
            )
        try:
            stored = await self._definitions.new(request.config)
        except XentuiError as error:
            raise ConfigError(
                f"the guest is made, but is not managed yet: {error.message}",
                source=request.config,
                hint=("correct the file; ", Suggest("host.new", request.config), " stores it then"),
                details=[*error.details, f"its root password is in {request.log} on the host"],
            ) from error
        return MadeGuest(
            stored.name,
            stored.uuid,
            request.config,
            request.disks,
            request.log,
            (
                *warnings,
                *(self._host.shown(warning) for warning in stored.warnings if _FOR_XM not in warning),
            ),
            tuple(self._lines(told.said)),
            password,
        )


def _paths(name: str, request: Request) -> list[str]:
    """Return the paths an option names."""
    kind = BY_NAME[name].kind
    if kind in (Kind.PATH, Kind.FOLDER, Kind.SOURCE):
        value = request.value(name)
        if name == "template" and value and not value.startswith("/"):
            return [f"/etc/xen-tools/{value}"]
        return [value] if value else []
    if kind is Kind.ROLES:
        # One that is missing is passed over by xen-tools, with status 0.
        folder = request.value("roledir") or "/etc/xen-tools/role.d"
        return [each if "/" in each else f"{folder}/{each}" for each in request.value(name).split(",")]
    return []

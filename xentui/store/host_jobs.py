"""Jobs of a host: begun under names of the caller's choice (32 random hex digits), looked at, stopped, settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from xentui.hosts import operations
from xentui.model.job import JobLook
from xentui.store import reading
from xentui.store.client import StoreClient, nothing


class _JobWords(TypedDict):
    """What is noted of each job: what it is about, who has begun it, on which host."""

    subject: str
    user: str
    host: str


class _CommandWords(_JobWords):
    """Of one that runs commands of the host, also what stands before each of them."""

    prefix: list[str]


class HostJobs(StoreClient):
    """Begins the jobs of a host, and follows them; what each does is told by the module of the agent it names."""

    def _of(self, subject: str, user: str) -> _JobWords:
        return {"subject": subject, "user": user, "host": self._host.name}

    def _by(self, subject: str, user: str) -> _CommandWords:
        return {**self._of(subject, user), "prefix": list(self._host.command_prefix)}

    async def start_job(
        self,
        job: str,
        kind: str,
        *,
        commands: Mapping[str, Sequence[str]] | None = None,
        uuid: str = "",
        domid: int = 0,
        path: str = "",
        paused: bool = False,
        subject: str = "",
        user: str = "",
    ) -> None:
        """Begin a job under a name of the caller's choice (32 random hex digits), see :mod:`xentui.agent.jobs.control`.

        ``commands`` are the argv it runs, as :class:`xentui.toolstack.base.JobCommands` names them; xl's where None.

        Code ``busy`` while another of the same domain or file is under way or interrupted.
        """
        await self._call(
            operations.start_job,
            nothing,
            job=job,
            kind=kind,
            commands=None if commands is None else {name: list(argv) for name, argv in commands.items()},
            auto_dir=self._auto_folder,
            uuid=uuid,
            domid=domid,
            path=path,
            paused=paused,
            **self._by(subject, user),
        )

    async def start_image_job(
        self, job: str, kind: str, *, image: Mapping[str, Any], subject: str, user: str
    ) -> None:
        """Begin a job on an image under a name of the caller's choice, see :mod:`xentui.agent.images.image_jobs`."""
        await self._call(
            operations.start_image_job,
            nothing,
            job=job,
            kind=kind,
            image=dict(image),
            **self._by(subject, user),
        )

    async def start_clone_job(
        self,
        job: str,
        *,
        of: str,
        uuid: str,
        name: str,
        text: str,
        disks: Mapping[str, Mapping[str, Any]],
        reason: str,
        subject: str,
        user: str,
    ) -> None:
        """Begin a job that copies disks and stores a new domain with them, see
        :mod:`xentui.agent.images.clone_jobs`.
        """
        await self._call(
            operations.start_clone_job,
            nothing,
            job=job,
            of=of,
            uuid=uuid,
            called=name,
            text=text,
            disks={vdev: dict(disk) for vdev, disk in disks.items()},
            reason=reason,
            **self._by(subject, user),
        )

    async def start_system_job(
        self,
        job: str,
        *,
        uuid: str,
        name: str,
        text: str,
        system: Mapping[str, Any],
        secret: str,
        reason: str,
        user: str,
    ) -> None:
        """Begin a job that makes a disk with a system and stores its domain.

        See :mod:`xentui.agent.systems.system_jobs`.
        """
        await self._call(
            operations.start_system_job,
            nothing,
            job=job,
            uuid=uuid,
            called=name,
            text=text,
            system=dict(system),
            secret=secret,
            reason=reason,
            **self._by(name, user),
        )

    async def start_tree_job(self, job: str, *, tree: Mapping[str, Any], subject: str, user: str) -> None:
        """Begin a job that fetches files of a netboot tree, see :mod:`xentui.agent.netboot.tree_jobs`."""
        await self._call(
            operations.start_tree_job,
            nothing,
            job=job,
            tree=dict(tree),
            **self._of(subject, user),
        )

    async def start_delete_job(
        self, job: str, *, uuid: str, disks: Mapping[str, Mapping[str, Any]], subject: str, user: str
    ) -> None:
        """Begin a job that deletes a domain and its disks, see :mod:`xentui.agent.images.deletion_jobs`."""
        await self._call(
            operations.start_delete_job,
            nothing,
            job=job,
            uuid=uuid,
            disks={path: dict(disk) for path, disk in disks.items()},
            auto_dir=self._auto_folder,
            **self._by(subject, user),
        )

    async def start_install(
        self,
        job: str,
        uuid: str,
        *,
        domid: int,
        install: Mapping[str, Any],
        commands: Mapping[str, Sequence[str]],
        subject: str,
        user: str,
    ) -> None:
        """Begin the install of a domain under a name of the caller's choice.

        See :mod:`xentui.agent.systems.install_jobs`.
        """
        await self._call(
            operations.start_install,
            nothing,
            job=job,
            uuid=uuid,
            domid=domid,
            install=dict(install),
            commands={name: list(argv) for name, argv in commands.items()},
            **self._by(subject, user),
        )

    async def start_guest_job(self, job: str, *, guest: Mapping[str, Any], subject: str, user: str) -> None:
        """Begin a job that makes a guest, under a name of the caller's choice.

        See :mod:`xentui.agent.systems.guest_jobs`.
        """
        await self._call(
            operations.start_guest_job,
            nothing,
            job=job,
            guest=dict(guest),
            **self._by(subject, user),
        )

    async def start_migrate_job(
        self,
        job: str,
        *,
        uuid: str,
        domid: int,
        migration: Mapping[str, Any],
        commands: Mapping[str, Sequence[str]],
        subject: str,
        user: str,
    ) -> None:
        """Begin to migrate a domain under a name of the caller's choice, see
        :mod:`xentui.agent.migration.live_jobs`.
        """
        await self._call(
            operations.start_migrate_job,
            nothing,
            job=job,
            uuid=uuid,
            domid=domid,
            migration=dict(migration),
            commands={name: list(argv) for name, argv in commands.items()},
            auto_dir=self._auto_folder,
            **self._by(subject, user),
        )

    async def start_move_job(
        self, job: str, *, uuid: str, move: Mapping[str, Any], subject: str, user: str
    ) -> None:
        """Begin to copy the disks of a domain under a name of the caller's choice.

        See :mod:`xentui.agent.migration.offline_jobs`.
        """
        await self._call(
            operations.start_move_job,
            nothing,
            job=job,
            uuid=uuid,
            move=dict(move),
            auto_dir=self._auto_folder,
            **self._by(subject, user),
        )

    async def let_go(self, job: str) -> None:
        """Let an installer run that is held until somebody watches its console."""
        await self._call(operations.let_go, nothing, job=job)

    async def cancel_job(self, job: str) -> None:
        """Have a job stop that makes an image or a guest, which leaves nothing or says what; or an install's.

        One of an install boots nothing at its end.
        """
        await self._call(operations.cancel_job, nothing, job=job)

    async def settle_job(self, job: str) -> None:
        """Have settled, as a job again, what an interrupted job has left; does nothing to any other."""
        await self._call(operations.settle_job, nothing, job=job)

    async def look_job(self, job: str) -> JobLook:
        """Return how far a job is, and how it ended.

        Code ``missing`` where none of that name has begun.
        """
        return await self._call(operations.look_job, reading.job_look, job=job)

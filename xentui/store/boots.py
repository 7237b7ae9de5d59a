"""What is kept beside a configuration: what was booted, one-off texts, memory images, and jobs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xentui.hosts import operations
from xentui.model.job import JobLook
from xentui.store import reading
from xentui.store.client import StoreClient, nothing
from xentui.store.records import StoredDomain


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("no bytes")
    return value


class Boots(StoreClient):
    """Marks boots, keeps one-off texts, removes memory images, and begins the jobs that make and use them."""

    async def mark_running(self, uuid: str, record: Mapping[str, Any] | None) -> None:
        """Note what was booted under a uuid; None takes the mark and the one-off text away."""
        await self._call(
            operations.mark_running, nothing, uuid=uuid, record=None if record is None else dict(record)
        )

    async def write_oneoff(self, uuid: str, text: str) -> str:
        """Keep the text of a one-off boot; returns its path on the host.  Code ``busy`` as :meth:`boot_begin`."""
        return await self._call(operations.write_oneoff, reading.text, uuid=uuid, text=text)

    async def boot_begin(self, uuid: str) -> StoredDomain:
        """A boot is about to be made of it; returns it, code ``busy`` while a save of it is under way.

        What is to be booted lies at :meth:`config_path` then, whatever writer was killed before.  A save that has
        been cut short can be committed no more: the guest will have run since.
        """
        return await self._call(operations.boot_begin, reading.stored_domain, uuid=uuid)

    async def put_aside(self, uuid: str) -> str:
        """Let xendomains no longer restore a domain that is about to be booted afresh; returns where its file is then,
        "" where it has none.
        """
        return await self._call(operations.put_aside, reading.text, auto_dir=self._auto_folder, uuid=uuid)

    async def put_back(self, path: str) -> None:
        """The boot came to nothing: let xendomains restore the domain from what was put aside."""
        await self._call(operations.put_back, nothing, path=path)

    async def remove_file(self, path: str) -> None:
        """Remove a memory image of the store by its path, nothing else; ``checkpoint.part`` is any unfinished one.

        Code ``busy`` while a save or restore is at work on it.
        """
        await self._call(operations.remove_file, nothing, path=path)

    async def remove_image(self, uuid: str, name: str) -> None:
        """Remove a memory image of a domain, as :meth:`remove_file` does."""
        await self.remove_file(self.image_path(uuid, name))

    async def settle_spent(self, uuid: str, *, runs: bool) -> None:
        """Put aside the image of a domain that xendomains has resumed, or drop it where the domain ``runs``."""
        await self._call(operations.settle_spent, nothing, uuid=uuid, runs=runs)

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
        """Begin a job under a name of the caller's choice (32 random hex digits), see :mod:`xentui.agent.jobs`.

        ``commands`` are the argv it runs, as :class:`xentui.toolstack.base.JobCommands` names them; xl's where None.

        Code ``busy`` while another of the same domain or file is under way or interrupted.
        """
        await self._call(
            operations.start_job,
            nothing,
            job=job,
            kind=kind,
            prefix=list(self._host.command_prefix),
            commands=None if commands is None else {name: list(argv) for name, argv in commands.items()},
            host=self._host.name,
            auto_dir=self._auto_folder,
            uuid=uuid,
            domid=domid,
            path=path,
            paused=paused,
            subject=subject,
            user=user,
        )

    async def start_image_job(
        self, job: str, kind: str, *, image: Mapping[str, Any], subject: str, user: str
    ) -> None:
        """Begin a job on an image under a name of the caller's choice, see :mod:`xentui.agent.image_jobs`."""
        await self._call(
            operations.start_image_job,
            nothing,
            job=job,
            kind=kind,
            prefix=list(self._host.command_prefix),
            image=dict(image),
            subject=subject,
            user=user,
            host=self._host.name,
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
        """Begin a job that copies disks and stores a new domain with them, see :mod:`xentui.agent.cloning`."""
        await self._call(
            operations.start_clone_job,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            of=of,
            uuid=uuid,
            called=name,
            text=text,
            disks={vdev: dict(disk) for vdev, disk in disks.items()},
            reason=reason,
            subject=subject,
            user=user,
            host=self._host.name,
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
        """Begin a job that makes a disk with a system and stores its domain, see :mod:`xentui.agent.system_jobs`."""
        await self._call(
            operations.start_system_job,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            uuid=uuid,
            called=name,
            text=text,
            system=dict(system),
            secret=secret,
            reason=reason,
            subject=name,
            user=user,
            host=self._host.name,
        )

    async def start_tree_job(self, job: str, *, tree: Mapping[str, Any], subject: str, user: str) -> None:
        """Begin a job that fetches files of a netboot tree, see :mod:`xentui.agent.tree_jobs`."""
        await self._call(
            operations.start_tree_job,
            nothing,
            job=job,
            tree=dict(tree),
            subject=subject,
            user=user,
            host=self._host.name,
        )

    async def start_delete_job(
        self, job: str, *, uuid: str, disks: Mapping[str, Mapping[str, Any]], subject: str, user: str
    ) -> None:
        """Begin a job that deletes a domain and its disks, see :mod:`xentui.agent.disposing`."""
        await self._call(
            operations.start_delete_job,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            uuid=uuid,
            disks={path: dict(disk) for path, disk in disks.items()},
            subject=subject,
            user=user,
            host=self._host.name,
            auto_dir=self._auto_folder,
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
        """Begin the install of a domain under a name of the caller's choice, see :mod:`xentui.agent.install_jobs`."""
        await self._call(
            operations.start_install,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            uuid=uuid,
            domid=domid,
            install=dict(install),
            commands={name: list(argv) for name, argv in commands.items()},
            subject=subject,
            user=user,
            host=self._host.name,
        )

    async def start_guest_job(self, job: str, *, guest: Mapping[str, Any], subject: str, user: str) -> None:
        """Begin a job that makes a guest, under a name of the caller's choice: see :mod:`xentui.agent.guest_jobs`."""
        await self._call(
            operations.start_guest_job,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            guest=dict(guest),
            subject=subject,
            user=user,
            host=self._host.name,
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
        """Begin to migrate a domain under a name of the caller's choice, see :mod:`xentui.agent.migrating`."""
        await self._call(
            operations.start_migrate_job,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            uuid=uuid,
            domid=domid,
            migration=dict(migration),
            commands={name: list(argv) for name, argv in commands.items()},
            auto_dir=self._auto_folder,
            subject=subject,
            user=user,
            host=self._host.name,
        )

    async def start_move_job(
        self, job: str, *, uuid: str, move: Mapping[str, Any], subject: str, user: str
    ) -> None:
        """Begin to copy the disks of a domain under a name of the caller's choice, see :mod:`xentui.agent.sending`."""
        await self._call(
            operations.start_move_job,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            uuid=uuid,
            move=dict(move),
            auto_dir=self._auto_folder,
            subject=subject,
            user=user,
            host=self._host.name,
        )

    async def settle_move(self, uuid: str, *, left: str = "") -> None:
        """Note where a domain is: that it has ``left`` for another host, or ("") has stayed after all."""
        await self._call(operations.settle_move, nothing, uuid=uuid, left=left, auto_dir=self._auto_folder)

    async def pack_entry(self, uuid: str) -> bytes:
        """All that is stored of a domain that has left this host; code ``missing`` where nothing is."""
        return await self._call(operations.pack_entry, _bytes, uuid=uuid)

    async def receive_entry(self, uuid: str, packed: bytes, *, user: str, reason: str) -> bool:
        """Store what another host has packed; False where it has arrived before.

        Code ``exists`` where its name, or the uuid with another history, is stored here.
        """
        return await self._call(
            operations.receive_entry, bool, uuid=uuid, packed=packed, user=user, reason=reason
        )

    async def leave_entry(self, uuid: str, *, user: str, reason: str) -> None:
        """Move to the trash what is stored of a domain that is stored on another host by now."""
        await self._call(
            operations.leave_entry,
            nothing,
            uuid=uuid,
            auto_dir=self._auto_folder,
            user=user,
            reason=reason,
        )

    async def let_go(self, job: str) -> None:
        """Let an installer run that is held until somebody watches its console."""
        await self._call(operations.let_go, nothing, job=job)

    async def read_install(self, uuid: str) -> str:
        """The text that is booted to install a domain; code ``missing`` where no install of it is kept."""
        return await self._call(
            operations.read_install, lambda answer: reading.text(answer["text"]), uuid=uuid
        )

    async def forget_install(self, uuid: str) -> None:
        """Throw away what is kept of an install; code ``busy`` while it is under way."""
        await self._call(operations.forget_install, nothing, uuid=uuid)

    async def cancel_job(self, job: str) -> None:
        """Have a job stop that makes an image or a guest, which leaves nothing or says what; or an install's.

        One of an install boots nothing at its end.
        """
        await self._call(operations.cancel_job, nothing, job=job)

    async def settle_job(self, job: str) -> None:
        """Have settled, as a job again, what an interrupted job has left; does nothing to any other."""
        await self._call(operations.settle_job, nothing, job=job)

    async def look_job(self, job: str) -> JobLook:
        """How far a job is, and how it ended.

        Code ``missing`` where none of that name has begun.
        """
        return await self._call(operations.look_job, reading.job_look, job=job)

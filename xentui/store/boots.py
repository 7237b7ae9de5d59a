"""What is kept beside a configuration: what was booted, one-off texts, memory images, installs, moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.hosts import operations
from xentui.store import reading
from xentui.store.client import StoreClient, nothing
from xentui.store.records import StoredDomain


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("no bytes")
    return value


class Boots(StoreClient):
    """Marks boots, keeps one-off texts and the texts of installs, removes memory images, and hands entries over."""

    async def mark_running(self, uuid: str, record: Mapping[str, Any] | None) -> None:
        """Note what was booted under a uuid; None takes the mark and the one-off text away."""
        await self._call(
            operations.mark_running, nothing, uuid=uuid, record=None if record is None else dict(record)
        )

    async def write_oneoff(self, uuid: str, text: str) -> str:
        """Keep the text of a one-off boot; returns its path on the host.  Code ``busy`` as :meth:`boot_begin`."""
        return await self._call(operations.write_oneoff, reading.text, uuid=uuid, text=text)

    async def boot_begin(self, uuid: str) -> StoredDomain:
        """Begin a boot of it; returns it, code ``busy`` while a save of it is under way.

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

    async def retire_spent(self, uuid: str, *, runs: bool) -> None:
        """Put aside the image of a domain that xendomains has resumed, or drop it where the domain ``runs``."""
        await self._call(operations.retire_spent, nothing, uuid=uuid, runs=runs)

    async def settle_move(self, uuid: str, *, left: str = "") -> None:
        """Note where a domain is: that it has ``left`` for another host, or ("") has stayed after all."""
        await self._call(operations.settle_move, nothing, uuid=uuid, left=left, auto_dir=self._auto_folder)

    async def pack_entry(self, uuid: str) -> bytes:
        """Return all that is stored of a domain that has left this host; code ``missing`` where nothing is."""
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

    async def read_install(self, uuid: str) -> str:
        """Return the text that is booted to install a domain; code ``missing`` where no install of it is kept."""
        return await self._call(
            operations.read_install, lambda answer: reading.text(answer["text"]), uuid=uuid
        )

    async def forget_install(self, uuid: str) -> None:
        """Throw away what is kept of an install; code ``busy`` while it is under way."""
        await self._call(operations.forget_install, nothing, uuid=uuid)

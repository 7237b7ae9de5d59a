"""Throwing away an install that was broken off, with the disks that were made for it and are nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.errors import Hint, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.frozen import dataclass
from xentui.model.disk_image import DiskImage
from xentui.model.sizes import shown_bytes
from xentui.service.legality import Action, require_now
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.model.domain import Domain
    from xentui.service.disk_images import DiskImages
    from xentui.service.inventory import Inventory
    from xentui.service.session import Session


@dataclass(frozen=True, slots=True)
class Discard:
    """What is thrown away with an install: the ``images`` that were made for it and are there.

    Only who types the domain's name agrees to their end.
    """

    name: str
    images: tuple[DiskImage, ...]
    question: str
    losses: tuple[str, ...]
    typed: str
    hint: Hint = ""


class Discarding:
    """Looks at what an install would take with it, and throws that away."""

    def __init__(self, session: Session, inventory: Inventory, images: DiskImages) -> None:
        self._session = session
        self._inventory = inventory
        self._images = images

    async def look(self, domain: Domain, *, keep_disks: bool) -> Discard:
        """Return what throwing away the install of a domain would lose; raises NotAllowedError where it must not be
        done.
        """
        self._session.require_writable()
        now = require_now(await self._inventory.poll(), domain, Action.INSTALL)
        if now.install is None:
            raise NotAllowedError("no install of it was broken off", subject=now.label)
        images: list[DiskImage] = []
        for path in () if keep_disks else now.install.disks:
            shown = self._session.host.shown(path)
            try:
                image = (await self._images.guards.one(shown))[2]
            except StoreError as error:
                if error.code != StoreCode.MISSING:
                    raise
                continue  # somebody has removed it already
            others = [label for label in image.domains if label != now.label]
            if others:
                raise NotAllowedError(
                    f"{plain(', '.join(others))} names {plain(shown)} too: nothing was removed",
                    subject=now.label,
                    hint=(
                        "keep the disks: ",
                        Suggest("domain.install", now.label, "--discard", "--keep-disks"),
                    ),
                )
            await self._images.removal(shown)
            images.append(image)
        losses = tuple(
            f"{plain(image.path)} ({image.format}, {_size(image)}) is gone for good" for image in images
        )
        return Discard(
            now.label,
            tuple(images),
            f"Discard the install of {now.label}?",
            losses or ("what its installer was booted from is forgotten; no disk is removed",),
            plain(now.label) if images else "",
        )

    async def discard(self, domain: Domain, *, keep_disks: bool) -> Discard:
        """Remove the disks, and then what is kept of the install: cut short, it can be done again."""
        found = await self.look(domain, keep_disks=keep_disks)
        for image in found.images:
            await self._images.remove(image.path)
        await self._session.store_change(
            ["install-discard", domain.uuid],
            subject=found.name,
            action=lambda: self._session.store.forget_install(domain.uuid),
        )
        return found


def _size(image: DiskImage) -> str:
    return shown_bytes(image.size) if image.size is not None else "its size is not known"

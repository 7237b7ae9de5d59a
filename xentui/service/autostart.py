"""Starting with the host: the link of a domain in /etc/xen/auto bears the domain's name, whatever changes that."""

from __future__ import annotations

from xentui.errors import StoreError
from xentui.service.session import Session

LAST = 99
"""The last place in the order of domains that start with the host; the first is 0."""


async def link(
    session: Session, uuid: str, name: str, *, on: bool, order: int | None = None, keep_order: bool = True
) -> None:
    """Link a stored configuration under a name and a place in the order, or remove every link to it."""
    place = (
        ["--order", "none" if order is None else str(order)] if order is not None or not keep_order else []
    )
    await session.store_change(
        ["autostart", uuid, "on" if on else "off", *place],
        subject=name,
        action=lambda: session.store.set_autostart(uuid, name, on, order=order, keep_order=keep_order),
    )


async def follow(session: Session, uuid: str, name: str) -> None:
    """Have a domain that starts with the host do so under the name it has been given.

    The name is stored already, and the old link still starts it: a refusal is a warning.
    """
    try:
        if any(item.uuid == uuid for item in await session.store.autostart()):
            await link(session, uuid, name, on=True)
    except StoreError as error:
        if session.warn is not None:
            session.warn(
                f"{name} still starts with the host, through a link with another name: {' '.join(error.account())}"
            )

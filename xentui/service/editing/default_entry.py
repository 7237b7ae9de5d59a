"""The entry a domain boots by default, stored."""

from __future__ import annotations

from xentui import config as language
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootMenu, WantedEntry
from xentui.model.domain import Domain
from xentui.service import boot_default
from xentui.service.boot_choice import choose
from xentui.service.editing.editing import Editing
from xentui.service.editing.storing import SaveResult


async def store(
    editing: Editing, host: Host, domain: Domain, menu: BootMenu | None, wanted: WantedEntry | None
) -> SaveResult:
    """Store an entry as the one a domain boots, or with None leave that to its boot loader again.

    ``menu`` is what is on its disk.  Raises NotAllowedError where the entry cannot be booted from outside, and what
    :meth:`~.Editing.store` does.
    """
    draft = await editing.open(domain)
    document = language.parse(draft.text, source=domain.label)
    if wanted is None or menu is None:
        return await editing.store(
            draft, boot_default.without_default(document).text, reason="its boot loader chooses"
        )
    choice = choose(document, menu, wanted, host)
    made = boot_default.with_default(document, choice)
    return await editing.store(draft, made.text, reason=f"boot entry {choice.title}")

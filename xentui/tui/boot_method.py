"""The question how a guest is to boot: all ways there are, filled in from what is on its disk, or why not."""

from __future__ import annotations

from xentui.config.document import Document
from xentui.errors import XentuiError
from xentui.model.boot_menu import BootMenu
from xentui.service import boot_menu, boot_switch
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog


async def asked(
    context: UiContext, document: Document, label: str, menu: BootMenu | None = None
) -> boot_switch.Offer | None:
    """Return the way that is chosen for a configuration, None for none; ``menu`` is what is on its disk, where that is
    known.

    Raises XentuiError where nothing can be chosen.
    """
    hypervisor = context.hypervisor
    if menu is None or not menu.disk:
        menu = await _on_disk(context, document, label)
    kernels = await hypervisor.editing.suggestions("kernel")
    offers = await boot_switch.offers(hypervisor.host, document, menu, kernels)
    choices = [Choice(each.method, each.method, each.about, each.reason) for each in offers]
    chosen = await context.ask(ChooseDialog(f"How {label} boots", choices))
    return next((each for each in offers if each.method == chosen), None)


async def _on_disk(context: UiContext, document: Document, label: str) -> BootMenu | None:
    """Return the menu on the disk of a configuration, whatever that boots now; None where there is none, or none is
    read.
    """
    try:
        return await boot_menu.of_disk(context.hypervisor.host, boot_switch.config_of(document), label)
    except XentuiError:
        return None  # each way says what it lacks

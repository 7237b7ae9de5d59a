"""What is done to a row: a disk, interface or frame buffer is asked for in a dialog, removed, or moved."""

from __future__ import annotations

from xentui.config import Document
from xentui.tui.context import UiContext
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.editor import devices
from xentui.tui.editor.device_fields import bridge_asked, disk_asked
from xentui.tui.editor.rows import TITLES


async def asked(context: UiContext, document: Document, rows: str, what: str, index: int) -> Document | None:
    """The document with a row added, edited, removed or moved; None where the user thinks better of it.

    Raises ConfigError for a row that has no fields.
    """
    if what == "remove":
        return devices.without(document, rows, index)
    if what in ("up", "down"):
        return devices.moved(document, rows, index, index + (1 if what == "down" else -1))
    specs = document.strings(rows)
    spec = specs[index] if what == "edit" else ""
    title = f"{'Change' if spec else 'Add'} {TITLES[rows]}"
    new_vif = rows == "vif" and not spec
    dialog = FormDialog(
        title,
        devices.fields(
            rows,
            spec,
            document,
            bridge=await context.hypervisor.editing.usual_bridge() if new_vif else "",
            disk=disk_asked(context, refuses=False),
            bridges=bridge_asked(context),
        ),
        "OK",
        check=lambda answer: devices.spec_of(rows, answer, spec),
    )
    answer = await context.ask(dialog)
    if answer is None:
        return None
    made = devices.spec_of(rows, answer, spec)
    changed = (
        document.replace_item(rows, index, made) if what == "edit" else devices.appended(document, rows, made)
    )
    return devices.noted(rows, answer, spec, changed)

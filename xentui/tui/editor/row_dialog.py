"""What is done to a row: a disk, interface or frame buffer is asked for in a dialog, removed, or moved."""

from __future__ import annotations

from collections.abc import Mapping

from xentui.config import Document
from xentui.tui.context import UiContext
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.editor import devices
from xentui.tui.editor.device_fields import NEW_SIZE, bridge_asked, disk_asked, new_image
from xentui.tui.editor.new_images import MadeImages
from xentui.tui.editor.rows import TITLES


async def asked(
    context: UiContext, document: Document, rows: str, what: str, index: int, *, images: MadeImages
) -> Document | None:
    """Return the document with a row added, edited, removed or moved; None where the user thinks better of it.

    ``what`` may also be ``new``: a new image is offered for the disk at ``index``, for another one if that is -1.
    Raises ConfigError for a row that has no fields.
    """
    if what == "remove":
        return devices.without(document, rows, index)
    if what in ("up", "down"):
        return devices.moved(document, rows, index, index + (1 if what == "down" else -1))
    specs = document.strings(rows)
    spec = specs[index] if what == "edit" or (what == "new" and index >= 0) else ""
    title = f"{'Change' if spec else 'Add'} {TITLES[rows]}"
    new_vif = rows == "vif" and not spec

    async def attempt(answer: Mapping[str, str]) -> bool:
        new = new_image(answer) if rows == "disk" else None
        return new is None or await images.make(new)

    def check(answer: Mapping[str, str]) -> None:
        devices.spec_of(rows, answer, spec)
        if rows == "disk":
            new_image(answer)

    dialog = FormDialog(
        title,
        devices.fields(
            rows,
            spec,
            document,
            bridge=await context.hypervisor.editing.usual_bridge() if new_vif else "",
            size=NEW_SIZE if what == "new" else "",
            disk=disk_asked(context, refuses=False),
            bridges=bridge_asked(context),
        ),
        "OK",
        begin="size" if what == "new" and spec else "",
        check=check,
        attempt=attempt,
    )
    answer = await context.ask(dialog)
    if answer is None:
        return None
    made = devices.spec_of(rows, answer, spec)
    changed = document.replace_item(rows, index, made) if spec else devices.appended(document, rows, made)
    return devices.noted(rows, answer, spec, changed)

"""Another way of booting for the guest of the form, filled in from what is on its disk."""

from __future__ import annotations

from xentui.errors import XentuiError
from xentui.service import boot_switch
from xentui.tui import boot_method
from xentui.tui.context import UiContext
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.status_notices import StatusNotices


class BootQuestion:
    """Asks how the guest is to boot, and writes that into the text; it is not stored by this."""

    def __init__(self, context: UiContext, buffer: EditBuffer, notices: StatusNotices) -> None:
        self._context = context
        self._buffer = buffer
        self._notices = notices

    async def ask(self, label: str) -> bool:
        """Ask; True where the text has been changed for the answer."""
        document = self._buffer.document
        if document is None:
            return False  # there is no form then
        self._context.notify_at_once("reading its disk …")
        try:
            offer = await boot_method.asked(self._context, document, label)
            if offer is None:
                return False
            now = self._buffer.document or document
            text = boot_switch.switched(now, offer).text
        except XentuiError as error:
            self._notices.say(error.message, error=error, severity="warning")
            return False
        self._buffer.type(text)
        self._notices.say(f"boots with {offer.method}, as found on its disk; Ctrl-Z undoes that")
        return True

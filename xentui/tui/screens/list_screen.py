"""Screens with a list, and those of a host's things: below the list a box about the row under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from rich.text import Text
from textual import on
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.errors import XentuiError
from xentui.tui.context import UiContext
from xentui.tui.screens.overlay import ScreenAbove
from xentui.tui.widgets.key_hints import KeyHints
from xentui.tui.widgets.notice_line import NoticeLine

Row = TypeVar("Row")


class ScreenWithRows(ScreenAbove, Generic[Row]):
    """A screen with one list of rows.

    A subclass composes an ``OptionList``. It implements ``row_text`` where it shows its rows by ``show_rows``, and
    ``show_about`` where something follows the cursor.
    """

    rows: Sequence[Row] = ()

    def row_text(self, row: Row, /) -> Text:
        """Return the line of the list that shows ``row``."""
        raise NotImplementedError

    @property
    def listed(self) -> OptionList:
        """The list itself."""
        return self.query_one(OptionList)

    @property
    def current(self) -> Row | None:
        """The row under the cursor; None while there are no rows."""
        place = self.listed.highlighted
        return self.rows[place] if place is not None and place < len(self.rows) else None

    def show_rows(
        self,
        rows: Sequence[Row],
        *,
        identity: Callable[[Row], str],
        select: str = "",
        first: int = 0,
        none: str = "none",
    ) -> None:
        """Replace the rows, and show what there is about the current one.

        The cursor goes to the row whose ``identity`` is ``select``, else stays on its row; where that has gone, it goes
        to the row number ``first``.  ``none`` is shown in place of no rows.
        """
        before = self.current
        wanted = select or (identity(before) if before is not None else "")
        self.rows = rows
        self.listed.clear_options()
        self.listed.add_options([Option(self.row_text(row)) for row in rows] or [Option(none, disabled=True)])
        if rows:
            names = [identity(row) for row in rows]
            self.listed.highlighted = names.index(wanted) if wanted in names else first
        self.show_about()

    def show_about(self) -> None:
        """Show what there is about the current row: nothing here."""

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.show_about()


class ListScreen(ScreenWithRows[Row]):
    """A list of rows, with a title above and a box about the current row below.

    A subclass composes ``title_line``, an ``OptionList``, ``about``, ``notice`` and ``hints``. It implements
    ``about_lines``, and ``row_text`` where it shows its rows by ``show_rows``.
    """

    def __init__(self, context: UiContext, *, about_id: str | None = None) -> None:
        super().__init__()
        self.context = context
        self.notice = NoticeLine()
        self.title_line = Static(classes="log-title")
        self.about = Static(id=about_id)
        self.hints = KeyHints()

    def about_lines(self, row: Row, /) -> Iterable[str]:
        """Return what the box says about ``row``."""
        raise NotImplementedError

    def show_about(self) -> None:
        """Show the box about the current row."""
        row = self.current
        self.about.update(Text("\n".join(self.about_lines(row)) if row is not None else "", overflow="fold"))

    def writable(self) -> bool:
        """Return whether the session may change the host; say why where it may not."""
        try:
            self.context.hypervisor.session.require_writable()
        except XentuiError as error:
            self.context.notify_error(error)
            return False
        return True

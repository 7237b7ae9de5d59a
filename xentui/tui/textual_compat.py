"""What xentui needs of Textual that Textual does not promise to keep: all of it stands here, each with its reason.

pyproject.toml holds Textual to the releases this file was tested with; ``tests/unit/tui/test_textual_compat.py`` holds
everybody else to public names.  After an update of Textual read this file beside its changelog first.

Classes here are put before Textual's own in the bases of a class.  Of modules that the list is shown without, nothing
is imported before somebody asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

from textual import screen as textual_screen

# The names of keys by the sequences of terminals, those of the kitty protocol, and the parser of mouse reports: a table
# of our own would be a copy to keep up to date.
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS, IgnoredSequence
from textual._callback import invoke
from textual._compositor import Compositor
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import Binding
from textual.css.model import RuleSet
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.events import Event, Key
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker

if TYPE_CHECKING:
    from rich.text import Text
    from textual._compositor import ChopsUpdate
    from textual.command import CommandPalette as _CommandPalette
    from textual.content import Content
    from textual.document._document import (
        Document,
        Document as _Document,
        EditResult,
        Location,
        Newline,
        Selection,
    )
    from textual.document._document_navigator import DocumentNavigator
    from textual.document._edit import Edit
    from textual.document._wrapped_document import WrappedDocument
    from textual.drivers.linux_driver import LinuxDriver as _LinuxDriver
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.validation import ValidationResult
    from textual.widget import Widget as _Widget
    from textual.widgets import Checkbox as _Checkbox, Input as _Input, TextArea as _TextArea
    from textual.widgets.input import Selection as LineSelection
else:
    _Checkbox = _CommandPalette = _Document = _Input = _LinuxDriver = _TextArea = _Widget = object
    # The parts of a text area are public classes in private modules.
    _LATER = {
        "Document": "textual.document._document",
        "EditResult": "textual.document._document",
        "Location": "textual.document._document",
        "Newline": "textual.document._document",
        "Selection": "textual.document._document",
        "DocumentNavigator": "textual.document._document_navigator",
        "Edit": "textual.document._edit",
        "WrappedDocument": "textual.document._wrapped_document",
    }

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(name)
        return getattr(import_module(_LATER[name]), name)


__all__ = [
    "ANSI_SEQUENCES_KEYS",
    "FUNCTIONAL_KEYS",
    "Document",
    "DocumentNavigator",
    "Edit",
    "EditResult",
    "IgnoredSequence",
    "Location",
    "Newline",
    "Selection",
    "WrappedDocument",
]

# Styles

# Rules are looked up in sets, by what they are, hundreds of times for each widget that is styled.  The function Textual
# has for that does what the interpreter's does, and is a tenth of the time a form takes to open.
RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]

_update_node_styles = DOMNode.update_node_styles


def _update_where_attached(self: DOMNode, animate: bool = True) -> None:
    """Style a node whose classes have changed: not before it is mounted, where it gets its styles in any case.

    ``Button`` and ``Input`` change their classes as they are made, and would be styled two or three times.
    """
    if self.is_attached:
        _update_node_styles(self, animate)


DOMNode.update_node_styles = _update_where_attached  # type: ignore[method-assign]

# Keys and bindings


def character_to_key(character: str) -> str:
    """Return the name Textual has for the key of a character, as bindings use it."""
    return _character_to_key(character)


async def run_binding(app: App[Any], key: str, *, priority: bool = False) -> bool:
    """Run what a key is bound to, from the focused widget up (with ``priority`` from the app down); tell if it is.

    Textual does it only when a key comes back from the focused widget, which is too late for what is typed ahead.
    """
    return await app._check_bindings(key, priority=priority)


def is_bound(screen: Screen[Any], key: str) -> bool:
    """Tell whether anybody from the focused widget up to the screen on top knows a key.

    ``Screen.active_bindings`` would ask every ``check_action`` as well, at every key.
    """
    return any(key in bindings.key_to_bindings for _, bindings in screen._modal_binding_chain)


def knows(widget: Widget, key: str) -> bool:
    """Tell whether a key is bound by a widget itself."""
    return key in widget._bindings.key_to_bindings


def own_bindings(screen: Screen[Any]) -> dict[str, Binding]:
    """Return the bindings of a screen itself by key.

    ``Screen.active_bindings`` has those of a container instead that takes a key first and passes it on.
    """
    return dict(screen._bindings)


def forward(widget: Widget, event: Event) -> None:
    """Hand an event on to another widget, as the app does to the focused one: it is not taken for a new one."""
    widget._forward_event(event)


async def run_callback(callback: Any) -> None:
    """Call what may be a coroutine function or a plain one, as Textual does with the commands of its palette."""
    await invoke(callback)


# The app


class PlainApp(App[None]):
    """An app without toasts and tooltips: nothing here has any, and each screen would have a widget for each.

    The variables of its styles are made once ``themed``, not for Textual's first theme.
    """

    themed = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._disable_notifications = self._disable_tooltips = True

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme."""
        return super().get_css_variables() if self.themed else {}


# The driver


def driver_of(app: App[Any]) -> Driver | None:
    """Return what reads from the terminal and writes to it; an app tells nobody."""
    return app._driver


class KeyReader(_LinuxDriver):
    """The half of Textual's driver that reads, to be read with a parser of our own."""

    @property
    def reader(self) -> Thread | None:
        """The thread that reads keys: after a SIGSTOP Textual would start a second one beside it."""
        return self._key_thread

    @property
    def writes(self) -> bool:
        """Whether the terminal is written to: not where Textual has found none."""
        return self._writer_thread is not None

    @property
    def app(self) -> App[Any]:
        """The app whose keys it reads."""
        return self._app

    @property
    def tells_all(self) -> bool:
        """Whether the parser is to log what it reads."""
        return self._debug


class KeySequences(XTermParser):
    """Textual's parser, for what is one character and for the mouse."""

    def keys_of(self, sequence: str) -> Iterable[Key]:
        """Return the keys of a sequence or character, with Textual's names."""
        return self._sequence_to_key_events(sequence)


class DirectLines(_Widget):
    """A widget that writes some of its lines to the terminal itself, past the compositor."""

    _shown = False

    def lines_shown(self) -> None:
        """Note that lines were written: what Textual keeps of them is old."""
        self._shown = True

    @property
    def uncovered(self) -> bool:
        """Whether the screen is on top, and painted as it is laid out."""
        screen = self.screen
        laid_out = not (screen._layout_required or self.app._batch_count or screen._dirty_widgets)
        return laid_out and self.app.screen is screen

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render lines, none of those kept from before others were written."""
        if self._shown:
            self._shown = False
            self._styles_cache.clear()
        return super().render_lines(crop)


class HeldScreen(Screen[None]):
    """A screen that is neither laid out nor painted before it is revealed: what comes at once would do both again.

    Textual's batches hold back the terminal only; lines are rendered for each layout in them all the same.
    """

    _held = True
    _painting_held = True

    def __init__(self) -> None:
        super().__init__()
        self.painted = asyncio.Event()
        """Set when it was painted for the first time."""

    def reveal(self) -> None:
        """Lay out what there is, and paint it as soon as its parts know their sizes; from now on follow each change.

        Painted at once, all would be painted again a moment later, as some of it depends on its size.
        """
        if self._held:
            self._held = False
            self.call_after_refresh(self._paint_first)
            self._refresh_layout(self.app.size)

    def _paint_first(self) -> None:
        self._painting_held = False
        self._compositor_refresh()
        self.painted.set()

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        if not self._held:
            super()._refresh_layout(size, scroll)

    def _compositor_refresh(self) -> None:
        if not self._painting_held:
            super()._compositor_refresh()


class ChangedLines(Compositor):
    """Puts together the lines that have changed, without the widgets that stand on none of them.

    Textual has every widget between the first and the last of them draw itself: of a dialog, where a key changes a
    field and the keys that are shown at the bottom, each of its widgets.
    """

    _lines: frozenset[int] | None = None

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what has changed."""
        self._lines = frozenset(line for region in self._dirty_regions for line in region.line_range)
        try:
            return super().render_partial_update()
        finally:
            self._lines = None

    @property
    def cuts(self) -> list[list[int]]:
        """Where widgets begin and end on each line: all of them, as these are kept."""
        lines, self._lines = self._lines, None
        try:
            return super().cuts
        finally:
            self._lines = lines

    @property
    def visible_widgets(self) -> dict[Widget, tuple[Region, Region]]:
        """The widgets that are seen, and are to be drawn now."""
        shown, lines = super().visible_widgets, self._lines
        if lines is None:
            return shown
        return {
            widget: (region, clip)
            for widget, (region, clip) in shown.items()
            if not lines.isdisjoint(region.intersection(clip).line_range)
        }


textual_screen.Compositor = ChangedLines  # type: ignore[attr-defined]

# Lines of input


class InputParts(_Input):
    """An input line that says what is drawn of its value, and when its cursor is followed.

    A key in it is a matter of its own: the screen is not laid out again, as the line is as wide as before.
    """

    virtual_size = Reactive(Size(0, 0))
    _marking = False

    def validate(self, value: str) -> ValidationResult | None:
        """Have validators look at the value; without any, Textual would style the line as one of a sound value."""
        return super().validate(value) if self.validators else None

    def set_look(self, name: str, *, on: bool) -> None:
        """Set a class by which the line looks different, but not its cursor and the like, which are styled apart."""
        self._marking = True
        try:
            self.set_class(on, name)
        finally:
            self._marking = False

    def _get_component_classes(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset() if self._marking else super()._get_component_classes()

    @property
    def drawn(self) -> Text | None:
        """What is drawn of the value, None for the value itself.

        ``Input`` draws a character as wide as it is: some move the cursor of the terminal.
        """
        return None

    @property
    def follows_cursor(self) -> bool:
        """Whether the cursor is kept in sight; else the beginning is."""
        return True

    @property
    def _value(self) -> Text:
        drawn = self.drawn
        return super()._value if drawn is None else drawn

    def _watch_selection(self, selection: LineSelection) -> None:
        # A watcher with a public name is called after this one has moved the terminal's cursor to a line without focus.
        if self.follows_cursor:
            super()._watch_selection(selection)
        else:
            self.scroll_to(0, 0, force=True, animate=False)

    def show_selection(self) -> None:
        """Bring the cursor, or the beginning, into sight."""
        self._watch_selection(self.selection)


class CheckParts(_Checkbox):
    """A box that says how it is drawn: Textual tells its state by colour alone."""

    @property
    def sign(self) -> Content:
        """What stands before the label."""
        raise NotImplementedError

    @property
    def _button(self) -> Content:
        return self.sign


# The text area


class DocumentParts(_Document):
    """A document that keeps its lines as it likes; before the class of Textual's."""

    def keep(self, lines: list[str], newline: Newline) -> None:
        """Take the lines ``Document.lines`` has, and what stands between them."""
        self._lines = lines
        self._newline = newline


class TextAreaParts(_TextArea):
    """A text area without what Textual does with the whole text at every key: it has documents of 2,000 lines."""

    def take_text(self, text: str) -> None:
        """Make a text the document: Textual would make a document, wrap it, and have it parsed."""
        raise NotImplementedError

    def fit_text(self) -> None:
        """Fit what can be scrolled to the text, which Textual would measure line by line."""
        raise NotImplementedError

    def text_edited(self) -> None:
        """An edit is done: paint what it has touched, where Textual would paint all."""
        raise NotImplementedError

    def edits_moved(self) -> None:
        """Edits were undone or made again, of which no message tells."""
        raise NotImplementedError

    def _set_document(self, text: str, language: str | None) -> None:
        del language
        self.take_text(text)

    def _watch_language(self, _language: str | None) -> None:
        """There is only one, and it needs no other document."""

    def _build_highlight_map(self) -> None:
        self.text_edited()

    def _rewrap_and_refresh_virtual_size(self) -> None:
        self.fit_text()

    def _refresh_size(self) -> None:
        self.fit_text()

    def _undo_batch(self, edits: Sequence[Edit]) -> None:
        super()._undo_batch(edits)
        self.edits_moved()

    def _redo_batch(self, edits: Sequence[Edit]) -> None:
        super()._redo_batch(edits)
        self.edits_moved()

    def refresh_scrollbars(self) -> None:
        """Have the scroll bars follow the virtual size at once, not with the next layout."""
        self._refresh_scrollbars()

    @property
    def draws_cursor(self) -> bool:
        """Whether the cursor is seen now, as it blinks and goes with the focus."""
        return self._draw_cursor


# The palette


class PaletteParts(_CommandPalette):
    """Textual's palette, which tells what it is looking for: Enter has to wait for that."""

    sought: str | None = None
    """What it has looked for last."""

    def _gather_commands(self, search_value: str) -> Worker[None]:
        self.sought = search_value
        gather = super()._gather_commands.__wrapped__  # type: ignore[attr-defined]

        async def gathered() -> None:
            with suppress(NoMatches):  # where the palette is left before this begins, its list has gone
                await gather(self, search_value)

        return self.run_worker(gathered, exclusive=True, group=self._GATHER_COMMANDS_GROUP)

    @property
    def gathering(self) -> bool:
        """Whether it is still looking."""
        group = self._GATHER_COMMANDS_GROUP
        return any(worker.group == group and worker.is_running for worker in self.workers)

    def stop_gathering(self) -> None:
        """Look no further."""
        self._cancel_gather_commands()

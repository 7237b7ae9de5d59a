"""The keys, from the live bindings."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Label, Static

from xentui.frozen import dataclass
from xentui.tui.bindings import Heading, bound
from xentui.tui.dialogs.modal import Modal
from xentui.tui.domain_list import legend
from xentui.tui.keys import PANES, without_keys
from xentui.tui.textual_compat.bindings import own_bindings
from xentui.tui.widgets.tab_strip import MARKS

_KEYS = 12
_BROAD = 120
"""Columns from which two columns have room."""
_ONE_WIDTH, _TWO_WIDTH, _FRAME = 71, 53, 5
_INDENT = "\n" + " " * (_KEYS + 3)
_TABS = "  ".join(f"{mark}\N{NO-BREAK SPACE}{word}" for mark, word in MARKS.items())
OF_LIST = f"""Letters and signs of the list
{legend.whole()}Tab: {_TABS}

In a console all keys go to the guest; the line below it shows the key that leaves.
Filter words: text, /regex/, state:off, kind:managed, drift:, mem>2G, cpu>50, !not.
"""
OF_EDITOR = """Nothing is stored before F2, which shows what changes.
An empty field removes its parameter; comments and layout stay.
Form and raw text are one document; Tab completes in both.
"""


@dataclass(frozen=True, slots=True)
class KeySection:
    """A heading and its keys with what they do."""

    title: str
    rows: tuple[tuple[str, str], ...]


def sections(screen: Screen[Any], shown: Callable[[str], str]) -> list[KeySection]:
    """The keys in force on a screen, by group, each action once with all its keys."""
    found: dict[str, dict[str, tuple[list[str], str]]] = {}
    # A container of Textual takes some keys first, and passes them on where there is nothing to scroll.
    own = own_bindings(screen)
    for key, active in screen.active_bindings.items():
        binding = active.binding if active.binding.id else own.get(key, active.binding)
        if not binding.id:
            continue
        group = binding.group.description if binding.group else Heading.GENERAL.value
        name, text = binding.id, binding.tooltip or binding.description
        if name.startswith("view.pane-") and int(name[-1]) > 2:
            name, text = "view.pane-3", f"Go to console 1 to {PANES - 2}"
        keys, _ = found.setdefault(group, {}).setdefault(name, ([], text))
        keys.append(shown(key))
    order = [group.value for group in Heading]
    return [
        KeySection(title, tuple((_listed(keys), text) for keys, text in rows.values()))
        for title, rows in sorted(
            found.items(), key=lambda item: order.index(item[0]) if item[0] in order else 99
        )
    ]


def _listed(keys: Sequence[str]) -> str:
    """The keys of one action; of many the first and the last."""
    return " ".join(keys) if len(keys) < 4 else f"{keys[0]} to {keys[-1]}"


def typed_commands() -> KeySection:
    """The commands that have no key."""
    rows = tuple((f":{command.verb}", command.brief()) for command in without_keys())
    return KeySection("Commands to type after :", rows)


def letters() -> list[KeySection]:
    """Return what the letters and signs of list and tabs mean, a row each."""
    found = {f"{title} in the list": rows for title, rows in legend.meanings().items()}
    return [
        KeySection(title, tuple(rows)) for title, rows in {**found, "Mark of a tab": MARKS.items()}.items()
    ]


def matching(shown: Sequence[KeySection], words: str) -> list[KeySection]:
    """The rows that have all words, in their key, their text or their heading."""
    needles = words.casefold().split()
    found = []
    for section in shown:
        rows = tuple(
            row
            for row in section.rows
            if all(needle in f"{section.title} {row[0]} {row[1]}".casefold() for needle in needles)
        )
        if rows:
            found.append(KeySection(section.title, rows))
    return found


class HelpScreen(Modal[None]):
    """Two columns where there is room; ``more`` stands below the keys.  ``/`` searches them, and ``searched``."""

    BINDINGS = [
        bound("escape,q,question_mark,f1", "leave", "Close", "Close the help", id="help.close", show=True),
        bound("slash", "search", "Search", "Search keys and commands", id="help.search", show=True),
    ]

    def __init__(
        self, shown: Sequence[KeySection], more: str = OF_LIST, searched: Sequence[KeySection] = ()
    ) -> None:
        super().__init__()
        self._sections, self._searched = list(shown), list(searched)
        self._more = more
        self._line = Input(id="help-search", placeholder="words to search for; Esc shows all")

    def compose(self) -> ComposeResult:
        """All of it, to be scrolled."""
        with Vertical(classes="help"):
            yield Label("/ searches · Esc closes", id="help-keys", markup=False)
            yield self._line
            with VerticalScroll():
                yield Static(id="help-text")

    def action_search(self) -> None:
        """Type what is searched for; the rows follow."""
        self._line.display = True
        self.set_focus(self._line)

    def action_leave(self) -> None:
        """Esc first shows all again."""
        if self._line.display:
            self._line.value, self._line.display = "", False
            self.set_focus(self.query_one(VerticalScroll))
        else:
            self.dismiss()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches."""
        event.stop()
        self._lay_out()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The keys scroll again."""
        event.stop()
        self.set_focus(self.query_one(VerticalScroll))

    def on_mount(self) -> None:
        """The keys scroll."""
        self._line.display = False
        self.set_focus(self.query_one(VerticalScroll))

    def on_resize(self) -> None:
        """Lay the sections out for the width."""
        self._lay_out()

    def _lay_out(self) -> None:
        words = self._line.value.strip()
        found = matching([*self._sections, *(self._searched if words else ())], words)
        more = "" if words else self._more
        two = self.size.width >= _BROAD
        self.set_class(two, "-two")
        if two:
            split = _half(found)
            columns = Table.grid(expand=True, padding=(0, 1))
            columns.add_row(
                _text(found[:split], _TWO_WIDTH),
                _text(found[split:], _TWO_WIDTH).append(more),
            )
            self.query_one("#help-text", Static).update(columns)
        else:
            text = _text(found, min(_ONE_WIDTH, self.size.width - _FRAME)).append(more)
            self.query_one("#help-text", Static).update(text if found else Text("nothing matches"))


def _half(shown: Sequence[KeySection]) -> int:
    """Return how many sections fill the first column, so that both are about as long."""
    lengths = [len(section.rows) + 2 for section in shown]
    return min(range(len(shown) + 1), key=lambda split: max(sum(lengths[:split]), sum(lengths[split:])))


def _text(shown: Sequence[KeySection], width: int) -> Text:
    """The sections in lines of ``width`` cells; what does not fit goes on below itself."""
    text = Text()
    for section in shown:
        text.append(f"{section.title}\n", "bold")
        for keys, meaning in section.rows:
            text.append(f"  {keys:<{_KEYS}}", "bold")
            pieces = textwrap.wrap(meaning, max(20, width - _KEYS - 3))
            text.append(" " + _INDENT.join(pieces) + "\n")
        text.append("\n")
    return text

"""The keys, from the live bindings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from xentui.tui.actions import Group, bound

_KEYS = 12


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its keys with what they do."""

    title: str
    rows: tuple[tuple[str, str], ...]


def sections(screen: Screen[Any], shown: Callable[[str], str]) -> list[Section]:
    """The keys in force on a screen, by group, each action once with all its keys."""
    found: dict[str, dict[str, tuple[list[str], str]]] = {}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if not binding.id:
            continue
        group = binding.group.description if binding.group else Group.GENERAL.value
        keys, _ = found.setdefault(group, {}).setdefault(
            binding.id, ([], binding.tooltip or binding.description)
        )
        keys.append(shown(key))
    order = [group.value for group in Group]
    return [
        Section(title, tuple((" ".join(keys), text) for keys, text in rows.values()))
        for title, rows in sorted(
            found.items(), key=lambda item: order.index(item[0]) if item[0] in order else 99
        )
    ]


class HelpScreen(ModalScreen[None]):
    """Two columns where there is room."""

    BINDINGS = [
        bound("escape,q,question_mark,f1", "dismiss", "Close", "Close the help", id="help.close", show=True)
    ]

    def __init__(self, shown: Sequence[Section]) -> None:
        super().__init__()
        self._sections = list(shown)

    def compose(self) -> ComposeResult:
        """All of it, to be scrolled."""
        with VerticalScroll(classes="help"):
            yield Static(id="help-text")

    def on_mount(self) -> None:
        """The keys scroll."""
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        """Lay the sections out for the width."""
        text = Text()
        for section in self._sections:
            text.append(f"{section.title}\n", "bold")
            for keys, meaning in section.rows:
                text.append(f"  {keys:<{_KEYS}}", "bold")
                text.append(f" {meaning}\n")
            text.append("\n")
        text.append("In a console all keys go to the guest; the line below it shows the key that leaves.\n")
        text.append("Filter words: text, /regex/, state:off, kind:managed, drift:, mem>2G, cpu>50, !not.\n")
        self.query_one("#help-text", Static).update(text)

"""The candidates for the word at the cursor: what a completion answers, and where they are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from rich.text import Text
from textual.widgets import Static

from xentui.commands.completion import Candidate
from xentui.text import plain

SHOWN = 6
"""Candidates shown at once."""


class Completions(Static):
    """The candidates, one a line, the taken one marked."""

    COMPONENT_CLASSES = {"completions--taken", "completions--meta"}

    def __init__(self) -> None:
        super().__init__()
        self.display = False  # nothing is offered yet

    def offer(self, candidates: Sequence[Candidate], taken: int | None) -> None:
        """Show candidates around the taken one."""
        self.display = bool(candidates)
        first = max(0, min((taken or 0) - SHOWN // 2, len(candidates) - SHOWN))
        text = Text(no_wrap=True, overflow="ellipsis")
        chosen, meta = (
            self.get_component_rich_style("completions--taken"),
            self.get_component_rich_style("completions--meta", partial=True),
        )
        shown = candidates[first : first + SHOWN]
        width = min(40, max((len(item.text) for item in shown), default=0))
        for number, item in enumerate(shown, start=first):
            mark = "›" if number == taken else " "
            text.append(f"{mark}{plain(item.text):<{width}}", chosen if number == taken else "")
            text.append(f"  {item.meta}\n" if item.meta else "\n", meta)
        left = len(candidates) - len(shown)
        if left > 0:
            text.append(f" … {left} more", meta)
        text.rstrip()
        self.update(text)


class CompletionResult:
    """An answer to a completion: the line it was asked for, where its word starts, and the candidates.

    ``write`` quotes a candidate as the line wants it; ``spaced`` puts a blank behind a finished word.
    """

    def __init__(
        self,
        line: str,
        start: int,
        candidates: Sequence[Candidate],
        write: Callable[[Candidate], str] = lambda item: item.text,
        *,
        spaced: bool = False,
    ) -> None:
        self.line = line
        self.start = start
        self.candidates = tuple(candidates)
        self.write = write
        self.spaced = spaced


Complete = Callable[[str], Awaitable[CompletionResult]]

"""A line of input whose word at the cursor can be completed by Tab."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input
from textual.widgets.input import Selection

from xentui.commands.completion import Candidate
from xentui.tui.bindings import bound
from xentui.tui.textual_compat.bindings import forward, run_binding
from xentui.tui.textual_compat.inputs import InputParts
from xentui.tui.widgets.completions import Complete, CompletionResult, Completions
from xentui.tui.widgets.key_hints import Hint

ITS_OWN = {"tab", "shift+tab", "up", "down", "escape", "ctrl+@", "ctrl+space"} | {
    key for binding in Binding.make_bindings(Input.BINDINGS) for key in binding.key.split(",")
}
"""Keys that only move or edit: they may be acted on while the line still deals with what was typed before."""


class CompletingInput(InputParts, Input):
    """An input line.

    ``complete`` is given the text up to the cursor and returns where the word starts, the candidates, and the way
    one is written; ``completions`` is the widget that shows them.  Tab takes what all candidates share, then one
    after the other; Shift+Tab goes back; :meth:`take_offer_back` puts back what was typed.  With ``replaces`` what is
    typed first takes the place of the value.  :attr:`keys` says what keys do now; :class:`KeysChanged` tells of
    another answer.
    """

    BINDINGS = [
        bound("tab", "complete(1)", "Complete", "Complete the word", id="input.complete"),
        bound(
            "shift+tab", "complete(-1)", "Complete back", "The previous candidate", id="input.complete-back"
        ),
    ]

    ANSWERS = 0.2
    """Seconds the next key waits for candidates, to be about them; a host that takes longer holds nobody up."""

    class Left(Message):
        """Tab with nothing to complete: the focus may go on."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class KeysChanged(Message):
        """Tab and Esc do something else now."""

    def __init__(
        self,
        value: str,
        complete: Complete | None,
        completions: Completions,
        *,
        replaces: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(value, id=id, select_on_focus=replaces)
        self._complete_word = complete
        self._completions = completions
        self._found: CompletionResult | None = None
        self._taken: int | None = None
        self._own = ""
        self._before = value, len(value)
        """What stood there before candidates were offered, and where the cursor was."""
        self._told: tuple[Hint, ...] = ()
        self._asking: asyncio.Task[None] | None = None

    @property
    def keys(self) -> tuple[Hint, ...]:
        """What the keys of choices do now."""
        if not self.offering:
            return () if self._complete_word is None else (Hint("Tab", "complete"),)
        return Hint("Tab", "next choice"), Hint("Esc", "undo", 2)

    def _tell_keys(self) -> None:
        if self.is_mounted and self.screen.focused is self and self.keys != self._told:
            self._told = self.keys
            self.post_message(self.KeysChanged())

    def on_input_changed(self, _event: Input.Changed) -> None:
        """What was offered was for another word, unless it has just been taken."""
        if self.value != self._own:
            self._drop()

    def on_blur(self, _event: events.Blur) -> None:
        """Nothing is offered to who is elsewhere."""
        self._drop()

    def action_complete(self, step: int) -> None:
        """Complete, or take the next candidate."""
        if self._found is not None and self._found.candidates:
            count = len(self._found.candidates)
            self._taken = (
                (self._taken + step) % count if self._taken is not None else (0 if step > 0 else count - 1)
            )
            self._write_word(self._written(self._taken))
            self._offer(self._found.candidates, self._taken)
            return
        self._before = self.value, self.cursor_position
        if self._complete_word is None or (self._asking is not None and not self._asking.done()):
            if self._complete_word is None:
                self._go(step)
            return
        self._asking = asyncio.ensure_future(self._ask(step))

    def begin(self, value: str, complete: Complete | None) -> None:
        """Start anew with another text, which what is typed first replaces, and another way to complete it."""
        self._drop()
        self._complete_word = complete
        self.value = value
        self.selection = Selection(0, len(value))

    @property
    def offering(self) -> bool:
        """Whether candidates are shown."""
        return self._found is not None

    def drop_offer(self) -> None:
        """Show no candidates any more."""
        self._drop()

    def take_offer_back(self) -> bool:
        """Put back what stood there before candidates were offered; False where none are."""
        if not self.offering:
            return False
        self.drop_offer()
        self.value, self.cursor_position = self._before
        return True

    async def _ask(self, step: int) -> None:
        assert self._complete_word is not None  # noqa: S101 - the caller has looked
        before = self.value[: self.cursor_position]
        found = await self._complete_word(before)
        if self.value[: self.cursor_position] != before or self.screen.focused is not self:
            return
        if not found.candidates or self._whole(found, before):
            self._go(step)
            return
        self._found = found
        self._own = self.value  # that it has become this may be told only now
        if len(found.candidates) == 1:
            self._taken = 0
            self._write_word(self._written(0))
            self._drop()
            return
        common = _common_start([item.text for item in found.candidates])
        lead = found.write(Candidate(common, final=False)) if common else ""
        if len(before[: found.start] + lead) > len(before):
            self._write_word(before[: found.start] + lead)
        self._offer(found.candidates, None)

    def _offer(self, candidates: Sequence[Candidate], taken: int | None) -> None:
        self._completions.offer(candidates, taken)
        self._tell_keys()

    def _go(self, step: int) -> None:
        """Tab had nothing to complete."""
        self.post_message(self.Left(step))

    def _whole(self, _found: CompletionResult, _before: str) -> bool:
        """Return whether the word needs no completion, though there are candidates."""
        return False

    async def on_key(self, event: events.Key) -> None:
        """Act in the order typed: on keys that only move at once, on others as Textual does."""
        focused = self.screen.focused
        if focused is not None and focused is not self:
            event.stop()
            event.prevent_default()
            key = events.Key(event.key, event.character)
            key.time = event.time
            if isinstance(focused, Input):
                forward(focused, key)
            else:
                self.app.post_message(key)
        elif event.key in ITS_OWN:
            event.stop()
            event.prevent_default()
            await run_binding(self.app, event.key)
            if self._asking is not None and not self._asking.done():
                await asyncio.wait({self._asking}, timeout=self.ANSWERS)

    def _written(self, number: int) -> str:
        assert self._found is not None  # noqa: S101 - the callers have looked
        item = self._found.candidates[number]
        return (
            self._found.line[: self._found.start]
            + self._found.write(item)
            + (" " if item.final and self._found.spaced else "")
        )

    def _write_word(self, text: str) -> None:
        rest = self.value[self.cursor_position :]
        self.value = self._own = text + rest
        self.cursor_position = len(text)

    def _drop(self) -> None:
        self._found = self._taken = None
        self._completions.display = False
        self._tell_keys()


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((at for at, sign in enumerate(first) if not last.startswith(sign, at)), len(first))
    return first[:same]

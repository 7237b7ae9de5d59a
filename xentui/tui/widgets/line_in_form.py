"""A line of input that is one field of several on a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual import events
from textual.widgets import Input

from xentui.commands.completion import Candidate
from xentui.tui.bindings import bound
from xentui.tui.widgets.completing_input import CompletingInput
from xentui.tui.widgets.completions import Complete, CompletionResult, Completions
from xentui.tui.widgets.key_hints import Hint

NEXT_FIELD = "next field"


class LineInForm(CompletingInput):
    """An input line of several on a screen; what is in it is one value.

    Tab completes what has been typed; where nothing was typed, or nothing can be added, it goes to the next field.
    So nobody changes a value by going through a form.  Ctrl-Space shows what there is to choose from, whatever the
    field says.

    Keys are taken in the order typed, those that move on as well: what is typed ahead over a slow line is for the
    field it was meant for.
    """

    BINDINGS = [
        bound("ctrl+@,ctrl+space", "choices", "Choices", "Show the choices", id="field.choices"),
        bound("down", "move(1)", "Next", "Go to the next field or choice", id="field.next"),
        bound("up", "move(-1)", "Before", "Go to the previous field or choice", id="field.previous"),
    ]
    ANSWERS = 3.0  # Tab may also go on: what is typed next is for this field or for the next

    def __init__(
        self,
        value: str,
        complete: Complete | None,
        completions: Completions,
        *,
        replaces: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(value, complete, completions, replaces=replaces, id=id)
        self.shown = value
        self._finished = ""
        """What a choice that is whole has made of the value: nothing can be added."""

    @property
    def changed(self) -> bool:
        """Whether it says something else than what was there."""
        return self.value.strip() != self.shown.strip()

    @property
    def _begun(self) -> bool:
        """Whether Tab looks for the rest of the value."""
        return self.changed and bool(self.value.strip()) and self.value != self._finished

    @property
    def keys(self) -> tuple[Hint, ...]:
        """What Tab and the keys of choices do now."""
        if self.offering:
            take = (Hint("Enter", "take it", 1),) if self._taken is not None else ()
            return Hint("Tab", "next choice"), *take, Hint("Esc", "undo", 2)
        if self._complete_word is None:
            return (Hint("Tab", NEXT_FIELD),)
        return Hint("Tab", "complete" if self._begun else NEXT_FIELD), Hint("Ctrl-Space", "choices", 1)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was typed can be completed."""
        super().on_input_changed(event)
        self._tell_keys()

    def on_focus(self, _event: events.Focus) -> None:
        """The cursor is in sight, also where the terminal had lost the focus."""
        self.show_selection()

    def on_blur(self, event: events.Blur) -> None:
        """A long value is read from its beginning."""
        super().on_blur(event)
        self.show_selection()

    @property
    def follows_cursor(self) -> bool:
        """Whether the cursor is kept in sight: a long value is read from its beginning elsewhere."""
        return not self.is_mounted or self.screen.focused is self

    def action_complete(self, step: int) -> None:
        """Complete, or go on."""
        if not self.offering:
            self.cursor_position = len(self.value)
            if self._complete_word is None or not self._begun:
                self._go(step)
                return
        super().action_complete(step)

    def action_choices(self) -> None:
        """Show all there is to choose from: of paths, what is in the folder."""
        if self._complete_word is None or self.offering or (self._asking and not self._asking.done()):
            return
        self.cursor_position = len(self.value)
        self._before = self.value, self.cursor_position
        self._asking = asyncio.ensure_future(self._show_choices(self.value))

    def action_move(self, step: int) -> None:
        """Go to the next field or the one before; where choices are shown, to the next of them."""
        if self.offering:
            self.action_complete(step)
        else:
            self._go(step)

    async def action_submit(self) -> None:
        """Enter takes the choice that is written already, else goes on."""
        if self._taken is not None:
            self.drop_offer()
        else:
            self.submit()

    def submit(self) -> None:
        """Go on to the next field."""
        self._go(1)

    def _go(self, step: int) -> None:
        # At once: what is typed next is for the field gone to.
        if step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def _write_word(self, text: str) -> None:
        super()._write_word(text)
        taken = (
            self._found.candidates[self._taken]
            if self._found is not None and self._taken is not None
            else None
        )
        if taken is not None and taken.final:
            self._finished = self.value

    async def _show_choices(self, value: str) -> None:
        assert self._complete_word is not None  # noqa: S101 - the caller has looked
        found = await self._complete_word(value[: value.rfind("/") + 1])
        if self.value != value or not found.candidates or self.screen.focused is not self:
            return
        self._found = found
        self._own = value
        own = [number for number, item in enumerate(found.candidates) if item.text == value[found.start :]]
        self._taken = own[0] if own else None
        self._offer(found.candidates, self._taken)

    def _offer(self, candidates: Sequence[Candidate], taken: int | None) -> None:
        super()._offer(candidates, taken)
        self.call_after_refresh(self._completions.scroll_visible, animate=False)

    def _whole(self, found: CompletionResult, before: str) -> bool:
        return any(item.final and item.text == before[found.start :] for item in found.candidates)

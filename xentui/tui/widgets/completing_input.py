"""A line of input whose word at the cursor can be completed by Tab."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from xentui.commands.completion import Candidate
from xentui.text import plain
from xentui.tui import textual_compat
from xentui.tui.bindings import bound
from xentui.tui.textual_compat import InputParts
from xentui.tui.widgets.key_hints import Hint

NEXT_FIELD = "next field"
SHOWN = 6
"""Candidates shown at once."""
ITS_OWN = {"tab", "shift+tab", "up", "down", "escape", "ctrl+@", "ctrl+space"} | {
    key for binding in Binding.make_bindings(Input.BINDINGS) for key in binding.key.split(",")
}
"""Keys that only move or edit: they may be acted on while the line still deals with what was typed before."""


class Completions(Static):
    """The candidates, one a line, the taken one marked."""

    COMPONENT_CLASSES = {"completions--taken", "completions--meta"}

    def on_mount(self) -> None:
        """Nothing is offered yet."""
        self.display = False

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


class CompletingInput(InputParts, Input):
    """An input line.

    ``complete`` is given the text up to the cursor and returns where the word starts, the candidates, and the way
    one is written; ``completions`` is the widget that shows them.  Tab takes what all candidates share, then one
    after the other; Shift+Tab goes back.  With ``replaces`` what is typed first takes the place of the value.
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
        self._asking: asyncio.Task[None] | None = None

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
            self._write(self._written(self._taken))
            self._offer(self._found.candidates, self._taken)
            return
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
            self._write(self._written(0))
            self._drop()
            return
        common = _common_start([item.text for item in found.candidates])
        lead = found.write(Candidate(common, final=False)) if common else ""
        if len(before[: found.start] + lead) > len(before):
            self._write(before[: found.start] + lead)
        self._offer(found.candidates, None)

    def _offer(self, candidates: Sequence[Candidate], taken: int | None) -> None:
        self._completions.offer(candidates, taken)

    def _go(self, step: int) -> None:
        """Tab had nothing to complete."""
        self.post_message(self.Left(step))

    def _whole(self, _found: CompletionResult, _before: str) -> bool:
        """Whether the word needs no completion, though there are candidates."""
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
                textual_compat.forward(focused, key)
            else:
                self.app.post_message(key)
        elif event.key in ITS_OWN:
            event.stop()
            event.prevent_default()
            await textual_compat.run_binding(self.app, event.key)
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

    def _write(self, text: str) -> None:
        rest = self.value[self.cursor_position :]
        self.value = self._own = text + rest
        self.cursor_position = len(text)

    def _drop(self) -> None:
        self._found = self._taken = None
        self._completions.display = False


class LineInForm(CompletingInput):
    """An input line of several on a screen; what is in it is one value.

    Tab completes what has been typed; where nothing was typed, or nothing can be added, it goes to the next field.
    So nobody changes a value by going through a form.  Ctrl-Space shows what there is to choose from, whatever the
    field says.  :attr:`keys` says which of it Tab does now; :class:`KeysChanged` tells of another answer.

    Keys are taken in the order typed, those that move on as well: what is typed ahead over a slow line is for the
    field it was meant for.
    """

    BINDINGS = [
        bound("ctrl+@,ctrl+space", "choices", "Choices", "Show the choices", id="field.choices"),
        bound("down", "move(1)", "Next", "Go to the next field or choice", id="field.next"),
        bound("up", "move(-1)", "Before", "Go to the previous field or choice", id="field.previous"),
    ]
    ANSWERS = 3.0  # Tab may also go on: what is typed next is for this field or for the next

    class KeysChanged(Message):
        """Tab does something else now."""

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
        self._before = value
        self._told: tuple[Hint, ...] = ()
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

    def _tell_keys(self) -> None:
        if self.is_mounted and self.screen.focused is self and self.keys != self._told:
            self._told = self.keys
            self.post_message(self.KeysChanged())

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was typed can be completed."""
        super().on_input_changed(event)
        self._tell_keys()

    def _drop(self) -> None:
        super()._drop()
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
        """Complete, or go on; what stood there before can be had back."""
        if not self.offering:
            self._before = self.value
            self.cursor_position = len(self.value)
            if self._complete_word is None or not self._begun:
                self._go(step)
                return
        super().action_complete(step)

    def action_choices(self) -> None:
        """Show all there is to choose from: of paths, what is in the folder."""
        if self._complete_word is None or self.offering or (self._asking and not self._asking.done()):
            return
        self._before = self.value
        self.cursor_position = len(self.value)
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

    def _write(self, text: str) -> None:
        super()._write(text)
        taken = (
            self._found.candidates[self._taken]
            if self._found is not None and self._taken is not None
            else None
        )
        if taken is not None and taken.final:
            self._finished = self.value

    def take_offer_back(self) -> bool:
        """Put back what stood there before candidates were offered; False where none are."""
        if not self.offering:
            return False
        self.drop_offer()
        self.value = self._before
        self.cursor_position = len(self.value)
        return True

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
        self._tell_keys()
        self.call_after_refresh(self._completions.scroll_visible, animate=False)

    def _whole(self, found: CompletionResult, before: str) -> bool:
        return any(item.final and item.text == before[found.start :] for item in found.candidates)


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((at for at, sign in enumerate(first) if not last.startswith(sign, at)), len(first))
    return first[:same]


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

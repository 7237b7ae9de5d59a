"""Where a domain is to go: a field for a host, and below it those that are known, with what each is worth."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from rich.text import Text
from textual import on
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.errors import XentuiError
from xentui.service.placement import HostPlace
from xentui.text import plain
from xentui.tui.dialogs.field import Field, FieldRow
from xentui.tui.dialogs.form import FormDialog

_LOOKED = 24
"""Hosts that are looked at without being asked for; of others Enter says what they are worth."""
_AT_ONCE = 8
_NAME = 20


class PlaceDialog(FormDialog):
    """A form with one field for a host, and a list of ``hosts``; choosing one answers with it.

    ``look`` says what a host is worth; the list shows it as soon as it is known, and nobody waits for it.
    """

    def __init__(
        self,
        title: str,
        field: Field,
        lines: Sequence[str],
        *,
        hosts: Sequence[str],
        look: Callable[[str], Awaitable[HostPlace]],
        attempt: Callable[[dict[str, str]], Awaitable[object]],
    ) -> None:
        super().__init__(title, [field], "Check", lines, attempt=attempt)
        self._hosts = list(hosts)
        self._look = look
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def body(self) -> Iterable[Widget]:
        """Yield the field, and the hosts below it."""
        yield from super().body()
        if self._hosts:
            width = min(_NAME, max(map(len, self._hosts)))
            yield OptionList(
                *(
                    Option(_row(name, width, "…" if number < _LOOKED else ""), id=str(number))
                    for number, name in enumerate(self._hosts)
                ),
                id="places",
            )

    def on_mount(self) -> None:
        """Ask what each host is worth; typing goes to the field."""
        super().on_mount()
        for number in range(min(_LOOKED, len(self._hosts))):
            self.run_worker(partial(self._asked, number))

    async def _asked(self, number: int) -> None:
        name = self._hosts[number]
        try:
            async with self._turns:
                place = await self._look(name)
            words = worth(place)
        except XentuiError as error:
            words = f"? {error.told_of(name)}"
        listed = self.query_one("#places", OptionList)
        width = min(_NAME, max(map(len, self._hosts)))
        listed.replace_option_prompt(str(number), _row(name, width, words))

    @on(OptionList.OptionSelected, "#places")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option)

    def accept(self) -> None:
        """What is highlighted, for who is in the list; else what was typed."""
        listed = self.focused
        if isinstance(listed, OptionList):
            self._take(listed.highlighted_option)
        else:
            super().accept()

    def _take(self, option: Option | None) -> None:
        if not self._busy and option is not None and option.id is not None:
            self.query_one(FieldRow).line.value = self._hosts[int(option.id)]
            super().accept()


def worth(place: HostPlace) -> str:
    """Return what a host is worth, in a line."""
    sign = "✓" if place.fits else "✗" if place.plan is not None else "?"
    left = place.free_after_mib
    free = f" ({left} MiB free then)" if place.fits and left is not None else ""
    return f"{sign} {place.sentence}{free}"


def _row(name: str, width: int, words: str) -> Text:
    row = Text(f"{plain(name, width):<{width}}  ", no_wrap=True, overflow="ellipsis")
    row.append(plain(words), "" if words.startswith("✓") else "dim")
    return row

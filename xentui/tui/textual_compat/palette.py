"""The command palette: what it is looking for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual.css.query import NoMatches
from textual.worker import Worker

if TYPE_CHECKING:
    from textual.command import CommandPalette as _CommandPalette
else:
    _CommandPalette = object


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

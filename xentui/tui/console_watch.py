"""What open consoles are watched for, whether they are in sight or not: patterns of config.toml and of each domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.console.pattern_watch import ConsoleWatch, Sighting, checked
from xentui.errors import XentuiError
from xentui.expect.syntax import OutputPatternError
from xentui.text import plain
from xentui.tui.context import UiContext


class Watching:
    """Watches the consoles of a hub; ``told`` is called when something was seen that nobody looks at.

    ``everywhere`` is what each is watched for, ``in_sight`` tells whether a console is the one that is looked at.
    """

    def __init__(
        self,
        context: UiContext,
        hub: ConsoleHub,
        everywhere: Sequence[str],
        *,
        in_sight: Callable[[LiveConsole], bool],
        told: Callable[[], None],
    ) -> None:
        self._context = context
        self._hub = hub
        self._in_sight = in_sight
        self._told = told
        self._watch = ConsoleWatch(self._seen)
        self._patterns: dict[str, list[str]] = {}
        self._ending: dict[LiveConsole, Callable[[], None]] = {}
        try:
            self._everywhere = checked(everywhere)
        except OutputPatternError as error:
            self._everywhere = []
            context.notify(f"config.toml: watch: {error}", severity="warning")
        hub.on_open = self._begin

    async def ready(self, uuid: str) -> None:
        """Know what a domain's console is watched for, before it is opened."""
        if not uuid or uuid in self._patterns:
            return
        try:
            self._patterns[uuid] = checked(await self._context.hypervisor.console_texts.watched(uuid))
        except XentuiError:
            return  # the list says what is wrong with the store; the console is opened all the same
        except OutputPatternError as error:
            self._context.notify(f"not watched for all: {error}", severity="warning")

    def change(self, uuid: str, patterns: Sequence[str]) -> None:
        """Watch a domain's console for these, besides what each is watched for."""
        self._patterns[uuid] = list(patterns)
        if (live := self._hub.get(uuid)) is not None:
            self._ending.pop(live, lambda: None)()
            self._begin(live)

    def _begin(self, live: LiveConsole) -> None:
        """Watch a console from its first byte."""
        patterns = list(dict.fromkeys([*self._everywhere, *self._patterns.get(live.uuid, ())]))
        self._ending = {known: stop for known, stop in self._ending.items() if known in self._hub.all()}
        try:
            self._ending[live] = self._watch.follow(live, patterns)
        except OutputPatternError as error:
            self._context.notify(f"{live.name} is not watched: {error}", severity="warning")

    def _seen(self, sighting: Sighting) -> None:
        live = sighting.console
        looked_at = self._in_sight(live)
        text = f"printed `{plain(sighting.pattern, 60)}`"
        self._context.host_state.take_sighting(live.name, live.uuid, text, sighting.line, looked_at=looked_at)
        self._context.background(
            partial(
                self._context.hypervisor.console_texts.sighted, live.name, sighting.pattern, sighting.line
            )
        )
        if not looked_at:
            self._told()

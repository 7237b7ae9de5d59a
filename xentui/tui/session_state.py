"""How the list is left, and which theme was chosen: kept at the end of a session, found again by the next."""

from __future__ import annotations

from collections.abc import Callable

from xentui.tui import state_file
from xentui.tui.screens.main import MainScreen

SIMULATED = "simulated, not a real host: Esc hides this"
"""What the line on top says of a simulated host until it is dismissed."""


class Habits:
    """What was kept for the hosts of ``name``, and what is kept of this session.

    ``configured`` is the theme that config.toml wishes; ``simulated`` tells whether the host is no real one.
    """

    def __init__(self, name: str, *, configured: str, simulated: bool) -> None:
        self._name, self._configured, self._simulated = name, configured, simulated
        self._before = state_file.load(name)
        self._chosen = ""
        self.restored = False
        """Whether the list has been shown as it was left."""

    @property
    def theme(self) -> str:
        """The theme to begin with, "" for none in particular."""
        return self._before.theme_for(self._configured)

    @property
    def dismissed(self) -> bool:
        """Whether the host is known for a simulated one."""
        return self._before.dismissed

    def choose_theme(self, name: str) -> None:
        """Begin with a theme from now on."""
        self._chosen = name

    def restore(self, main: MainScreen, filter_list: Callable[[str], None]) -> None:
        """Show the list as it was left; there has to be one."""
        self.restored, view, table = True, self._before.view, main.table
        if view.flat != table.model.flat:
            table.lay_flat(view.flat)
        if (view.sort, view.reverse) != table.sort and view.sort in table.sort_ids:
            table.sort_by(view.sort, reverse=view.reverse)
        if view.filter:
            filter_list(view.filter)
        if view.selected:
            table.go_to(view.selected)
        if not view.details:
            main.with_details(False)
        elif view.menu:
            main.with_menu(True)

    def keep(self, main: MainScreen) -> None:
        """Keep how the list is left; one that was never shown is as it was."""
        before = self._before
        theme, configured = before.theme, before.configured
        if self._chosen:
            theme, configured = self._chosen, self._configured
        dismissed = before.dismissed or (self._simulated and SIMULATED not in main.host_bar.modes)
        view = _left(main) if self.restored else before.view
        now = state_file.KeptHabits(theme, configured, dismissed, view)
        if now != before:
            state_file.save(self._name, now)


def _left(main: MainScreen) -> state_file.KeptView:
    """Return how the list stands."""
    table = main.table
    sort, reverse = table.sort
    entry = table.current
    return state_file.KeptView(
        sort,
        reverse,
        table.filter_text,
        entry.key if entry else "",
        not main.has_class("-no-details"),
        table.model.flat,
        main.follower.menu.shown,
    )

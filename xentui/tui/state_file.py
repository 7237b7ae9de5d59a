"""What the screen keeps from one session to the next: the theme, and for each host how its list was left."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from xentui.agent import AgentError
from xentui.agent.files import safe_folder
from xentui.frozen import dataclass
from xentui.settings import state_folder

_NAME = "screen.json"
_LIMIT = 256 * 1024
_HOSTS = 100
"""Hosts whose list is remembered, the last looked at."""
_LONGEST = 2000
"""Characters of a filter, or of a name, that are kept."""


@dataclass(frozen=True, slots=True)
class KeptView:
    """How the list of a host, or of several, was left; ``selected`` is the key of the row under the cursor.

    ``flat``: the domains of several hosts were one list.  ``menu``: the details had the boot menu.
    """

    sort: str = ""
    reverse: bool = False
    filter: str = ""
    selected: str = ""
    details: bool = True
    flat: bool = False
    menu: bool = False


@dataclass(frozen=True, slots=True)
class KeptHabits:
    """What was kept of the host asked for, and of all.

    ``theme`` is the one that was chosen by key while config.toml said ``configured``; ``dismissed`` that this host has
    been known for a simulated one.
    """

    theme: str = ""
    configured: str = ""
    dismissed: bool = False
    view: KeptView = KeptView()

    def theme_for(self, configured: str) -> str:
        """Return the theme to begin with: the one chosen last, until config.toml says another than it did."""
        return self.theme if self.theme and self.configured == configured else configured


def load(host: str) -> KeptHabits:
    """Return what was kept; what cannot be read, or makes no sense, costs nothing but itself."""
    table = _table()
    of_host = _mapping(_mapping(table, "hosts"), host)
    return KeptHabits(
        _text(table, "theme"),
        _text(table, "configured"),
        of_host.get("dismissed") is True,
        KeptView(
            _text(of_host, "sort"),
            of_host.get("reverse") is True,
            _text(of_host, "filter"),
            _text(of_host, "selected"),
            of_host.get("details") is not False,
            of_host.get("flat") is True,
            of_host.get("menu") is True,
        ),
    )


def save(host: str, kept: KeptHabits) -> None:
    """Keep it, beside what other sessions have kept of other hosts; where that cannot be, it is not kept."""
    hosts = {name: value for name, value in _mapping(_table(), "hosts").items() if name != host}
    own = {**asdict(kept.view), "dismissed": kept.dismissed}
    table = {
        "theme": kept.theme,
        "configured": kept.configured,
        "hosts": {**dict(list(hosts.items())[1 - _HOSTS :]), host: own},
    }
    data = json.dumps(table, indent=1).encode("utf-8", "replace")
    with contextlib.suppress(OSError, AgentError), safe_folder.private_folder(str(state_folder())) as folder:
        folder.write(_NAME, data, exclusive=False)


def _table() -> Mapping[str, Any]:
    try:
        # Looking makes no folder, and no file.
        with safe_folder.open_folder(str(state_folder())) as folder, _open_known(folder) as stream:
            data = stream.read(_LIMIT + 1)
        found = json.loads(data) if len(data) <= _LIMIT else {}
    except (OSError, AgentError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _open_known(folder: safe_folder.Folder) -> Any:
    """Return the file, where it is a regular one of one's own."""
    if folder.look(_NAME) is None:
        raise FileNotFoundError(_NAME)
    return os.fdopen(folder.open_own(_NAME, os.O_RDONLY), "rb")


def _mapping(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""

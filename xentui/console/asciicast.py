"""A session of a console log as an asciicast v2 file, which asciinema and web pages replay in time."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator
from pathlib import Path

from xentui.agent import AgentError
from xentui.agent.files import safe_folder
from xentui.console.logs import ConsoleLog, LogSession
from xentui.console.output_filter import GuestFilter
from xentui.errors import HostError, NotAllowedError
from xentui.text import plain

_COLUMNS, _LINES = 80, 24
_IDLE = 5.0
"""Seconds of silence a player is asked to make of longer ones."""


def asciicast(log: ConsoleLog, session: LogSession, title: str) -> Iterator[str]:
    """Yield the lines of the file: a header, then what came with the seconds since the beginning.

    What would reach beyond the screen of whoever plays it is left out, as on the user's own terminal.  What has no
    time comes with what came before it.  Raises NotAllowedError where nothing has a time.
    """
    if session.time is None:
        raise NotAllowedError(
            "cannot be exported: it is not known when anything of it came",
            subject=plain(session.words) or "the log",
            hint="times are kept for what is logged from now on; a copied log has none",
        )
    yield json.dumps(
        {
            "version": 2,
            "width": _COLUMNS,
            "height": _LINES,
            "timestamp": int(session.time),
            "idle_time_limit": _IDLE,
            "title": plain(title),
            "env": {"TERM": "xterm-256color"},
        }
    )
    kept, decode = GuestFilter(titles=True), codecs.getincrementaldecoder("utf-8")("replace").decode
    at = 0.0
    for moment, data in log.pieces(session.start, session.end):
        # A clock that was set back does not make a recording run backwards.
        at = at if moment is None else max(at, moment - session.time)
        if text := decode(kept.passed(data)):
            yield json.dumps([round(at, 6), "o", text])


def write_asciicast(file: str, text: str) -> Path:
    """Write ``text`` to a new file of this machine, for its owner only; returns its whole path.

    Raises HostError where there is one, or it cannot be written.
    """
    path = Path(os.path.expanduser(file)).absolute()  # noqa: PTH111 - Path raises for an unknown user
    try:
        with safe_folder.open_folder(str(path.parent)) as folder:
            folder.write(path.name, text.encode(), exclusive=True)
    except (OSError, AgentError) as error:
        words = error.message if isinstance(error, AgentError) else (error.strerror or str(error))
        raise HostError(f"cannot be written: {words}", subject=str(path)) from error
    return path

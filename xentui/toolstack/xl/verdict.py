"""What ``xl create -n`` says of a configuration file."""

from __future__ import annotations

import re

from xentui.hosts.base import Completed
from xentui.model.answers import HostVerdict
from xentui.text import plain

_NOISE = (
    "Parsing config from ",
    "Failed to parse config",
    "warning:  Arbitrary Python",
    "warning:  See http",
)
_PLACE = re.compile(r"line ([0-9]{1,7}): ")
_MOST_WORDS = 20


def verdict(done: Completed, path: str, hint: str) -> HostVerdict:
    """Return what the command has found of the file at ``path``; ``hint`` is what to do where it refuses that."""
    words = _words(done, path)
    if done.exit_code == 0:
        return HostVerdict(words)
    # xl tells a line, the value or the parameter, and its last words are the reason.
    refusals = [word for word in words if ": warning" not in word and not word.startswith("WARNING")]
    message, line = "the host refuses the configuration without saying why", 0
    if refusals:
        message = refusals[-1]
    if placed := [(int(match[1]), word[match.end() :]) for word in refusals if (match := _PLACE.match(word))]:
        line, message = placed[-1]
    return HostVerdict(words, message, line, hint)


def _words(done: Completed, path: str) -> tuple[str, ...]:
    """xl's words without the name of a file that is there for this only."""
    lines = [re.sub(re.escape(path) + r":([0-9]+):", r"line \1:", word) for word in done.words]
    kept = [line for line in lines if not line.startswith(_NOISE)]
    return tuple(plain(line.replace(path, "the configuration"), 500) for line in kept[:_MOST_WORDS])

"""The hosts that ssh_config(5) names: the words of its ``Host`` lines that are no patterns."""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

_SYSTEM = Path("/etc/ssh")
_SIZE_LIMIT = 1 << 20
_FILES = 256
_DEPTH = 16
"""As deep as OpenSSH itself follows ``Include`` (READCONF_MAX_DEPTH of its readconf.c)."""
_NAMES = 20_000
_LINE = re.compile(r"\s*(host|include)(?:\s*=\s*|\s+)(.*)", re.IGNORECASE)


def names(command: str = "ssh") -> tuple[str, ...]:
    """Return the hosts named in the user's configuration, in its order.

    ``command`` is the ssh that is run: a ``-F FILE`` in it is what it reads instead.  What cannot be read has none:
    ssh itself will say so.  The home is that of the user who acts, as ssh takes it, whatever ``HOME`` says.
    """
    home = home_folder()
    files = [home / ".ssh" / "config", _SYSTEM / "ssh_config"]
    if own := _named_file(command):
        files = [Path(own)]
    found: dict[str, None] = {}
    left = [_FILES]
    for path in files:
        for name in _of_file(path, home, 0, left):
            found.setdefault(name)
            if len(found) >= _NAMES:
                return tuple(found)
    return tuple(found)


def home_folder() -> Path:
    """Return where the home of the user who acts is."""
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        return Path.home()


def _named_file(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    for at, word in enumerate(words):
        if word == "-F" and at + 1 < len(words):
            return words[at + 1]
        if word.startswith("-F") and len(word) > 2:
            return word[2:]
    return ""


def _of_file(path: Path, home: Path, depth: int, left: list[int]) -> Iterator[str]:
    if depth > _DEPTH or left[0] <= 0:
        return
    left[0] -= 1
    for line in _lines(path):
        if (found := _LINE.match(line)) is None:
            continue
        words = _words(found[2])
        if found[1].lower() == "host":
            yield from (word for word in words if not set(word) & set("*?!"))
            continue
        base = _SYSTEM if path.is_relative_to(_SYSTEM) else home / ".ssh"
        for word in words:
            pattern = home / word[2:] if word.startswith("~/") else base / word
            for included in _matching(pattern):
                yield from _of_file(included, home, depth + 1, left)


def _matching(pattern: Path) -> list[Path]:
    """Return the files an ``Include`` means."""
    rooted = pattern.relative_to(pattern.anchor)
    try:
        return sorted(itertools.islice(Path(pattern.anchor).glob(str(rooted)), _FILES))
    except (OSError, ValueError):
        return []


def _lines(path: Path) -> list[str]:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(_SIZE_LIMIT).decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _words(text: str) -> list[str]:
    """Return the arguments of a line, as OpenSSH splits them: quotation marks, and a ``#`` that ends them."""
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []

"""Public keys of SSH, as a line of ``authorized_keys`` has them (sshd(8))."""

from __future__ import annotations

import base64
import binascii
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from xentui.errors import UsageError
from xentui.text import lines, plain

MOST = 32
_KINDS = (
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
)  # fmt: skip
_LONGEST, _READ = 16_384, 1 << 16


def sound_key(line: str) -> str:
    """Return the key a line has: its kind, its data and its comment.  Raises UsageError for what no sshd would take.

    Options before the key (a forced command, say) are refused: what they mean there, they may not mean here.
    """
    words = line.split()
    if "PRIVATE KEY" in line:
        raise UsageError(
            "is a private key", subject="ssh key", hint="give the public one: its file ends in .pub"
        )
    if len(line) > _LONGEST or len(words) < 2 or words[0] not in _KINDS or not _is_of(words[0], words[1]):
        raise UsageError(
            "is not a public key of SSH",
            subject=plain(line, 60) or "ssh key",
            hint="one line such as: ssh-ed25519 AAAA… name@host",
        )
    comment = " ".join(word for word in words[2:] if word.isascii() and word.isprintable())[:200]
    return " ".join(filter(None, (words[0], words[1], comment)))


def _is_of(kind: str, data: str) -> bool:
    """Return whether the data of a key begin with its own kind (RFC 4253, 6.6)."""
    try:
        raw = base64.b64decode(data, validate=True)
        (length,) = struct.unpack_from(">I", raw)
    except (binascii.Error, ValueError, struct.error):
        return False
    return raw[4 : 4 + length] == kind.encode("ascii") and len(raw) > 4 + length


def sound_keys(given: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of several lines, each once, without blank lines and comments; raises as :func:`sound_key`."""
    wanted = [line.strip() for line in given]
    found = dict.fromkeys(sound_key(line) for line in wanted if line and not line.startswith("#"))
    if len(found) > MOST:
        raise UsageError(f"are more than {MOST} keys", subject="ssh keys", hint="name those that are needed")
    return tuple(found)


def own_keys(home: str = "") -> tuple[str, ...]:
    """Return the keys of whoever runs xentui, on this machine: ``~/.ssh/*.pub``, else what logs in here by itself.

    Of ``authorized_keys`` only lines without options count.  What cannot be read counts for nothing.
    """
    folder = Path(home or os.path.expanduser("~"), ".ssh")  # noqa: PTH111 - a home that is none raises nothing
    try:
        public = sorted(folder.glob("*.pub"))[:MOST]
    except OSError:
        public = []
    return _keys_of(public) or _keys_of([folder / "authorized_keys"])


def _keys_of(files: Iterable[Path]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for file in files:
        try:
            if not file.is_file():
                continue
            with file.open("rb") as opened:
                text = opened.read(_READ).decode("utf-8", "replace")
        except OSError:
            continue
        for line in lines(text):
            try:
                found[sound_key(line.strip())] = None
            except UsageError:
                continue
    return tuple(found)[:MOST]

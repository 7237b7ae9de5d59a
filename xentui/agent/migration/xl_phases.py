"""What ``xl migrate`` says as it goes on: the phases of a migration, in order (seen with 4.17, xl_migrate.c).

It says no percentage of a PVH guest; ``stopped`` is from where on the guest does not run, until it has ``started``.
"""

from __future__ import annotations

from typing import List, Tuple

READY, COPYING, STOPPED, TRANSFERRED, PERMITTED, STARTED, DONE = (
    "ready",
    "copying",
    "stopped",
    "transferred",
    "permitted",
    "started",
    "done",
)
_WORDS: Tuple[Tuple[bytes, str], ...] = (
    (b"migration target: Ready to receive domain", READY),
    (b"xc: info: Saving domain", COPYING),
    (b"Restore successful", STOPPED),
    (b"migration target: Transfer complete", TRANSFERRED),
    (b"migration sender: Target has acknowledged transfer", TRANSFERRED),
    (b"migration sender: Giving target permission to start", PERMITTED),
    (b"migration target: Domain started success", STARTED),
    (b"migration sender: Target reports successful startup", STARTED),
    (b"Migration successful.", DONE),
)


def phases(output: bytes) -> List[str]:
    """Return the phases a migration has come to by what it has printed, each once."""
    found: List[str] = []
    for line in output.split(b"\n"):
        for words, phase in _WORDS:
            if words in line and phase not in found:
                found.append(phase)
    return found


def handed_over(seen: List[str]) -> bool:
    """Return whether the other host has the whole guest: from here on a line that is cut leaves a half on each."""
    return TRANSFERRED in seen or PERMITTED in seen

"""The install of a managed domain: under way, broken off, or done and not booted yet."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass


class InstallState(StrEnum):
    """How an install stands; the words are those of the store."""

    UNDER_WAY = "under way"
    BROKEN_OFF = "broken off"
    INSTALLED = "installed"
    """Its installer has ended by itself, and the stored configuration could not be booted."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An install that has not come to its end: ``why`` it was broken off, in half a sentence; ``disks`` are the paths
    of those that were made for it; ``job`` is what sees it through on the host.
    """

    state: InstallState
    job: str = ""
    why: str = ""
    disks: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How it stands, told of its domain."""
        if self.state is InstallState.INSTALLED:
            return f"it is installed, but {self.why}"
        if self.state is InstallState.BROKEN_OFF:
            return f"its install was broken off: {self.why}"
        return "its install was under way, and nothing is known of its end yet"

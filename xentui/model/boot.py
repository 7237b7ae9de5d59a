"""What a domain is booted from."""

from __future__ import annotations

from enum import StrEnum


class BootKind(StrEnum):
    """What a domain was booted from; the words stand in the store, in the mark of what runs."""

    STORED = "stored"
    """The stored configuration."""
    ONE_OFF = "one-off"
    """Another configuration under the identity of a stored domain, just this once."""
    TRANSIENT = "transient"
    """A configuration under the name of no stored domain."""

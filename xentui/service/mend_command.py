"""The command that ends what a migration that was cut has left on two hosts."""

from __future__ import annotations

from xentui.errors import Hint, Suggest
from xentui.model.migration import whole_name


def mend_command(name: str, other: str = "") -> Suggest:
    """Return ``migrate --mend`` of the guest with that name, which may be that of a half; ``other`` is the other host,
    "" where it is not known.
    """
    return Suggest("domain.migrate", "--mend", whole_name(name), other or "HOST")


def mend_hint(name: str, other: str = "") -> Hint:
    """Return the hint at that command; the arguments are as of :func:`mend_command`."""
    return mend_command(name, other), " ends it safely"

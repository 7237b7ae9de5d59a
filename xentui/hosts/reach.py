"""How one host reaches another by SSH, which need not be how this machine does."""

from __future__ import annotations

from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """``address`` is ``[user@]host`` as ssh takes it on the other host ("": not known); ``ssh`` the command that
    leads there, words and options, where it is another than ``ssh``.
    """

    address: str = ""
    ssh: str = ""

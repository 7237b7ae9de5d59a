"""How one host connects to another by SSH, which can differ from how this machine does."""

from __future__ import annotations

from xentui.frozen import dataclass
from xentui.patterns import late_pattern
from xentui.text import plain

_ADDRESS = late_pattern(r"[A-Za-z0-9_][A-Za-z0-9_.:@%-]*\Z")
_WORDS = late_pattern(r"[A-Za-z0-9_./~][A-Za-z0-9_./~@%:=,+-]*(?: [A-Za-z0-9_./~@%:=,+-]+)*\Z")
"""xl hands address and ssh command to a shell (xl_migrate.c): nothing that means something to one."""
_QUESTIONLESS = ("-oBatchMode=yes", "-oServerAliveInterval=5", "-oServerAliveCountMax=3")
"""xl has no time-out of its own: ssh must find out that the line is dead."""


@dataclass(frozen=True, slots=True)
class Reach:
    """``address`` is ``[user@]host`` as ssh takes it on the other host ("": not known); ``ssh`` the command that
    leads there, words and options, where it is another than ``ssh``.
    """

    address: str = ""
    ssh: str = ""

    @property
    def problem(self) -> str:
        """Why a shell may not be given the address; "" if it may."""
        if not _ADDRESS.match(self.address) or len(self.address) > 255:
            return f"`{plain(self.address, 100)}` is not a host address"
        if self.ssh and not _WORDS.match(self.ssh):
            return f"`{plain(self.ssh, 100)}` is no command that leads to a host"
        return ""

    @property
    def command(self) -> tuple[str, ...]:
        """The ssh command without the address: it asks no question, and ends if the connection is dead.

        The options for that come directly after ssh, which another program may start.
        """
        words = self.ssh.split() or ["ssh"]
        named = (number for number, word in enumerate(words) if word.rpartition("/")[2] == "ssh")
        behind = next(named, 0) + 1
        return (*words[:behind], *_QUESTIONLESS, *words[behind:])

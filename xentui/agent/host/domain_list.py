"""The domains of a host as its toolstack lists them: ``xl list -v``, read so that no name can forge a row."""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import Dict, List, NamedTuple, Optional

from xentui.agent.errors import AgentError

_QUERY_SECONDS = 120.0
_QUERIES = 5
_ROW = re.compile(
    r" +([0-9]{1,9}) +([0-9]{1,15}) +([0-9]{1,9}) +([-rbpscdwS?]{6}) +([0-9]{1,15}\.[0-9])"
    r" ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: |$)"
)
_ROW_LIMIT = 4096
#: What xl says of a domid that is not a domain's (seen with 4.17), with status 1.
_ABSENT = (b"does not exist", b"is an invalid domain identifier")


class ListRow(NamedTuple):
    """A domain of ``xl list -v``; ``letters`` are its state, ``seconds`` the CPU time it has had."""

    domid: int
    letters: str
    seconds: float
    uuid: str

    @property
    def asleep(self) -> bool:
        """Whether the guest has been stopped for its memory to be saved: it waits for that, or to be woken."""
        return self.letters[3:5] == "ss"

    @property
    def stopped(self) -> bool:
        """Whether its guest has ended by itself or crashed, and it is kept: letter 5 tells which."""
        return self.letters[3] == "s" and self.letters[4] in "-rcw" and self.letters[5] == "-"

    @property
    def fresh(self) -> bool:
        """Whether it is paused and has not run yet, as xl leaves it that builds it."""
        return self.letters[2] == "p" and self.letters[3] == "-" and self.seconds == 0.0

    @property
    def awake(self) -> bool:
        """Whether its guest can run."""
        return self.letters[3] == "-" and self.letters[5] == "-"


class SilentError(AgentError):
    """The toolstack does not say which domains there are: whoever looks next settles the job."""


class HostDomains:
    """What a host has.

    ``listing`` lists its domains, of one alone with a domid behind it; ``prefix`` stands before each argv there.
    """

    def __init__(self, prefix: List[str], listing: List[str]) -> None:
        self._prefix, self._listing = prefix, listing

    def domain(self, domid: int) -> Optional[ListRow]:
        """Return a domain as it is now, None where it is not there.

        Raises :class:`SilentError` where the toolstack does not say for a while.  It is asked for that one
        alone: in the list of all a name with line feeds can show domains that are none, and hide others.
        """
        said = self._query(str(domid))
        found = rows(said)
        # What comes last is of the domain itself, whatever its name is.
        return found[-1] if found and found[-1].domid == domid else None

    def domains(self, uuid: str) -> List[ListRow]:
        """Return the domains of a uuid that there are now, by their domids; raises as :meth:`domain`."""
        listed = {row.domid for row in rows(self._query()) if row.uuid == uuid and row.domid}
        found = [self.domain(domid) for domid in sorted(listed)]
        return [row for row in found if row is not None and row.uuid == uuid]

    def _query(self, *domid: str) -> str:
        """Return what is printed for the list of all domains, or for one; empty where there is no such domain."""
        for attempt in range(_QUERIES):
            if attempt:
                time.sleep(1.0)
            done = ask([*self._prefix, *self._listing, *domid], _QUERY_SECONDS)
            if done is None:
                continue
            if done.returncode == 0:
                return done.stdout.decode("utf-8", "replace")
            if domid and any(word in done.stderr for word in _ABSENT):
                return ""
        raise SilentError("io", f"{' '.join(self._listing[:2])} does not answer")


def rows(text: str) -> List[ListRow]:
    """Return what ``xl list -v`` shows, a row a line; a name may hold anything: what follows it is looked for from the
    right.

    A name can hold line feeds too, and what looks like a row before one: of each domain its own row is here, but not
    each row is a domain's.
    """
    found: List[ListRow] = []
    for line in text.split("\n")[1:]:
        matches = list(_ROW.finditer(line[-_ROW_LIMIT:]))
        if matches:
            domid, _memory, _vcpus, letters, seconds, uuid = matches[-1].groups()
            found.append(ListRow(int(domid), letters, float(seconds), uuid))
    return found


def ask(argv: List[str], seconds: float) -> Optional["subprocess.CompletedProcess[bytes]"]:
    """Run a command that only looks, in the C locale; None where it cannot be run, or takes longer."""
    try:
        return subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def said(argv: List[str], seconds: float, limit: int = 1 << 20, *, failed: bool = False) -> Optional[str]:
    """Return what a command prints that only looks; None where it fails, unless it may have ``failed`` in part."""
    done = ask(argv, seconds)
    if done is None or (done.returncode and not failed):
        return None
    return done.stdout[:limit].decode("utf-8", "replace")


def environment() -> Dict[str, str]:
    """Return what a command runs in whose words are read: the C locale."""
    return {**os.environ, "LC_ALL": "C"}

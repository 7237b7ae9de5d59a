"""What Ganeti says when it fails (cli.FormatError of 3.0.2), as sentences."""

from __future__ import annotations

import re

from xentui.errors import CommandError, HostError, XentuiError
from xentui.hosts.base import Completed
from xentui.text import plain

_NOT_FOUND = 127
_NOT_MASTER = 11
_KINDS = {
    "unknown_entity": "there is no such thing in the cluster",
    "insufficient_resources": "there is no place for it in the cluster",
    "wrong_state": "its state does not allow that",
    "temp_insufficient_resources": "there is no place for it in the cluster just now",
}
"""Kinds of refusals (errors.ECODE_*); of others Ganeti's own words are the sentence."""
_HEAD = re.compile(r"Failure: |error type: |Job \d+ for \S+ has failed: ")


def explain(done: Completed, subject: str = "") -> XentuiError:
    """Return the error for a command that failed; HostError where the master is the trouble, else CommandError."""
    words = tuple(plain(word, 400) for word in done.words)
    said = " ".join(words)
    if done.exit_code == _NOT_FOUND:
        return HostError(
            f"there is no `{done.argv[0]}` on it", hint="ganeti:// names the master of a Ganeti cluster"
        )
    if done.exit_code == _NOT_MASTER or "This is not the master node" in said:
        named = re.search(r"connect to node '([A-Za-z0-9._-]{1,253})'", said)
        return HostError(
            "it is not the master of its cluster",
            details=words[:3],
            hint=f"name that one: ganeti://{named[1] if named else 'MASTER'}",
        )
    if "Cluster not initialized" in said:
        return HostError("it is in no Ganeti cluster", details=words[:3], hint="`gnt-cluster init` makes one")
    if "talking to the master daemon" in said or "Cannot communicate with" in said:
        return HostError(
            "Ganeti's master daemon does not answer",
            details=words[:3],
            hint="what was submitted may go on all the same; look at its daemons on the master",
        )
    kind = re.search(r"error type: ([a-z_]+)", said)
    last = next((_HEAD.sub("", word) for word in reversed(words) if not word.startswith("error type: ")), "")
    sentence = _KINDS.get(kind[1], "") if kind else ""
    return CommandError(
        sentence or last or "no word why",
        argv=done.argv,
        exit_code=done.exit_code,
        subject=subject,
        details=words[-3:],
    )

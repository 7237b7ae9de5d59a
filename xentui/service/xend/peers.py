"""Whether xend of a host would let another host send guests: what it knows of the peer, tried on its expressions.

Of a connection xend takes the address, asks for the name of that (``socket.getfqdn``), and lets it in where any
expression matches the beginning of either; where there are none, it lets everybody in (connection.hostAllowed).
"""

from __future__ import annotations

import ipaddress
import json
import re
import sys
from collections.abc import Sequence

from xentui.config.xend_expressions import LIMIT, as_in_python_3, problem, split
from xentui.errors import HostError, UsageError
from xentui.frozen import dataclass
from xentui.hosts import process
from xentui.hosts.base import Host
from xentui.text import lines

_PATIENCE = 5.0
"""Seconds for all expressions on all names of one peer."""
_LOOKUP = 20.0
"""Seconds for the host to ask its name server."""
_ADDRESSES = 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}\Z")
_MATCH = """
import json, re, sys
asked = json.load(sys.stdin)
found = [[bool(re.match(each, text, re.ASCII)) for text in asked["texts"]] for each in asked["expressions"]]
json.dump(found, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """One expression on one peer: ``problem`` where it is none, else which of the peer's texts it matches."""

    expression: str
    problem: str = ""
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether xend lets a peer in.

    ``texts`` are what it has of it: addresses, and the names they have for the host; ``looked_up``: the host said so,
    else it is what was typed.  ``matches`` has a line an expression.
    """

    peer: str
    texts: tuple[str, ...]
    looked_up: bool
    matches: tuple[Trial, ...]

    @property
    def broken(self) -> tuple[Trial, ...]:
        """The expressions that keep xend from starting."""
        return tuple(match for match in self.matches if match.problem)

    @property
    def allowed(self) -> bool:
        """Whether it comes in."""
        return not self.broken and (not self.matches or any(match.matched for match in self.matches))


async def judge(host: Host, value: str, peer: str) -> Judgement:
    """Return whether xend on ``host`` would let ``peer``, a name or an IPv4 address, in with that value of hosts-allow.

    Raises UsageError for what is not a peer, and for expressions that take too long.
    """
    texts, looked_up = await _texts(host, peer)
    cut = split(value)
    if len(cut) > LIMIT:
        raise UsageError(f"there are more than {LIMIT} expressions", subject="hosts-allow")
    problems = [problem(expression) for expression in cut]
    good = [each for each, wrong in zip(cut, problems, strict=True) if not wrong]
    matched = dict(zip(good, await _matched(good, texts), strict=True))
    matches = tuple(
        Trial(each, wrong, matched.get(each, ())) for each, wrong in zip(cut, problems, strict=True)
    )
    return Judgement(peer, texts, looked_up, matches)


async def _matched(expressions: Sequence[str], texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return which of the texts each expression matches: in a process of its own, for one can take for ever."""
    if not expressions:
        return []
    asked = {"expressions": [as_in_python_3(each) for each in expressions], "texts": list(texts)}
    argv = [sys.executable or "python3", "-I", "-S", "-W", "ignore", "-c", _MATCH]
    try:
        done = await process.run(argv, stdin=json.dumps(asked).encode(), timeout=_PATIENCE)
    except HostError as error:
        raise UsageError(
            f"the expressions take longer than {_PATIENCE:g} s on this peer: xend would hang at it, too",
            subject="hosts-allow",
            hint="write them without a repetition of a repetition, as in (a+)+",
        ) from error
    try:
        found = json.loads(done.stdout)
        return [
            tuple(text for text, hit in zip(texts, row, strict=True) if hit)
            for row in (found if len(found) == len(expressions) else ())
        ]
    except (ValueError, TypeError) as error:
        raise UsageError(
            "the expressions cannot be tried", subject="hosts-allow", details=done.words[-1:]
        ) from error


async def _texts(host: Host, peer: str) -> tuple[tuple[str, ...], bool]:
    """Return the addresses of a peer and their names, as the host knows them; what was typed where it knows none."""
    try:
        addresses = [str(ipaddress.IPv4Address(peer))]
    except ValueError:
        if not _NAME.match(peer):
            raise UsageError(
                "is neither a name nor an IPv4 address", subject=peer, hint="xend listens on IPv4 only"
            ) from None
        done = await host.run(["getent", "ahostsv4", peer], timeout=_LOOKUP)
        addresses = list(dict.fromkeys(line.split()[0] for line in lines(done.text) if line.strip()))[
            :_ADDRESSES
        ]
        if done.exit_code != 0 or not addresses:
            return (peer,), False
    texts: list[str] = []
    for address in addresses:
        done = await host.run(["getent", "hosts", address], timeout=_LOOKUP)
        names = done.text.split("\n", 1)[0].split()[1:] if done.exit_code == 0 else []
        # socket.getfqdn: the first name with a dot, else the first, else the address itself.
        texts += [address, next((name for name in names if "." in name), names[0] if names else address)]
    return tuple(dict.fromkeys(text[:LIMIT] for text in texts)), True

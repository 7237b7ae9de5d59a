"""Which hosts xend lets send guests: what it makes of hosts-allow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from xentui.config.xend_expressions import cautions, problem, split
from xentui.errors import UsageError
from xentui.hosts.base import Completed
from xentui.hosts.local import LocalHost
from xentui.service.xend import peers
from xentui.service.xend.peers import judge

NAMES = {
    ("ahostsv4", "xen2"): "10.0.0.2        STREAM xen2.example.org\n10.0.0.2        DGRAM\n10.0.0.2 RAW\n",
    ("hosts", "10.0.0.2"): "10.0.0.2        xen2 xen2.example.org\n",
    ("hosts", "10.0.0.3"): "10.0.0.3        xen3\n",
}


class Knowing(LocalHost):
    """A host that knows the names of a few others."""

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        assert argv[0] == "getent"
        said = NAMES.get((argv[1], argv[2]))
        return Completed(tuple(argv), 2 if said is None else 0, (said or "").encode(), b"")


@pytest.fixture
def host(tmp_path: Path) -> Knowing:
    return Knowing(str(tmp_path))


SHIPPED = r"^localhost$ ^localhost\.localdomain$"


async def test_the_shipped_setting_lets_no_other_host_in(host: Knowing) -> None:
    found = await judge(host, SHIPPED, "xen2")
    assert found.texts == ("10.0.0.2", "xen2.example.org")  # the name with a dot, as socket.getfqdn takes it
    assert (found.looked_up, found.allowed) == (True, False)
    assert [match.matched for match in found.matches] == [(), ()]


@pytest.mark.parametrize(
    ("value", "peer", "matched"),
    [
        (r"^localhost$ ^.*\.example\.org$", "10.0.0.2", [(), ("xen2.example.org",)]),
        ("10.0.0.2", "xen2", [("10.0.0.2",)]),
        ("xen", "xen2", [("xen2.example.org",)]),  # the beginning is enough
        ("example", "xen2", [()]),  # the middle is not
        ("^xen3$", "10.0.0.3", [("xen3",)]),  # the only name it has
        (r"10\.0\.0\.[0-9]+$", "10.0.0.9", [("10.0.0.9",)]),  # a name is wanting: the address stands for it
        ("nobody  else", "10.0.0.9", [(), ("10.0.0.9",), ()]),  # between two blanks: an empty one
        (r"\e", "e.org", [("e.org",)]),  # Python 2 takes a letter without a meaning for itself
    ],
)
async def test_each_expression_says_what_it_matches(
    host: Knowing, value: str, peer: str, matched: list[tuple[str, ...]]
) -> None:
    found = await judge(host, value, peer)
    assert [match.matched for match in found.matches] == matched
    assert found.allowed == any(matched)


async def test_an_empty_setting_lets_everybody_in(host: Knowing) -> None:
    found = await judge(host, "", "10.0.0.9")
    assert (found.matches, found.allowed) == ((), True)


async def test_a_name_nobody_knows_is_judged_as_it_is_typed(host: Knowing) -> None:
    found = await judge(host, "^xen9$", "xen9")
    assert (found.texts, found.looked_up, found.allowed) == (("xen9",), False, True)


async def test_one_that_is_no_expression_keeps_all_out(host: Knowing) -> None:
    found = await judge(host, "^xen2 (a", "xen2")
    assert [bool(match.problem) for match in found.matches] == [False, True]
    assert not found.allowed


@pytest.mark.parametrize("peer", ["", "a b", "-x", "fe80::1", "$(reboot)", "x" * 300, "a\nb"])
async def test_what_is_no_peer_is_refused(host: Knowing, peer: str) -> None:
    with pytest.raises(UsageError, match="neither a name nor an IPv4 address"):
        await judge(host, "x", peer)


async def test_expressions_that_never_end_are_given_up(
    host: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "_PATIENCE", 0.2)
    with pytest.raises(UsageError, match="xend would hang"):
        await judge(host, "(a+)+$", "a" * 60 + ".b")


@pytest.mark.parametrize("text", ["(a", "[a", "*", "a++", "a{2}+", "(?>a)", "a**", "x" * 1001])
def test_what_python_2_refuses_is_none(text: str) -> None:
    assert problem(text)


@pytest.mark.parametrize(
    "text", ["", ".*", "[*+]+", r"\++", r"a\.b$", "(?:a|b)+", "[[a]", r"\u", "a?", "a+?"]
)
def test_what_python_2_takes_is_one(text: str) -> None:
    assert problem(text) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", []),
        (SHIPPED, []),
        ("a$  b$", ["every host may send guests"]),
        ("^xen2", ["that only begin like this"]),
        ("^xen2.example$", ["a dot that stands for any character"]),
        ("(a", []),  # that is a fault, not something to be careful about
    ],
)
def test_what_lets_more_in_than_was_meant_is_said(value: str, words: list[str]) -> None:
    told = cautions(value)
    assert len(told) == len(words)
    assert all(word in each for word, each in zip(words, told, strict=True))


@given(st.text(max_size=60))
def test_no_value_leads_astray(value: str) -> None:
    for expression in split(value):
        problem(expression)
    cautions(value)
    assert " ".join(split(value)) == value

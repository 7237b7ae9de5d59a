"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from re import _constants as codes, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import xentui
from tests.sources import parsed
from xentui.patterns import late_pattern


def test_it_does_what_a_compiled_one_does() -> None:
    late, now = (
        late_pattern(r"(?P<word>[a-z]+)(\d*)", re.IGNORECASE),
        re.compile(r"(?P<word>[a-z]+)(\d*)", re.IGNORECASE),
    )
    for text in ("Web1", "", "1", "a b2"):
        assert [match[0] for match in late.finditer(text)] == [match[0] for match in now.finditer(text)]
        assert bool(late.fullmatch(text)) == bool(now.fullmatch(text))
        assert late.sub(r"<\g<word>>", text) == now.sub(r"<\g<word>>", text)
    assert (late.pattern, late.groupindex, late.flags) == (now.pattern, now.groupindex, now.flags)


def test_it_is_compiled_when_it_is_used_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = re.compile

    def watched(text: str, flags: int = 0) -> re.Pattern[str]:
        compiled.append(text)
        return real(text, flags)

    monkeypatch.setattr(re, "compile", watched)
    late = late_pattern("x+")
    assert (repr(late), compiled) == ("late_pattern('x+')", [])
    assert late.match("xx")
    assert late.match("xx")
    assert compiled == ["x+"]


def test_it_can_be_copied_and_says_what_it_has_not() -> None:
    assert copy.copy(late_pattern("a")).match("a")
    with pytest.raises(AttributeError):
        late_pattern("a").nothing_of_it  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(re.error):
        late_pattern("(").match("a")


def possessive(parsed: Iterable[Any]) -> Iterator[Any]:
    """What possessive quantifiers of a pattern repeat."""
    for code, given in parsed:
        for part in given if isinstance(given, (tuple, list)) else (given,):
            for inner in part if isinstance(part, list) else (part,):
                if isinstance(inner, _parser.SubPattern):
                    if code is codes.POSSESSIVE_REPEAT:
                        yield inner
                    yield from possessive(inner)


def looks(parsed: Iterable[Any]) -> bool:
    """Whether a pattern looks at what it does not take."""
    return any(word in repr(list(parsed)) for word in ("ASSERT,", "ASSERT_NOT,"))


def test_what_pythons_before_3_11_5_match_once_only_is_in_no_pattern() -> None:
    """Debian 12 has 3.11.2: a possessive quantifier fails there behind a group that looks ahead (gh-106052)."""
    assert any(map(looks, possessive(_parser.parse(r"'(?:a|b(?!c))*+'"))))
    seen = 0
    for path in Path(xentui.__file__).parent.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "(?:" in node.value:
                for flags in (0, re.VERBOSE):
                    try:
                        pattern = _parser.parse(node.value, flags)
                    except re.error:
                        continue
                    found = list(possessive(pattern))
                    seen += bool(found)
                    assert not any(map(looks, found)), f"{path}: {node.value}"
    assert seen > 10

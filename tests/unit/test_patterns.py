"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import copy
import re

import pytest

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

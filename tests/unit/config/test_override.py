"""KEY=VALUE words of the command line."""

from __future__ import annotations

import pytest

from xentui.config import override, override_words, parse
from xentui.errors import UsageError


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("memory=256", "memory=256"),
        ("name=web2", 'name="web2"'),
        ('name="web2"', 'name="web2"'),
        ("name=12", "name=12"),
        ("extra=a b c", 'extra="a b c"'),
        ("extra=ro # x", 'extra="ro # x"'),
        ("extra=5; foo=1", 'extra="5; foo=1"'),
        ("extra=say \"hi\"", "extra='say \"hi\"'"),
        ("disk=['phy:/x,xvda,w']", "disk=['phy:/x,xvda,w']"),
        ("uuid=6a4c2f2e-0e6d-4b9c-9b62-0c2f9f1d5f00", 'uuid="6a4c2f2e-0e6d-4b9c-9b62-0c2f9f1d5f00"'),
        ("extra=", 'extra=""'),
        ("extra=a\nb", 'extra="a\\nb"'),
        ("extra+=quiet", 'extra+="quiet"'),
        (" memory = 256", "memory= 256"),
        ("memory=2G", "memory=2048"),
        ("maxmem=1.5 GiB", "maxmem=1536"),
        ("vcpus=2G", 'vcpus="2G"'),
        ("memory=0x1b", "memory=0x1b"),
    ],
)  # fmt: skip
def test_words_in_the_form_xl_takes(word: str, line: str) -> None:
    assert override_words([word]) == (line,)
    assert len(parse(line + "\n").assignments) == 1


def test_words_win_over_the_file() -> None:
    document = override(parse("name='a'\nmemory=1"), ["memory=256", "name=b"])
    assert document.text == "name='a'\nmemory=1\nmemory=256\nname=\"b\"\n"
    assert (document.number("memory"), document.string("name")) == (256, "b")


def test_no_words_change_nothing() -> None:
    assert override(parse("a=1"), []).text == "a=1"


@pytest.mark.parametrize("word", ["memory", "=1", "Memory=1", "a b=1", "+=1", "x\ny=1"])
def test_words_that_are_no_assignments(word: str) -> None:
    with pytest.raises(UsageError):
        override_words([word])

"""Queries answer as xl's own look-ups do."""

from __future__ import annotations

import pytest

from xentui.config import parse


def test_a_later_assignment_wins() -> None:
    assert parse("a=1\na=2\n").number("a") == 2


def test_plus_joins_strings_and_appends_to_lists() -> None:
    document = parse("e='a'\ne+='b'\nd=[1]\nd+=['x']\nn+='new'\n")
    assert document.get("e") == "ab"
    assert document.get("d") == [1, "x"]
    assert document.get("n") == "new"


def test_an_assignment_ends_what_was_added_before() -> None:
    assert parse("e='a'\ne+='b'\ne='c'\ne+='d'\n").string("e") == "cd"


def test_get_gives_the_kind_that_is_written() -> None:
    document = parse("n=0x10\ns='0x10'\nw=12ab\nl=[1,'x',[2]]\n")
    assert document.get("n") == 16
    assert document.get("s") == "0x10"
    assert document.get("w") == "12ab"
    assert document.get("l") == [1, "x", [2]]
    assert document.get("missing") is None


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("512", 512),
        ("'512'", 512),
        ("010", 8),
        ("0x1f", 31),
        ("'0X1F'", 31),
        ("'-1'", -1),
        ("' +7'", 7),
        ("'7 '", None),
        ("08", None),
        ("'512M'", None),
        ("''", None),
        ("0x", None),
        ("9223372036854775807", 9223372036854775807),
        ("9223372036854775808", None),
        ("[1]", None),
        ("9" * 5000, None),
    ],
)
def test_numbers_are_those_of_c(written: str, number: int | None) -> None:
    assert parse(f"a={written}\n").number("a") == number


def test_a_number_that_was_added_to_is_no_number() -> None:
    assert parse("a=1\na+=2\n").number("a") is None
    assert parse("a=1\na+=2\n").string("a") == "12"
    assert parse("a+=2\n").number("a", 7) == 7


def test_defaults_hold_for_what_is_missing_or_of_another_kind() -> None:
    document = parse("l=['x']\ns='x'\n")
    assert document.string("l", "d") == "d"
    assert document.string("missing", "d") == "d"
    assert document.number("s", 3) == 3
    assert document.boolean("missing", True) is True
    assert document.strings("s") == ()
    assert document.strings("missing") == ()


def test_booleans_are_numbers() -> None:
    document = parse("a=0\nb=2\nc='x'\n")
    assert document.boolean("a") is False
    assert document.boolean("b") is True
    assert document.boolean("c") is None


def test_strings_end_at_an_inner_list_as_in_xl() -> None:
    assert parse("a=['x',1,['y'],'z']\n").strings("a") == ("x", "1")


def test_keys_and_places() -> None:
    document = parse("b=1\na=2\nb=3\n")
    assert document.keys() == ("b", "a")
    assert document.place("b") == (3, 1)
    assert document.place("missing") == (0, 0)
    assert [part.line for part in document.parts("b")] == [3]

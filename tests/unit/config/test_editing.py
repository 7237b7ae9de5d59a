"""Edits change the lines they are about, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from xentui.config import parse
from xentui.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("memory=256  # MiB\n", "memory", 512, "memory=512  # MiB\n"),
        ("memory = '256'\n", "memory", 512, "memory = '512'\n"),
        ("name = 'web1'\n", "name", "web2", "name = 'web2'\n"),
        ("name = 'web1'\n", "name", "it's", 'name = "it\'s"\n'),
        ("a = 5\n", "a", "5", 'a = "5"\n'),
        ("a = '5'\n", "a", 5, "a = '5'\n"),
        ("a=1; b=2 # c\n", "a", 3, "a=3; b=2 # c\n"),
        ("a=1\na=2\n", "a", 3, "a=1\na=3\n"),
        ("a='x'\na+='y'\n", "a", "z", "a='z'\n"),
        ("a = 1\n", "a", -1, 'a = "-1"\n'),
        ("a = ['x']\n", "a", "y", 'a = "y"\n'),
        ("a = 'x'\n", "a", ["y", "z"], 'a = ["y", "z"]\n'),
        ("a=1", "b", 2, "a=1\nb = 2\n"),
        ("", "b", "x\ny", 'b = "x\\ny"\n'),
        ("", "b", -1, 'b = "-1"\n'),
        ("", "b", ["x", "y"], 'b = ["x", "y"]\n'),
    ],
)
def test_set(before: str, key: str, value: str | int | Sequence[str], after: str) -> None:
    assert parse(before).set(key, value).text == after


def test_setting_what_holds_already_changes_nothing() -> None:
    document = parse("a = 0x10\nb = 'x'\nc = ['y',\n]\n")
    assert document.set("a", 16).set("b", "x").set("c", ["y"]).text == document.text


DISKS = """\
disk = [
    'a',   # first
    'b',   # second
    'c'    # third
]
"""


def test_a_list_keeps_the_layout_of_items_that_stay() -> None:
    assert parse(DISKS).set("disk", ["a", "x", "c"]).text == DISKS.replace("'b'", "'x'")
    assert parse(DISKS).set("disk", ["a", "c"]).text == DISKS.replace("    'b',   # second\n", "")
    assert parse(DISKS).set("disk", ["a", "b"]).strings("disk") == ("a", "b")
    assert parse(DISKS).set("disk", []).strings("disk") == ()
    assert parse(DISKS).set("disk", ["a", "n", "b", "c"]).text == DISKS.replace(
        "    'b'", "    'n',\n    'b'"
    )


def test_a_new_item_gets_a_line_where_items_have_lines() -> None:
    expected = DISKS.replace("'c'    # third\n", "'c',    # third\n    'd'\n")
    assert parse(DISKS).append_item("disk", "d").text == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a=[]\n", 'a=["n"]\n'),
        ("a=[ ]\n", 'a=["n" ]\n'),
        ("a=['x']\n", "a=['x', 'n']\n"),
        ("a=['x', ]\n", "a=['x', 'n', ]\n"),
        ("a=['x' # c\n]\n", "a=['x', # c\n   'n'\n]\n"),
        ("a=['x', 'y' # c\n]\n", "a=['x', 'y', 'n' # c\n]\n"),
        ("a=[\n 'x',\n]\n", "a=[\n 'x',\n 'n',\n]\n"),
        ("a=['x',\n   'y']\n", "a=['x',\n   'y',\n   'n']\n"),
        ("a=[5]\n", 'a=[5, "n"]\n'),
        ("b=1\n", 'b=1\na = ["n"]\n'),
        ("a=['x']\na+=['y']\n", "a=['x']\na+=['y', 'n']\n"),
    ],
)
def test_append_item(before: str, after: str) -> None:
    assert parse(before).append_item("a", "n").text == after


def test_an_item_cannot_be_added_to_a_single_value() -> None:
    with pytest.raises(ConfigError, match="single value") as caught:
        parse("x=1\ndisk='a'\n").append_item("disk", "b")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("before", "index", "after"),
    [
        ("a=['x']\n", 0, "a=[]\n"),
        ("a=[ 'x' ]\n", 0, "a=[]\n"),
        ("a=['x',]\n", 0, "a=[]\n"),
        ("a=['x', 'y']\n", 0, "a=['y']\n"),
        ("a=['x', 'y']\n", 1, "a=['x']\n"),
        ("a=['x', 'y', 'z']\n", 1, "a=['x', 'z']\n"),
        ("a=['x'\n,'y'\n]\n", 1, "a=['x'\n]\n"),
        ("a=[\n 'x', # one\n 'y'  # two\n]\n", 0, "a=[\n 'y'  # two\n]\n"),
        ("a=[\n 'x', # one\n 'y'  # two\n]\n", 1, "a=[\n 'x' # one\n]\n"),
        ("a=['x']\na+=['y']\n", 1, "a=['x']\na+=[]\n"),
        ("a=['x' # one\n , 'y' ]\n", 0, "a=['y' ]\n"),
        ("a=['x' # one\n , 'y' ]\n", 1, "a=['x' # one\n   ]\n"),
        ("a=[ 'x', # one\n 'y' # two\n ]\n", 0, "a=[ 'y' # two\n ]\n"),
        ("a=[ 'x', # one\n 'y' # two\n ]\n", 1, "a=[ 'x' # one\n ]\n"),
        ("a=[ 'x', # one\n # own\n 'y' ] # two\n", 0, "a=[ \n # own\n 'y' ] # two\n"),
        ("a=[ 'x', # one\n # own\n 'y' ] # two\n", 1, "a=[ 'x' # one\n # own\n  ] # two\n"),
        ("a=[ 'x',\n 'y' ] # two\n", 1, "a=[ 'x' ] # two\n"),
        ("a=[\n 'x', 'y', # both\n 'z'\n]\n", 1, "a=[\n 'x', # both\n 'z'\n]\n"),
        ("a=[ 'x', # one\n]\n", 0, "a=[ \n]\n"),
        ("a=['x'] # c\n", 0, "a=[] # c\n"),
        ("a=['x' ]\n", 0, "a=[ ]\n"),
        ("a=[ # one\n'x' ]\n", 0, "a=[ # one\n ]\n"),
    ],
)
def test_remove_item(before: str, index: int, after: str) -> None:
    assert parse(before).remove_item("a", index).text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a=['x', \"y\"]\n", "a=[\"y\", 'x']\n"),
        ("a=[ 'x', # one\n 'y' # two\n]\n", "a=[ 'y', # two\n 'x' # one\n]\n"),
        ("a=[ 'x',   # one\n 'y'\n]\n", "a=[ 'y',\n 'x'   # one\n]\n"),
        ("a=[ 'x', # one\n # own\n 'y' ] # two\n", "a=[ 'y', # two\n # own\n 'x' ] # one\n"),
        ("a=[ 'x'\n , 'y' # two\n]\n", "a=[ 'y' # two\n , 'x'\n]\n"),
        ("a=[ 'x', 'y' # both\n]\n", "a=[ 'y', 'x' # both\n]\n"),
        ("a=[ 'x', # one\n 'y', 'z' # both\n]\n", "a=[ 'y', # one\n 'x', 'z' # both\n]\n"),
        ("a=[ 'x', # one\n 'y' ]; b=1 # b\n", "a=[ 'y', # one\n 'x' ]; b=1 # b\n"),
        ("a=[ 'x', # one\n 'y' ]", "a=[ 'y', # one\n 'x' ]"),
        ("a=['x'] # one\na+=['y'] # two\n", "a=['y'] # one\na+=['x'] # two\n"),
    ],
)
def test_items_in_each_others_place_take_their_comments(before: str, after: str) -> None:
    moved = parse(before).swap_items("a", 0, 1)
    assert moved.text == after
    assert moved.swap_items("a", 1, 0).text == before


def test_an_item_put_before_another_leaves_it_its_comment() -> None:
    assert parse("a=[ 'x', # one\n]\n").insert_item("a", 0, "n").text == "a=[ 'n',\n    'x', # one\n]\n"
    assert parse("a=[ 'x', 'y' # c\n]\n").insert_item("a", 0, "n").text == "a=[ 'n', 'x', 'y' # c\n]\n"


def test_replace_item_keeps_the_quotes() -> None:
    assert parse("a=['x', \"y\"]\n").replace_item("a", 1, "z").text == "a=['x', \"z\"]\n"
    assert parse("a=['x']\na+=['y']\n").replace_item("a", 1, "z").text == "a=['x']\na+=['z']\n"
    assert parse("a=['x']\n").replace_item("a", 0, "x").text == "a=['x']\n"


@pytest.mark.parametrize("index", [-1, 1, 7])
def test_an_item_that_is_not_there(index: int) -> None:
    document = parse("a=['x']\nb='y'\n")
    for edit in (
        document.remove_item,
        lambda key, index: document.replace_item(key, index, "z"),
        lambda key, index: document.swap_items(key, 0, index),
    ):
        with pytest.raises(IndexError):
            edit("a", index)
        with pytest.raises(IndexError):
            edit("b", index)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a=1\nb=2\n", "b=2\n"),
        ("b=2\n  a=1  # about a\n", "b=2\n"),
        ("b=2\na=1", "b=2\n"),
        ("a=[\n 1,\n 2\n]\nb=2\n", "b=2\n"),
        ("a=1; b=2\n", "b=2\n"),
        ("b=2; a=1 # c\n", "b=2;  # c\n"),
        ("a=1\nb=2\na=3\na+='x'\n", "b=2\n"),
        ("a=1; a=2\nb=2\n", "\nb=2\n"),
        ("b=2\n", "b=2\n"),
    ],
)
def test_remove(before: str, after: str) -> None:
    document = parse(before).remove("a")
    assert document.text == after
    assert document.keys() == ("b",)


@pytest.mark.parametrize("key", ["", "A", "_x", "a b", "1a", "a=1\nb", "ä"])
def test_a_key_no_file_can_hold(key: str) -> None:
    for value in ("x", 1, ["x"]):
        with pytest.raises(ConfigError, match="parameter name"):
            parse("").set(key, value)
    with pytest.raises(ConfigError, match="parameter name"):
        parse("").append_item(key, "x")


@pytest.mark.parametrize("value", ["\0", "a\udc80"])
def test_a_value_no_file_can_hold(value: str) -> None:
    with pytest.raises(ConfigError, match="cannot hold"):
        parse("").set("a", value)


def test_the_document_itself_never_changes() -> None:
    document = parse("a=1\n")
    document.set("a", 2)
    assert document.text == "a=1\n"


def test_a_long_list_that_changes_throughout_is_written_anew() -> None:
    before = parse("disk = [\n" + "".join(f"  'a{index}',\n" for index in range(200)) + "] # c\nb=1\n")
    after = before.set("disk", [f"b{index}" for index in range(200)])
    assert after.strings("disk") == tuple(f"b{index}" for index in range(200))
    assert after.text.endswith("] # c\nb=1\n")


def test_several_items_at_once() -> None:
    assert parse("a=['x','y']\na+=['z']\n").replace_items("a", {0: "1", 2: "3"}).strings("a") == (
        "1",
        "y",
        "3",
    )


def test_added_text_must_be_a_configuration() -> None:
    assert parse("a=1").append_text("b=2\n").text == "a=1\nb=2\n"
    with pytest.raises(ConfigError):
        parse("a=1").append_text("b")

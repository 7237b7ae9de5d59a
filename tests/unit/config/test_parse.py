"""The grammar: what xl reads, and where and why it stops (as ``xl create -n`` 4.17 answers)."""

from __future__ import annotations

import pytest

from xentui.config import Document, List, RefusedError, Scalar, parse
from xentui.errors import ConfigError


def refusal(text: str | bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(text, source="web1.cfg")
    return caught.value


WEB = """\
# web server
name = "web1"   # a comment; not two statements
memory=256; vcpus = 2
disk = [
    'phy:/dev/vg0/web,xvda,w',  # root
    "file:/x.img,xvdb,w",
]
"""


def test_the_text_is_kept_byte_for_byte() -> None:
    assert parse(WEB).text == WEB


def test_bytes_and_text_are_read_alike() -> None:
    assert parse("name='ünï'\n".encode()) == parse("name='ünï'\n")


def test_assignments_know_their_place() -> None:
    name, memory, vcpus, disk = parse(WEB).assignments
    assert (name.key, name.operator, name.line, name.column) == ("name", "=", 2, 1)
    assert (memory.line, memory.column) == (3, 1)
    assert (vcpus.line, vcpus.column) == (3, 13)
    assert isinstance(disk.value, List)
    assert [(item.line, item.column) for item in disk.value.items] == [(5, 5), (6, 5)]
    assert WEB[name.start : name.end] == 'name = "web1"'
    assert WEB[disk.start : disk.end].endswith("]")


def test_a_scalar_keeps_how_it_is_written() -> None:
    value = parse("a = 'it\\'s'\n").assignments[0].value
    assert isinstance(value, Scalar)
    assert (value.text, value.raw, value.quoted) == ("it's", "'it\\'s'", True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        ";;;\n ; ;",
        "# only a comment\n",
        "a=1",
        "a=1;",
        "a=1 ; b=2",
        "a.b_9=1",
        "a=[]",
        "a=[\n]",
        "a=[1,]",
        "a=[[1,2],\n# inner\n[3]]",
        "a=['x' # c\n,'y'\n]\n",
        "\ta\t=\t1\t\n\t",
        "a='#;=[]'\n",
        "a=08\n",
        "a=1ff\n",
    ],
)
def test_what_xl_accepts(text: str) -> None:
    assert parse(text).text == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"\"\'\\"', "\"'\\"),
        (r"'\"\'\\'", "\"'\\"),
        (r'"\a\b\f\n\r\t\v"', "\a\b\f\n\r\t\v"),
        # xl reads an octal escape, and then forgets to write the character down
        (r'"a\101b"', "ab"),
        (r'"a\7778b"', "ab"),
        ('"ünï"', "ünï"),
    ],
)
def test_escapes_mean_what_they_mean_to_xl(written: str, text: str) -> None:
    assert parse(f"a={written}\n").string("a") == text


@pytest.mark.parametrize("written", [r'"\x41"', r'"\1"', r'"\1b"', r'"\q"', r'"\é"'])
def test_escapes_xl_refuses(written: str) -> None:
    error = refusal(f"a=1\nb={written}\n")
    assert (error.line, error.column) == (2, 3)
    assert "escape" in error.message


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("memory=\n", 1, 8, "expected a quoted string, a number or '[', found the end of the line"),
        ("memory=", 1, 8, "expected a quoted string, a number or '[', found the end of the text"),
        ("memory=512M\n", 1, 11, "'M' is neither a quoted string nor a parameter name"),
        ("name=web1\n", 1, 6, "expected a quoted string, a number or '[', found 'web1'"),
        ("a b=1\n", 1, 3, "expected '=' or '+=', found 'b'"),
        ("a=1 b=2\n", 1, 5, "expected the end of the line or ';', found 'b'"),
        ("=1\n", 1, 1, "expected a parameter name, found '='"),
        ("a=[,]\n", 1, 4, "expected a value or ']', found ','"),
        ("a=[1 2]\n", 1, 6, "expected ',' or ']', found '2'"),
        ("a=[1,\n\n", 2, 1, "expected a value or ']', found the end of the text"),
        ("\nName=1\n", 2, 1, "'Name=1' is neither a quoted string nor a parameter name"),
        ("a=-1\n", 1, 3, "'-1' is not part of the configuration language"),
        ("a='x\n", 1, 3, "a string that begins with 'x has no closing quote on its line"),
        ("a=1\n# end", 2, 1, "a comment on the last line has no line end after it"),
        ("a=1\r\nb=2\r\n", 1, 4, "the line ends with a carriage return (DOS line ends)"),
        ("a='x'\na+=[1]\n", 2, 6, "'a +=' adds a list to a single value, or a single value to a list"),
    ],
)
def test_the_first_fault_is_named_with_its_place(text: str, line: int, column: int, message: str) -> None:
    error = refusal(text)
    assert (error.message, error.line, error.column) == (message, line, column)
    assert error.subject == f"web1.cfg:{line}:{column}"


def test_xl_own_words_come_with_the_error() -> None:
    error = refusal("memory=-1\n")
    assert isinstance(error, RefusedError)
    assert error.exit_code == 1
    assert error.words == (
        "web1.cfg:1: config parsing error near `-1': lexical error",
        "warning: Config file looks like it contains Python code.",
        "warning:  Arbitrary Python is no longer supported.",
        "warning:  See https://wiki.xen.org/wiki/PythonInXlConfig",
        "Failed to parse config: Invalid argument",
    )


def test_xl_counts_a_line_less_at_the_end_of_a_line() -> None:
    error = refusal("name='a'\nmemory=\n")
    assert isinstance(error, RefusedError)
    assert error.line == 2
    assert error.words[0].startswith("web1.cfg:1: config parsing error near <newline>: syntax error")


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"a=1\nb='\xff'\n", 2, 4), (b"a='\0'\n", 1, 4), ("a=1\nb='\udc80'\n", 2, 4), (b"\xff", 1, 1)],
)
def test_text_must_be_utf8_without_nul(data: bytes | str, line: int, column: int) -> None:
    error = refusal(data)
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    ["#" * (1 << 20) + "\n", "a=" + "[" * 51 + "]" * 51, "a=[" + "1," * 100_001 + "]"],
    ids=["length", "nesting", "values"],
)
def test_absurd_sizes_are_refused(text: str) -> None:
    assert refusal(text).hint


def test_fifty_levels_are_read() -> None:
    assert parse("a=" + "[" * 50 + "]" * 50).keys() == ("a",)


def test_an_error_never_carries_control_characters() -> None:
    message = refusal("a=\x1b[31m\n").message
    assert "\x1b" not in message


def test_a_stray_character_at_the_very_end_is_refused_although_xl_overlooks_it() -> None:
    assert refusal("a=1@").column == 4


def test_documents_are_equal_by_text() -> None:
    assert parse("a=1\n", source="x") == parse("a=1\n", source="y")
    assert hash(parse("a=1\n")) == hash(parse("a=1\n"))
    assert parse("a=1\n") != parse("a=2\n")
    assert parse("a=1\n") != "a=1\n"
    assert "1 assignments" in repr(parse("a=1\n", source="x"))
    assert isinstance(parse(""), Document)

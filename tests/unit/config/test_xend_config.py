"""xend-config.sxp, read as xend reads it and changed with all else kept."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from xentui.config import xend_config
from xentui.config.xend_config import MAX_DEPTH, MAX_LENGTH, XendConfig, quoted, read
from xentui.errors import ConfigError

# The lines about relocation of the file that Xen 4.0 to 4.4 came with.
SHIPPED = r"""# -*- sh -*-

#(xend-unix-xmlrpc-server yes)
#(xend-relocation-server no)
(xend-relocation-server yes)
#(xend-relocation-ssl-server no)

# Port xend should use for the relocation interface, if xend-relocation-server
# is set.
#(xend-relocation-port 8002)

# Also, interface name is allowed (e.g. eth0) there to get the
# relocation address to be bound on.
#(xend-relocation-address '')

# For example:
#  (xend-relocation-hosts-allow '^localhost$ ^.*\\.example\\.org$')
#
#(xend-relocation-hosts-allow '')
(xend-relocation-hosts-allow '^localhost$ ^localhost\\.localdomain$')

# (network-script 'network-bridge netdev=eth1')
(network-script network-bridge)
(total_available_memory 0)
(vncpasswd '')
# (pscsi-device-mask ('*'))
"""
PORT, ALLOW = "xend-relocation-port", "xend-relocation-hosts-allow"


def read_there(config: XendConfig, name: str) -> str | None:
    """What xend reads there, None where it takes its default."""
    entry = config.entry(name)
    return None if entry is None else entry.value


def test_what_is_commented_out_does_not_count() -> None:
    config = read(SHIPPED)
    assert [(entry.name, entry.value) for entry in config.entries] == [
        ("xend-relocation-server", "yes"),
        (ALLOW, r"^localhost$ ^localhost\.localdomain$"),
        ("network-script", "network-bridge"),
        ("total_available_memory", "0"),
        ("vncpasswd", ""),
    ]
    assert config.entry(PORT) is None


@pytest.mark.parametrize(
    ("name", "value", "old", "new"),
    [
        ("xend-relocation-server", "no", "(xend-relocation-server yes)", "(xend-relocation-server no)"),
        (
            ALLOW,
            r"^xen2\.example\.org$",
            r"'^localhost$ ^localhost\\.localdomain$')",
            r"'^xen2\\.example\\.org$')",
        ),
        (PORT, "9002", "#(xend-relocation-port 8002)\n", f"#({PORT} 8002)\n({PORT} 9002)\n"),
        ("xend-relocation-ssl", "yes", "# (pscsi-device-mask ('*'))\n", None),
    ],
)
def test_one_value_changes_and_nothing_else(name: str, value: str, old: str, new: str | None) -> None:
    changed = read(SHIPPED).with_value(name, value)
    assert read_there(changed, name) == value
    assert changed.text == SHIPPED.replace(old, new if new is not None else f"{old}({name} {value})\n")


def test_the_first_of_a_name_counts_and_is_the_one_that_changes() -> None:
    config = read("(a 1)\n(b (a 7))\n(a 2)\n")
    first = config.entry("a")
    assert first is not None
    assert (first.value, [entry.line for entry in config.ignored("a")]) == ("1", [3])
    assert config.with_value("a", "3").text == "(a 3)\n(b (a 7))\n(a 2)\n"


@pytest.mark.parametrize(
    ("written", "value", "lossy"),
    [
        (r"'a\\.b'", r"a\.b", False),
        (r"'a\.b'", "a\\b", True),  # xend takes the dot away
        (r"'\x41\102\n'", "AB\n", False),
        (r'"it\'s"', "it's", False),
        ("a'b", "a'b", False),  # within a word a quotation mark is a letter
        ("[", "[", False),
        ("''", "", False),
    ],
)
def test_values_are_what_xend_makes_of_them(written: str, value: str, lossy: bool) -> None:
    (entry,) = read(f"(name {written})").entries
    assert (entry.value, entry.lossy) == (value, lossy)


@pytest.mark.parametrize("text", ["(name)", "(name ((unix none) (9363 pam '^localhost$ # )')) # )\n)"])
def test_a_list_or_nothing_is_no_value_and_is_replaced_whole(text: str) -> None:
    config = read(text)
    assert config.entries[0].value is None
    assert config.with_value("name", "x").text in ("(name x)", "(name x # )\n)")


def test_the_end_of_a_file_needs_no_line_feed_and_line_ends_stay() -> None:
    assert read("(a b)").with_value("c", "d").text == "(a b)\n(c d)\n"
    assert read("(a b)\r\n").with_value("c", "d").text == "(a b)\r\n(c d)\r\n"
    assert read("").with_value("c", "d e").text == "(c 'd e')\n"
    assert read("#(c x)").with_value("c", "d").text == "#(c x)\n(c d)\n"


def test_a_comment_within_a_list_is_no_place_for_another() -> None:
    assert read("(a\n#(c x)\nb)\n").with_value("c", "d").text == "(a\n#(c x)\nb)\n(c d)\n"


def test_bytes_that_are_no_utf_8_go_back_as_they_came() -> None:
    data = b"# caf\xe9\n(a 'b\xff')\n"
    text = data.decode("utf-8", "surrogateescape")
    assert read(text).with_value("c", "d").text.encode("utf-8", "surrogateescape") == data + b"(c d)\n"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("(a b\n", "1:1", "the list is not closed"),
        ("(a b))", "1:6", "a closing parenthesis has no opening one"),
        ("(a\n 'b)", "2:2", "the string is not closed"),
        ("(a \x00)", "1:4", "is not expected here"),
        ("é", "1:1", "is not expected here"),
        (r"(a '\777')", "1:4", "beyond a byte"),
        (r"(a (b '\xg'))", "1:7", "two digits"),
        ("(" * (MAX_DEPTH + 1), f"1:{MAX_DEPTH + 1}", "nested deeper"),
    ],
)
def test_what_xend_cannot_read_is_refused_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert refused.value.headline.startswith(f"xend-config.sxp:{place}: ")
    assert words in refused.value.message


def test_a_file_that_is_too_long_is_refused() -> None:
    with pytest.raises(ConfigError, match="longer than"):
        read("#" * (MAX_LENGTH + 1))


def test_a_value_has_no_control_characters() -> None:
    with pytest.raises(ConfigError):
        quoted("a\n(b c)")


VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_characters="\x7f"), max_size=30)
PIECES = st.sampled_from(
    [
        "(a b)",
        "(c 'd\\\\.e')",
        "(f (g h) i)",
        "# (a x)",
        "#(k l)",
        "\n",
        " ",
        "\t",
        '"',
        "'",
        "(",
        ")",
        "\\",
        "é",
        "a",
        "#",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["a", "c", "f", "k", "new"]), VALUES)
def test_any_file_keeps_all_but_the_value(text: str, name: str, value: str) -> None:
    try:
        before = read(text)
    except ConfigError:
        return
    after = before.with_value(name, value)
    assert read_there(after, name) == value
    kept = [entry for entry in before.entries if entry is not before.entry(name)]
    left = [entry for entry in after.entries if entry is not after.entry(name)]
    assert [(each.name, each.value) for each in left] == [(each.name, each.value) for each in kept]
    entry = before.entry(name)
    if entry is not None:
        assert after.text.startswith(text[: entry.start])
        assert after.text.endswith(text[entry.end :])
    else:
        spelt = f"({name} {quoted(value)})\n"
        assert spelt in after.text
        assert after.text.replace(spelt, "", 1).removesuffix("\n") == text.removesuffix("\n")


@given(st.text(max_size=200))
def test_no_text_leads_the_reader_astray(text: str) -> None:
    try:
        config = xend_config.read(text)
    except ConfigError:
        return
    assert config.text == text

"""Parameters as text of a field, and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from xentui.config import SCHEMA, parse
from xentui.errors import ConfigError
from xentui.tui.editor import field_codec

BEFORE, AFTER = "# first\nname = 'a'   # the name\n", "\nfoo = [ 1,\n  'b', # two\n]\n# last\n"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("memory = 512", "512"),
        ("memory = '512'", "512"),
        ("memory = 0x200", "0x200"),
        ("extra = ''", ""),
        ("extra = ' quiet '", " quiet "),
        ("extra = 'a'\nextra += ' b'", "a b"),
        ("cpus = ['0', \"1\"]", "['0', \"1\"]"),
        ("cpus = [ '0', # first\n '1' ]", "['0', '1']"),
        ("foo = [1, [2, 'x']]", "[1, [2, 'x']]"),
        ("bar = 1", ""),
    ],
)
def test_shown(written: str, shown: str) -> None:
    key = written.partition(" ")[0] if not written.startswith("bar") else "memory"
    assert field_codec.shown(parse(f"{written}\n"), key) == shown


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("memory", "512", ""),
        ("memory", "", ""),
        ("memory", "0x200", ""),
        ("memory", "1G", ""),
        ("memory", "1.5 gib", ""),
        ("memory", "1X", "must be a size in MiB, or with a suffix: 512, 512M, 1.5G"),
        ("memory", "0.1M", "must be a number of MiB from 1 to 134217728"),
        ("vcpus", "1G", "must be a number"),
        ("memory", "٣", "must be a size in MiB, or with a suffix: 512, 512M, 1.5G"),
        ("vcpus", "two", "must be a number"),
        ("vcpus", "[1]", "must be a single value, not a list"),
        ("memory", "-5", "must be a number of MiB from 1 to 134217728"),
        ("maxmem", "9999999999", "must be a number of MiB from 1 to 134217728"),
        ("cap", "-3", "must be a number from 0 to 819200"),
        ("vcpus", "0", "must be a number from 1 to 8192"),
        ("rtc_timeoffset", "-3600", ""),
        ("vnc", "yes", "must be 0 or 1"),
        ("type", "xen", "must be one of pv, pvh, hvm"),
        ("usbdev", "x", 'must be a list: write ["first", "second"]'),
        ("usbdev", '["x"]', ""),
        ("usbdev", '["x"', "expected ',' or ']', found the end of the text"),
        ("usbdev", '["x"] foo = [1]', None),
        ("usbdev", '["x", ["y"]]', "contains a list in a list: edit it as raw text (F9)"),
        ("cpus", "0-3", ""),
        ("cpus", '["0", 1]', ""),
        ("extra", "a\nb", "cannot contain a line break"),
        ("unheard_of", "[1]", ""),
    ],
)
def test_problem(key: str, text: str, problem: str | None) -> None:
    found = field_codec.problem(key, text)
    assert found if problem is None else found == problem


@pytest.mark.parametrize(
    ("written", "key", "text", "now"),
    [
        ("memory = 512 # MiB", "memory", "1024", "memory = 1024 # MiB"),
        ("memory = '512'", "memory", "1024", "memory = '1024'"),
        ("memory = 512 # MiB", "memory", "1.5G", "memory = 1536 # MiB"),
        ("memory = 512", "memory", "0x200", 'memory = "0x200"'),
        ("memory = 512", "memory", "", ""),
        ("extra = ' quiet '", "extra", "quiet", "extra = ' quiet '"),
        ("extra = 'a'\nextra += ' b'", "extra", "a b", "extra = 'a'\nextra += ' b'"),
        ("extra = 'a'\nextra += ' b'", "extra", "a c", "extra = 'a c'"),
        ("cpus = ['0', # first\n '1']", "cpus", "['0', '2']", "cpus = ['0', # first\n '2']"),
        ("foo = [1, 2]", "foo", "[1, 3]", None),
        ("vcpus = 1", "vcpus", "010", None),
    ],
)
def test_changed(written: str, key: str, text: str, now: str | None) -> None:
    made = field_codec.changed(parse(f"{written}\n"), key, text)
    if now is not None:
        assert made.text.strip().splitlines() == now.splitlines()
    else:
        assert field_codec.shown(made, key).replace("'", "").replace('"', "") == text


def test_a_list_in_a_list_is_not_flattened() -> None:
    document = parse("foo = [1, [2, 3]]\n")
    with pytest.raises(ConfigError, match="raw text"):
        field_codec.changed(document, "foo", "[1, [2, 4]]")
    assert field_codec.changed(document, "foo", field_codec.shown(document, "foo")) is document


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20
).filter(lambda text: text.strip() and not text.strip().startswith("["))


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_what_is_typed_is_what_is_shown(text: str) -> None:
    document = parse(f"{BEFORE}extra = 'old'{AFTER}")
    made = field_codec.changed(document, "extra", text)
    assert field_codec.shown(made, "extra") == text.strip()
    assert made.text.startswith(BEFORE)
    assert made.text.endswith(AFTER)
    assert field_codec.changed(made, "extra", field_codec.shown(made, "extra")) is made


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["memory", "vcpus", "usbdev", "cpus", "serial", "foo", "on_crash"]), st.data())
def test_edits_keep_all_other_bytes(key: str, data: st.DataObject) -> None:
    kind = field_codec.key_of(key).kind
    number = data.draw(st.integers(0, 2**31))
    text = f"['{number}', 'b']" if kind == "list" or key == "foo" else str(number)
    if key == "on_crash":
        text = "preserve"
    document = parse(f"{BEFORE.replace('name', 'uuid')}{AFTER.replace('foo', 'bar')}")
    made = field_codec.changed(document, key, text)
    assert made.text.startswith(document.text)
    assert field_codec.shown(made, key).replace('"', "'") == text
    removed = field_codec.changed(made, key, "")
    assert removed.text.rstrip("\n") == document.text.rstrip("\n")


def test_help_says_all_there_is() -> None:
    assert field_codec.about("on_crash").splitlines() == [
        "on_crash: What happens when the guest crashes.",
        "destroy | restart | rename-restart | preserve | coredump-destroy | coredump-restart | soft-reset"
        " · default destroy · xl and xm · xl.cfg(5)",
    ]
    assert "xm only · for xl write" in field_codec.about("nics")
    assert "xl knows no such parameter" in field_codec.about("foo")


@pytest.mark.parametrize("name", sorted(SCHEMA))
def test_help_fits_its_lines(name: str) -> None:
    lines = field_codec.about(name).splitlines()
    assert sum(-(-len(line) // 76) for line in lines) <= 4, lines

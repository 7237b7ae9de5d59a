"""Properties that hold for every text: only ConfigError, in bounded time, idempotent, what is xl's stays."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.config.generator import Generator
from xentui.config import lint, parse
from xentui.config.convert import Conversion, convert
from xentui.config.schema import schema
from xentui.errors import ConfigError

# Words of xm files, and of what is none, to be put together at random.
_PIECES = st.sampled_from(
    [
        "name", "memory", "disk", "vif", "extra", "bootargs", "dhcp", "restart", "vcpus", "HELPER", "_x",
        "kernel", "builder", "cpu_cap", "blkif", "nics", "=", "+=", "+", "%", "*", "-", "(", ")", "[", "]", "{", "}",
        ",", ":", ";", "'linux'", "'phy:/dev/a,xvda,w!'", "'/srv/x.img,/dev/xvdb,w'", '"%s"', "'a' 'b'", "1", "0777",
        "12L", "1.5", "-3", "True", "None", "# note", "\n", "\n", "\r\n", "\\\n", " ", "\t", "import os", "f(1)", "a.b",
        "'''x\ny'''", "u'é'", "\ufeff", "if", "'type=vnc'", "'bridge = b'", "'always'", "'08'",
    ]
)  # fmt: skip
TEXTS = st.lists(_PIECES, max_size=30).map(" ".join) | st.text(max_size=60)
LINES = st.lists(
    st.tuples(
        st.sampled_from(sorted(schema())),
        st.sampled_from(
            [
                "1",
                "0",
                '"1"',
                "'x'",
                "''",
                "['']",
                "['phy:/dev/a,xvda,w!', '/b,/dev/xvdb,w']",
                "'08'",
                "'always'",
                "[]",
            ]
        ),
        st.sampled_from(["\n", "  # note\n", "; ", "\n\n"]),
    ).map(lambda row: f"{row[0]} = {row[1]}{row[2]}"),
    max_size=12,
).map("".join)


def converted(text: str) -> Conversion | None:
    try:
        return convert(text, source="web.cfg", name="web")
    except ConfigError as error:
        assert error.message
        return None


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_any_text_converts_or_is_refused(text: str) -> None:
    made = converted(text)
    if made is not None:
        parse(made.text)


@given(TEXTS | LINES | st.integers(0, 2**32).map(lambda seed: Generator(seed).configuration()))
@settings(deadline=None, max_examples=300)
def test_what_is_converted_stays(text: str) -> None:
    made = converted(text)
    if made is not None:
        again = convert(made.text, source="web.cfg", name="web")
        assert (again.text, again.changes) == (made.text, ())
        assert made.problems == lint(parse(made.text))


@given(LINES)
@settings(deadline=None, max_examples=200)
def test_every_change_is_told_and_has_a_line(text: str) -> None:
    made = convert(text, source="web.cfg", name="web")
    assert bool(made.changes) == (made.text != text)
    for change in made.changes:
        assert 0 <= change.line <= text.count("\n") + 1
        assert change.reason


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=200)
def test_what_xl_takes_and_means_the_same_by_comes_back_byte_for_byte(seed: int) -> None:
    text = Generator(seed).configuration()
    try:
        document = parse(text)
    except ConfigError:
        return
    if lint(document):
        return
    for change in convert(text, name="other").changes:
        # No linter complains of these: xl passes over two of them, libxl refuses the third when it boots.
        assert any(word in change.reason for word in ("emulated", "firmware", "description"))


EXAMPLES = [
    'name = "example"\nkernel = "/boot/vmlinuz"\nextra = "root=/dev/xvda1"\nmemory = 128\nvcpus = 2\n'
    "vif = [ '' ]\ndisk = [ '/dev/vg/guest-volume,raw,xvda,rw' ]\n",
    'type = "hvm"\nname = "example"  # a guest\nmemory = 128\n\n#maxmem = 512\nvcpus = 2; vif = [ \'\' ]\n'
    "disk = [ '/dev/vg/guest-volume,raw,xvda,rw', 'file:/x.iso,hdc:cdrom,r' ]\nsdl=1\nserial='pty'\nusb = '1'\n",
    "",
    "# nothing but a comment\n",
    "memory=256;name='a' ; ; extra = 'ip=dhcp'\n\n\ton_crash='restart'",
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_files_of_xl_come_back_byte_for_byte(text: str) -> None:
    made = convert(text)
    assert (made.text, made.changes) == (text, ())


HOSTILE = {
    "brackets": "x = " + "(" * 100_000,
    "signs": "x = " + "-" * 100_000 + "1",
    "joins": "x = " + "+".join(["'a'"] * 60_000),
    "powers": "a = 'x'\n" + "a = a + a\n" * 1_000,
    "repeats": "a = 'x' * 60000\n" + "b = a * 1\n" * 5_000,
    "disks": "disk = [" + ",".join(f"'phy:/d{number},xvda,w!'" for number in range(100_000)) + "]\n",
    "tuples": "disk = (" + ",".join("'phy:/d,xvda,w!'" for _ in range(10_000)) + ")\n",
    "statements": "A = 1\n" * 40_000,
    "comments": "A = 1 # x\n" * 25_000,
    "quotes": "'" * 250_000,
    "continued": "x = 1" + "\\\n" * 100_000,
    "widths": "x = '%999d' % 1\n" * 5_000,
    "lists": "disk = []\n" + "disk += ('phy:/x,xvda,w!',)\n" * 8_000,
    "digits": "x = -" + "9" * 200_000,
    "nested": "disk = ['x' * 60000] * 60000\n",
    "nested names": "a = ['x' * 16]\n" + "a = [a] * 10\n" * 9 + "disk = a\n",
    "nested lists": "a = [['x'] * 200] * 200\nb = [a] * 200\ndisk = [b]\n",
    "nested words": "a = {'k': 'x' * 60000}\n" + "a = {'a': a, 'b': a}\n" * 40,
    "written": "a = [" + "'x' * 60000," * 4 + "]\n" + "disk = a\n" * 4_000,
    "targets": "=".join(f"a{number}" for number in range(8_000)) + "= 'x' * 60000\n",
    "deep": "a = []\n" + "a = [a]\n" * 1_500 + "disk = a\n",
    "deep keys": "a = (1,)\n" + "a = (a,)\n" * 2_000 + "b = {}[a]\n",
    "items": "a = 'x'\nb = a" + "[0]" * 1_500 + "\n",
    "sxp": "(domain " + "(a " * 50_000,
    "sxp wide": "(domain " + "(a b)" * 50_000,
    "megabytes": "#" * 5_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_end_soon(kind: str) -> None:
    started = time.process_time()
    converted(HOSTILE[kind])
    assert time.process_time() - started < 1


GROWING = [
    ("nested", 1),
    ("nested names", 6),
    ("nested lists", 2),
    ("nested words", 4),
    ("targets", 1),
]


@pytest.mark.parametrize(("kind", "line"), GROWING)
def test_a_value_that_outgrows_all_bounds_is_refused_with_its_line_and_never_made(
    kind: str, line: int
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError) as refused:
            convert(HOSTILE[kind])
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert refused.value.line == line

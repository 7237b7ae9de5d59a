"""Files that are Python and data: what is evaluated, what stays, and what is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.config.convert.conftest import PV
from xentui.config import parse
from xentui.config.convert import PythonNeededError, convert
from xentui.errors import ConfigError

VALUES = [
    ("'a' + 'b'", "ab"),
    ("'a' 'b'  \"c\"", "abc"),
    ("('a'  # one\n  'b')", "ab"),
    ("'%s-%d' % ('web', 7)", "web-7"),
    ("'%(a)s/%(b)03d' % {'a': 'x', 'b': 7}", "x/007"),
    ("'100%%' % ()", "100%"),
    ("'%s' % 7", "7"),
    ("'%x %5.1f %r' % (255, 1.5, 'q')", "ff   1.5 'q'"),
    ("'-' * 3", "---"),
    ("r'a\\b'", "a\\b"),
    ("u'caf\\u00e9'", "café"),
    ("'''two\nlines'''", "two\nlines"),
    ("'\\x41\\102\\d'", "AB\\d"),
    ("'a' \\\n 'b'", "ab"),
    ("{'a': 'x'}['a']", "x"),
    ("['x', 'y'][1]", "y"),
    ("('a' + ('b' + ('c')))", "abc"),
    ("host + '.example.org'", "web.example.org"),
    ("2 * 256", 512),
    ("1024 / 2", 512),
    ("7 // 2", 3),
    ("(1 + 2) * 100 - 44 % 10", 296),
    ("0x200", 512),
    ("512L", 512),
    ("512.0", 512),
    ("01000", 512),
    ("size", 300),
    ("True", 1),
    ("False", 0),
    ("-1", "-1"),
    ("['a' + 'b', 'c',]", ["ab", "c"]),
    ("('a', 'b')", ["a", "b"]),
    ("'a', 'b'", ["a", "b"]),
    ("['a'] + ['b']", ["a", "b"]),
    ("['a'] * 2", ["a", "a"]),
    ("[] * 99999999999999999999", []),
    ("99999999999999999999 * ''", ""),
    ("[]", []),
    ("()", []),
    ("[1, 'x', -2, True]", [1, "x", "-2", 1]),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_values(expression: str, value: object) -> None:
    made = convert(f"host = 'web'\nsize = 300\nzz = {expression}\nlocaltime = True\n")
    assert parse(made.text).get("zz") == value


WHOLE = [
    # Each: a file of xm, and of xl.
    (
        "DISK = '/srv/%s.img' % 'web'\ndisk = ['file:' + DISK + ',xvda,w']\n",
        "# DISK = '/srv/%s.img' % 'web'\ndisk = [\"file:/srv/web.img,xvda,w\"]\n",
    ),
    (
        "disk = [ 'a',\n   # two\n   'b' + 'c',  # three\n ]\n",
        "disk = [ 'a',\n   # two\n   \"bc\",  # three\n ]\n",
    ),
    ("vif = ( 'bridge=a', 'bridge=b' )\n", "vif = [ 'bridge=a', 'bridge=b' ]\n"),
    ("vcpus = 1\nvcpus += 1\nlocaltime = True\n", "vcpus = 1\nvcpus = 2\nlocaltime = 1\n"),
    ("extra = 'a'\nextra += ' b' + ' c'\n", "extra = 'a'\nextra += \" b c\"\n"),
    ("disk = ['a']\ndisk += ('b',)\n", "disk = ['a']\ndisk += ['b',]\n"),
    ("VCPUS = 2\n", "vcpus = 2\n"),
    ("Vcpus = 2\nvcpus = 3\n", "# Vcpus = 2\nvcpus = 3\n"),
    ("acpi = apic = 1\n", "acpi = 1; apic = 1\n"),
    ("keymap = None\n", "# keymap = None\n"),
    ("'''A file\nof old'''\nvcpus = 2\n", "# '''A file\n# of old'''\nvcpus = 2\n"),
    ("pass\nvcpus = 2\n", "# pass\nvcpus = 2\n"),
    ("helper = ['b']\ndisk = ['a'] + helper\n", '# helper = [\'b\']\ndisk = ["a", "b"]\n'),
    ("_x = 1\nvcpus = 2; _y = 3\n", "# _x = 1\nvcpus = 2; \n"),
    ("vcpus = \\\n  2\n", "vcpus =    2\n"),
    ("disk = [ 'a', \\\n 'b' ]\n", "disk = [ 'a', \n 'b' ]\n"),
    ("vcpus = (2)  # two\n", "vcpus = 2  # two\n"),
    ("extra = ('a '  # one\n  'b')\nvcpus=2\n", 'extra = "a b"  # one\nvcpus=2\n'),
    ("vcpus = 2\r\nacpi = 1 # x\r\n", "vcpus = 2\nacpi = 1 # x\n"),
    ("vcpus = 2\n# end", "vcpus = 2\n# end\n"),
]


@pytest.mark.parametrize(("before", "after"), WHOLE)
def test_whole_files(before: str, after: str) -> None:
    assert convert(PV + before).text == (PV + after)


def test_a_byte_order_mark_goes() -> None:
    assert convert("\ufeff" + PV).text == PV


NEEDS_PYTHON = [
    ("import os\n", 1, 1, "`import`"),
    ("from os import path\n", 1, 1, "`from`"),
    ("def f():\n  return 1\n", 1, 1, "`def`"),
    ("class A: pass\n", 1, 1, "`class`"),
    ("memory = 64\nfor i in range(3):\n  pass\n", 2, 1, "`for`"),
    ("while 1: pass\n", 1, 1, "`while`"),
    ("if 1:\n  memory = 1\n", 1, 1, "`if`"),
    ("try:\n  pass\nexcept: pass\n", 1, 1, "`try`"),
    ("with open('x') as f: pass\n", 1, 1, "`with`"),
    ("exec 'x'\n", 1, 1, "`exec`"),
    ("print 'x'\n", 1, 1, "`print`"),
    ("del x\n", 1, 1, "`del`"),
    ("name = os.popen('hostname').read()\n", 1, 8, "`os.popen`"),
    ("import_ = 1\nname = socket.gethostname()\n", 2, 8, "`socket.gethostname`"),
    ("name = 'WEB'.lower()\n", 1, 8, "a call of `lower`"),
    ("disk = ','.join(['a'])\n", 1, 8, "a call of `join`"),
    ("memory = int('64')\n", 1, 10, "a call of `int`"),
    ("name = __import__('os').name\n", 1, 8, "`__import__`"),
    ("x = y.z\n", 1, 5, "the attribute `y.z`"),
    ("disk = [ 'x%d' % i for i in (1, 2) ]\n", 1, 20, "`for`"),
    ("name = 'a' if 1 else 'b'\n", 1, 12, "`if`"),
    ("x = lambda: 1\n", 1, 5, "`lambda`"),
    ("x = not 1\n", 1, 5, "`not`"),
    ("x = 1 and 2\n", 1, 7, "`and`"),
    ("x = 1 == 2\n", 1, 7, "`==`"),
    ("x = 2 ** 9\n", 1, 7, "`**`"),
    ("x = 'abc'[1:2]\n", 1, 10, "a slice"),
    ("x = `1`\n", 1, 5, "back-quotes"),
    ("x = 'a' + other\n", 1, 11, "`other`"),
    ("f('x')\n", 1, 1, "a call of `f`"),
]


@pytest.mark.parametrize(("text", "line", "column", "what"), NEEDS_PYTHON)
def test_what_needs_python_is_refused_with_its_place(text: str, line: int, column: int, what: str) -> None:
    with pytest.raises(ConfigError) as refused:
        convert(text, source="web.cfg")
    assert (refused.value.line, refused.value.column) == (line, column)
    assert isinstance(refused.value, PythonNeededError)
    assert what in refused.value.message


NO_VALUE = [
    ("x = 'a' + 1", "cannot be joined"),
    ("x = 1 / 0", "no result"),
    ("x = 'a' - 'b'", "does not work"),
    ("x = '%d' % 'a'", "does not fit"),
    ("x = '%s %s' % 'a'", "more % than"),
    ("x = '%s' % ('a', 'b')", "fewer % than"),
    ("x = '%(a)s' % 1", "no names"),
    ("x = '%(a)s' % {}", "not there"),
    ("x = '%999999999d' % 1", "too wide"),
    ("x = 'a' * 100000000", "longer than"),
    ("x = 99999999999 * 99999999999", "too large"),
    ("x = '\\xff' 'a'", "not UTF-8"),
    ("x = 'a\\x00b' 'a'", "NUL"),
    ("x = ['a'][3]", "no such item"),
    ("x = [None] + []", "strings and numbers only"),
    ("x = -'a'", "does not work"),
    ("x = 999999999999999999999999999 + 1", "too long"),
    ("x = '%d' % (1e308 * 10)", "whole number"),
    ("x = '%x' % 1e999", "whole number"),
    ("x = '%u' % (1e999 - 1e999)", "whole number"),
    ("x = '%5.3i' % -1e999", "whole number"),
    ("x = [1]" + "[0]" * 1_500, "no such items"),
    ("x = {'a': 1}[('a',)]", "no such items"),
]


@pytest.mark.parametrize(("text", "words"), NO_VALUE)
def test_what_has_no_value_is_an_error_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        convert(text + "\n")
    assert refused.value.line == 1
    assert refused.value.column > 0


BY_NAME = [
    ("a = [1]\nx = a" + "[0]" * 1_500, 2),
    ("a = 1e308 * 10\nx = '%d' % a", 2),
    ("a = 1e308 * 10\nb = a - a\nx = '%d' % b", 3),
]


@pytest.mark.parametrize(("text", "line"), BY_NAME)
def test_a_value_that_a_name_brings_is_refused_where_it_is_used(text: str, line: int) -> None:
    with pytest.raises(ConfigError) as refused:
        convert(text + "\n")
    assert refused.value.line == line


@pytest.mark.parametrize(
    "text", ["memory = \n", "x = 'abc\n", "x = [1, 2\n", "= 1\n", "x = 1 2\n", "§\n", "name = web1\n"]
)
def test_what_is_no_python_either_gets_the_complaint_of_xl(text: str) -> None:
    with pytest.raises(ConfigError) as ours:
        convert(text, source="web.cfg")
    with pytest.raises(ConfigError) as theirs:
        parse(text, source="web.cfg")
    assert ours.value.message == theirs.value.message
    assert ours.value.line == theirs.value.line


def test_nothing_is_run(tmp_path: Path) -> None:
    text = f"x = open('{tmp_path}/made', 'w')\n"
    with pytest.raises(PythonNeededError):
        convert(text)
    assert list(tmp_path.iterdir()) == []


def test_an_xml_file_is_named() -> None:
    with pytest.raises(ConfigError, match="XML"):
        convert("<?xml version='1.0'?>\n<xm/>\n")

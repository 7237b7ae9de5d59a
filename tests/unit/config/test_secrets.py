"""Passwords are not told: not by the conversion, the checks, complaints, comparisons or logs."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from xentui.config import lint, parse
from xentui.config.convert import convert
from xentui.config.secrets import masked
from xentui.errors import ConfigError

WORD = "hunter2"
BASE = "name = 's11'\nmemory = 128\n"
FILES = [
    "kernel = '/k'\nvfb = [ 'type=vnc,vncpasswd=hunter2' ]",
    'kernel = "/k"\nvfb = [ "type=vnc,vncpasswd=hunter2,serial=pty" ]',
    "builder = 'hvm'\nvfb = [ 'type=vnc,vncpasswd=hunter2' ]",
    "builder = 'linux'\nkernel = '/k'\nvnc = 1\nvncpasswd = 'hunter2'",
    "builder = 'linux'\nkernel = '/k'\nvncpasswd = 'hunt' + 'er2'",
    "builder = 'linux'\nkernel = '/k'\nPW = 'hunter2'\nvncpasswd = PW",
    "builder = 'linux'\nkernel = '/k'\nvfb = [ 'type=vnc,vncpasswd=%s' % 'hunter2' ]",
    "builder = 'hvm'\nspicepasswd = ('hunter2')",
    "builder = 'hvm'\nvfb = [ 'vnc=1,vncpassword=hunter2' ]",
]
BROKEN = [
    "vncpasswd = hunter2",
    "vncpasswd = 'hunter2",
    "vncpasswd = Hunter2",
    "spicepasswd = hunter2()",
    "vncpasswd = 'a' hunter2",
    "vfb = [ vncpasswd=hunter2 ]",
]


def said(text: str, *, as_xm: bool) -> str:
    made = convert(text, source="s11.cfg", as_xm=as_xm)
    changes = [f"{change.sentence('s11.cfg')} {change}" for change in made.changes]
    problems = [str(problem) for problem in (*made.problems, *_problems(text))]
    return "\n".join([*changes, *problems])


def _problems(text: str) -> tuple[object, ...]:
    try:
        return lint(parse(text))
    except ConfigError as error:
        return (error, *error.account())


@pytest.mark.parametrize("as_xm", [False, True])
@pytest.mark.parametrize("text", FILES)
def test_no_change_and_no_problem_has_one(text: str, *, as_xm: bool) -> None:
    told = said(f"{BASE}{text}\n", as_xm=as_xm)
    assert WORD not in told
    assert "hunt" not in told


@pytest.mark.parametrize("text", BROKEN)
def test_no_complaint_has_one(text: str) -> None:
    for read in (parse, convert):
        with pytest.raises(ConfigError) as caught:
            read(f"{BASE}{text}\n")
        assert "unter2" not in " ".join((str(caught.value), *caught.value.account()))


def test_the_file_itself_keeps_it() -> None:
    assert "vncpasswd=hunter2" in convert(f"{BASE}kernel='/k'\nvfb=['type=vnc,vncpasswd=hunter2']\n").text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("vncpasswd = 'a, b'  # x", "vncpasswd = …  # x"),
        ('+spicepasswd="x\\"y"', "+spicepasswd=…"),
        ("vfb = ['vnc=1,vncpasswd=a b,keymap=de']", "vfb = ['vnc=1,vncpasswd=…,keymap=de']"),
        ("vfb = [\"vncpasswd=it's\", 'x']", "vfb = [\"vncpasswd=…\", 'x']"),
        ("(vfb (vncpasswd geheim) (vnc 1))", "(vfb (vncpasswd …) (vnc 1))"),
        ("gfx_passthru = 1", "gfx_passthru = 1"),
    ],
)
def test_what_is_shown_of_a_line(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.text(st.characters(exclude_characters=",'\"\n\r\\", exclude_categories=["Cc", "Cs"]), min_size=6))
def test_whatever_the_password_is(secret: str) -> None:
    for line in (
        f"vncpasswd = '{secret}'",
        f"vfb = [ 'vnc=1,vncpasswd={secret}' ]",
        f'-vncpasswd="{secret}"',
    ):
        assert secret not in masked(line)

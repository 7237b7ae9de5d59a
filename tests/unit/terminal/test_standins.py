"""A terminal that is not UTF-8 gets ASCII of the same width, never an escape or a fault."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

import xentui
from xentui.terminal.standins import Encoder, readable, standin
from xentui.terminal.widths import width


def test_frames_arrows_and_dots() -> None:
    assert Encoder("iso8859-1")("┌─┐│x│╰━╯ ▲▼ ← → ● ○ … † · é") == b"+-+|x|+-+ ^v < > * o . ! \xb7 \xe9"
    assert Encoder("ascii")("│ · é ▁▂▃▄▅▆▇█ ✓") == b"| . e ._-_+*## v"


@pytest.mark.parametrize(
    "encoding", ["ascii", "iso8859-1", "iso8859-15", "koi8-r", "cp1252", "no-such-encoding"]
)
def test_the_width_stays(encoding: str) -> None:
    encode = Encoder(encoding)
    for code in [*range(0xA0, 0x3000), 0x5B57, 0xFF21, 0x1F642, 0xE0A0, 0xFFFD]:
        sign = chr(code)
        if width(sign) < 0 or sign == "\xad":
            continue
        assert len(encode(sign)) == width(sign), hex(code)


def test_all_that_the_screen_itself_writes_has_a_sign_of_its_own() -> None:
    folder = Path(xentui.__file__).parent / "tui"
    texts = "".join(path.read_text() for path in folder.rglob("*.py") if path.name != "standins.py")
    written = {sign for sign in texts if not sign.isascii() and width(sign) == 1}
    assert {sign for sign in written if standin(sign) == "?"} <= {"\ufffd"}


def test_utf_8_is_as_it_was() -> None:
    assert Encoder()("┌ é 字 \udc80") == "┌ é 字 ?".encode()


def test_a_stream_to_people_writes_them() -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="iso8859-1")
    readable(stream)
    stream.write("é → │ 字\n")
    stream.flush()
    assert written.getvalue() == b"\xe9 > | ??\n"


def test_the_command_line_is_readable() -> None:
    child: pexpect.spawn[bytes] = pexpect.spawn(
        sys.executable,
        ["-m", "xentui", "help"],
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"},
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert child.before
    assert child.before.isascii()
    assert b"\\u" not in child.before


def test_what_is_no_terminal_gets_no_stand_ins(tmp_path: Path) -> None:
    """What is written to a file may be data."""
    (tmp_path / "web.cfg").write_text("name = 'web'  # ─\nkernel = '/k'\nmemory = 64\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "xentui", "convert", "--json", str(tmp_path / "web.cfg")],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert ran.returncode
    assert ran.stderr.isascii()
    assert b"what is to be written does not exist in ascii" in ran.stderr
    assert b"\\u" not in ran.stderr

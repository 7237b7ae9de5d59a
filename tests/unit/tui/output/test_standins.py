"""A terminal that is not UTF-8 gets ASCII of the same width, never an escape or a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

import xentui
from xentui.terminal.widths import width
from xentui.tui.output.standins import Encoder, standin


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

"""What a guest is answered, and that it is answered nothing else."""

from __future__ import annotations

import pytest

from tests.unit.terminal.helpers import fed


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("\x1b[c", b"\x1b[?62;6;22c"),
        ("\x1b[0c", b"\x1b[?62;6;22c"),
        ("\x1bZ", b"\x1b[?62;6;22c"),
        ("\x1b[>c", b"\x1b[>1;10;0c"),
        ("\x1b[5n", b"\x1b[0n"),
        ("\x1b[2;3H\x1b[6n", b"\x1b[2;3R"),
        ("\x1b[2;3H\x1b[?6n", b"\x1b[?2;3R"),
        ("0123456789\x1b[6n", b"\x1b[1;10R"),
    ],
)
def test_answers(question: str, answer: bytes) -> None:
    emulator = fed(question)
    assert emulator.replies() == answer
    assert emulator.replies() == b""


@pytest.mark.parametrize(
    "question",
    [
        "\x05",
        "\x1b[1c",
        "\x1b[=c",
        "\x1b[7n",
        "\x1b[?15n",
        "\x1b[18t",
        "\x1b[21t",
        "\x1b[x",
        "\x1b[?1$p",
        "\x1b[>q",
        "\x1b]2;name\x07\x1b[21t",
        "\x1b]4;1;?\x07",
        "\x1b]10;?\x07",
        "\x1b]52;c;?\x07",
        "\x1bP$qm\x1b\\",
        "\x1bP+q436F\x1b\\",
    ],
)
def test_no_other_question_is_answered(question: str) -> None:
    assert fed(question).replies() == b""


def test_a_guest_that_asks_without_end_is_not_answered_without_end() -> None:
    assert 0 < len(fed("\x1b[c" * 10_000).replies()) <= 4096

"""How a failed command is told of is the same whatever engine has failed."""

from __future__ import annotations

import pytest

from xentui.errors import CommandError
from xentui.hosts.base import Completed
from xentui.toolstack.known_failures import WORDS_KEPT
from xentui.toolstack.virsh import failures as virsh
from xentui.toolstack.virsh.commands import VIRSH
from xentui.toolstack.xl import failures as xl

EXPLAINED = [(xl.explain, ("xl", "attach")), (virsh.explain, (*VIRSH, "attach"))]


@pytest.mark.parametrize(("explain", "argv"), EXPLAINED)
def test_passwords_are_masked_and_words_are_bounded_and_plain(explain: object, argv: tuple[str, ...]) -> None:
    said = "".join(f"line {number}\x1b[2J {'x' * 900}\n" for number in range(40)).encode()
    error = explain(Completed((*argv, "vfb=['vncpasswd=secret']"), 1, b"", said), "web1")  # type: ignore[operator]
    assert isinstance(error, CommandError)
    assert (error.subject, error.exit_code, len(error.details)) == ("web1", 1, WORDS_KEPT)
    assert all(len(line) <= 501 and line.isprintable() for line in error.details)
    assert "secret" not in " ".join([error.message, *error.argv])


@pytest.mark.parametrize("module", [xl, virsh])
def test_each_engine_has_its_words_only_once(module: object) -> None:
    patterns = [pattern for pattern, _message, _hint in module._KNOWN]  # type: ignore[attr-defined]
    assert len(patterns) == len(set(patterns))

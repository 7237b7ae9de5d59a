"""``xentui xend-config`` as whole commands on a simulated host that has the file of xend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.simulated import run
from tests.unit.config.test_xend_config import SHIPPED


@pytest.fixture
def file(simulated_home: Path) -> Path:
    """The file as Xen came with it."""
    assert run("list") == 0
    place = simulated_home / "xentui" / "sim" / "root" / "etc" / "xen" / "xend-config.sxp"
    place.write_text(SHIPPED)
    return place


def test_alone_it_shows_what_is_set(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("xend-config") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["server       yes  (line 5)", "port         8002  (default)"]
    assert lines[-1] == "xm:      does not answer (xm: command not found)"
    assert run("xend-config", "show", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["settings"][0]["value"], told["read_by_xend"], told["warnings"]) == ("yes", None, [])


def test_a_change_is_shown_and_needs_an_agreement(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("xend-config", "set", "port", "9002") == 2
    assert "add --yes" in capsys.readouterr().err
    assert file.read_text() == SHIPPED
    assert run("--yes", "xend-config", "set", "port", "9002") == 0
    told = capsys.readouterr().err
    assert "+ (xend-relocation-port 9002)\n" in told
    assert "xend uses the old settings until it is restarted" in told
    assert "(xend-relocation-port 9002)\n" in file.read_text()
    assert run("--yes", "xend-config", "set", "port", "9002") == 0
    assert "has that value already" in capsys.readouterr().err


def test_a_dry_run_changes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("--dry-run", "xend-config", "set", "server", "no") == 0
    assert capsys.readouterr().out == "# xentui-store edit-file /etc/xen/xend-config.sxp\n"
    assert file.read_text() == SHIPPED


@pytest.mark.parametrize(
    ("expressions", "status", "last"),
    [
        (None, 1, "refused: xend closes the connection without a message"),
        (r"^127\.0\.0\.1$", 0, "let in"),
        ("", 0, "accepted: hosts-allow is empty, so every host is"),
        ("(", 1, "refused: xend does not start with an invalid expression"),
    ],
)
def test_a_peer_is_tried(
    file: Path, capsys: pytest.CaptureFixture[str], expressions: str | None, status: int, last: str
) -> None:
    words = [] if expressions is None else ["--expressions", expressions]
    assert run("xend-config", "test", "127.0.0.1", *words) == status
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_a_host_without_xend_says_what_to_do(
    simulated_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("xend-config") == 1
    assert "there is no xend on this host" in capsys.readouterr().err

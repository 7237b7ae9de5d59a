"""The history's file."""

from __future__ import annotations

import stat
from pathlib import Path

from xentui.shell import history
from xentui.shell.history import LineHistory


async def loaded(path: Path) -> list[str]:
    return [line async for line in LineHistory(path).load()]


async def test_lines_outlive_the_shell_the_last_first(tmp_path: Path) -> None:
    path = tmp_path / "xentui" / "shell-history"
    kept = LineHistory(path)
    for line in ("list", "start web1"):
        kept.append_string(line)
    assert await loaded(path) == ["start web1", "list"]


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "xentui" / "shell-history"
    path.parent.mkdir(mode=0o755)
    path.touch(0o644)
    LineHistory(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_repeated_line_is_kept_once_and_a_private_one_for_the_session_only(tmp_path: Path) -> None:
    path = tmp_path / "h"
    kept = LineHistory(path)
    for line in ("list", "list", " show web1", "   "):
        kept.append_string(line)
    assert kept.get_strings() == ["list", " show web1"]
    assert await loaded(path) == ["list"]


async def test_a_pasted_text_becomes_one_entry_a_line_without_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "h"
    LineHistory(path).append_string("list\nstart \x1b[2Jweb1")
    assert await loaded(path) == [r"start \u001b[2Jweb1", "list"]


async def test_several_shells_share_the_file(tmp_path: Path) -> None:
    path = tmp_path / "h"
    one, other = LineHistory(path), LineHistory(path)
    one.append_string("list")
    other.append_string("info")
    assert await loaded(path) == ["info", "list"]


async def test_the_file_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "h"
    path.write_text("".join(f"show guest{number}\n" for number in range(50_000)))
    lines = await loaded(path)
    assert lines[0] == "show guest49999"
    assert {line.split()[0] for line in lines} == {"show"}, "no line is cut in two"
    assert path.stat().st_size <= history._READ
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_cannot_be_used_costs_nothing_but_itself(tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    kept = LineHistory(tmp_path / "h")
    kept.append_string("list")
    assert kept.get_strings() == ["list"]
    (tmp_path / "file").touch()
    LineHistory(tmp_path / "file" / "h").append_string("list")

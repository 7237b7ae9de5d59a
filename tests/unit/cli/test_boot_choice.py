"""``start --entry`` from its words to what the guest was built with, on a simulated host with guests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.cli.simulated import run
from xentui.hosts.sim import SimHost
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import loading

OLD = "Debian GNU/Linux 12, kernel 6.1.0-50-amd64"


pytestmark = pytest.mark.usefixtures("simulated_home")


def look(tmp_path: Path, name: str) -> tuple[str, str | None, bool]:
    """The state of a domain, the command line it was built with, and whether that is one for once."""

    async def looked() -> tuple[str, str | None, bool]:
        async with Hypervisor(SimHost(tmp_path / "xentui/sim")) as hypervisor:
            found = await hypervisor.inventory.find(name)
            done = await hypervisor.host.run(["xenstore-read", f"/vm/{found.uuid}/image/cmdline"])
            return found.state.value, done.text.strip() or None, found.one_off

    return asyncio.run(looked())


def test_an_entry_by_title_just_once(tmp_path: Path) -> None:
    assert run("start", "backup", "--entry", OLD) == 0
    state, line, once = look(tmp_path, "backup")
    assert (state in ("running", "blocked"), line, once) == (True, "root=/dev/xvda1 ro console=hvc0", True)


def test_arguments_behind_those_of_an_entry(tmp_path: Path) -> None:
    assert run("start", "backup", "--entry", "2", "--add-args", "init=/bin/sh") == 0
    assert look(tmp_path, "backup")[1] == "root=/dev/xvda1 ro console=hvc0 init=/bin/sh"


def test_arguments_of_a_file_that_is_created(tmp_path: Path) -> None:
    assert run("create", "/etc/xen/backup.cfg", "--entry", "0", "--boot-args", "quiet  single", "-p") == 0
    state, line, once = look(tmp_path, "backup")
    assert (state, (line or "").split(), once) == ("paused", ["quiet", "single"], True)


def test_a_wrong_title_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("start", "backup", "--entry", "Debian GNU/Linux 12, kernel 6.1.0-51-amd64") == 1
    said = capsys.readouterr().err
    assert "its boot menu has no entry" in said
    assert f"there is “{OLD}”" in said
    assert look(tmp_path, "backup")[0] == "off"


@pytest.mark.parametrize(
    "words",
    [
        ("start", "backup", "--entry"),
        ("create", "/etc/xen/backup.cfg", "--entry"),
        ("boot-entry", "backup"),
    ],
)
def test_no_title_is_a_wrong_title(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Where a script's variable is empty the default would boot, in place of what was meant."""
    assert run(*words, "") == 2
    assert "entry: is neither a title nor a number" in capsys.readouterr().err
    assert look(tmp_path, "backup")[0] == "off"


def test_a_loader_that_boots_something_else_is_caught_before_the_guest_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "chosen", lambda _menu, _wanted: 1)
    assert run("start", "backup", "--entry", OLD) == 1
    said = capsys.readouterr().err
    assert f"it was not built with “{OLD}”" in said
    assert "built with: root=/dev/xvda1 ro console=hvc0 single" in said
    assert look(tmp_path, "backup")[0] == "off"


def test_a_dry_run_says_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--dry-run", "start", "backup", "--entry", OLD) == 0
    out = capsys.readouterr().out
    assert "xl create -p" in out
    assert f"--entry={OLD}" in out
    assert "xl unpause" in out
    assert look(tmp_path, "backup")[0] == "off"


def test_an_entry_that_is_stored_and_gone_is_refused_at_the_next_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("info") == 0
    file = tmp_path / "xentui/sim/root/etc/xen/gone.cfg"
    text = (file.parent / "backup.cfg").read_text(encoding="utf-8").replace("backup", "gone", 1)
    entry = "# boot entry: Debian, kernel /boot/vmlinuz-6.1.0-49-amd64\nbootloader_args = ['--entry={}']\n"
    file.write_text(f'{text}name = "gone"\n{entry.format("Debian")}', encoding="utf-8")
    assert run("new", "/etc/xen/gone.cfg") == 0
    assert run("start", "gone") == 1
    assert "is no longer in its boot menu" in capsys.readouterr().err
    file.write_text(f'{text}name = "kept"\n{entry.format(OLD)}', encoding="utf-8")
    assert run("new", "/etc/xen/gone.cfg") == 0
    assert run("start", "kept") == 0
    assert "now has the kernel /boot/vmlinuz-6.1.0-50-amd64" in capsys.readouterr().err
    assert look(tmp_path, "kept")[2] is False

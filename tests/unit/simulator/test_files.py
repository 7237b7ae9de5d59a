"""The simulated host's files: what the machine it runs on has is never touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xentui.simulator import files
from xentui.simulator.files import HostFiles


@pytest.fixture
def host(tmp_path: Path) -> HostFiles:
    return HostFiles(tmp_path / "sim")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has every file one can ask for."""
    monkeypatch.setattr(files, "is_file", lambda _path: True)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/boot/vmlinuz", "/usr/bin/xl", "/dev/sda", "/sys/x", "/etc/../etc/x"]
)
def test_what_runs_the_machine_is_never_meant(host: HostFiles, path: str) -> None:
    assert host.path(path) == host.root / os.path.normpath(path)[1:]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("path", ["/srv/web1.img", "/var/lib/web1.img", "/mnt/web1.img"])
def test_an_image_in_a_working_folder_is_meant_until_the_host_has_one(host: HostFiles, path: str) -> None:
    assert host.path(path) == Path(path)
    own = host.root / path[1:]
    own.parent.mkdir(parents=True)
    own.touch()
    assert host.path(path) == own


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("path", ["/etc/passwd", "/var/lib/xen/dump/web1", "//etc/shadow", "/srv/../etc/x"])
def test_what_the_host_writes_itself_is_its_own(host: HostFiles, path: str) -> None:
    host.write(path, b"ours\n")
    host.append(path, "more\n")
    assert (host.root / os.path.normpath(path).lstrip("/")).read_bytes() == b"ours\nmore\n"


def test_a_folder_for_temporary_files_is_the_machines_wherever_it_lies(
    host: HostFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/dev/shm")
    assert host.path("/dev/shm/web1.img") == Path("/dev/shm/web1.img")
    assert host.path("/dev/shm2") == host.root / "dev/shm2"
    monkeypatch.delenv("TMPDIR")
    assert host.path("/dev/shm/web1.img") == host.root / "dev/shm/web1.img"
    assert host.path("/tmp/web1.img") == Path("/tmp/web1.img")

"""What the agent reads of a host for a check: bounded, and never stopped by a file that is odd."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from xentui.agent.host import facts as module
from xentui.agent.host.facts import FILE, host_facts

NOTHING: dict[str, Any] = {
    "texts": [], "there": [], "proc": "/nonexistent", "daemons": [], "dpkg": "/nonexistent", "apk": "/nonexistent",
    "packages": [],
}  # fmt: skip


def test_files_are_read_by_path_and_by_pattern(tmp_path: Path) -> None:
    for name in ("a.cfg", "b.cfg"):
        (tmp_path / name).write_text(name)
    told = host_facts(**{**NOTHING, "texts": [f"{tmp_path}/*.cfg", f"{tmp_path}/none"]})
    assert told["texts"] == {f"{tmp_path}/a.cfg": "a.cfg", f"{tmp_path}/b.cfg": "b.cfg"}
    assert told["troubles"] == {f"{tmp_path}/none": "no such file or directory"}


def test_what_cannot_be_read_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * (FILE + 1))
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(b"a\xff\0b")
    told = host_facts(
        **{**NOTHING, "texts": [f"{tmp_path}/{name}" for name in ("pipe", "large", "folder", "bytes")]}
    )
    assert told["texts"] == {f"{tmp_path}/bytes": "a\ufffd\0b"}
    assert told["troubles"] == {
        f"{tmp_path}/pipe": "is not a regular file",
        f"{tmp_path}/large": f"is longer than {FILE} bytes",
        f"{tmp_path}/folder": "is not a regular file",
    }


def test_all_files_together_are_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALL", 10)
    for name in ("a", "b"):
        (tmp_path / name).write_text("eight...")
    told = host_facts(**{**NOTHING, "texts": [f"{tmp_path}/a", f"{tmp_path}/b"]})
    assert list(told["texts"]) == [f"{tmp_path}/a"]
    assert told["troubles"] == {f"{tmp_path}/b": "is longer than 2 bytes"}


def test_daemons_are_found_by_their_names(tmp_path: Path) -> None:
    for number, name, words in ((7, "sshd", b"sshd\0-D\0"), (8, "bash", b"bash\0"), (9, "chronyd", b"")):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "comm").write_text(f"{name}\n")
        (tmp_path / str(number) / "cmdline").write_bytes(words)
    (tmp_path / "10").mkdir()  # it has ended
    told = host_facts(**{**NOTHING, "proc": str(tmp_path), "daemons": ["sshd", "chronyd", "ntpd"]})
    assert told["processes"] == {"sshd": "sshd -D", "chronyd": "chronyd"}


DPKG = """Package: xen-utils-4.17
Status: install ok installed
Version: 4.17.7+13

Package: xen-tools
Status: deinstall ok config-files
Version: 4.9

Package: bash
Status: install ok installed
Version: 5
"""
APK = "C:Q1\nP:xen\nV:4.18.2-r1\n\nP:musl\nV:1\n"


def test_packages_are_told_that_are_installed(tmp_path: Path) -> None:
    (tmp_path / "status").write_text(DPKG)
    (tmp_path / "installed").write_text(APK)
    wanted = {**NOTHING, "dpkg": f"{tmp_path}/status", "apk": f"{tmp_path}/installed", "packages": ["xen*"]}
    assert host_facts(**wanted)["packages"] == {"xen-utils-4.17": "4.17.7+13", "xen": "4.18.2-r1"}


def test_a_list_of_packages_that_is_none_names_none(tmp_path: Path) -> None:
    (tmp_path / "status").write_bytes(b"Package: xen\nVersion" + b"\xff" * 100_000 + b"\n\n\nVersion: 4\n")
    assert host_facts(**{**NOTHING, "dpkg": f"{tmp_path}/status", "packages": ["*"]})["packages"] == {}

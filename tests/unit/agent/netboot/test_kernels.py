"""How Xen can start a kernel, as its file tells: read without trust, and never further than it must be."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.kernels import FAR, PACKERS, PV, PVH, bzimage, elf
from xentui.agent.errors import AgentError
from xentui.agent.netboot import kernels
from xentui.agent.protocol.disk_answers import KernelFacts


def looked(folder: Path, data: bytes) -> KernelFacts:
    (folder / "kernel").write_bytes(data)
    return kernels.look_at_kernel(path=str(folder / "kernel"))


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("notes", [(), (PV,), (PVH,), (PV, PVH)], ids=["none", "pv", "pvh", "both"])
def test_the_notes_are_found_behind_whatever_a_kernel_is_packed_with(
    tmp_path: Path, packing: str, notes: tuple[int, ...]
) -> None:
    if packing in ("zstd", "lz4") and shutil.which(packing) is None:
        pytest.skip(f"there is no {packing} here")
    told = looked(tmp_path, bzimage(elf(notes), packing))
    assert (told["kind"], told["packing"], told["why"]) == ("bzimage", packing, "")
    assert (told["pv"], told["pvh"]) == (PV in notes, PVH in notes)
    assert told["release"] == "6.1.0-18-amd64"


@pytest.mark.parametrize("wide", [True, False], ids=["64", "32"])
def test_an_image_that_is_not_packed_is_read_too(tmp_path: Path, wide: bool) -> None:
    told = looked(tmp_path, elf((PVH,), wide=wide))
    assert (told["kind"], told["pv"], told["pvh"]) == ("elf", False, True)


def test_a_packed_image_that_is_no_bzimage_is_one(tmp_path: Path) -> None:
    assert looked(tmp_path, PACKERS["gzip"](elf()))["pv"] is True


@pytest.mark.parametrize(
    ("data", "kind", "why"),
    [
        (b"#!/bin/sh\n", "other", ""),
        (b"", "other", ""),
        (bzimage(elf(), "gzip")[:5000], "bzimage", "it is too short"),
        (bzimage(b"MZ" + bytes(4096)), "bzimage", "it does not contain an x86 ELF image"),
        (bzimage(b"\x89LZO\x00" + bytes(99), ""), "bzimage", "it is compressed with lzo"),
    ],
    ids=["text", "empty", "cut", "no ELF", "lzo"],
)
def test_what_does_not_tell_is_not_known(tmp_path: Path, data: bytes, kind: str, why: str) -> None:
    told = looked(tmp_path, data)
    assert (told["kind"], told["pv"], told["pvh"], told["why"]) == (kind, None, None, why)


def test_without_the_tool_it_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kernels._TOOLS, "zstd", [str(tmp_path / "zstd")])
    data = bzimage(b"\x28\xb5\x2f\xfd" + bytes(99), "")
    assert looked(tmp_path, data)["why"].startswith("it is compressed with zstd, and the host has no ")


def test_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises((AgentError, OSError)):
            kernels.look_at_kernel(path=str(path))


def test_notes_said_to_lie_far_behind_are_not_unpacked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "_PLAIN", FAR)
    assert looked(tmp_path, bzimage(elf()))["why"] == "its notes are not where xentui looks for them"


@given(st.binary(max_size=300), st.integers(0, 0x260), st.sampled_from(["", "gzip", "xz"]))
def test_any_bytes_are_read_to_an_end(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int, packing: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    whole = bytearray(elf()[:400])
    whole[at % 128 : at % 128 + len(junk)] = junk
    told = looked(folder, bzimage(bytes(whole), packing))
    assert told["kind"] == "bzimage"
    head = bytearray(bzimage(elf()[:400], "gzip"))
    head[at : at + len(junk)] = junk
    told = looked(folder, bytes(head))
    assert told["pv"] in (None, True, False) and told["release"].isprintable()


def test_a_name_in_a_note_that_is_longer_than_any_ends_the_reading() -> None:
    assert kernels._types(struct.pack("<III4s", 1 << 31, 8, PV, b"Xen\0")) == set()

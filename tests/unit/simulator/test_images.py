"""Saving and restoring domains."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.unit.simulator.conftest import Bench
from xentui.agent.memory.save_head import MAGIC
from xentui.simulator import checkpoint
from xentui.simulator.guest import SUSPEND


def saved(bench: Bench) -> Path:
    """A saved guest of the name ``one``."""
    path = bench.work / "one.save"
    bench.create("one", vif="['bridge=xenbr0']")
    bench.clock.sleep(1000)
    bench.ok("xl", "save", "one", str(path))
    return path


def test_a_saved_guest_is_gone_and_comes_back_as_it_was(bench: Bench) -> None:
    bench.create("one", vif="['bridge=xenbr0']")
    bench.clock.sleep(1000)
    before = bench.ok("xl", "list", "-v", "one").splitlines()[1].split()
    path = str(bench.work / "one.save")
    bench.ok("xl", "save", "one", path)
    assert bench.names() == []
    bench.clock.sleep(500)
    bench.ok("xl", "restore", path)
    after = bench.ok("xl", "list", "-v", "one").splitlines()[1].split()
    assert after[1] == "2", "a new domid"
    assert after[6] == before[6], "the same uuid"
    assert float(after[5]) < float(before[5]), "its CPU seconds count anew"


def test_progress_goes_to_standard_error_as_it_comes(bench: Bench) -> None:
    bench.create("one")
    pieces: list[bytes] = []
    bench.simulator.run(("xl", "save", "one", str(bench.work / "x")), on_stderr=pieces.append)
    assert pieces[0].startswith(b"Saving to ")
    assert sum(b"xc: progress: Frames: " in piece for piece in pieces) > 5
    assert pieces[-2].rstrip().endswith(b"100%")


def test_a_save_that_is_broken_off_lets_the_guest_go_on(slow_bench: Bench) -> None:
    slow_bench.create("one")
    cancel, path = threading.Event(), slow_bench.work / "x"

    def seen(piece: bytes) -> None:
        if b"Frames" in piece:
            cancel.set()

    result = slow_bench.simulator.run(("xl", "save", "one", str(path)), on_stderr=seen, cancel=cancel)
    assert result.exit_code == 130
    assert slow_bench.letters("one")[3] == "-"
    assert not path.exists()


def test_a_full_disk_lets_the_guest_go_on(bench: Bench) -> None:
    bench.create("one")
    full = bench.work / "full"
    full.symlink_to("/dev/full")
    assert "resuming domain" in bench.refused("xl", "save", "one", str(full))
    assert bench.letters("one")[3] == "-"


@pytest.mark.parametrize(("option", "letter"), [("-c", "-"), ("-p", "p")])
def test_a_snapshot_leaves_the_guest_where_it_is(bench: Bench, option: str, letter: str) -> None:
    number = bench.create("one")
    bench.ok("xl", "save", option, "one", str(bench.work / "x"))
    assert bench.letters("one")[2] == letter
    assert bench.ok("xl", "domid", "one").strip() == str(number)


def test_a_guest_of_that_name_stands_in_the_way(bench: Bench) -> None:
    path = saved(bench)
    bench.create("one")
    assert "already exists" in bench.refused("xl", "restore", str(path), code=1)


def test_restored_paused_until_unpaused(bench: Bench) -> None:
    path = saved(bench)
    bench.ok("xl", "restore", "-p", str(path))
    assert bench.letters("one") == "--p---"
    bench.ok("xl", "unpause", "one")
    assert bench.letters("one")[2] == "-"


def test_files_that_hold_no_domain_are_refused(bench: Bench) -> None:
    missing = str(bench.work / "missing")
    assert bench.refused("xl", "restore", missing) == "Can't open restore file: No such file or directory\n"
    other = bench.work / "other"
    other.write_text("nothing of the kind\n")
    assert "wrong magic number" in bench.refused("xl", "restore", str(other))
    for tail in (b"", b"{}", b"[]", b'{"config": 1, "carried": {}}', b"{" * 10000, b"\xff"):
        other.write_bytes(MAGIC + tail)
        bench.refused("xl", "restore", str(other))
    assert bench.names() == []


def test_a_file_that_cannot_be_written_leaves_the_guest_running(bench: Bench) -> None:
    bench.create("one")
    bench.refused("xl", "save", "one", str(bench.work / "nosuch" / "x"))
    assert bench.letters("one")[3] == "-"


def test_a_restore_runs_no_boot_loader_and_reads_no_kernel(bench: Bench) -> None:
    """libxl_create.c: "restoring, not running bootloader"; the guest brings its kernel in its memory."""
    bench.create("one", vif="['bridge=xenbr0']")
    path = bench.work / "one.save"
    bench.ok("xl", "save", "one", str(path))
    config, carried = checkpoint.unpack(path.read_bytes()) or ({}, {})
    config["b_info"] = {**config["b_info"], "bootloader": "pygrub", "kernel": "/srv/guests/gone"}
    path.write_bytes(checkpoint.pack({**config, "disks": []}, carried))
    bench.ok("xl", "restore", str(path))
    assert bench.letters("one")[3] == "-"


def test_a_guest_that_a_killed_save_left_stopped_is_woken_by_libxl_alone(slow_bench: Bench) -> None:
    """``xl unpause`` says Invalid argument and ends with status 0 (seen with 4.17)."""
    slow_bench.create("one")
    slow_bench.simulator.machine.advance_to(slow_bench.clock())
    with slow_bench.simulator.state.change():
        guest = slow_bench.simulator.state.named("one")
        assert guest is not None
        slow_bench.simulator.machine.stop(guest, SUSPEND, slow_bench.clock())
    assert slow_bench.letters("one")[3:5] == "ss"
    said = slow_bench.simulator.run(("xl", "unpause", "one"))
    assert (said.exit_code, b"Unpausing domain: Invalid argument" in said.stderr) == (0, True)
    assert slow_bench.letters("one")[3:5] == "ss"
    slow_bench.ok("xentui-wake", str(guest.domid))
    assert slow_bench.letters("one")[3] == "-"

"""The host outlives processes and is shared by them."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.unit.simulator.conftest import Bench, Clock
from xentui.errors import HostError, XentuiError
from xentui.main import main
from xentui.simulator import Simulator, control
from xentui.simulator.guest import Guest
from xentui.simulator.state import State


def command(folder: Path, *argv: str) -> list[str]:
    return [sys.executable, "-m", "xentui.simulator", "--state", str(folder), *argv]


def again(bench: Bench) -> Simulator:
    """The same host, as another process would open it."""
    return Simulator(bench.simulator.folder, clock=bench.clock, sleep=bench.clock.sleep)


def test_a_host_survives_its_processes(bench: Bench) -> None:
    bench.create("one")
    bench.ok("xl", "pause", "one")
    other = again(bench)
    assert b"--p---" in other.run(("xl", "list", "one")).stdout


def test_each_sees_what_the_other_does(bench: Bench) -> None:
    other = again(bench)
    bench.create("one")
    assert other.run(("xl", "domid", "one")).stdout == b"1\n"
    other.run(("xl", "rename", "one", "two"))
    assert bench.names() == ["two"]
    other.run(("xl", "destroy", "two"))
    assert bench.names() == []


def test_many_threads_lose_nothing(bench: Bench) -> None:
    paths = [bench.config(f"vm{number}", memory="100") for number in range(12)]

    def work(simulator: Simulator, mine: list[str]) -> None:
        for path in mine:
            simulator.run(("xl", "create", "-q", path))

    threads = [
        threading.Thread(target=work, args=(simulator, paths[start::4]))
        for start, simulator in enumerate([bench.simulator, bench.simulator, again(bench), again(bench)])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bench.names()) == sorted(f"vm{number}" for number in range(12))
    domids = [int(line.split()[1]) for line in bench.ok("xl", "list").splitlines()[2:]]
    assert sorted(domids) == list(range(1, 13))


def test_of_two_that_want_one_name_one_gets_it(bench: Bench) -> None:
    path = bench.config("one")
    codes: list[int] = []
    hosts = [again(bench) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda host=host: codes.append(host.run(("xl", "create", path)).exit_code))
        for host in hosts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0, 3, 3, 3]


def test_a_change_that_fails_half_way_changes_nothing(bench: Bench) -> None:
    bench.create("one")
    state = bench.simulator.state

    def fail(guest: Guest) -> None:
        with state.change():
            state.remove(guest.domid)
            state.put("next_domid", 99)
            raise RuntimeError

    guest = state.named("one")
    assert guest is not None
    with pytest.raises(RuntimeError):
        fail(guest)
    assert bench.names() == ["one"]
    assert state.get("next_domid") == 2


def test_a_killed_command_leaves_a_whole_host(tmp_path: Path) -> None:
    folder = tmp_path / "sim"
    simulator = Simulator(folder, domains=0)
    config = tmp_path / "one.cfg"
    config.write_text('name = "one"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\n')
    for delay in (0.05, 0.15, 0.25, 0.4):
        child = subprocess.Popen(
            command(folder, "xl", "create", str(config)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert simulator.run(("xl", "list")).exit_code == 0
        simulator.run(("xl", "destroy", "one"))
    assert simulator.run(("xl", "create", "-q", str(config))).exit_code == 0


def test_a_state_of_another_version_is_made_anew(tmp_path: Path) -> None:
    simulator = Simulator(tmp_path / "sim", clock=Clock(), domains=0)
    control.add(simulator, "one")
    simulator.state._database.execute("pragma user_version=7")
    simulator.close()
    renewed = Simulator(tmp_path / "sim", clock=Clock(), domains=0)
    assert [guest.name for guest in renewed.state.guests()] == ["Domain-0"]


def test_thousands_of_domains_are_listed_from_one_reading(tmp_path: Path) -> None:
    simulator = Simulator(tmp_path / "sim", clock=Clock(), domains=0)
    control.reset(simulator, 2000)
    assert len(simulator.run(("xl", "list")).stdout.splitlines()) == 1 + 1 + 2000 - 3
    statements: list[str] = []
    simulator.state._database.set_trace_callback(statements.append)
    simulator.run(("xl", "list", "-l"))
    simulator.run(("xl", "list", "-v"))
    simulator.run(("xl", "list", "-l"))
    assert len(statements) < 40
    statements.clear()
    simulator.run(("xl", "pause", "vm1000"))
    simulator.run(("xl", "list", "-l"))
    assert len(statements) < 60, "one change does not make everything be read again"


def test_watchers_are_told_of_domains_that_come_and_go(tmp_path: Path) -> None:
    folder = tmp_path / "sim"
    simulator = Simulator(folder, domains=0)
    watch = subprocess.Popen(
        command(folder, "xenstore-watch", "@introduceDomain", "@releaseDomain"), stdout=subprocess.PIPE
    )
    assert watch.stdout is not None
    try:
        assert [watch.stdout.readline() for _ in range(2)] == [b"@introduceDomain\n", b"@releaseDomain\n"]
        control.add(simulator, "one")
        assert watch.stdout.readline() == b"@introduceDomain\n"
        simulator.run(("xl", "destroy", "one"))
        assert watch.stdout.readline() == b"@releaseDomain\n"
    finally:
        watch.terminate()
    assert watch.wait(60) == 0


def test_a_watch_ends_with_who_started_it(bench: Bench) -> None:
    watch = command(bench.simulator.folder, "xenstore-watch", "@releaseDomain")
    starter = f"import subprocess, time; print(subprocess.Popen({watch!r}).pid, flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout as said:
        lines = [said.readline(), said.readline()]
        pid = next(int(line) for line in lines if line.strip().isdecimal())
        parent.kill()
        parent.wait()
        assert said.read() == "", "the pipe is closed when the watch has ended"
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_watch_ends_after_the_asked_number(bench: Bench) -> None:
    assert bench.ok("xenstore-watch", "-n", "2", "@introduceDomain", "@releaseDomain", "/x").split() == [
        "@introduceDomain",
        "@releaseDomain",
    ]


def test_xentop_goes_on_until_it_is_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "sim"
    Simulator(folder, domains=0).close()
    top = subprocess.Popen(command(folder, "xentop", "-b", "-d", "1"), stdout=subprocess.PIPE)
    assert top.stdout is not None
    lines = [top.stdout.readline() for _ in range(4)]
    top.terminate()
    assert top.wait(60) == 0
    assert lines[0] == lines[2]
    assert lines[0].split()[0] == b"NAME"
    assert lines[1].split()[0] == lines[3].split()[0] == b"Domain-0"


def test_a_reader_that_goes_away_ends_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "sim"
    Simulator(folder, domains=0).close()
    reader, writer = os.pipe()
    os.close(reader)
    child = subprocess.run(command(folder, "xl", "list"), stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert b"Traceback" not in child.stderr
    assert child.returncode == 128 + signal.SIGPIPE


def test_the_database_is_whole_after_reopening(bench: Bench) -> None:
    bench.create("one")
    path = bench.simulator.state.path
    bench.simulator.close()
    state = State(path)
    assert [guest.name for guest in state.guests()] == ["Domain-0", "one"]


def test_a_full_disk_under_the_state_is_told_and_changes_nothing(bench: Bench) -> None:
    bench.create("one")
    state = bench.simulator.state
    state._database.execute("pragma max_page_count=1")  # no page beyond those there are
    with pytest.raises(HostError, match="database or disk is full"), state.change():
        for number in range(1000):
            state.put(f"key{number}", "x" * 1000)
    state._database.execute("pragma max_page_count=1000000")
    assert state.get("key0") is None
    assert bench.names() == ["one"]
    bench.ok("xl", "pause", "one")


_CHANGES = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("begin immediate")
"""


def test_another_reader_of_this_process_takes_no_lock_away(bench: Bench) -> None:
    """To close a file ends the locks that its process has on it, whoever opened it."""
    state = bench.simulator.state
    argv = [sys.executable, "-c", _CHANGES, str(state.path)]
    with state.change():
        again(bench).close()
        refused = subprocess.run(argv, stderr=subprocess.PIPE, check=False)
    assert b"database is locked" in refused.stderr
    subprocess.run(argv, check=True)


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_state_that_is_no_file_is_not_opened(tmp_path: Path, kind: str) -> None:
    path, elsewhere = tmp_path / "state.db", tmp_path / "elsewhere"
    if kind == "link":
        path.symlink_to(elsewhere)
    else:
        path.mkdir()
    with pytest.raises(OSError, match="it is no file"):
        State(path)
    assert not elsewhere.exists()


def test_a_state_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(HostError, match="cannot be read or written"):
        State(path)


@pytest.mark.parametrize("seed", range(3))
def test_a_state_whose_bytes_are_damaged_is_told_or_still_fits(tmp_path: Path, seed: int) -> None:
    """Wherever the damage is: whatever a command ends in, it is a sentence, never a fault of the program."""
    first = Simulator(tmp_path)
    first.close()
    path = tmp_path / "state.db"
    whole = path.read_bytes()
    chance = random.Random(seed)  # noqa: S311 - the same each time
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20, 200))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data[: chance.choice((len(data), len(data), chance.randrange(len(data))))]))
        for argv in (["xl", "list", "-v"], ["xl", "list", "-l"], ["xl", "info"]):
            with contextlib.suppress(XentuiError):
                damaged = Simulator(tmp_path)
                try:
                    damaged.run(argv)
                finally:
                    damaged.close()


def test_the_state_is_its_owners_alone(tmp_path: Path) -> None:
    """Configurations hold the passwords of displays."""
    Simulator(tmp_path).close()
    path = tmp_path / "state.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    Simulator(tmp_path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_reset_makes_a_damaged_state_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "xentui" / "sim"
    Simulator(folder).close()
    (folder / "state.db").write_bytes(b"no database" * 1000)
    for words, status in ((["list"], 1), (["sim", "reset"], 0), (["list"], 0)):
        with pytest.raises(SystemExit) as ended:
            main(["--host", "sim", *words])
        assert ended.value.code == status, words
    assert (folder / "state.db.damaged").read_bytes().startswith(b"no database")

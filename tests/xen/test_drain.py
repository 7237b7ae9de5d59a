"""A host of the lab is emptied onto the other one and filled again, whoever looks: clients are killed and cut off.

The disks lie on an NFS server, which is the other host; their loop devices are switched to direct I/O for each move.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.xen.shared_disk import counted, nfs, started
from tests.xen.test_migration import ADDRESS, Pair, named_hosts, pair
from tests.xen.test_scenarios import LabWorld
from tests.xen.test_screen import LabScreenWorld

__all__ = ["pair"]
pytestmark = pytest.mark.long
MOVERS = ("web", "app")
ENDS = 900.0
"""Seconds a host may take for two moves and a shutdown."""


@pytest.fixture
def hosts(pair: Pair, tmp_path: Path) -> Iterator[Pair]:
    """Both hosts by their names, with a folder on NFS that both have mounted."""
    named_hosts(pair, tmp_path, "xl")
    kept = {name: world.host for name, world in pair.worlds.items()}
    try:
        with nfs(pair.labs["b"], ADDRESS["b"], *pair.labs.values()):
            for name, world in pair.worlds.items():
                world.host = name
            yield pair
    finally:
        for name, world in pair.worlds.items():
            world.close()
            world.host = kept[name]


@pytest.fixture
def cuttable(hosts: Pair) -> Iterator[LabScreenWorld]:
    """Host a for one whose line to it can be cut, and who has a connection of their own."""
    # Short: the path of a socket may have 104 characters only.
    with tempfile.TemporaryDirectory(prefix="xentui-line-", dir="/tmp") as folder:
        settled = Path(hosts.worlds["a"].environment["XDG_CONFIG_HOME"], "xentui", "config.toml")
        address = re.search(r'"(ssh://[^"]*)"', text := settled.read_text())
        assert address is not None
        world = LabScreenWorld(hosts.labs["a"], folder, address[1])
        config = Path(folder, "xentui", "config.toml")
        config.parent.mkdir()
        config.write_text(text.replace(address[1], world.host))
        world.host = "a"
        yield world
        world.close()


def said(world: LabWorld, *words: str) -> tuple[str, str, int]:
    """What a command prints, what it notes besides, and its exit status."""
    done = subprocess.run(
        world.command(*words), env=world.environment, capture_output=True, text=True, timeout=240, check=False
    )
    return done.stdout, done.stderr, done.returncode


def told(world: LabWorld) -> dict[str, str]:
    """What ``drain --status`` says of each guest, and of the whole, with its exit status, by ""."""
    out, _, status = said(world, "drain", "a", "--status")
    first, *rest = out.splitlines()
    return {"": f"{first} {status}"} | {line.split()[1]: line for line in rest}


def arriving(hosts: Pair, *names: str) -> None:
    """Wait until one of these guests is on its way to b."""
    world = hosts.worlds["b"]
    halves = {f"{name}--incoming" for name in names}
    world.wait(
        f"one of {halves} on b", lambda: bool(halves & hosts.labs["b"].domains().keys()), patience=ENDS
    )


def test_a_host_is_emptied_and_filled_again_whoever_looks(hosts: Pair, cuttable: LabScreenWorld) -> None:
    """Cancelled; again, and its client killed; followed over a line that is cut; brought back.  The guests go on."""
    a, b = hosts.worlds["a"], hosts.worlds["b"]
    for name in MOVERS:
        started(a, name)
    a.run("new", a.guest("old"))  # a PV guest: no host without shadow paging takes it
    a.run("autostart", "old", "on", "--order", "7")
    a.run("start", "old")
    before = {name: counted(a, name) for name in MOVERS}
    uuids = {name: a.domain(name)["uuid"] for name in MOVERS}

    drain = a.command("drain", "a", "--to", "b", "--shutdown", "--yes")
    with subprocess.Popen(drain, env=a.environment, stdin=subprocess.DEVNULL) as client:
        arriving(hosts, *MOVERS)
        a.run("drain", "a", "--cancel")
        assert client.wait(ENDS) == 1
    assert hosts.labs["b"].domains() == {}
    assert "0 of 3 done 1" in told(a)[""]
    assert hosts.labs["a"].domains().keys() == {*MOVERS, "old"}
    assert "the drain was stopped" in said(a, "list")[1]
    for name in MOVERS:
        assert counted(a, name) > before[name], "it stands still"

    drain = a.command("drain", "a", "--yes")
    with subprocess.Popen(drain, env=a.environment, stdin=subprocess.DEVNULL) as client:
        arriving(hosts, *MOVERS)
        client.kill()
    now = told(a)
    assert "drains it at this moment, 0 of 3 done 0" in now[""]
    follower = cuttable.spawn("drain", "a", "--yes")
    follower.expect("followed from here")
    moving = next(name for name in MOVERS if f"{name}--incoming" in hosts.labs["b"].domains())
    cuttable.cut()
    (last,) = {*MOVERS} - {moving}
    arriving(hosts, last)
    cuttable.mend()
    follower.expect(pexpect.EOF, timeout=ENDS)
    follower.close()
    assert follower.exitstatus == 0, follower.before
    assert hosts.labs["a"].domains() == {}
    assert hosts.labs["b"].domains().keys() == {*MOVERS}
    now = told(a)
    assert now[""].endswith("the drain has ended, 3 of 3 done 0")
    assert "done: runs on b" in now["web"]
    assert "done: is shut down" in now["old"]
    for name in MOVERS:
        arrived = b.domain(name)
        assert (arrived["managed"], arrived["uuid"]) == (True, uuids[name])
        assert name not in a.domains()
        before[name] = counted(b, name)
    assert (a.domain("old")["state"], a.domain("old")["autostart"]) == ("off", False)

    a.run("undrain", "a", "--yes")
    assert hosts.labs["b"].domains() == {}
    assert hosts.labs["a"].domains().keys() == {*MOVERS, "old"}
    for name in MOVERS:
        back = a.domain(name)
        assert (back["managed"], back["uuid"]) == (True, uuids[name])
        assert counted(a, name) > before[name], "it stands still"
    assert (a.domain("old")["autostart"], a.domain("old")["autostart_order"]) == (True, 7)
    assert "drain" not in "".join(said(a, "list")[:2])
    for lab in hosts.labs.values():
        used = {
            line.split()[1]: line.split()[0]
            for line in lab.run("losetup -lnO DIO,BACK-FILE").stdout.splitlines()
        }
        assert "1" not in used.values(), "a loop device is left in direct I/O"

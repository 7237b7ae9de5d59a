"""A host of libvirt loses its power as a guest has just arrived there: what libvirt had not flushed is defined again.

What asks the other host is held, so that the power goes between the source's giving up of the guest and its being let
run; and that host writes out nothing by itself meanwhile.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.xen.conftest import LAB
from tests.xen.test_migration import Pair, named_hosts, pair

__all__ = ["pair"]
pytestmark = pytest.mark.long
HOLD, HELD, WRAPPER = "/root/hold", "/root/held", "/usr/local/bin/virsh"
HOLDING = f"""#!/bin/sh
case "$*" in *xen+ssh*dominfo*) while [ -e {HOLD} ]; do : >{HELD}; sleep 0.2; done ;; esac
exec /usr/bin/virsh "$@"
"""
PATIENCE = 600.0


@pytest.fixture
def engines(pair: Pair, tmp_path: Path) -> Iterator[Pair]:
    """Both hosts with libvirt, and as their snapshots have them afterwards."""
    named_hosts(pair, tmp_path, "libvirt")
    for name, lab in pair.labs.items():
        lab.run("systemctl restart libvirtd; virsh undefine mover; true")
        pair.worlds[name].host = name
    pair.labs["a"].write(WRAPPER, HOLDING)
    pair.labs["a"].run(f"chmod +x {WRAPPER}; rm -f {HOLD} {HELD}")
    yield pair
    for name, world in pair.worlds.items():
        world.close()
        subprocess.run([LAB, "down", name], check=True)
        subprocess.run([LAB, "up", name], check=True)


def test_what_a_target_has_lost_with_its_power_is_defined_again(engines: Pair) -> None:
    """Off, on the source, by its own uuid and with its start with the host; and it can be started there."""
    a, b = engines.worlds["a"], engines.worlds["b"]
    source, target = engines.labs["a"], engines.labs["b"]
    a.run("new", a.guest("mover", type="pvh"))
    a.run("autostart", "mover", "on")
    a.run("start", "mover")
    a.wait_state("mover", "running", "blocked")
    uuid = a.domain("mover")["uuid"]
    target.run("sync; mount -o remount,commit=600 /")
    argv = a.command("migrate", "--yes", "mover", "b")
    with subprocess.Popen(
        argv, env=a.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as client:
        b.wait("mover on its way", lambda: "mover" in target.domains(), patience=PATIENCE)
        source.run(f"touch {HOLD}")
        a.wait(
            "it has left",
            lambda: not source.run(f"test -e {HELD}", check=False).returncode,
            patience=PATIENCE,
        )
        subprocess.run([LAB, "cut", "b"], check=True)
        assert "mover" not in source.domains()
        target.run("systemctl start libvirtd")
        assert target.domains() == {}
        assert "mover" not in target.run("virsh -q list --all --name").stdout, (
            "b has kept it: nothing was lost"
        )
        assert uuid not in source.run("virsh -q list --all --uuid").stdout
        source.run(f"rm {HOLD}")
        _out, said = client.communicate(timeout=PATIENCE)
        assert client.returncode == 1
    assert b"has lost both the guest and its definition: it is off here, and defined again" in said, said
    back = a.domain("mover")
    assert (back["state"], back["managed"], back["uuid"], back["autostart"]) == ("off", True, uuid, True)
    assert "mover" not in b.domains()
    a.run("start", "mover")
    a.wait_state("mover", "running", "blocked")
    assert list(source.domains()) == ["mover"]

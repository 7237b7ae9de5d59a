"""The simulated virsh migrates as the real one did between two hosts (tests/recordings/libvirt/migration.json)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.recordings.libvirt import migrations
from xentui.agent.migration.engine_jobs import EngineTold, read_info
from xentui.simulator import Simulator, control
from xentui.simulator.simulator import Result
from xentui.simulator.virsh.native import from_native

UUID = "11111111-2222-4333-8444-000000000001"
_TEXT = f'name = "web1"\nuuid = "{UUID}"\ntype = "pvh"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\n'
MIGRATE = ("migrate", "--live", "--persistent", "--undefinesource", "--p2p", "--suspend", UUID)
FAR = "xen+ssh://root@sim2/system?no_tty=1"


class Pair:
    """Two simulated hosts, and a guest of libvirt's on the first."""

    def __init__(self, folder: Path) -> None:
        self.here, self.there = (Simulator(folder / name) for name in ("sim", "sim2"))
        for simulator in (self.here, self.there):
            control.reset(simulator, domains=0)
            control.set_speed(simulator, math.inf)
        self.define(self.here, _TEXT)
        self.virsh(self.here, "start", UUID)
        control.share(self.here, "sim2")

    def define(self, simulator: Simulator, text: str) -> None:
        simulator.files.write("/root/web1.xml", from_native(text).encode())
        assert self.virsh(simulator, "define", "web1.xml").exit_code == 0

    def virsh(self, simulator: Simulator, *words: str) -> Result:
        cwd = str(simulator.folder / "root" / "root")
        return simulator.run(["virsh", "-q", "-c", "xen:///system", *words], cwd=cwd)

    def info(self, simulator: Simulator) -> EngineTold | None:
        done = self.virsh(simulator, "dominfo", UUID)
        return read_info(done.stdout.decode()) if done.exit_code == 0 else None


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def recorded(case: str, host: str) -> EngineTold | None:
    done = migrations(case, "dominfo", host)
    return read_info(done.text) if done.exit_code == 0 else None


def last(data: bytes) -> str:
    return [line for line in data.decode().splitlines() if line.strip()][-1]


CASES = {"whole": "", "helper killed": "copy", "finish lost": "go", "answer lost": "report"}


@pytest.mark.parametrize("case", CASES)
def test_each_cut_leaves_what_it_left(pair: Pair, case: str) -> None:
    if CASES[case]:
        control.cut_migrations(pair.here, CASES[case])
    done, real = pair.virsh(pair.here, *MIGRATE, FAR), migrations(case, "migrate")
    assert done.exit_code == real.exit_code
    if real.exit_code:
        assert last(done.stderr) == last(real.stderr)
    found, wanted = pair.info(pair.here), recorded(case, "source")
    assert (found and (found.state, found.kept)) == (wanted and (wanted.state, wanted.kept))
    there = recorded(case, "target") if case != "whole" else EngineTold("paused", ran=False, kept=True)
    assert pair.info(pair.there) == there
    if there is not None:
        job = pair.virsh(pair.there, "domjobinfo", UUID).stdout.split()[:3]
        assert job == migrations(case, "domjobinfo", "target").stdout.split()[:3]


def test_a_half_that_is_held_is_not_destroyed_by_libvirt(pair: Pair) -> None:
    control.cut_migrations(pair.here, "go")
    pair.virsh(pair.here, *MIGRATE, FAR)
    done, real = pair.virsh(pair.there, "destroy", UUID), migrations("finish lost", "destroy", "target")
    assert (done.exit_code, last(done.stderr)) == (real.exit_code, last(real.stderr))


def test_a_name_that_is_taken_is_refused(pair: Pair) -> None:
    pair.define(pair.there, _TEXT.replace("000000000001", "000000000002"))
    done, real = pair.virsh(pair.here, *MIGRATE, FAR), migrations("name taken", "migrate")
    assert (done.exit_code, last(done.stderr)) == (real.exit_code, last(real.stderr))


def test_a_host_that_nobody_knows(pair: Pair) -> None:
    done = pair.virsh(pair.here, *MIGRATE, FAR.replace("sim2", "nosuch.invalid"))
    real = migrations("no such host", "migrate")
    assert (done.exit_code, last(done.stderr)) == (real.exit_code, last(real.stderr))


def test_one_that_is_off_moves_by_no_command_of_libvirt_s(pair: Pair) -> None:
    done = pair.virsh(pair.here, "migrate", "--offline", "--persistent", "--undefinesource", UUID, FAR)
    real = migrations("offline", "migrate")
    assert (done.exit_code, last(done.stderr)) == (real.exit_code, last(real.stderr))


def test_what_is_far_is_asked_by_its_uri(pair: Pair) -> None:
    pair.virsh(pair.here, *MIGRATE, FAR)
    done = pair.here.run(["virsh", "-q", "-c", FAR, "list", "--all", "--uuid"])
    assert done.stdout.decode().split() == [UUID]

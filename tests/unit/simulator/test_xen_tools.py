"""xen-create-image of the simulated host: its words, exit statuses and what it leaves, as the real one's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seeded import seed
from xentui.simulator import control, xen_tools
from xentui.simulator.simulator import Result, Simulator


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A host with xen-tools, whose time passes at once."""
    seed(tmp_path / "sim", domains=0)
    made = Simulator(tmp_path / "sim")
    made.furnish()
    control.set_speed(made, math.inf)
    yield made
    made.close()


def run(simulator: Simulator, *options: str, name: str = "web") -> Result:
    return simulator.run(["xen-create-image", f"--hostname={name}", *options])


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--ui=text"], 0, b"Unknown option: ui"),
        (["--dhcp", "--size=10"], 22, b"takes a suffixed (mb, MB, G, etc.) integer."),
        (["--dhcp", "--dist=nixos"], 22, b"takes a distribution name"),
        ([], 127, b"Please choose one of:\n --dhcp\n --ip xx.xx.xx.xx\n"),
        (["--dhcp", "--ip=10.0.0.2"], 127, b"Please choose either DHCP or static usage, not both!"),
        (["--dhcp", "--install-method=tar"], 127, b"Please specify the installation method to use"),
    ],
)
def test_a_refusal_has_its_own_status_and_makes_nothing(
    simulator: Simulator, options: list[str], code: int, said: bytes
) -> None:
    done = run(simulator, *options)
    assert (done.exit_code, said in done.stdout + done.stderr) == (code, True)
    assert not simulator.host_path("/srv/xen/domains").exists()


def test_a_whole_run_ends_with_a_summary_that_has_the_root_password(simulator: Simulator) -> None:
    done = run(simulator, "--dhcp", "--noswap", "--size=64M")
    assert done.exit_code == 0
    lines = done.stdout.decode().splitlines()
    assert [
        line for line in lines if line.startswith(("Installation method", "Running hooks", "All done"))
    ] == [
        "Installation method: debootstrap",
        "Running hooks",
        "All done",
    ]
    assert lines[-2].startswith("Root Password   :  ")
    assert lines[-2] in simulator.host_path("/var/log/xen-tools/web.log").read_text()
    assert simulator.host_path("/srv/xen/domains/web/disk.img").stat().st_size == 64 << 20
    again = run(simulator, "--dhcp")
    assert (again.exit_code, again.stdout) == (
        127,
        b"Configuration file already exists; /etc/xen/web.cfg\nAborting\n",
    )


@pytest.mark.parametrize("keep", [False, True])
def test_an_installation_that_fails_is_taken_back_unless_it_is_to_be_kept(
    simulator: Simulator, keep: bool
) -> None:
    with simulator.state.change():
        simulator.state.put(xen_tools.FAILS, True)
    done = run(simulator, "--dhcp", *(["--keep"] if keep else []))
    assert done.exit_code == 127 and b"failed with exit code 1.\nAborting\n" in done.stdout
    assert simulator.host_path("/srv/xen/domains/web/disk.img").exists() is keep

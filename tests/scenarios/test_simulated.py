"""The scenarios on the simulator."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.scenarios.boot_scenarios import BOOT_SCENARIOS
from tests.scenarios.migration_scenario import migration_there_and_back
from tests.scenarios.scenarios import SCENARIOS
from tests.scenarios.world import World
from tests.seeded import copy_file, seed
from xentui.simulator import Simulator, control


class SimulatedWorld(World):
    """A simulated host of its own, with no domain but Domain-0."""

    patience = 60.0
    starts = 4  # nothing is left to chance here

    def __init__(self, state: Path, host: str = "sim") -> None:
        super().__init__({"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state / "config")})
        self.host = host
        self.folder = state / "xentui" / host.replace(":", "-")
        seed(self.folder, domains=0)
        self.simulator = Simulator(self.folder)

    def close(self) -> None:
        """End the guests too, whose consoles are processes."""
        super().close()
        control.reset(self.simulator, domains=0)
        self.simulator.close()

    def xl(self, *words: str) -> str:
        """Run the simulator's xl."""
        done = self.simulator.run(["xl", *words])
        assert done.exit_code == 0, f"{words}: {done}"
        return done.stdout.decode()

    def write(self, path: str, text: str) -> None:
        """Write below the simulated host's root."""
        place = self.folder / "root" / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def read(self, path: str) -> str:
        """Read below the simulated host's root."""
        return (self.folder / "root" / path.lstrip("/")).read_text()

    def ask_for_login(self, name: str) -> None:
        """Nothing to do: a simulated guest does so by itself."""

    def copy_image(self, image: str, to: str) -> None:
        """Copy below the simulated host's root."""
        root = self.folder / "root"
        copy_file(str(root / image.lstrip("/")), str(root / to.lstrip("/")))

    def small_system(self, path: str) -> None:
        """An archive the simulator looks at: what it makes of it is a system of its own, which asks for a login."""
        self.simulator.furnish()
        place = self.folder / "root" / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(place, "w") as archive:
            archive.addfile(tarfile.TarInfo("boot/vmlinuz-6.1"))

    def fetch(self, path: str, to: Path) -> None:
        """Copy from below the simulated host's root."""
        copy_file(str(self.folder / "root" / path.lstrip("/")), str(to))

    def put(self, image: Path, to: str) -> None:
        """Copy below the simulated host's root."""
        copy_file(str(image), str(self.folder / "root" / to.lstrip("/")))

    def digest(self, path: str) -> str:
        """Of a file below the simulated host's root."""
        with (self.folder / "root" / path.lstrip("/")).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimulatedWorld]:
    """A fresh simulated host."""
    made = SimulatedWorld(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("scenario", SCENARIOS + BOOT_SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(scenario: Callable[[World], None], world: SimulatedWorld) -> None:
    """Each scenario on a host without guests."""
    scenario(world)


def test_a_domain_migrates_there_and_back(tmp_path: Path) -> None:
    """Between two hosts of the simulator."""
    source, target = SimulatedWorld(tmp_path), SimulatedWorld(tmp_path, "sim:b")
    try:
        migration_there_and_back(source, target, "sim:b", "sim")
    finally:
        source.close()
        target.close()


def test_a_domain_of_libvirt_migrates_there_and_back(tmp_path: Path) -> None:
    """Between two hosts of the simulator that libvirt drives."""
    source, target = SimulatedWorld(tmp_path, "sim:a"), SimulatedWorld(tmp_path, "sim:b")
    config = tmp_path / "config" / "xentui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        "".join(f'[hosts.lv{name}]\naddress = "sim:{name}"\ntoolstack = "libvirt"\n' for name in ("a", "b"))
    )
    source.host, target.host = "lva", "lvb"
    try:
        migration_there_and_back(source, target, "lvb", "lva", engine="virsh")
    finally:
        source.close()
        target.close()


def test_a_guest_made_by_xen_create_image_boots_and_is_deleted(world: SimulatedWorld) -> None:
    """What xen-create-image itself would install takes an emulated host too long: `tests/xen` unpacks an archive."""
    child = world.spawn("create-image", "mu", "--dhcp", "--size=64M", "--noswap", "--memory=128M")
    child.expect(r"root password of mu: (\w{23})\r\n")
    assert isinstance(child.match, re.Match)
    password = child.match[1]
    child.expect(pexpect.EOF)
    stored = world.domain("mu")
    assert (stored["managed"], stored["state"], stored["domid"]) == (True, "off", None)
    assert password not in world.read("/var/log/xen-tools/mu.log")
    assert "already stored" in world.run("create-image", "mu", "--dhcp", status=1)
    child = world.spawn("start", "mu", "-c")
    world.boot_to_prompt(child)
    world.leave(child)
    world.run("shutdown", "-w", "mu")
    world.wait_state("mu", "off")
    world.run("delete", "--yes", "mu")
    assert "mu" not in world.domains()

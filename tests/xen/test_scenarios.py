"""The scenarios on the real Xen of the lab, over SSH."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenarios.boot_scenarios import BOOT_SCENARIOS
from tests.scenarios.scenarios import (
    SCENARIOS,
    a_script_logs_in_and_asks_for_the_kernel,
    bad_input_changes_nothing,
    boot_entry_chosen_by_title,
    pygrub_entry_chosen_by_arrow,
    stopped_copies_take_nobodys_place,
)
from tests.scenarios.world import World
from tests.xen.conftest import LabHost

SMALL_SYSTEM = Path(__file__).parent / "small_system.sh"


class LabWorld(World):
    """The lab's dom0, reached by xentui over SSH and by plain ssh behind its back."""

    patience = 180.0
    pause = 1.0

    def __init__(self, lab: LabHost, state: Path | None = None, host: str = "") -> None:
        super().__init__({"XDG_STATE_HOME": str(state)} if state is not None else {})
        self.host = host or os.environ["XENTUI_LAB_HOST"]
        self.lab = lab

    def xl(self, *words: str) -> str:
        """Run the real xl."""
        return self.lab.run(["xl", *words]).stdout

    def write(self, path: str, text: str) -> None:
        """Write a file in the dom0."""
        self.lab.write(path, text)

    def read(self, path: str) -> str:
        """Read a file of the dom0."""
        return self.lab.run(["cat", path]).stdout

    def copy_image(self, image: str, to: str) -> None:
        """Copy an image in the dom0."""
        self.lab.run(["cp", "--sparse=always", image, to])

    def small_system(self, path: str, getty: str = "") -> None:
        """Make the archive in the dom0; with ``getty`` the system itself has one on that terminal."""
        self.lab.run(f"sh -s {path} {getty}", stdin=SMALL_SYSTEM.read_text(encoding="utf-8"))

    def fetch(self, path: str, to: Path) -> None:
        """Copy a file of the dom0 here."""
        with to.open("wb") as file:
            subprocess.run([*self.lab.ssh, f"cat {shlex.quote(path)}"], stdout=file, check=True, timeout=300)

    def put(self, image: Path, to: str) -> None:
        """Copy an image into the dom0."""
        folder, _, name = to.rpartition("/")
        assert name == image.name
        packed = subprocess.run(
            ["/bin/tar", "-C", image.parent, "-Sczf", "-", name],
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
        unpack = f"tar -C {shlex.quote(folder)} -Sxzf -"
        subprocess.run([*self.lab.ssh, unpack], input=packed.stdout, check=True, timeout=300)

    def digest(self, path: str) -> str:
        """Of a file in the dom0."""
        return self.lab.run(["sha256sum", path]).stdout.split()[0]

    def ask_for_login(self, name: str) -> None:
        """Put a login in the place of the shell the guest's init starts."""
        child = self.spawn("console", name)
        child.expect("Ctrl-]")
        self.wake(child)
        for line in (
            "cat > /sbin/ask <<'END'",
            "#!/bin/sh",
            'while [ -z "$user" ]; do printf "tinyguest login: "; read -r user; done',
            "printf 'Password: '; stty -echo; read -r word; stty echo; echo",
            '[ "$user:$word" = root:sesam ] && exec /bin/sh',
            "echo 'Login incorrect'",
            "END",
        ):
            child.send(line + "\r")
        child.expect("END\r\n")  # the shell asks for the cursor's place behind each of its prompts
        child.expect(self.prompt)
        self.type_command(
            child, "chmod +x /sbin/ask; echo '::respawn:/sbin/ask' > /etc/inittab; echo made", "made\r"
        )
        child.send("kill -HUP 1; exit\r")
        child.expect("login: ")
        self.leave(child)


LONG = (
    boot_entry_chosen_by_title,
    pygrub_entry_chosen_by_arrow,
    a_script_logs_in_and_asks_for_the_kernel,
    stopped_copies_take_nobodys_place,
    bad_input_changes_nothing,
)
"""Those of which another test here shows the same on a real Xen: the screen chooses entries and types at consoles."""


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(each, marks=pytest.mark.long) if each in (*LONG, *BOOT_SCENARIOS) else each
        for each in (*SCENARIOS, *BOOT_SCENARIOS)
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_scenario(scenario: Callable[[World], None], clean_host: LabHost, tmp_path: Path) -> None:
    """Each scenario on a host without guests."""
    world = LabWorld(clean_host, tmp_path)
    try:
        scenario(world)
    finally:
        world.close()


def test_no_scenario_is_lost() -> None:
    """The list of scenarios is what the module defines."""
    from tests.scenarios import scenarios

    defined = {
        name
        for name, value in vars(scenarios).items()
        if callable(value) and getattr(value, "__module__", "") == scenarios.__name__ and name[0] != "_"
    }
    assert defined == {scenario.__name__ for scenario in SCENARIOS}

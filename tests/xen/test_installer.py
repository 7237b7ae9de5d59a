"""Debian's own installer on a real Xen, started by the wizard on a console tab, with a preseed, and answered by keys.

It is what the package ``debian-installer-12-netboot-amd64`` brings, and fetched by ``lab installer``: 50 MB.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator

import pytest

from tests.scenarios.making_scenarios import fill
from tests.scenarios.screen import ScreenDriver
from tests.xen.conftest import LAB, LabHost
from tests.xen.test_screen import LabScreenWorld

INSTALLER = "/srv/installer"
PRESEED = """\
d-i debian-installer/locale string en_GB.UTF-8
d-i keyboard-configuration/xkb-keymap select gb
d-i netcfg/choose_interface select auto
d-i netcfg/disable_autoconfig boolean true
d-i netcfg/get_ipaddress string 192.0.2.77
d-i netcfg/get_netmask string 255.255.255.0
d-i netcfg/get_gateway string 192.0.2.1
d-i netcfg/get_nameservers string 192.0.2.1
d-i netcfg/confirm_static boolean true
d-i netcfg/get_hostname string seeded
d-i netcfg/get_domain string example.org
"""
ASKED = (
    "Low memory",
    "Select a language",
    "Select your location",
    "Configure the keyboard",
    "Configure the network",
    "Hostname:",
    "Domain name:",
    "IP address:",
)
"""What it asks for where nobody has told it."""
MIRROR = "Debian archive mirror country:"
"""The first thing no answer is given for."""
PATIENCE = 900.0
"""Seconds it takes to its first question on an emulated host that others keep busy; about 300 else."""


@pytest.fixture
def world(clean_host: LabHost) -> Iterator[LabScreenWorld]:
    """A host without guests, with Debian's installer on it."""
    subprocess.run([LAB, "installer", os.environ["XENTUI_LAB_NAME"], INSTALLER], check=True, timeout=900)
    # Short: the path of a socket may have 104 characters only.
    with tempfile.TemporaryDirectory(prefix="xentui-inst-", dir="/tmp") as folder:
        made = LabScreenWorld(clean_host, folder)
        made.write("/etc/xen/seed.cfg", PRESEED)
        try:
            yield made
        finally:
            made.close()
            clean_host.clean()
            clean_host.run("rm -rf /srv/installed.img /srv/installed-answers.initrd /etc/xen/seed.cfg")


def until_asked(screen: ScreenDriver, wanted: str, patience: float = PATIENCE) -> set[str]:
    """Wait for a question, and return which others have come before it."""
    deadline, seen = time.monotonic() + patience, set[str]()

    def came() -> bool:
        seen.update(question for question in ASKED if screen.shows(question))
        return screen.shows(wanted)

    screen.until(came, patience=deadline - time.monotonic(), what=wanted)
    return seen


@pytest.mark.long
def test_the_wizard_starts_debians_installer_and_its_preseed_is_read(world: LabScreenWorld) -> None:
    """Language, keyboard, network and host name are not asked for; the mirror is, and keys answer it."""
    screen = world.screen()
    screen.type("\x0e")
    screen.until("step 1: what it starts from")
    screen.press("enter")
    screen.until("step 2: its system")
    screen.press("enter")
    screen.until("3 of 6: its source")
    fill(screen, f"{INSTALLER}/linux", f"{INSTALLER}/initrd.gz", None, "/etc/xen/seed.cfg")
    screen.until("4 of 6: its name and disks")
    fill(screen, "installed", "/srv/installed.img", "1G")
    screen.until("5 of 6: memory, network, display")
    fill(screen, None, "832M")
    screen.until("6 of 6: the stored configuration")
    screen.until("installed-answers.initrd")
    screen.press("f2")
    screen.until("Make installed?")
    screen.press("enter")
    screen.until("installed #", patience=PATIENCE)
    assert until_asked(screen, MIRROR) == set()
    assert " 832 " in world.xl("list", "installed")
    screen.press("enter")  # the country the language tells
    screen.until("Please select a Debian archive mirror", patience=PATIENCE)
    screen.press("enter")
    screen.until("HTTP proxy information", patience=PATIENCE)
    screen.press("ctrl+]")
    screen.until(lambda: screen.state_of("installed") == "installing", what="the list")
    screen.quit()
    assert "installing" in world.run("list", "installed")
    world.run("destroy", "--yes", "installed")
    world.wait("installed broken off", lambda: world.shown("installed")["install"] == "broken off")
    world.run("install", "installed", "--discard", "--yes")
    assert world.lab.run("ls /srv/installed*", check=False).returncode, "what was made for it is left"

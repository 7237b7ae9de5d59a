"""xentui installed in the dom0 itself, from wheels, on its local host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios import screen_scenarios
from tests.scenarios.screen import ScreenDriver
from tests.xen.conftest import LabHost

TOP = Path(__file__).parents[2]
HOME = "/opt/xentui-test"
PYTHON = "python3.11"
"""The dom0's."""
PATIENCE = 300.0
"""Seconds the screen may take to start, or a guest to boot."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """xentui and all it needs as wheels for the dom0's Python, in one archive; pure ones only."""
    folder = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip"]
    pure = ["--only-binary=:all:", "--platform", "any", "--python-version", "3.11", "--abi", "none"]
    pure += ["--implementation", "py"]
    for command in (
        [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(TOP)],
        [*pip, "download", "--quiet", *pure, "--find-links", str(folder), "--dest", str(folder), "xentui"],
    ):
        subprocess.run(command, check=True, timeout=600, stdin=subprocess.DEVNULL)
    names = sorted(path.name for path in folder.iterdir())
    assert all(name.endswith("-none-any.whl") for name in names), names
    archive = folder / "wheels.tar"
    with tarfile.open(archive, "w") as tar:
        for name in names:
            tar.add(folder / name, arcname=name)
    return archive


@pytest.fixture(scope="module")
def xentui(lab_host: LabHost, wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command in the dom0, installed there; gone at the end.

    With XENTUI_LAB_ALL by the dom0's own pip, which takes an emulated host three minutes; else as pip has put it here.
    """
    lab_host.run(f"rm -rf {HOME} && mkdir -p {HOME}/wheels && python3 -m venv --without-pip {HOME}/venv")
    if os.environ.get("XENTUI_LAB_ALL"):
        _send(lab_host, wheels, f"{HOME}/wheels")
        # Debian's own pip does what a pip of the folder's own would do; to copy it there takes another minute.
        install = (
            "PYTHONPATH=$(echo /usr/share/python-wheels/pip-*.whl) "
            f"{HOME}/venv/bin/python -m pip install --quiet --no-compile --no-index --find-links {HOME}/wheels xentui"
        )
        subprocess.run([*lab_host.ssh, install], check=True, timeout=900, stdin=subprocess.DEVNULL)
    else:
        _send(lab_host, _installed(wheels, tmp_path_factory.mktemp("installed")), f"{HOME}/venv")
    yield f"cd / && {HOME}/venv/bin/xentui"
    lab_host.run(f"rm -rf {HOME}")


def _installed(wheels: Path, folder: Path) -> Path:
    """The wheels installed in a folder, with a command for the dom0's Python, in one archive."""
    packages, command = folder / "packages", folder / "xentui"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--find-links",
        str(wheels.parent),
    ]
    subprocess.run(
        [*pip, "--target", str(packages), "xentui"], check=True, timeout=600, stdin=subprocess.DEVNULL
    )
    command.write_text(
        f"#!{HOME}/venv/bin/python\nimport sys\nfrom xentui.main import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    archive = folder / "installed.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(packages, arcname=f"lib/{PYTHON}/site-packages")
        tar.add(command, arcname="bin/xentui")
    return archive


def _send(lab_host: LabHost, archive: Path, to: str) -> None:
    with archive.open("rb") as stream:
        subprocess.run([*lab_host.ssh, f"tar -xf - -C {to}"], stdin=stream, check=True, timeout=300)


@pytest.fixture
def guest(clean_host: LabHost) -> str:
    """The configuration file of a small guest."""
    path = "/etc/xen/here.cfg"
    clean_host.write(
        path,
        'name = "here"\nmemory = 128\nkernel = "/srv/guests/vmlinuz"\n'
        'ramdisk = "/srv/guests/guest-initrd.gz"\nextra = "console=hvc0"\n',
    )
    return path


def test_a_domain_lives_on_the_local_host(clean_host: LabHost, xentui: str, guest: str) -> None:
    """Without `--host`, on the dom0: new, start, list, destroy, delete."""
    assert "simulator" not in clean_host.run(f"{xentui} list").stderr
    clean_host.run(f"{xentui} new here.cfg")
    clean_host.run(f"{xentui} start here")
    listed = {item["name"]: item for item in json.loads(clean_host.run(f"{xentui} list --json").stdout)}
    assert listed["here"]["managed"]
    assert listed["here"]["domid"] == clean_host.domains()["here"][0]
    assert clean_host.run(f"{xentui} delete here", check=False).returncode == 1
    clean_host.run(f"{xentui} destroy --yes here")
    clean_host.run(f"{xentui} delete here")
    assert clean_host.run(f"{xentui} show here", check=False).returncode == 3
    assert clean_host.run("stat -c %a /var/lib/xentui").stdout.strip() == "700"


def test_the_screen_on_the_local_host(clean_host: LabHost, xentui: str, guest: str) -> None:
    """`ssh -tt dom0 xentui`: the list, a guest stored and booted in a tab, its console, and out again."""
    program, *rest = clean_host.ssh
    state = f"export LC_ALL=C.UTF-8 XDG_STATE_HOME={HOME}/state"
    screen = ScreenDriver([program, "-tt", *rest, f"{state}; {xentui}"], os.environ, patience=PATIENCE)
    try:
        screen.until(lambda: "Domain-0" in screen.rows, what="the list")
        screen.press("n")
        screen.until("Configuration file")
        screen.type("here.cfg")
        screen.until(guest)
        screen.press("enter")
        screen.until(lambda: screen.state_of("here") == "off", what="here, off")
        screen.choose("here")
        screen.press("b")
        screen.until("guest up: ")
        screen_scenarios.command(screen, "echo seen")
        screen.press("ctrl+]")
        screen.until(lambda: screen.state_of("here") in ("running", "blocked"), what="the list")
        screen.quit()
    finally:
        screen.close()
    assert "here" in clean_host.domains()
    assert "guest up: " in clean_host.run(f"cat {HOME}/state/xentui/consoles/*/here-*.log").stdout

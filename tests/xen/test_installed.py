"""xentui installed in the dom0 itself, from wheels, on its local host."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.xen.conftest import LabHost

TOP = Path(__file__).parents[2]
HOME = "/opt/xentui-test"


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


def test_a_domain_lives_on_the_local_host(clean_host: LabHost, wheels: Path) -> None:
    """Without `--host`, on the dom0: new, start, list, destroy, delete."""
    clean_host.run(f"rm -rf {HOME} && mkdir -p {HOME}/wheels")
    with wheels.open("rb") as archive:
        subprocess.run(
            [*clean_host.ssh, f"tar -xf - -C {HOME}/wheels"], stdin=archive, check=True, timeout=300
        )
    # Debian's own pip does what a pip of the folder's own would do; to copy it there takes an emulated host a minute.
    install = (
        f"python3 -m venv --without-pip {HOME}/venv && PYTHONPATH=$(echo /usr/share/python-wheels/pip-*.whl) "
        f"{HOME}/venv/bin/python -m pip install --quiet --no-compile --no-index --find-links {HOME}/wheels xentui"
    )
    subprocess.run([*clean_host.ssh, install], check=True, timeout=600, stdin=subprocess.DEVNULL)
    xentui = f"cd / && {HOME}/venv/bin/xentui"
    try:
        clean_host.write(
            "/etc/xen/here.cfg",
            'name = "here"\nmemory = 128\nkernel = "/srv/guests/vmlinuz"\n'
            'ramdisk = "/srv/guests/guest-initrd.gz"\nextra = "console=hvc0"\n',
        )
        assert "simulator" not in clean_host.run(f"{xentui} list").stderr
        clean_host.run(f"{xentui} new here.cfg")
        clean_host.run(f"{xentui} start here")
        listed = {item["name"]: item for item in json.loads(clean_host.run(f"{xentui} list --json").stdout)}
        assert listed["here"]["managed"]
        assert listed["here"]["domid"] == clean_host.domains()["here"][0]
        assert clean_host.run(f"{xentui} delete here", check=False).returncode == 1
        clean_host.run(f"{xentui} destroy here")
        clean_host.run(f"{xentui} delete here")
        assert clean_host.run(f"{xentui} show here", check=False).returncode == 3
        assert clean_host.run("stat -c %a /var/lib/xentui").stdout.strip() == "700"
    finally:
        clean_host.run(f"rm -rf {HOME}")

"""Debian 12 itself as a guest on a real Xen: of a cloud image, whose cloud-init reads the seed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator

import pytest

from tests.xen.conftest import LAB, LabHost
from tests.xen.test_scenarios import LabWorld

GUESTS = "/srv/guests"
CLOUD = "/srv/cloud"
IMAGE = f"{CLOUD}/debian-12.qcow2"
ADDRESS = "192.0.2.50"
BOOT_SECONDS = 900.0
"""Seconds a whole Debian may take to its login on an emulated host that others keep busy."""


@pytest.fixture
def world(clean_host: LabHost) -> Iterator[LabWorld]:
    """A host without guests; what is made is removed."""
    made = LabWorld(clean_host)
    made.patience = BOOT_SECONDS
    try:
        yield made
    finally:
        made.close()
        clean_host.clean()
        clean_host.run(f"rm -rf {CLOUD} {GUESTS}/made* {GUESTS}/*-cidata.iso /etc/xen/cloudy.toml")


def inside(world: LabWorld, command: str, *, check: bool = True) -> str:
    """What a command in the guest says, run by ssh from the dom0 with the dom0's key."""
    line = f"ssh -o BatchMode=yes -o ConnectTimeout=60 ada@{ADDRESS} -- {shlex.quote(command)}"
    return world.lab.run(line, check=check).stdout.strip()


@pytest.mark.long
def test_cloud_init_of_debian_reads_the_seed(world: LabWorld) -> None:
    """`make --from` a cloud image: host name, user, key, network, and the disk that has grown, as it was told."""
    subprocess.run([LAB, "cloud", os.environ["XENTUI_LAB_NAME"], CLOUD], check=True, timeout=1800)
    key = world.lab.run("ssh-keygen -y -f /root/.ssh/id_ed25519").stdout.strip()
    answers = f"""name = "cloudy"
system = "debian"
type = "pvh"
memory = "512M"
[source]
kind = "cloud"
path = "{IMAGE}"
format = "qcow2"
[first_boot]
user = "ada"
ssh_keys = [{json.dumps(key)}]
hostname = "seeded.example.org"
address = "{ADDRESS}/24"
gateway = "192.0.2.1"
dns = ["192.0.2.53"]
[[disk]]
path = "{GUESTS}/made4.img"
size = "2G"
[[interface]]
bridge = "xenbr0"
"""
    world.write("/etc/xen/cloudy.toml", answers)
    world.run("make", "--from", "host:/etc/xen/cloudy.toml", "--start", "--yes")
    uuid = world.domain("cloudy")["uuid"]
    child = world.spawn("console", "cloudy")
    child.expect("Ctrl-]")
    child.expect("seeded login: ", timeout=BOOT_SECONDS)
    world.leave(child)
    world.wait(
        "cloud-init is done", lambda: "result.json" in inside(world, "ls /run/cloud-init", check=False)
    )
    result = json.loads(inside(world, "cat /run/cloud-init/result.json"))["v1"]
    # The image has no locales, and that is all it may complain of.
    assert [each for each in result["errors"] if "locale" not in each] == []
    assert result["datasource"].startswith("DataSourceNoCloud")
    told = json.loads(inside(world, "cat /run/cloud-init/instance-data.json"))["v1"]
    assert (told["instance_id"], told["local_hostname"]) == (uuid, "seeded")
    assert inside(world, "hostname; hostname --fqdn").split() == ["seeded", "seeded.example.org"]
    assert inside(world, "id -un; sudo -n id -un").split() == ["ada", "root"]
    assert inside(world, "cat .ssh/authorized_keys") == key
    assert ADDRESS in inside(world, "ip -brief address show eth0")
    assert "default via 192.0.2.1 dev eth0" in inside(world, "ip route")
    assert "nameserver 192.0.2.53" in inside(world, "cat /run/systemd/resolve/resolv.conf")
    log = inside(world, "sudo cat /var/log/cloud-init.log")
    warned = [line for line in log.splitlines() if "WARNING" in line or "ERROR" in line]
    assert [line for line in warned if "locale" not in line] == []
    assert int(inside(world, "df --output=size -m / | tail -n 1")) > 1700, "the file system has not grown"
    assert inside(world, "sudo passwd --status ada").split()[1] == "L"
    world.run("shutdown", "-w", "cloudy")
    world.wait_state("cloudy", "off")
    world.run("delete", "cloudy", "--with-disks", "--yes")

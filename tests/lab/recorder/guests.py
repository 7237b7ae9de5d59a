"""The guests the recordings are made with, and how to bring them up and away."""

from __future__ import annotations

import os
import pty
import shutil
import time
from pathlib import Path

from .notebook import run

WORK = Path("/root/recordings-work")
GUESTS = Path("/srv/guests")
BOOT_SECONDS = 300.0

CONFIGS = {
    "direct": """name = "direct"
kernel = "/srv/guests/vmlinuz"
ramdisk = "/srv/guests/guest-initrd.gz"
extra = "console=hvc0 sysrq_always_enabled"
memory = 128
maxmem = 256
vcpus = 1
disk = ['file:{work}/root.img,xvda,w']
vif = ['bridge=xenbr0']
""",
    "pygrub": """name = "pygrub"
bootloader = "pygrub"
memory = 128
vcpus = 1
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "destroy"
disk = ['file:{work}/menulst.img,xvda,w']
vif = ['bridge=xenbr0']
""",
    "pvh": """name = "pvh"
type = "pvh"
kernel = "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"
memory = 128
vcpus = 1
disk = ['file:{work}/grubcfg.img,xvda,w']
vif = ['bridge=xenbr0']
""",
    "hvm": """name = "hvm"
type = "hvm"
memory = 160
vcpus = 1
maxvcpus = 2
boot = "c"
serial = "pty"
vnc = 1
usbdevice = "tablet"
disk = ['file:{work}/bios.img,hda,w', 'file:{work}/data.img,hdc:cdrom,r']
vif = ['bridge=xenbr0']
""",
}


def prepare() -> None:
    """Lay out disk images and configuration files of the recordings' own."""
    WORK.mkdir(parents=True, exist_ok=True)
    for image, source in (
        ("root", "menulst"),
        ("menulst", "menulst"),
        ("grubcfg", "grubcfg"),
        ("bios", "bios"),
    ):
        shutil.copyfile(GUESTS / f"guest-{source}.img", WORK / f"{image}.img")
    for name in ("data", "data2", "data3"):
        with (WORK / f"{name}.img").open("wb") as image_file:
            image_file.truncate(16 << 20)
    for name in CONFIGS:
        config(name)


def config(name: str, base: str = "", /, **settings: str) -> str:
    """Write a configuration file and return its path.

    ``base`` names one of :data:`CONFIGS` (default: ``name`` itself); ``settings`` are keys with their values
    as xl's language writes them; a key that is there already is replaced.
    """
    lines = CONFIGS[base or name].format(work=WORK).splitlines()
    settings = {"name": f'"{name}"', **settings}
    lines = [line for line in lines if line.split("=")[0].strip() not in settings]
    lines += [f"{key} = {value}" for key, value in settings.items()]
    path = WORK / f"{name}.cfg"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def domid(name: str) -> str:
    """The domid of a domain, or an empty string."""
    status, out, _, _ = run(["xl", "domid", name])
    return out.decode().strip() if status == 0 else ""


def create(path: str, *extra: str) -> None:
    """Create a domain from a file, unrecorded; once more when an overloaded machine let a hotplug script time out.

    Raises RuntimeError with xl's words when it fails.
    """
    for _ in range(2):
        status, _, err, _ = run(["xl", "create", path, *extra], timeout=300)
        if status == 0:
            return
        if b"because of timeout" not in err:
            break
    raise RuntimeError(f"xl create {path}: {err.decode('utf-8', 'replace')}")


def wait_booted(name: str) -> None:
    """Wait until the guest's shell is up: its network card is connected and it had three seconds more.

    Raises TimeoutError after :data:`BOOT_SECONDS`.
    """
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        number = domid(name)
        status, out, _, _ = run(["xenstore-read", f"/local/domain/{number}/device/vif/0/state"])
        if number and status == 0 and out.strip() == b"4":
            time.sleep(3)
            return
        time.sleep(0.5)
    raise TimeoutError(f"{name} did not boot")


def wait_gone(name: str) -> None:
    """Wait until no domain has that name.  Raises TimeoutError after :data:`BOOT_SECONDS`."""
    deadline = time.monotonic() + BOOT_SECONDS
    while domid(name):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not go away")
        time.sleep(0.5)


def destroy_all() -> None:
    """Destroy every guest."""
    _, out, _, _ = run(["xl", "list"])
    for line in out.decode().splitlines()[2:]:
        number = line.rsplit(None, 5)[-5]
        run(["xl", "destroy", number])


def first_client(name: str) -> tuple[int, int]:
    """Attach a first console client on a terminal of its own; returns its process id and the descriptor."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execvp("xl", ["xl", "console", name])  # noqa: S606, S607
    time.sleep(2)
    return pid, descriptor

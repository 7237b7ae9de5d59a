"""mmdebstrap, debootstrap and tar of the simulated host, as far as a new disk is filled by them: words and statuses.

What they say is as real ones said it (mmdebstrap 1.3.5, debootstrap 1.0.128, Debian 12).  Nothing is mounted: the
disk gets a small file system with a boot menu and a kernel.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from xentui.simulator import guest_images
from xentui.simulator.call import Call, Exit
from xentui.simulator.sample_host import DEBIAN_GRUB

FAILS = "systems_fail"
"""Remembered by a host on which no system can be made: ``mirror``, ``keys``, ``full`` or ``packages``."""
PROGRAM = "fill.py"
FILES = {
    "/usr/bin/mmdebstrap": "",
    "/usr/bin/tar": "",
    "/usr/bin/unshare": "",
    "/usr/sbin/mkfs.ext4": "",
    "/usr/sbin/mkfs.xfs": "",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "",
    "/etc/apt/sources.list": (
        "deb http://deb.debian.org/debian bookworm main\n"
        "deb http://deb.debian.org/debian bookworm-updates main\n"
        "deb http://deb.debian.org/debian-security bookworm-security main\n"
    ),
}
_STEPS = (
    ("I: automatically chosen format: directory", 5),
    ("I: running apt-get update...", 8),
    ("I: downloading packages with apt...", 25),
    ("I: extracting archives...", 35),
    ("I: installing essential packages...", 50),
    ("I: installing remaining packages inside the chroot...", 90),
    ("I: cleaning package lists and apt cache...", 93),
)
_FAILURES = {
    "mirror": (
        "Err:1 http://deb.debian.org/debian bookworm InRelease",
        "  Temporary failure resolving 'deb.debian.org'",
        "E: apt-get update -oAPT::Status-Fd=<$fd> -oDpkg::Use-Pty=false failed: process exited with 100",
    ),
    "keys": (
        "W: GPG error: http://deb.debian.org/debian bookworm InRelease: The following signatures couldn't be verified"
        " because the public key is not available: NO_PUBKEY 0E98404D386FA1D9",
        "E: The repository 'http://deb.debian.org/debian bookworm InRelease' is not signed.",
    ),
    "full": (
        "dpkg: error processing archive linux-image.deb (--unpack): cannot copy extracted data: failed to write"
        " (No space left on device)",
        "E: apt-get install failed: process exited with 100",
    ),
    "packages": (
        "E: Unable to locate package nonesuch",
        "E: apt-get install failed: process exited with 100",
    ),
}
_TAR_ENDS = "tar: Exiting with failure status due to previous errors\n"
_ASKS = (b"entry=grub-normal", b"login entry=admin")
"""What was made asks who is there; as long as what it replaces, so that the file system stays whole."""
_SECONDS = 2.0
"""A step takes that at speed 1."""


def make_file_system(call: Call, words: Sequence[str]) -> int:
    """``mkfs.ext4 … PATH`` and ``mkfs.xfs … PATH``: the file system comes with what is put on it."""
    if not words or not Path(call.real_path(words[-1])).exists():
        raise call.fail(f"The file {words[-1] if words else ''} does not exist and no size was specified.", 1)
    return 0


def fill(call: Call, place: str) -> int:
    """Return the program that fills a disk, by what the folder of its job says
    (:mod:`xentui.agent.systems.system_tree`).
    """
    folder = Path(place)
    spec = json.loads((folder / "system.json").read_text(encoding="utf-8"))
    (folder / "secret").unlink(missing_ok=True)
    call.out(f"I: {' '.join(spec['tool'])}\n")
    fails = str(call.state.get(FAILS, ""))
    if spec["kind"] == "tar":
        _unpack(call, spec["archive"], menu=bool(spec["setup"]["menu"]))
    else:
        for at, (line, percent) in enumerate(_STEPS):
            call.out(f"{line}\n")
            _tell(folder, percent)
            call.wait(_SECONDS)
            if fails and at == (1 if fails in ("mirror", "keys") else 5):
                call.out("".join(f"{each}\n" for each in _FAILURES[fails]))
                raise Exit(25)
    call.out("I: setting the system up\nI: /boot/grub/grub.cfg is written\nI: writing it to the disk\n")
    with Path(call.real_path(spec["image"])).open("r+b") as image:
        image.write(guest_images.image(DEBIAN_GRUB).replace(*_ASKS))
    _tell(folder, 99)
    return 0


def _unpack(call: Call, path: str, *, menu: bool) -> None:
    """Look at an archive as tar would unpack it."""
    call.wait(_SECONDS)
    try:
        with tarfile.open(path) as archive:
            names = [
                member.name.removeprefix("./") for _at, member in zip(range(100_000), archive, strict=False)
            ]
    except (OSError, tarfile.TarError):
        call.out(f"tar: This does not look like a tar archive\n{_TAR_ENDS}")
        raise Exit(2) from None
    if any(".." in name.split("/") for name in names):
        call.out(f"tar: ../x: Member name contains '..'\n{_TAR_ENDS}")
        raise Exit(2)
    if menu and not any(name.startswith("boot/vmlinuz") for name in names):
        call.out(
            "E: it has no kernel in /boot: name one of the host (--kernel), or a package that contains one\n"
        )
        raise Exit(1)


def _tell(folder: Path, percent: int) -> None:
    (folder / "progress").write_bytes(b"%20d %20d\n" % (percent, 100))

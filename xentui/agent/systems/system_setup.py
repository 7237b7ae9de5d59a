"""Sets up a system that has just been put on a disk: names, network, who may log in, and what boots it.

All of this happens with the system for root (chroot), so that no link in it leads to a file of the host; its own
programs are not run.  What is in the way is replaced, never written through.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from xentui.agent.files import fsio

_LIMIT = 1 << 20
_KERNELS = ("vmlinuz", "vmlinux", "kernel", "bzImage")
#: What an initrd is called for a kernel ``vmlinuz-RELEASE``, or for one without a release.
_RAMDISKS = (
    "initrd.img-{}",
    "initramfs-{}.img",
    "initrd-{}",
    "initramfs-{}",
    "initrd.img",
    "initramfs.img",
    "initrd",
)
_GRUB = "/boot/grub/grub.cfg"
#: Menus that pygrub would take before ours, or beside it.
_OTHER_MENUS = (
    _GRUB,
    "/boot/grub/menu.lst",
    "/boot/grub/grub.conf",
    "/boot/grub2/grub.cfg",
    "/boot/extlinux/extlinux.conf",
    "/boot/extlinux.conf",
    "/extlinux.conf",
    "/grub/menu.lst",
    "/grub/grub.conf",
)
#: Writes the boot menu anew in the guest, when its kernels have changed.
HOOK = r"""#!/bin/sh
# Writes the boot menu of this guest: its kernels, the newest first.  Installed by xentui.
# Where GRUB is installed (update-grub), that does it.
command -v update-grub >/dev/null && exit 0
[ -n "$DPKG_MAINTSCRIPT_PACKAGE" ] || [ -t 1 ] || exit 0
new=/boot/grub/grub.cfg.new
{
    echo "set default=0"
    echo "set timeout=@TIMEOUT@"
    for kernel in $(ls -1 /boot/vmlinuz-* | sort -rV); do
        release=${kernel#/boot/vmlinuz-}
        [ -f "/boot/initrd.img-$release" ] || continue
        echo "menuentry 'Linux $release' {"
        echo "    linux $kernel @LINE@"
        echo "    initrd /boot/initrd.img-$release"
        echo "}"
    done
} >"$new" && grep -q menuentry "$new" && mv "$new" /boot/grub/grub.cfg
exit 0
"""
_HOOKS = ("/etc/kernel/postinst.d/zz-xentui-grub", "/etc/kernel/postrm.d/zz-xentui-grub")
_TIMEOUT = 3


class UnfitError(Exception):
    """The system lacks something, and what."""


def set_up(setup: Dict[str, Any], say: Callable[[str], None]) -> None:
    """Set the system at ``/`` up; ``say`` is told what was done.

    ``setup`` has ``hostname`` ("" to leave it), ``uuid`` and ``filesystem`` of its file system, ``menu`` (whether its
    own boot menu boots it), ``network`` (whether it asks for its address by DHCP), ``keys`` of those who may log in as
    root, ``password``, the hash of root's, ``sources``, lines for apt, and ``fresh``, whether nobody else has one like
    it.  Raises :class:`UnfitError` where it could not be booted.
    """
    if not any(os.path.isdir(folder) for folder in ("/bin", "/usr/bin")) or not os.path.isdir("/etc"):
        raise UnfitError("it is not a root file system: it has no /etc, or no /bin")
    write(
        "/etc/fstab",
        f"UUID={setup['uuid']} / {setup['filesystem']} defaults,noatime 0 1\n",
        say,
        keep=True,
    )
    if setup["hostname"]:
        _hostname(setup["hostname"], say)
    if setup["sources"]:
        write("/etc/apt/sources.list", "".join(f"{line}\n" for line in setup["sources"]), say)
    if setup["network"]:
        _network(say)
    _console(say)
    if setup["keys"]:
        _folder("/root", 0o700)
        _folder("/root/.ssh", 0o700)
        write("/root/.ssh/authorized_keys", "".join(f"{key}\n" for key in setup["keys"]), say, mode=0o600)
    if setup["password"]:
        _password(setup["password"], say)
    if _look("/etc/machine-id") is not None:
        # Empty: the guest makes its own when it first boots (machine-id(5)).
        write("/etc/machine-id", "", say, mode=0o444)
    if not setup["fresh"]:
        _ssh_host_keys(say)
    if setup["menu"]:
        _menu(setup["uuid"], say)


def _hostname(name: str, say: Callable[[str], None]) -> None:
    write("/etc/hostname", f"{name}\n", say)
    hosts = read("/etc/hosts") or "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
    kept = [line for line in hosts.splitlines() if not line.startswith("127.0.1.1")]
    write("/etc/hosts", "".join(f"{line}\n" for line in [*kept, f"127.0.1.1 {name}"]), say)


def _network(say: Callable[[str], None]) -> None:
    """Its first interface asks for its address, by what the system has for that."""
    if any(_is_there(path) for path in ("/usr/sbin/ifup", "/sbin/ifup")):
        text = "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n"
        write("/etc/network/interfaces", text, say, keep=True)
        return
    units = next(
        (
            folder
            for folder in ("/usr/lib/systemd/system", "/lib/systemd/system")
            if _is_there(f"{folder}/systemd-networkd.service")
        ),
        "",
    )
    if not units:
        say("W: it has neither ifup nor systemd-networkd: its network is unchanged")
        return
    write(
        "/etc/systemd/network/80-dhcp.network",
        "[Match]\nName=eth0\n\n[Network]\nDHCP=yes\n",
        say,
    )
    _enable(units, "systemd-networkd.service", "multi-user.target.wants", say)
    if _is_there(f"{units}/systemd-resolved.service"):
        _enable(units, "systemd-resolved.service", "multi-user.target.wants", say)
        with contextlib.suppress(FileNotFoundError):
            os.unlink("/etc/resolv.conf")
        os.symlink("../run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf")


def _console(say: Callable[[str], None]) -> None:
    """Somebody can log in on Xen's console."""
    for units in ("/usr/lib/systemd/system", "/lib/systemd/system"):
        if _is_there(f"{units}/serial-getty@.service"):
            _enable(units, "serial-getty@.service", "getty.target.wants", say, "serial-getty@hvc0.service")
            return
    text = read("/etc/inittab")
    if text is None:
        say("W: it has neither systemd nor an inittab: there is no login on its console")
    elif not re.search(r"^[^#\n]*\bhvc0\b", text, re.M):
        busybox = re.search(r"^[^#:\n]*::", text, re.M) is not None
        getty = (
            "hvc0::respawn:/sbin/getty 38400 hvc0" if busybox else "h0:2345:respawn:/sbin/getty 38400 hvc0"
        )
        write("/etc/inittab", f"{text.rstrip()}\n{getty}\n", say, mode=0o644)
    securetty = read("/etc/securetty")
    if securetty is not None and "hvc0" not in securetty.split():
        write("/etc/securetty", f"{securetty.rstrip()}\nhvc0\n", say)


def _enable(units: str, unit: str, wanted_by: str, say: Callable[[str], None], name: str = "") -> None:
    """Enable a unit of systemd, as ``systemctl enable`` does."""
    folder = f"/etc/systemd/system/{wanted_by}"
    _folder(folder, 0o755)
    link = f"{folder}/{name or unit}"
    if _look(link) is None:
        os.symlink(f"{units}/{unit}", link)
        say(f"I: {link}")


def _password(hashed: str, say: Callable[[str], None]) -> None:
    """Root's password, in shadow(5)."""
    text = read("/etc/shadow")
    if text is None:
        raise UnfitError("it has no /etc/shadow for root's password")
    today = int(time.time() // 86400)
    lines, found = [], False
    for line in text.splitlines():
        fields = line.split(":")
        if fields[0] == "root" and len(fields) >= 3:
            fields[1:3] = [hashed, str(today)]
            found = True
        lines.append(":".join(fields))
    if not found:
        lines.insert(0, f"root:{hashed}:{today}:0:99999:7:::")
    status = os.stat("/etc/shadow")
    write(
        "/etc/shadow",
        "".join(f"{line}\n" for line in lines),
        say,
        mode=stat.S_IMODE(status.st_mode) & 0o640,
        group=status.st_gid,
    )


def _ssh_host_keys(say: Callable[[str], None]) -> None:
    """Others have the same archive: what proves this guest's name must be its own."""
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir("/etc/ssh"))[:1000]:
            if re.fullmatch(r"ssh_host_[a-z0-9]{1,20}_key(\.pub)?", name):
                os.unlink(f"/etc/ssh/{name}")
                say(f"I: /etc/ssh/{name} is removed: others have it too (`ssh-keygen -A` makes new ones)")


# What boots it


def kernels() -> List[Tuple[str, str]]:
    """Return the kernels in ``/boot``, each with its initrd ("" for none), the newest first."""
    try:
        names = sorted(os.listdir("/boot"))[:10000]
    except OSError:
        names = []
    found = []
    for name in names:
        stem, _dash, release = name.partition("-")
        if stem not in _KERNELS or not _is_there(f"/boot/{name}"):
            continue
        ramdisks = (form.format(release) for form in _RAMDISKS)
        ramdisk = next((each for each in ramdisks if each in names and _is_there(f"/boot/{each}")), "")
        found.append((_version(release), f"/boot/{name}", f"/boot/{ramdisk}" if ramdisk else ""))
    return [(kernel, ramdisk) for _release, kernel, ramdisk in sorted(found, reverse=True)]


def _version(release: str) -> List[Tuple[int, str]]:
    return [(int(number or 0), word) for number, word in re.findall(r"([0-9]{1,9})|([^0-9]+)", release)]


def _menu(uuid: str, say: Callable[[str], None]) -> None:
    """The boot menu that pygrub and GRUB in the guest read."""
    found = kernels()
    if not found:
        raise UnfitError(
            "it has no kernel in /boot: name one of the host (--kernel), or a package that contains one"
        )
    for path in _OTHER_MENUS:
        if _look(path) is not None:
            os.rename(path, f"{path}.before-xentui")
            say(f"I: {path} is called {path}.before-xentui now")
    lines = ["set default=0", f"set timeout={_TIMEOUT}"]
    for kernel, ramdisk in found:
        # Without an initrd nobody finds a file system by its uuid.
        line = kernel_line(f"UUID={uuid}" if ramdisk else "/dev/xvda")
        name = _SAFE.sub("_", os.path.basename(kernel).partition("-")[2] or os.path.basename(kernel))
        lines += [f"menuentry 'Linux {name}' {{", f"    linux {kernel} {line}"]
        lines += [f"    initrd {ramdisk}"] if ramdisk else []
        lines += ["}"]
    write(_GRUB, "".join(f"{line}\n" for line in lines), say)
    if os.path.isdir("/etc/kernel"):
        hook = HOOK.replace("@TIMEOUT@", str(_TIMEOUT)).replace("@LINE@", kernel_line(f"UUID={uuid}"))
        for path in _HOOKS:
            write(path, hook, say, mode=0o755)


_SAFE = re.compile(r"[^A-Za-z0-9._+~-]")


def kernel_line(root: str) -> str:
    """Return what stands on its kernel's line; its interfaces are called eth0 and so on, whatever its udev is used
    to.
    """
    return f"root={root} ro console=hvc0 net.ifnames=0"


# Files


def _look(path: str) -> Optional[os.stat_result]:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_there(path: str) -> bool:
    """Return whether a path is, or leads to, a file of the system."""
    return os.path.isfile(path)


def _folder(path: str, mode: int) -> None:
    """Have a folder there; a link to one is one."""
    if not os.path.isdir(path):
        above = os.path.dirname(path)
        if above != path:
            _folder(above, 0o755)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, mode)
        os.chmod(path, mode)


def read(path: str) -> Optional[str]:
    """Return a text of the system; None where there is no such file, or it is none that can be edited."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        data = os.read(fd, _LIMIT + 1)
    finally:
        os.close(fd)
    return data.decode("utf-8", "surrogateescape") if len(data) <= _LIMIT else None


def write(
    path: str,
    text: str,
    say: Callable[[str], None],
    *,
    mode: int = 0o644,
    group: int = -1,
    keep: bool = False,
) -> None:
    """Write a file in the place of what is there, flushed; ``keep`` has what was there kept beside it."""
    _folder(os.path.dirname(path), 0o755)
    passing = f"{path}.xentui-new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(passing)
    fd = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        fsio.write_all(fd, text.encode("utf-8", "surrogateescape"))
        os.fchmod(fd, mode)
        if group >= 0:
            os.fchown(fd, 0, group)
        os.fsync(fd)
    finally:
        os.close(fd)
    if keep and _look(path) is not None and (read(path) or "").strip():
        os.rename(path, f"{path}.before-xentui")
    os.rename(passing, path)
    say(f"I: {path} is written")

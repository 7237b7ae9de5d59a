"""``xen-create-image`` of xen-tools 4.9.2, as far as a small one can be true to it: options, words, statuses, files.

What it says and leaves is as read in its source and as seen when run with ``--install-method=tar``: 0 for options it
does not know, 22 for a value it refuses, 127 else; a tarball without ``/etc/ssh`` kills it with status 2 when all is
made.  Killed, it leaves what there is by then.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from xentui.frozen import dataclass
from xentui.simulator import guest_images, storage, systems
from xentui.simulator.call import Call, Exit
from xentui.simulator.sample_host import DEBIAN_MENU

CONFIG = "/etc/xen-tools/xen-tools.conf"
FAILS = "xen_tools_fails"
"""Remembered by a host on which the installation of a guest fails."""
FILES = {
    "/usr/bin/xen-create-image": "",
    "/usr/sbin/debootstrap": "",
    CONFIG: (
        "# xen-tools configuration\n"
        "dir = /srv/xen\n"
        "install-method = debootstrap\n"
        "size   = 4G       # Root disk, suffix (G, M, k) required\n"
        "memory = 256M     # Suffix (G, M, k) required\n"
        "swap   = 512M     # Suffix (G, M, k) required\n"
        "fs     = ext4     # Default file system for any disk\n"
        "dist   = `xt-guess-suite-and-mirror --suite`\n"
        "image  = sparse   # Specify sparse vs. full disk images\n"
        "kernel = /boot/vmlinuz-`uname -r`\n"
        "initrd = /boot/initrd.img-`uname -r`\n"
    ),
    "/etc/xen-tools/role.d/minimal": "#!/bin/sh\n",
    "/usr/share/xen-tools/bookworm.d/20-setup-apt": "",
    "/usr/share/xen-tools/bullseye.d/20-setup-apt": "",
}
_BUILT_IN = {
    "memory": "96Mb",
    "size": "2000Mb",
    "swap": "128M",
    "fs": "ext3",
    "image": "sparse",
    "vcpus": "1",
}
_FLAGS = ("noswap", "randommac", "nohosts", "no-hosts", "ide", "scsi", "dontformat", "help", "version")
_PAIRS = ("copyhosts", "dhcp", "accounts", "boot", "pygrub", "passwd", "force", "keep", "debug", "verbose")
_SIZED = re.compile(r"[0-9.]+[GM]B?$", re.I)
_OPTIONS = (
    "dist size swap image memory maxmem vcpus dir evms kernel initrd mirror keyring apt_proxy modules lvm zpool"
    " image-dev swap-dev serial_device disk_device bridge gateway hostname ip mac netmask broadcast nameserver"
    " vifname p2p vlan install-method install-source debootstrap-cmd admins arch fs cache cachedir config install"
    " hooks genpass genpass-len genpass_len password hash_method partitions role role-args finalrole roledir"
    " template output extension lvm_thin"
)
_TAKING = frozenset(_OPTIONS.split())
_INSTALLS = 4.0
"""Seconds an installation takes at speed 1."""
_MOST_NAMES = 100_000


def unshare(call: Call, words: Sequence[str]) -> int:
    """``unshare … -- xen-create-image …``, or a program that fills a disk: nothing is mounted on the simulated host."""
    at = words.index("--") + 1 if "--" in words else len(words)
    if words[-2:-1] and words[-2].endswith(f"/{systems.PROGRAM}"):
        return systems.fill(call, words[-1])
    if list(words[at : at + 1]) != ["xen-create-image"]:
        raise call.fail(
            f"unshare: failed to execute {' '.join(words[at : at + 1])}: No such file or directory", 127
        )
    return create(call, words[at + 1 :])


def create(call: Call, words: Sequence[str]) -> int:
    """``xen-create-image --hostname=NAME …``."""
    given: dict[str, str] = {**_BUILT_IN, "install-method": "debootstrap", **_settings(call)}
    try:
        for word in words:
            _take(call, given, word)
    except _UnknownError:
        return 0  # it says so, and is content
    return _Run(call, given).done()


class _UnknownError(Exception):
    """An option is none."""


def _settings(call: Call) -> dict[str, str]:
    found = {}
    for line in call.files.head(CONFIG).decode().splitlines():
        key, sign, value = line.partition("#")[0].partition("=")
        if sign:
            found[key.strip()] = value.strip()
    return found


def _take(call: Call, given: dict[str, str], word: str) -> None:
    name, sign, value = word.removeprefix("--").partition("=")
    pair = name.removeprefix("no").removeprefix("-")
    if name in _TAKING and sign:
        if name in ("size", "swap", "memory", "maxmem") and not _SIZED.match(value):
            call.out(f"ERROR: '{name}' argument takes a suffixed (mb, MB, G, etc.) integer.\n")
            raise Exit(22)
        if name == "dist" and not call.files.path(f"/usr/share/xen-tools/{value}.d").is_dir():
            call.out(
                "ERROR: 'dist' argument takes a distribution name (see /usr/share/xen-tools for valid values).\n"
            )
            raise Exit(22)
        if name in ("dir", "lvm"):
            given.pop("lvm" if name == "dir" else "dir", None)
        given[name] = value
    elif name in _FLAGS or name in _PAIRS:
        given[name] = "1"
    elif pair in _PAIRS:
        given[pair] = "0"
    else:
        call.err(f"Unknown option: {name}\n")
        raise _UnknownError


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: what was asked for comes to."""

    call: Call
    given: dict[str, str]

    @property
    def _name(self) -> str:
        return self.given["hostname"]

    @property
    def _log(self) -> str:
        return f"/var/log/xen-tools/{self._name}.log"

    @property
    def _config(self) -> Path:
        return self.call.files.path(f"/etc/xen/{self._name}.cfg")

    def _on(self, name: str) -> bool:
        return self.given.get(name, "0") not in ("", "0")

    def _print(self, text: str) -> None:
        self.call.out(text)
        self._note(text)

    def _note(self, text: str) -> None:
        self.call.files.append(self._log, text)

    def done(self) -> int:
        """Do it; returns the exit status."""
        call = self.call
        self._check()
        call.files.write(self._log, b"")
        call.files.path(self._log).chmod(0o640)
        self._summary()
        disks = self._disks()
        try:
            names = self._install()
            self._print("Done\n")
            self._print("\nRunning hooks\nDone\n\nNo role scripts were specified.  Skipping\n")
            self._write_config(disks)
            self._print("Setting up root password\nGenerating a password for the new guest.\n")
            self._print("All done\n")
        except Exit:
            call.out(f"\n\nLogfile produced at:\n\t {self._log}\n")
            if not self._on("keep"):
                for path in disks.values():
                    Path(call.real_path(path)).unlink(missing_ok=True)
            raise
        if not any(name.startswith("etc/ssh") for name in names):
            call.err("read_dir '/tmp/Y2bHnUOTKq/etc/ssh' - opendir: No such file or directory at\n")
            call.err(" /usr/bin/xen-create-image line 4392.\nEND failed--call queue aborted.\n")
            return 2
        call.out(f"\n\nLogfile produced at:\n\t {self._log}\n")
        self._print("\nInstallation Summary\n---------------------\n")
        self._print(
            f"Hostname        :  {self._name}\nDistribution    :  {self.given.get('dist', 'stable')}\n"
        )
        self._print(f"MAC Address     :  {self._mac}\n")
        self._print(f"IP Address(es)  :  {'dynamic' if self._on('dhcp') else self.given['ip'] + ' '}\n")
        self._print("SSH Fingerprint :  SHA256:bhg4wVVnLdxqkjVh3mIDcXAlqVB9DZRNvxSzpqw7nPA (ED25519)\n")
        self._print(f"Root Password   :  {hashlib.sha256(os.urandom(16)).hexdigest()[:23]}\n\n")
        return 0

    @property
    def _mac(self) -> str:
        made = hashlib.md5(self._name.encode(), usedforsecurity=False).hexdigest().upper()
        return self.given.get("mac") or f"00:16:3E:{made[:2]}:{made[2:4]}:{made[4:6]}"

    def _refuse(self, text: str) -> Exit:
        self.call.out(text)
        return Exit(127)

    def _check(self) -> None:
        given = self.given
        if "hostname" not in given:
            raise self._refuse("The '--hostname' argument is mandatory.\n")
        method = given["install-method"]
        if method not in ("debootstrap", "rinse", "rpmstrap", "copy", "tar") or (
            method in ("copy", "tar") and "install-source" not in given
        ):
            raise self._refuse(
                "  Please specify the installation method to use, along with a source\n if that is required.\n"
            )
        if self._on("dhcp") and "ip" in given:
            raise self._refuse("Please choose either DHCP or static usage, not both!\n")
        if not self._on("dhcp") and "ip" not in given:
            raise self._refuse("Please choose one of:\n --dhcp\n --ip xx.xx.xx.xx\n")
        if self._config.exists() and not self._on("force"):
            raise self._refuse(f"Configuration file already exists; /etc/xen/{self._name}.cfg\nAborting\n")

    def _summary(self) -> None:
        given = self.given
        self._print("\nGeneral Information\n--------------------\n")
        self._print(f"Hostname       :  {self._name}\nDistribution   :  {given.get('dist', 'stable')}\n")
        self._print(f"Mirror         :  {given.get('mirror', '')}\n")
        self._print(f"Partitions     :  {'swap':<15} {given['swap']:<5} (swap)\n")
        self._print(f"                  {'/':<15} {given['size']:<5} ({given['fs']})\n")
        self._print(f"Image type     :  {given['image']}\nMemory size    :  {given['memory']}\n")
        self._print("Bootloader     :  pygrub\n")
        self._print("\nNetworking Information\n----------------------\n")
        where = f"IP Address 1   : {given['ip']}" if "ip" in given else "IP Address     : DHCP"
        self._print(f"{where} [MAC: {self._mac}]\n")
        self.call.out("\n")

    def _disks(self) -> dict[str, str]:
        """Make the disks, swap first; returns their paths."""
        call, given = self.call, self.given
        folder = f"{given.get('dir', '')}/domains/{self._name}"
        if "dir" not in given and "lvm" not in given:
            raise self._refuse("Error:  No recognised installation type.\n")
        made = {}
        for name in ("disk",) if self._on("noswap") else ("swap", "disk"):
            size = _bytes(given["size" if name == "disk" else "swap"])
            if "dir" in given:
                path = f"{folder}/{name}.img"
                real = Path(call.real_path(path))
                real.parent.mkdir(parents=True, exist_ok=True)
                if real.exists() and not self._on("force"):
                    self._print("The partition image already exists.  Aborting.\n")
                    raise Exit(127)
                self._print(f"\nCreating partition image: {path}\n")
                real.touch(mode=0o600)
                os.truncate(real, size)
                self._print("Done\n")
            else:
                path = f"/dev/{given['lvm']}/{self._name}-{name}"
                options = ("--name", f"{self._name}-{name}", "--size", f"{size}b", given["lvm"])
                try:
                    storage.lvcreate(self._quiet(), ("--yes", *options))
                except Exit as end:
                    self._fail(f"lvcreate --yes {given['lvm']} -L {size}", end.code)
            made[name] = path
            kind = "swap" if name == "swap" else f"{given['fs']} filesystem"
            self._print(f"\nCreating {kind} on {path}\nDone\n")
        with Path(call.real_path(made["disk"])).open("r+b") as file:
            file.write(guest_images.image(DEBIAN_MENU))
        return made

    def _quiet(self) -> Call:
        """Return the call with its output in the log alone, as that of all that it runs."""
        note: Callable[[bytes], None] = lambda piece: self._note(piece.decode("utf-8", "replace"))  # noqa: E731
        return replace(self.call, stdout=note, stderr=note)

    def _fail(self, command: str, code: int) -> None:
        self._print(f"Running command '{command} 2>&1' failed with exit code {code}.\nAborting\n")
        self.call.out(f"See {self._log} for details\n")
        raise Exit(127)

    def _install(self) -> Sequence[str]:
        """Install the system; returns the names of its files."""
        call, method = self.call, self.given["install-method"]
        source = self.given.get("install-source", "")
        self._print(f"Installation method: {method}\n")
        if method in ("tar", "copy"):
            self._print(f"(Source: {source})\n")
        call.wait(_INSTALLS)
        command = (
            f"xt-install-image --hostname={self._name} --location=/tmp/Y2bHnUOTKq --install-method={method}"
        )
        if call.state.get(FAILS, False):
            self._note("W: Failure trying to run: chroot /tmp/Y2bHnUOTKq mount -t proc proc /proc\n")
            self._fail(command, 1)
        if method != "tar":
            return ("etc/ssh/sshd_config", "bin/ls")
        try:
            with tarfile.open(call.real_path(source)) as archive:
                names = [
                    member.name.removeprefix("./")
                    for _at, member in zip(range(_MOST_NAMES), archive, strict=False)
                ]
        except (OSError, tarfile.TarError):
            self._note(f"tar: {source}: Cannot open: No such file or directory\n")
            self._fail(command, 1)
        if not {"bin/ls", "usr/bin/ls"} & set(names):
            self._print("System installation failed: /bin/ls missing.  Aborting.\n")
            raise Exit(127)
        return names

    def _write_config(self, disks: dict[str, str]) -> None:
        self._print("\nCreating Xen configuration file\n")
        kind = "file:" if "dir" in self.given else "phy:"
        lines = [f"'{kind}{disks['disk']},xvda2,w',"]
        lines += [f"'{kind}{disks['swap']},xvda1,w',"] if "swap" in disks else []
        bridge = f",bridge={self.given['bridge']}" if "bridge" in self.given else ""
        vif = (
            f"mac={self._mac}{bridge}"
            if self._on("dhcp")
            else f"ip={self.given['ip']} ,mac={self._mac}{bridge}"
        )
        inside = "\n".join(f"                  {line}" for line in lines)
        text = (
            f"#\n# Configuration file for the Xen instance {self._name}, created\n"
            f"# by xen-tools 4.9.2 on {time.ctime(self.call.clock())}.\n#\n\n#\n#  Kernel + memory size\n#\n\n\n"
            f"bootloader = 'pygrub'\n\nvcpus       = '{self.given['vcpus']}'\n"
            f"memory      = '{_bytes(self.given['memory']) >> 20}'\n\n\n#\n#  Disk device(s).\n#\n"
            f"root        = '/dev/xvda2 ro'\ndisk        = [\n{inside}\n              ]\n\n\n"
            f"#\n#  Physical volumes\n#\n\n\n#\n#  Hostname\n#\nname        = '{self._name}'\n\n#\n#  Networking\n#\n"
            + ("dhcp        = 'dhcp'\n" if self._on("dhcp") else "")
            + f"vif         = [ '{vif}' ]\n\n#\n#  Behaviour\n#\non_poweroff = 'destroy'\n"
            "on_reboot   = 'restart'\non_crash    = 'restart'\n\n\n"
        )
        self._config.parent.mkdir(parents=True, exist_ok=True)
        self._config.write_text(text, encoding="utf-8")
        self._print("Done\n")


def _bytes(size: str) -> int:
    number = float(re.sub(r"[^0-9.]", "", size))
    return int(number * ((1 << 30) if "g" in size.lower() else (1 << 20)))

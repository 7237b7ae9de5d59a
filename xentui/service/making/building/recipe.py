"""How a system is put on a new disk: by which tool of the host, from where, and how it is set up then."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any

from xentui.errors import NotAllowedError, StoreCode, StoreError, UsageError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.service.host_files import stat, whole_path
from xentui.service.making import ssh_keys
from xentui.service.making.answers import Answers, GuestSource, SourceKind
from xentui.service.making.building import apt_sources
from xentui.service.making.building.distributions import (
    DISTRIBUTIONS,
    Distribution,
    PackageSource,
    package_source,
    sound_packages,
)
from xentui.service.making.host_name import HOST_NAME, LONGEST_LABEL
from xentui.service.making.password_hash import is_hash
from xentui.service.making.systems import GuestSystem
from xentui.toolstack.argv import QUERY_TIMEOUT

FILE_SYSTEMS = ("ext4", "xfs")
LEAST = 1 << 30
"""Bytes a disk needs for a system with a kernel, about."""
ROOT = "{root}"
"""Stands in the command for where the new file system is mounted (:mod:`xentui.agent.systems.system_tree`)."""
_FOLDERS = ("/usr/bin", "/usr/sbin", "/bin", "/sbin")
_TOOLS = ("mmdebstrap", "debootstrap")
_ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What fills a disk: ``tool`` of ``kind``, from an ``archive`` ("" for none), on a file system.

    ``menu``: the system's own boot menu boots it; else a kernel of the host does.  ``source`` is where its packages
    come from, None for an archive.
    """

    kind: str
    tool: tuple[str, ...]
    filesystem: str
    hostname: str
    keys: tuple[str, ...]
    password: str
    menu: bool
    network: bool
    archive: str = ""
    source: PackageSource | None = None

    @property
    def words(self) -> str:
        """What comes on the disk, for people."""
        if self.source is None:
            return f"{self.filesystem}, with what {self.archive} holds"
        return f"{self.filesystem}, with {self.source.suite} of {self.source.mirror} by {self.kind}"

    def job_arguments(self, host: Host) -> dict[str, Any]:
        """Return the recipe as the job is told of it (:mod:`xentui.agent.systems.system_jobs`)."""
        lines = [each.line for each in self.source.sources] if self.source is not None else []
        uses = [self.archive] if self.archive else [self.source.keyring] if self.source is not None else []
        setup = {
            "hostname": self.hostname,
            "keys": list(self.keys),
            "menu": self.menu,
            "network": self.network,
            "fresh": not self.archive,
            "sources": lines,
        }
        return {
            "filesystem": self.filesystem,
            "uuid": str(uuids.uuid4()),
            "kind": self.kind,
            "tool": list(self.tool),
            "archive": host.host_path(self.archive) if self.archive else "",
            "uses": uses,
            "setup": setup,
        }


async def recipe(host: Host, answers: Answers, system: GuestSystem) -> Recipe:
    """Return how a system is put on the disk as it was answered.

    Raises UsageError for answers that make no sense, StoreError for an archive that is not there, NotAllowedError
    where the host lacks a tool.
    """
    source, told = answers.source, answers.first_boot
    filesystem = source.filesystem or "ext4"
    if filesystem not in FILE_SYSTEMS:
        raise UsageError("is not a file system it can have", subject=filesystem, hint="ext4 or xfs")
    hostname = told.hostname or answers.name
    if hostname and not HOST_NAME.match(hostname):
        hostname = hostname if told.hostname else _as_label(hostname)
        if not HOST_NAME.match(hostname):
            raise UsageError("is not a host name", subject=hostname, hint="letters, digits and -")
    if told.password and not is_hash(told.password):
        raise UsageError(
            "is not a hash of a password", subject="password_hash", hint="as `openssl passwd -6` makes"
        )
    keys = ssh_keys.sound_keys(told.keys)
    programs = await _programs(host, (*_TOOLS, "tar", "unshare", f"mkfs.{filesystem}"))
    _require(programs, "unshare", "util-linux")
    _require(programs, f"mkfs.{filesystem}", "xfsprogs" if filesystem == "xfs" else "e2fsprogs")
    settings: dict[str, Any] = {
        "filesystem": filesystem,
        "hostname": hostname,
        "keys": keys,
        "password": told.password,
        "menu": not source.kernel,
        "network": bool(answers.interfaces),
    }
    if source.kind is SourceKind.ARCHIVE:
        await _require_archive(host, source.path)
        _require(programs, "tar", "tar")
        return Recipe("tar", tuple(_TAR), archive=source.path, **settings)
    known = DISTRIBUTIONS.get(system.kind)
    if known is None:
        raise UsageError(
            "is not a system that debootstrap makes",
            subject=system.label,
            hint="debian or ubuntu; any other comes as an archive of its root file system",
        )
    return await _of_packages(host, answers, known, programs, settings)


def _as_label(name: str) -> str:
    """Return the name of a guest as one of a host, as far as it has signs for that."""
    # The cut may end it behind a hyphen, which no name of a host has there.
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")[:LONGEST_LABEL].rstrip("-")


_TAR = (
    "tar",
    "--extract",
    "--file=-",
    "--numeric-owner",
    "--same-permissions",
    "--xattrs",
    "--directory",
    ROOT,
)


async def _of_packages(
    host: Host,
    answers: Answers,
    known: Distribution,
    programs: Mapping[str, str],
    settings: Mapping[str, Any],
) -> Recipe:
    source = answers.source
    tool = _tool(source, programs)
    found = package_source(source, known, await apt_sources.of_host(host))
    keys = (await stat(host, [found.keyring]))[found.keyring]
    if keys["kind"] != "file":
        raise StoreError(
            "the host has no such file with the keys of the archive: nothing would prove what is fetched",
            code=StoreCode.MISSING,
            subject=found.keyring,
            hint=f"`apt install {known.keys_package}`, or name another file (keyring)",
        )
    arch = _ARCHES.get((await host.run(["uname", "-m"], timeout=QUERY_TIMEOUT)).text.strip(), "amd64")
    usual = known.packages(found.suite, arch)
    if source.kernel:
        usual = [name for name in usual if not name.startswith(("linux-image", "initramfs-"))]
    more = ["openssh-server"] if settings["keys"] else []
    packages = ",".join(sound_packages([*usual, *more, *source.packages]))
    return Recipe(tool, _argv(tool, found, packages), source=found, **settings)


def _tool(source: GuestSource, programs: Mapping[str, str]) -> str:
    if source.tool and source.tool not in _TOOLS:
        raise UsageError("is not a tool that makes systems", subject=source.tool, hint=" or ".join(_TOOLS))
    wanted = (source.tool,) if source.tool else _TOOLS
    tool = next((name for name in wanted if name in programs), "")
    if not tool:
        raise NotAllowedError(
            f"this host has {'no ' + source.tool if source.tool else 'neither mmdebstrap nor debootstrap'}",
            subject="source",
            hint=f"`apt install {wanted[0]}`, or unpack an archive of a root file system",
        )
    return tool


def _argv(tool: str, source: PackageSource, packages: str) -> tuple[str, ...]:
    if tool == "mmdebstrap":
        lines = [each.line for each in source.sources]
        how = ["--mode=root", "--variant=minbase", f"--keyring={source.keyring}", f"--include={packages}"]
        return (tool, *how, source.suite, ROOT, *lines)
    # Without the keys it would take whatever comes; on descriptor 3 it tells how far it is.
    how = ["--debian-installer", "--variant=minbase", "--force-check-gpg", f"--keyring={source.keyring}"]
    parts = [f"--components={','.join(source.components)}", f"--include={packages}"]
    return (tool, *how, *parts, source.suite, ROOT, source.mirror)


async def _programs(host: Host, names: Sequence[str]) -> dict[str, str]:
    """Return where the host has each program; one it does not have is left out."""
    # A simulated host has no /bin: there it would be this machine's.
    own = host.host_path("/usr") == "/usr"
    folders = [folder for folder in _FOLDERS if own or folder.startswith("/usr/")]
    paths = {f"{folder}/{name}": name for folder in folders for name in names}
    found = await stat(host, paths)
    return {name: path for path, name in paths.items() if found[path]["kind"] == "file"}


def _require(programs: Mapping[str, str], name: str, package: str) -> None:
    if name not in programs:
        raise NotAllowedError(f"this host has no {name}", subject="source", hint=f"`apt install {package}`")


async def _require_archive(host: Host, path: str) -> None:
    if not path:
        raise UsageError("the archive is needed", subject="source", hint="a tar file of the host")
    kind = (await stat(host, [whole_path(path)]))[path]["kind"]
    if kind != "file":
        raise StoreError(
            "there is no such file on the host" if kind == "missing" else "is not a file",
            code=StoreCode.MISSING,
            subject=path,
            hint="correct the path, or bring it to the host",
        )

"""Setting up storage that hosts share, step by step: each is shown and asked before it is done (docs/storage.md).

A step is a :class:`~xentui.service.host_check.report_line.Mend`, which the check of a host knows how to tell and to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xentui.errors import ConfigError, Hint, HostError, NotAllowedError, UsageError, option
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.disk_image import ImageKind
from xentui.service.host_check import mending
from xentui.service.host_check.report_line import FileEdit, Mend
from xentui.service.storage import places
from xentui.service.storage.places import StoragePlace
from xentui.store.reading import NONSENSE
from xentui.text import lines, plain

if TYPE_CHECKING:
    from xentui.service.hypervisor import Hypervisor

EXPORTS, FSTAB, CLUSTER = "/etc/exports", "/etc/fstab", "/etc/ocfs2/cluster.conf"
_O2CB = ("/etc/default/o2cb", "/etc/sysconfig/o2cb")
_SYSTEMD = "/run/systemd/system"
_PROGRAMS = {
    "exportfs": "nfs-kernel-server (Debian, SUSE) or nfs-utils (Fedora)",
    "mount.nfs": "nfs-common (Debian), nfs-client (SUSE) or nfs-utils (Fedora)",
    "o2cb": "ocfs2-tools",
    "mkfs.ocfs2": "ocfs2-tools",
}
_FOLDERS = ("/usr/sbin", "/sbin", "/usr/bin")
_CLIENT = re.compile(r"[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}(?:/[0-9]{1,3})?\Z")
_SERVER = re.compile(r"(\[[0-9A-Fa-f:.%a-z]+\]|[A-Za-z0-9][A-Za-z0-9._-]{0,252}):(/.*)\Z", re.DOTALL)
_NAME, _NODE = re.compile(r"[A-Za-z0-9]{1,16}\Z"), re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}\Z")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
_NODES = 32
_LEAST = 2 << 30
_SECONDS = 30.0
NFS_OPTIONS, FSTAB_OPTIONS = "vers=4.2,hard", "vers=4.2,hard,_netdev,nofail"
EXPORT_OPTIONS = "rw,sync,no_subtree_check,no_root_squash"
_HARD = "hard: a guest waits until its server is back; with soft its writes would fail, and its file system be damaged."
FENCING = (
    "A node that cannot write its heartbeat to the disk for a minute, or hears nothing of the others for half of one, "
    "reboots itself, so that it cannot damage the file system: all its guests go down with it. Give heartbeat and disk "
    "a network that does not fail with the guests'."
)


@dataclass(frozen=True, slots=True)
class SetUpStep:
    """One step: what is done, ``why`` it is done so, and what is to be ``typed`` to agree to it, "" for a yes."""

    mend: Mend
    why: str = ""
    typed: str = ""
    hint: Hint = ""

    @property
    def question(self) -> str:
        """What is asked."""
        return f"{self.mend.what[:1].upper()}{self.mend.what[1:]}?"

    @property
    def losses(self) -> tuple[str, ...]:
        """What is to be known before it is agreed to."""
        return (self.why,) if self.why else ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a host: texts by path, None for a file that is not there; the programs that are ``there``."""

    texts: Mapping[str, str | None]
    there: frozenset[str]

    def has(self, program: str) -> bool:
        return any(f"{folder}/{program}" in self.there for folder in _FOLDERS)

    def require(self, *programs: str) -> None:
        for program in programs:
            if not self.has(program):
                raise NotAllowedError(f"the host has no {program}", hint=f"install {_PROGRAMS[program]}")

    @property
    def systemd(self) -> bool:
        return _SYSTEMD in self.there


async def nfs_export(hypervisor: Hypervisor, folder: str, client: str) -> tuple[SetUpStep, ...]:
    """Return the steps that let ``client`` (a name, an address or a network) mount a folder of this host.

    Raises UsageError for what is neither folder nor client, NotAllowedError where it is no help: there is no NFS
    server, the folder is itself on one, or the client has it already.
    """
    _require_path(folder)
    if not _CLIENT.match(client):
        raise UsageError(
            "is not a host, address or network", subject=client, hint="such as xen2, or 192.168.7.0/24"
        )
    read, place = await _look(hypervisor, folder)
    read.require("exportfs")
    if place.kind != "dir":
        raise UsageError("is not a folder of the host", subject=folder)
    if place.mount.remote:
        raise NotAllowedError(
            "is on a file server itself",
            subject=folder,
            hint=f"export it from {plain(place.mount.source, 200)}",
        )
    old = read.texts[EXPORTS]
    for line in lines(old or ""):
        words = line.split("#")[0].split()
        if (
            words
            and words[0].strip('"') == _octal(folder)
            and any(word.split("(")[0] == client for word in words[1:])
        ):
            raise NotAllowedError(
                f"has it already: {plain(line, 300)}", subject=client, hint=f"see {EXPORTS}"
            )
    line = f"{_octal(folder)} {client}({EXPORT_OPTIONS})"
    serve = (("systemctl", "enable", "--now", "nfs-server"),) if read.systemd else ()
    return (
        SetUpStep(
            Mend(
                f"export {folder} to {client}", (_added(EXPORTS, old, line),), (*serve, ("exportfs", "-ra"))
            ),
            "sync: what a guest has flushed is on the disk. no_root_squash: images are root's. Whoever is root on "
            "that host can read and write all of the folder.",
        ),
    )


async def nfs_mount(hypervisor: Hypervisor, source: str, folder: str) -> tuple[SetUpStep, ...]:
    """Return the steps that mount ``SERVER:/FOLDER`` at a folder, now and at boot; raises as :func:`nfs_export`."""
    found = _SERVER.match(source)
    if found is None:
        raise UsageError("is not a folder of a file server", subject=source, hint="such as nas:/export/vm")
    _require_path(found[2])
    read, place = await _look(hypervisor, folder)
    read.require("mount.nfs")
    mount = ("mount", "-t", "nfs", "-o", f"{NFS_OPTIONS},retry=0", source, folder)
    entry = f"{_octal(source)} {_octal(folder)} nfs {FSTAB_OPTIONS} 0 0"
    return _mounted(read, place, mount, entry, _HARD)


async def ocfs2(
    hypervisor: Hypervisor,
    device: str,
    folder: str,
    *,
    cluster: str,
    nodes: Sequence[tuple[str, str]],
    slots: int = 0,
    format: bool = False,
) -> tuple[SetUpStep, ...]:
    """Return the steps that mount a device all ``nodes`` (name, address) have as OCFS2; ``format`` makes the file
    system.

    ``slots`` is how many may have it mounted, at least as many as there are nodes.  Raises as :func:`nfs_export`,
    and NotAllowedError where something is found on a device that is to be formatted, or it is in use.
    """
    _require_path(device)
    _require_cluster(cluster, nodes)
    slots = slots or max(4, len(nodes))
    if not len(nodes) <= slots <= 255:
        raise UsageError("is not a number of slots", subject=str(slots), hint=f"{len(nodes)} to 255")
    read, place = await _look(hypervisor, folder)
    read.require("o2cb", "mkfs.ocfs2")
    node = (await places.look(hypervisor.host, [device])).node
    if node not in [name for name, _address in nodes]:
        raise UsageError(
            f"this host, {plain(node, 80)}, is not one of the nodes",
            hint=option("--node", f"{plain(node, 80)}=ADDRESS", form=f"name {plain(node, 80)}=ADDRESS, too"),
        )
    steps = [_cluster_step(read, cluster, nodes)]
    if format:
        await _require_empty(hypervisor, device)
        await _require_large(hypervisor, device)
        argv = ("mkfs.ocfs2", "-T", "vmstore", "-N", str(slots), "-L", cluster, device)
        steps.append(
            SetUpStep(
                Mend(f"make a file system on {device}", (), (argv,)),
                "Do this on one node only. What is on the device now is lost: blkid and wipefs find nothing there.",
                typed=device,
            )
        )
    entry = f"{_octal(device)} {_octal(folder)} ocfs2 _netdev,nofail 0 0"
    return (*steps, *_mounted(read, place, ("mount", "-t", "ocfs2", device, folder), entry, ""))


def cluster_text(cluster: str, nodes: Sequence[tuple[str, str]]) -> str:
    """Return the file of a cluster (o2cb(8)): stanzas begin in the first column, parameters behind a tab."""
    stanzas = [f"cluster:\n\tnode_count = {len(nodes)}\n\theartbeat_mode = local\n\tname = {cluster}\n"]
    for number, (name, address) in enumerate(nodes):
        own = f"\tip_port = 7777\n\tip_address = {address}\n\tnumber = {number}\n\tname = {name}\n"
        stanzas.append(f"node:\n{own}\tcluster = {cluster}\n")
    return "\n".join(stanzas)


def _cluster_step(read: _Read, cluster: str, nodes: Sequence[tuple[str, str]]) -> SetUpStep:
    text, old = cluster_text(cluster, nodes), read.texts[CLUSTER]
    if old is not None and old.strip() and old != text:
        raise NotAllowedError(
            "there is a cluster on this host already, another one",
            subject=CLUSTER,
            hint="change that by hand",
        )
    edits = [] if old == text else [FileEdit(CLUSTER, old or "", text, made=old is None)]
    for path in _O2CB:
        now = read.texts[path]
        if now is not None and (new := _enabled(now, cluster)) != now:
            edits.append(FileEdit(path, now, new))
    commands: list[tuple[str, ...]] = [("o2cb", "register-cluster", cluster)]
    if read.systemd:
        commands.append(("systemctl", "enable", "o2cb", "ocfs2"))
    then = f"The other nodes need the same {CLUSTER}."
    return SetUpStep(
        Mend(f"have the cluster {cluster} on this host", tuple(edits), tuple(commands), then), FENCING
    )


def _enabled(text: str, cluster: str) -> str:
    """Return the settings of o2cb with the cluster started at boot."""
    rows = lines(text)
    for name, value in (("O2CB_ENABLED", "true"), ("O2CB_BOOTCLUSTER", cluster)):
        places_of = [number for number, row in enumerate(rows) if row.startswith(f"{name}=")]
        if places_of:
            rows[places_of[-1]] = f"{name}={value}"
        else:
            rows.append(f"{name}={value}")
    return "\n".join(rows) + "\n"


def _mounted(
    read: _Read, place: StoragePlace, mount: tuple[str, ...], entry: str, why: str
) -> tuple[SetUpStep, ...]:
    """Return the steps that mount something at a folder, now and at boot."""
    folder = place.path
    if place.kind not in ("dir", "missing"):
        raise UsageError("is not a folder of the host", subject=folder)
    if place.kind == "dir" and place.mount.point == place.real:
        raise NotAllowedError(
            f"{plain(place.mount.source, 200)} is mounted there already",
            subject=folder,
            hint="choose another folder",
        )
    for line in lines(read.texts[FSTAB] or ""):
        words = line.split()
        if len(words) > 1 and not line.startswith("#") and words[1] == _octal(folder):
            raise NotAllowedError(f"{FSTAB} mounts something else there: {plain(line, 300)}", subject=folder)
    make = (("mkdir", "-p", folder),) if place.kind == "missing" else ()
    return (
        SetUpStep(Mend(f"mount {mount[-2]} at {folder}", (), (*make, mount)), why),
        SetUpStep(
            Mend(f"mount it whenever the host boots ({FSTAB})", (_added(FSTAB, read.texts[FSTAB], entry),)),
            "nofail: the host boots without its server, too.",
        ),
    )


def left_off(steps: Sequence[SetUpStep], number: int) -> str:
    """Return what of the steps is done and what is not, where the one of that number, from 1, was not done or broke."""
    done = ", ".join(plain(step.mend.what, 200) for step in steps[: number - 1]) or "nothing"
    not_done = ", ".join(plain(step.mend.what, 200) for step in steps[number - 1 :])
    return f"done: {done}; not done: {not_done}"


async def carry_out_step(hypervisor: Hypervisor, step: SetUpStep, subject: str) -> tuple[str, ...]:
    """Do a step that was agreed to; returns and raises as :func:`xentui.service.host_check.mending.carry_out_mend`.

    A device that is formatted is looked at once more: questions may stand for long.
    """
    if step.typed and not hypervisor.session.dry_run:
        await _require_empty(hypervisor, step.typed)
    return await mending.apply_mend(hypervisor.session, step.mend, subject)


async def _require_empty(hypervisor: Hypervisor, device: str) -> None:
    """Raise NotAllowedError where anything is found on a device, ConfigError where it is in use."""
    snapshot, _volumes, image = await hypervisor.images.guards.one(device)
    if image.kind is ImageKind.FILE:
        raise UsageError("is not a device", subject=device)
    if image.domains:
        raise NotAllowedError(f"is a disk of {plain(', '.join(image.domains), 200)}", subject=device)
    try:
        await hypervisor.images.guards.require_unused(snapshot, image)
    except ConfigError as error:
        raise NotAllowedError(error.message, subject=device, hint=error.hint) from error
    host = hypervisor.host
    probed = await host.run(["blkid", "-p", device], timeout=_SECONDS)
    wiped = await host.run(["wipefs", "--noheadings", device], timeout=_SECONDS)
    found = plain((probed.text + wiped.text).strip(), 200)
    # blkid(8): 2 is "nothing was found", 8 "several things were"; wipefs lists what it would take away.
    if probed.exit_code != 2 or wiped.exit_code != 0 or found:
        raise NotAllowedError(
            f"is not known to be empty: {found or 'blkid or wipefs cannot read it'}",
            subject=device,
            hint="make sure that nobody needs it, and empty it by hand with `wipefs -a`",
        )


async def _require_large(hypervisor: Hypervisor, device: str) -> None:
    """Raise NotAllowedError for a device that mkfs.ocfs2 refuses (seen with 1.8.7)."""
    _snapshot, _volumes, image = await hypervisor.images.guards.one(device)
    if image.size is not None and image.size < _LEAST:
        raise NotAllowedError(
            f"is too small: {image.size >> 20} MiB, and mkfs.ocfs2 -T vmstore needs 2 GiB", subject=device
        )


async def _look(hypervisor: Hypervisor, folder: str) -> tuple[_Read, StoragePlace]:
    _require_path(folder)
    host = hypervisor.host
    found = (await places.look(host, [folder])).found[folder]
    texts = (EXPORTS, FSTAB, CLUSTER, *_O2CB)
    programs = [f"{each}/{program}" for program in _PROGRAMS for each in _FOLDERS]
    path = host.host_path
    answer: Any = await host.call(
        operations.host_facts,
        texts=[path(each) for each in texts],
        there=[path(each) for each in (*programs, _SYSTEMD)],
        proc=path("/proc"),
        daemons=[],
        dpkg=path("/nonexistent"),
        apk=path("/nonexistent"),
        packages=[],
    )
    try:
        told = {each: answer["texts"].get(path(each)) for each in texts}
        troubles = {each: str(answer["troubles"].get(path(each), "")) for each in texts}
        there = frozenset(each for each in (*programs, _SYSTEMD) if answer["there"].get(path(each)))
    except NONSENSE as error:
        raise HostError("the host's answer about its files is not valid", subject=host.name) from error
    for each in texts:
        if told[each] is None and troubles[each] and "no such file" not in troubles[each]:
            raise NotAllowedError(f"cannot be read: {plain(troubles[each], 200)}", subject=each)
        if "\ufffd" in (told[each] or ""):
            raise NotAllowedError("is not UTF-8 text, and could not be put back as it was", subject=each)
    return _Read(told, there), found


def _added(path: str, old: str | None, line: str) -> FileEdit:
    """Return a file with one more line; raises NotAllowedError where its last line goes on in the next."""
    text = old or ""
    if text.rstrip("\n").endswith("\\"):
        raise NotAllowedError("its last line ends in a backslash", subject=path, hint="change it by hand")
    return FileEdit(
        path, text, text + ("" if not text or text.endswith("\n") else "\n") + line + "\n", made=old is None
    )


def _octal(path: str) -> str:
    r"""Return a path as fstab(5) and exports(5) write it: ``\040`` for a blank, and so on."""
    return re.sub(r"[^!$-\[\]-~\x80-\U0010ffff]", lambda found: f"\\{ord(found[0]):03o}", path)


def _require_path(path: str) -> None:
    if not path.startswith("/") or not path.isprintable() or ".." in path.split("/"):
        raise UsageError(
            "is not an absolute path", subject=plain(path), hint="begin it with / and leave .. out"
        )


def _require_cluster(cluster: str, nodes: Sequence[tuple[str, str]]) -> None:
    if not _NAME.match(cluster):
        raise UsageError("is not a cluster name", subject=cluster, hint="at most 16 letters and digits")
    if not 1 < len(nodes) <= _NODES or len({name for name, _address in nodes}) != len(nodes):
        raise UsageError(
            f"a cluster has 2 to {_NODES} nodes, each once",
            hint=(option("--node", "NAME=ADDRESS", form="NAME=ADDRESS"), ", once a node"),
        )
    for name, address in nodes:
        if not _NODE.match(name) or not _ADDRESS.match(address):
            raise UsageError(
                "is not a node",
                subject=f"{name}={address}",
                hint="the host's own name (uname -n), and its IPv4 address",
            )

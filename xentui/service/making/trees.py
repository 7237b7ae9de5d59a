"""Netboot trees on servers of HTTP and NFS: looked at when they are answered, fetched when the guest is made."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from xentui.errors import CommandError, HostError, StoreCode, StoreError, UsageError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.model.sizes import shown_bytes
from xentui.service.jobs.run_to_end import JobRequest, run_to_end
from xentui.service.making.answers import GuestSource
from xentui.service.making.systems import GuestSystem
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.service.jobs.progress import Progress
    from xentui.service.session import Session

SCHEMES = ("http://", "https://", "nfs://")
FOLDER = "trees"
"""Below the store, as :mod:`xentui.agent.netboot.tree_jobs` has it."""
_ARCH = "x86_64"
_SAFE = re.compile(r"[^A-Za-z0-9._+-]")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_MOST, _PATH = 4, 500
_ALPINE = re.compile(r"(?P<release>.+)/releases/[^/]+/netboot[^/]*/?\Z")


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file of a tree: its ``path`` there, the ``name`` it gets, its size in bytes (None: not told) and its sha256."""

    path: str
    name: str
    size: int | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class RemoteTree:
    """What is fetched of a tree, kernel first, to ``folder`` on the host; ``sums`` is where its checksums stand.

    ``there``: it was fetched before.
    """

    url: str
    digest: str
    folder: str
    files: tuple[WantedFile, ...]
    sums: str = ""
    family: str = ""
    there: bool = False

    @property
    def paths(self) -> tuple[str, str]:
        """Where kernel and initrd lie once they are fetched; "" for no initrd."""
        found = [f"{self.folder}/{file.name}" for file in self.files]
        return found[0], found[1] if len(found) > 1 else ""

    @property
    def words(self) -> str:
        """What is fetched, for people."""
        files = " and ".join(
            f"{file.path} ({'its size is not told' if file.size is None else shown_bytes(file.size)})"
            for file in self.files
        )
        checked = f", checked by {self.sums}" if self.sums else ""
        return f"{files}: {'was' if self.there else 'is'} fetched from {self.url}{checked}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about it."""
        found = []
        if not self.url.startswith("https:"):
            how = "NFS" if self.url.startswith("nfs:") else "http"
            found.append(f"nothing proves that what comes by {how} is what the distributor made")
        elif not self.sums:
            found.append("the tree gives no checksums of its kernel and initrd")
        return tuple(found)


def is_remote(path: str) -> bool:
    """Return whether the path of a tree is an address."""
    return path.startswith(SCHEMES)


async def look(host: Host, source: GuestSource, system: GuestSystem) -> RemoteTree:
    """Look at a tree at an address; raises UsageError for one that is none, StoreError for what is not there."""
    pairs = [(source.kernel, source.ramdisk)] if source.kernel else [*system.remote, *system.kernels]
    try:
        told = await host.call(
            operations.look_at_tree,
            url=source.path,
            pairs={"pairs": [[path.lstrip("/") for path in pair] for pair in dict.fromkeys(pairs)]},
            arch=_ARCH,
        )
    except StoreError as error:
        raise _explained(error, source.path) from error
    files = _files(told)
    if files is None:
        raise HostError("what the host tells of the tree is not valid", subject=source.path)
    digest = _digest(source.path, files)
    folder = f"{host.store_root}/{FOLDER}/{digest}"
    seen = (await host.call(operations.stat, paths=[folder]))[folder]
    return RemoteTree(
        source.path,
        digest,
        folder,
        files,
        plain(str(told.get("sums") or ""), 60),
        plain(str(told.get("family") or ""), 60),
        there=seen["kind"] == "dir",
    )


def _explained(error: StoreError, url: str) -> StoreError | UsageError:
    if error.code == StoreCode.INVALID:
        return UsageError(error.message, subject=error.subject or url, hint="as in https://HOST/FOLDER")
    hints = {
        StoreCode.MISSING: "choose the system it is of, or name kernel and initrd in it",
        StoreCode.IO: "is the address right, and does the host reach it?",
    }
    return StoreError(
        error.message, code=error.code, subject=error.subject or url, hint=hints.get(error.code) or error.hint
    )


def _files(told: Mapping[str, Any]) -> tuple[WantedFile, ...] | None:
    """Return the files a far host tells of; None where that makes no sense."""
    items = told.get("files")
    if not isinstance(items, list) or not 0 < len(items) <= _MOST:
        return None
    found: list[WantedFile] = []
    for item in items:
        path, size, sha256 = item.get("path"), item.get("size"), item.get("sha256")
        if not isinstance(path, str) or not 0 < len(path) <= _PATH or not path.isprintable():
            return None
        if not (size is None or (type(size) is int and size >= 0)) or not isinstance(sha256, str):
            return None
        if sha256 and not _DIGEST.match(sha256):
            return None
        name = _SAFE.sub("_", posixpath.basename(path)).lstrip("._-") or "file"
        while any(file.name == name for file in found):
            name += "2"
        found.append(WantedFile(path, name, size, sha256))
    return tuple(found)


def _digest(url: str, files: tuple[WantedFile, ...]) -> str:
    told = [url, [[file.path, file.size, file.sha256] for file in files]]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()[:32]


async def fetch(session: Session, tree: RemoteTree, progress: Progress | None) -> None:
    """Fetch what is not there yet: a job of the host.  Raises CommandError where it fails, GoesOnError as any job."""
    words = ["xentui-fetch", tree.url, *(file.path for file in tree.files)]
    files = [
        {"name": file.name, "path": file.path, "size": file.size, "sha256": file.sha256}
        for file in tree.files
    ]
    told = {"url": tree.url, "digest": tree.digest, "files": files}
    if session.dry_run:
        session.say(" ".join(words))
        return
    try:
        request = JobRequest(
            "fetching",
            tree.url,
            partial(session.store.start_tree_job, tree=told, subject=tree.url, user=session.user),
            failed="kernel and initrd were not fetched",
        )
        await run_to_end(session, request, progress=progress, goes_on=False)
    except StoreError as error:
        if error.code != StoreCode.EXISTS:
            raise
    except CommandError as error:
        # What the program has printed says it better than that it has ended.
        said = [line for line in error.details if line.startswith("E: ")]
        if said:
            raise CommandError(
                said[-1][3:],
                argv=error.argv,
                exit_code=error.exit_code,
                subject="kernel and initrd were not fetched",
                hint=error.hint,
            ) from error
        raise


def kernel_words(url: str, system: GuestSystem, extra: str) -> list[str]:
    """Return what the installer of a system has on its kernel line for the tree it was fetched from, besides
    ``extra``.
    """
    found = []
    place = url.rstrip("/")
    for word in system.tree_words:
        key = word.partition("=")[0]
        if f"{key}=" in f" {extra}" or ("{release}" in word and not _ALPINE.match(place)):
            continue
        match = _ALPINE.match(place)
        found.append(word.format(url=_spelt(place, key), release=match["release"] if match else ""))
    return found


def _spelt(url: str, key: str) -> str:
    """Return an address as an installer takes it: Anaconda has a form of its own for NFS
    (inst.repo=nfs:HOST:/FOLDER).
    """
    if key == "inst.repo" and url.startswith("nfs://"):
        host, slash, folder = url.removeprefix("nfs://").partition("/")
        return f"nfs:{host}:{slash}{folder}"
    return url

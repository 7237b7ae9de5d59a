"""A program that looks at a netboot tree, or fetches from one: of its own, since a server may never answer.

For NFS it is the first process of a mount namespace (unshare(1)), and mounts the tree there, read-only, to nothing that
a file on it could be run or be a device from.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from typing import Any, Dict, List

from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.files import fsio
from xentui.agent.netboot import tree_inspection, tree_sources
from xentui.agent.netboot.tree_names import FETCH, LARGEST, LOOK, SPEC, nfs_of, plain

#: Of the job's folder: how far it is.
PROGRESS = "progress"
_POINT = "/mnt"
_OPTIONS = "ro,nosuid,nodev,noexec,soft,timeo=50,retrans=2,retry=0"
_TOLD_SECONDS = 0.2


def main(arguments: List[str]) -> None:
    """``look REQUEST`` prints a line of JSON; ``fetch FOLDER`` fetches for a job, and prints what is in the way."""
    task, word = arguments
    code = 0
    try:
        if task == "look":
            _say(json.dumps({"ok": looked(json.loads(word))}))
        else:
            fetch(word)
    except OSError as error:
        code = _told(task, from_os_error(error))
    except AgentError as error:
        code = _told(task, error)
    sys.stdout.flush()
    os._exit(code)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def _told(task: str, error: AgentError) -> int:
    if task == "look":
        _say(json.dumps({"error": error.to_json()}))
        return 0
    _say(f"E: {error.path}: {error.message}" if error.path else f"E: {error.message}")
    return 1


def _tree(url: str, seconds: float) -> Any:
    place = nfs_of(url)
    if not place:
        return tree_sources.HttpTree(url, time.monotonic() + seconds)
    argv = ["mount", "-t", "nfs", "-o", _OPTIONS, "--", place, _POINT]
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines()
        raise AgentError("io", f"it cannot be mounted: {plain(said[-1]) if said else 'no reason given'}", url)
    os.chroot(_POINT)
    os.chdir("/")
    return tree_sources.FolderTree(url)


def looked(request: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a tree is, of which ``url``, ``pairs`` and ``arch`` are told."""
    pairs = [(str(kernel), str(ramdisk)) for kernel, ramdisk in request["pairs"]]
    return tree_inspection.look(_tree(request["url"], LOOK), pairs, request["arch"])


def fetch(place: str) -> None:
    """Fetch the files of a job into its folder ``into``, which is there and empty."""
    spec = json.loads(fsio.read_bounded(os.path.join(place, SPEC), 1 << 20))
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    told = os.open(os.path.join(place, PROGRESS), flags, 0o600)
    into = os.open(spec["into"], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    tree = _tree(spec["url"], FETCH)
    total = sum(file["size"] or 0 for file in spec["files"])
    done = 0
    last = 0.0
    for file in spec["files"]:
        fd = os.open(
            file["name"],
            os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW,
            0o600,
            dir_fd=into,
        )
        digest, size = hashlib.sha256(), 0
        found = tree.open(file["path"])
        if found is None:
            raise AgentError("missing", "there is no such file any more", tree.spelt(file["path"]))
        with found:
            for piece in found.chunks(LARGEST):
                fsio.write_all(fd, piece)
                digest.update(piece)
                size += len(piece)
                done += len(piece)
                if time.monotonic() - last > _TOLD_SECONDS:
                    last = time.monotonic()
                    os.pwrite(told, b"%20d %20d\n" % (done, max(total, done)), 0)
        if file["size"] is not None and size != file["size"]:
            raise AgentError(
                "io", f"it has {size} bytes now, and had {file['size']}", tree.spelt(file["path"])
            )
        if file["sha256"] and digest.hexdigest() != file["sha256"]:
            raise AgentError(
                "io",
                "its checksum is not the tree's: it is damaged, or has changed meanwhile",
                tree.spelt(file["path"]),
            )
        os.fsync(fd)
        os.close(fd)
        _say(f"I: {file['name']}: {size} bytes, sha256 {digest.hexdigest()}")
    os.fsync(into)

"""Netboot trees of servers: looked at, and their kernel and initrd fetched by a job to a folder below the store.

::

    root/trees/<digest>/    kernel and initrd as they were fetched; what they are called is in the tree
    root/trees/.<job>/      those that are being fetched

The digest is of what is to be fetched, so the same files are fetched once; what was fetched over a month ago and is
named by no domain now is taken away by the next job.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List

from xentui.agent import remote
from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.images.disk_images import gib
from xentui.agent.jobs import launch, progress, records
from xentui.agent.jobs.records import Record
from xentui.agent.jobs.worker import JobWork
from xentui.agent.netboot import tree_names
from xentui.agent.protocol.arguments import JOB_WORDS, OBJECT, STRING, TEXT_LIMIT
from xentui.agent.protocol.operations import host_operation, store_operation
from xentui.agent.store import entry, layout

FOLDER, PROGRAM = "trees", "fetch.py"
#: Seconds after which a look is killed, and a tree is taken away that no domain names.
_PATIENCE, _UNUSED = tree_names.LOOK + 5, 30 * 86400.0
_ENTRY = b"import sys\nfrom xentui.agent.netboot.tree_program import main\nmain(sys.argv[1:])\n"
_ALONE = ["unshare", "--mount", "--propagation", "private", "--"]
_MOST_PAIRS, _MOST_FILES = 40, 4
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,100}\Z")
_DIGEST = re.compile(r"[0-9a-f]{32}\Z")
_ROOM = 64 << 20
_TEXT = TEXT_LIMIT
_SCAN = 10_000
_IMAGES = (entry.CHECKPOINT, entry.PART, entry.RESUMING)


@host_operation("look_at_tree", url=STRING, pairs=OBJECT, arch=STRING)
def look_at_tree(*, url: str, pairs: Dict[str, Any], arch: str) -> Dict[str, Any]:
    """Return what the netboot tree at an address is, as :func:`xentui.agent.netboot.tree_inspection.look` says, by a
    child that may hang.

    ``pairs`` has under ``pairs`` lists of a kernel and its initrd to look for.  Codes ``missing`` where neither is
    there, ``io`` where the server does not answer, ``invalid`` for an address that is none.
    """
    _checked_address(url)
    wanted = pairs.get("pairs")
    if not isinstance(wanted, list) or len(wanted) > _MOST_PAIRS or not all(map(_is_pair, wanted)):
        raise AgentError("invalid", "what is looked for is not a list of kernels and initrds")
    request = json.dumps({"url": url, "pairs": wanted, "arch": arch})
    python = [sys.executable or "python3", "-I", "-X", "utf8", "-c", remote.JOB_BOOTSTRAP, "look", request]
    argv = [*_ALONE, *python] if tree_names.nfs_of(url) else python
    try:
        done = subprocess.run(
            argv,
            input=remote.for_child(("netboot.tree_program",), _ENTRY),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AgentError("io", f"the server has not answered for {_PATIENCE:.0f} seconds", url) from None
    answer = _answer(done.stdout)
    if "error" in answer:
        told = answer["error"]
        raise AgentError(str(told.get("code")), str(told.get("message")), str(told.get("path")))
    if not isinstance(answer.get("ok"), dict):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = tree_names.plain(said[-1]) if said else f"status {done.returncode}"
        raise AgentError("io", f"it cannot be read: {why}", url)
    return dict(answer["ok"])


def _answer(data: bytes) -> Dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8", "replace") or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(path, str) for path in value)
        and tree_names.sound_path(value[0]) is not None
        and (value[1] == "" or tree_names.sound_path(value[1]) is not None)
    )


def _checked_address(url: str) -> None:
    if not tree_names.nfs_of(url):
        tree_names.checked_url(url)


@store_operation(
    "start_tree_job",
    job=STRING,
    tree=OBJECT,
    **JOB_WORDS,
)
def start_tree_job(
    root: str,
    *,
    job: str,
    tree: Dict[str, Any],
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin to fetch from a netboot tree; returns the job's record.

    ``tree`` has the ``url``, ``digest``, the name of the folder the files are to have, and ``files``, as
    :func:`look_at_tree` tells of them, with a ``name`` each.  Code ``exists`` where they are there already, ``full``
    where there is less room than they need, ``busy`` where they are being fetched.
    """
    place = records.folder(root, job)
    wanted = _checked(tree)
    with layout.writing(root):
        for other, record in records.each(root):
            theirs = record.get("tree")
            same = isinstance(theirs, dict) and theirs.get("digest") == wanted["digest"]
            if same and progress.state(other, record) == records.RUNNING:
                raise AgentError("busy", "it is already being fetched", wanted["url"])
        folder = os.path.join(root, FOLDER)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        _sweep(root)
        if os.path.isdir(os.path.join(folder, wanted["digest"])):
            raise AgentError("exists", "it is there already", wanted["url"])
        needed = sum(file["size"] or 0 for file in wanted["files"]) + _ROOM
        room = os.statvfs(folder)
        if room.f_bavail * room.f_frsize < needed:
            free = gib(room.f_bavail * room.f_frsize)
            raise AgentError("full", f"{gib(needed)} are needed for the files, and {free} are free", folder)
        plain = records.record_of(job, records.FETCH_KIND, [], records.JobWords(subject, user, host))
        record = {**plain, "tree": wanted}
        into = _passing(root, job)
        spec = {"url": wanted["url"], "files": wanted["files"], "into": into}
        lock = launch.begin(root, place, record, {tree_names.SPEC: json.dumps(spec).encode("ascii")})
        fsio.discard(into)
        os.mkdir(into, 0o700)
    launch.leave(place, lock)
    return record


def _passing(root: str, job: str) -> str:
    return os.path.join(root, FOLDER, f".{job}")


def _checked(tree: Any) -> Dict[str, Any]:
    if not isinstance(tree, dict) or not isinstance(tree.get("url"), str):
        raise AgentError("damaged", "the job's record has no tree")
    _checked_address(tree["url"])
    files = tree.get("files")
    if not _DIGEST.match(str(tree.get("digest"))):
        raise AgentError("invalid", "the files to be fetched have no digest")
    if not isinstance(files, list) or not 0 < len(files) <= _MOST_FILES:
        raise AgentError("invalid", "the files to be fetched are not a list")
    found = []
    for file in files:
        size = file.get("size")
        if (
            not _NAME.match(str(file.get("name")))
            or tree_names.sound_path(str(file.get("path"))) is None
            or not (size is None or (type(size) is int and 0 <= size <= tree_names.LARGEST))
            or not re.match(r"(?:[0-9a-f]{64})?\Z", str(file.get("sha256")))
        ):
            raise AgentError(
                "invalid", "a file to be fetched is not valid, or is too large", str(file.get("path"))
            )
        found.append({key: file[key] for key in ("name", "path", "size", "sha256")})
    if len({file["name"] for file in found}) < len(found):
        raise AgentError("invalid", "two files would have the same name")
    return {"url": tree["url"], "digest": tree["digest"], "files": found}


def _sweep(root: str) -> None:
    """Take away what was fetched over a month ago and is named by no domain now."""
    folder = os.path.join(root, FOLDER)
    old = time.time() - _UNUSED
    names = []
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for item in found:
            with contextlib.suppress(OSError):
                if _DIGEST.match(item.name) and item.stat(follow_symlinks=False).st_mtime < old:
                    names.append(item.name)
    if names:
        for name in _unnamed(root, names):
            with contextlib.suppress(OSError):
                fsio.discard(os.path.join(folder, name))


def _unnamed(root: str, names: List[str]) -> List[str]:
    """Return those of these names that stand in no text of a domain; none where a text is not to be had: it may name
    any.
    """
    left = dict.fromkeys(names)
    try:
        for above, _folders, files in os.walk(layout.domains(root), onerror=_unread):
            if len(files) > _SCAN:
                return []
            for name in files:
                # Those may be of any size, and hold no text.
                if name != entry.LOG and not name.startswith(_IMAGES):
                    _strike(left, os.path.join(above, name))
    except (AgentError, OSError):
        return []
    return list(left)


def _unread(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _strike(left: Dict[str, None], path: str) -> None:
    """Strike off the names that stand in a text."""
    try:
        text = fsio.read_bounded(path, _TEXT)
    except FileNotFoundError:
        return
    for each in list(left):
        if each.encode("ascii") in text:
            del left[each]


# The job


def fetch(work: JobWork) -> None:
    """Fetch the files, and give them their folder when all are whole; where that fails, leave nothing."""
    tree = _checked(work.record.get("tree"))
    into = _passing(work.root, str(work.record["id"]))
    code = work.run_program(
        PROGRAM,
        remote.bundle("netboot.tree_program") + _ENTRY,
        ["fetch", work.place],
        ["xentui-fetch", tree["url"], *(file["path"] for file in tree["files"])],
        within=_ALONE if tree_names.nfs_of(tree["url"]) else [],
    )
    cancelled = work.marked(records.CANCEL)
    if code or cancelled:
        fsio.discard(into)
        why = "it was cancelled: " if cancelled else ""
        work.end(records.CANCELLED if cancelled else code, f"{why}nothing is left of it")
        return
    folder = os.path.join(work.root, FOLDER)
    try:
        os.rename(into, os.path.join(folder, tree["digest"]))
    except OSError:
        fsio.discard(into)
        raise
    fsio.try_sync_folder(folder)
    work.end(0)


def settle(work: JobWork) -> None:
    """Leave nothing of a job that was cut short."""
    tree = _checked(work.record.get("tree"))
    fsio.discard(_passing(work.root, str(work.record["id"])))
    if os.path.isdir(os.path.join(work.root, FOLDER, tree["digest"])):
        work.end(0)
        return
    work.end(1, "it was interrupted: nothing is left of it")


DO: Dict[str, Callable[[JobWork], None]] = {records.FETCH_KIND: fetch}

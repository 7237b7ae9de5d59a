"""Jobs that write an image of a disk: begun here, done by :mod:`xentui.agent.images.image_worker` in a process of its
own.

An image is written under a passing name in the folder it is to lie in, and has its own when it is whole: nobody can
take half of one for a disk, and what is cut short, or cancelled, leaves nothing.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import access, safe_folder
from xentui.agent.images import disk_images
from xentui.agent.jobs import launch, progress, records
from xentui.agent.jobs.records import Record
from xentui.agent.protocol.arguments import ARGV, JOB_WORDS, OBJECT, STRING
from xentui.agent.protocol.commands import is_argv
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

_TEXTS = ("path", "source")
#: Stands in the command of a job for the name the image has while it is written.
PASSING = "{image}"


@store_operation(
    "start_image_job",
    job=STRING,
    kind=STRING,
    prefix=ARGV,
    image=OBJECT,
    **JOB_WORDS,
)
def start_image_job(
    root: str,
    *,
    job: str,
    kind: str,
    prefix: List[str],
    image: Dict[str, Any],
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin a job on an image and leave it to itself; returns its record.

    ``image`` has ``path``, the file to be made; ``source``, the file or device it is copied from ("" for none);
    ``size`` in bytes, ``room`` how many of them it surely takes; ``argv`` the command that writes it, with
    :data:`PASSING` for its name, empty where the job itself does.  The others are as of
    :func:`xentui.agent.jobs.control.start_job`.  Code ``exists`` where there is something of that name, ``full``
    where the file system has less room, ``missing`` without a folder or a source, ``busy`` where such a job is under
    way.
    """
    place = records.folder(root, job)
    if kind not in records.IMAGE_KINDS:
        raise AgentError("invalid", "is not a kind of job on an image", kind)
    wanted = _checked(image)
    passing = _place(wanted)
    with layout.writing(root):
        for other, record in records.each(root):
            theirs = record.get("image")
            same = isinstance(theirs, dict) and theirs.get("path") == wanted["path"]
            if same and progress.state(other, record) == records.RUNNING:
                raise AgentError(
                    "busy", "an image of that name is being made on the host", str(wanted["path"])
                )
        named = records.record_of(job, kind, prefix, records.JobWords(subject, user, host), path=passing)
        record = {**named, "image": wanted}
        lock = launch.begin(root, place, record)
    launch.leave(place, lock)
    return record


def _checked(image: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a job was told, and no more; raises code ``invalid`` where it makes no sense."""
    found: Dict[str, Any] = {}
    for name in _TEXTS:
        value = image.get(name, "")
        if not isinstance(value, str) or "\0" in value or (value and not value.startswith("/")):
            raise AgentError("invalid", f"the image's {name} is not an absolute path")
        found[name] = value
    for name in ("size", "room"):
        value = image.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise AgentError("invalid", f"the image's {name} is not a number of bytes")
        found[name] = value
    argv = image.get("argv", [])
    if not (argv == [] or is_argv(argv)):
        raise AgentError("invalid", "the image's command is not valid")
    if not found["path"] or (argv and PASSING not in argv):
        raise AgentError("invalid", "no new image is named")
    return {**found, "argv": argv}


def _place(wanted: Dict[str, Any]) -> str:
    """Return the passing name of an image that can be made; raises what is in the way of that."""
    path = str(wanted["path"])
    if wanted["source"]:
        source = access.stat_paths(paths=[wanted["source"]])[wanted["source"]]
        if source["kind"] not in ("file", "block"):
            raise AgentError("missing", "there is no such image", str(wanted["source"]))
    return passing_beside(path, int(wanted["room"]))


def passing_beside(path: str, needed: int) -> str:
    """Return a passing name for a new file, in its folder.

    Code ``exists`` where there is something of its own name, ``full`` where the file system has less than ``needed``
    bytes; else as of :func:`xentui.agent.images.disk_images.parent`.
    """
    folder, name = disk_images.parent(path)
    with folder:
        disk_images.require_free(folder, name, path, needed)
        return folder.spelt(safe_folder.passing_name())


def made(record: Record) -> Dict[str, Any]:
    """Return what the record of a job says of its image; code ``damaged`` where that makes no sense."""
    image: Optional[Any] = record.get("image")
    if not isinstance(image, dict) or not os.path.basename(str(record["path"])).startswith(".xentui-"):
        raise AgentError("damaged", "the job's record has no image", str(record["path"]))
    return _checked(image)


def drop(record: Record) -> None:
    """Take away what a job has written that did not come to its end."""
    with disk_images.parent(str(record["path"]))[0] as folder:
        if folder.remove(os.path.basename(str(record["path"]))):
            folder.sync()


def finish(folder: safe_folder.Folder, passing: str, name: str) -> None:
    """Give a whole image its name, in place of nothing; code ``exists`` where somebody has taken it meanwhile."""
    try:
        os.link(passing, name, src_dir_fd=folder.fd, dst_dir_fd=folder.fd, follow_symlinks=False)
    except FileExistsError:
        raise AgentError("exists", "something with that name exists now", folder.spelt(name)) from None
    except FileNotFoundError:
        raise  # somebody has taken it away
    except OSError:
        # A file system without hard links: the name is taken first, by a file of nobody else's.
        os.close(folder.open_own(name, os.O_RDWR | os.O_EXCL))
        try:
            folder.move(passing, name)
        except OSError:
            folder.remove(name)
            raise
    else:
        os.unlink(passing, dir_fd=folder.fd)
    folder.sync()

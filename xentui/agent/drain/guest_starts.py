"""Guests of a host that are started again as they are stored, by a job: what was checked before is checked again."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, List

from xentui.agent.drain import guest_links, preconditions, target_check
from xentui.agent.drain.preconditions import SkippedError
from xentui.agent.errors import AgentError
from xentui.agent.host import domain_list
from xentui.agent.jobs.worker import JobWork
from xentui.agent.memory import boot_marks, xendomains
from xentui.agent.store import entry, layout

_QUERY_SECONDS = 60.0
_BUSY = ("suspended", "resuming", "saving", "moving", "install")


class Starts:
    """Starts guests; ``details`` prints what ``xl list -l`` does."""

    def __init__(self, work: JobWork, details: List[str]) -> None:
        self._argv = [*work.record["prefix"], *details]
        self._files: Dict[str, str] = {}

    def keep(self, steps: List[Dict[str, Any]]) -> None:
        """Keep what the disks of these guests are now."""
        self._files.update({step["uuid"]: _digest(step) for step in steps})

    def start(self, step: Dict[str, Any], guest: JobWork) -> str:
        """Start a guest that does not run; raises SkippedError where it is not what was agreed to."""
        if not guest_links.is_kept(guest, step):
            raise SkippedError("it is not here any more")
        if step["kept"]:
            _require_off(guest, step)
        else:
            _require_stored(guest, step)
        named = domain_list.ask(
            [*guest.record["prefix"], *step["named"], str(step["guest"].get("name", ""))], _QUERY_SECONDS
        )
        if named is None or named.returncode == 0:
            raise SkippedError("another domain has its name meanwhile")
        if _digest(step) != self._files[guest.uuid]:
            raise SkippedError("its disks are others meanwhile")
        if step["disks"] and _is_used(step, preconditions.configurations(self._argv)):
            raise SkippedError("another domain uses a disk of it meanwhile")
        if not step["kept"]:
            boot_marks.boot_begin(guest.root, uuid=guest.uuid)
        if guest.run_argv(step["argv"], "start"):
            raise AgentError("io", guest_links.last_said(guest))
        if not step["kept"]:
            with contextlib.suppress(AgentError, OSError):  # it runs, whatever becomes of the note
                boot_marks.mark_running(guest.root, uuid=guest.uuid, record=step["mark"])
        return "is started"


def _require_stored(guest: JobWork, step: Dict[str, Any]) -> None:
    """Raise where what xentui stores of a guest is not what was agreed to, or is not to be booted."""
    folder = layout.entry(guest.root, guest.uuid)
    if entry.load(folder).sha256 != step["sha256"]:
        raise SkippedError("what is stored of it is another meanwhile")
    marks: Dict[str, Any] = dict(entry.marks(folder))
    if any(marks[key] for key in _BUSY) or guest.uuid in xendomains.kept(str(guest.record["auto"])):
        raise SkippedError("it has a saved memory meanwhile, or is being moved or installed")


def _require_off(guest: JobWork, step: Dict[str, Any]) -> None:
    """Raise where an engine says that a guest is not off, or would go on from a saved memory."""
    state, saved = (guest_links.engine_says(guest, step, word) for word in ("State", "Managed save"))
    if state != "shut off" or saved not in ("", "no"):
        raise SkippedError("it is not off any more, or has a saved memory")


def _digest(step: Dict[str, Any]) -> str:
    return target_check.digest([disk["file"] for disk in step["disks"]])


def _is_used(step: Dict[str, Any], running: List[Dict[str, Any]]) -> bool:
    """Return whether one of the running domains has a disk that a guest alone may write to."""
    paths = {disk["path"] for disk in step["disks"]}
    files = {_file(disk["file"]) for disk in step["disks"]} - {None}
    for config in running:
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            theirs = [str(disk.get("pdev_path") or "") for disk in config.get("disks", [])]
            is_own = str(config["c_info"]["uuid"]).lower() == step["uuid"]
            if not is_own and any(path in paths or _file(path) in files for path in theirs):
                return True
    return False


def _file(path: str) -> Any:
    """Return what tells a file or device from any other; None where there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return (0, 0, status.st_rdev) if status.st_rdev else (status.st_dev, status.st_ino, 0)

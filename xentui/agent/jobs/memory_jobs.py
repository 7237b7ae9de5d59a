"""What a job does: memory images written, taken up again, and what was cut short settled.

A resume builds the guest paused, notes durably that the guest is about to run, and then lets it run.  So of each
moment at which everything may be killed it is known whether the guest can have run beside its image: before the note
it has not, and what was built is thrown away; after it the image is spent.

Every function here ends its job.  What has become of the domain is told as ``then``, half a sentence.
"""

from __future__ import annotations

import contextlib
import os
from typing import Callable, Dict, Optional

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.files import fsio
from xentui.agent.host.domain_list import ListRow
from xentui.agent.jobs import unpause, worker
from xentui.agent.jobs.worker import JobWork
from xentui.agent.memory import boot_marks, image_place, save_files, xendomains
from xentui.agent.store import audit, autostart, entry, layout

SAVED, BUILT = "saved", "built"
_RUNS_ON = "the guest still runs"
_IMAGE_WHOLE = "it is still suspended: its memory image is complete"
_FILE_WHOLE = "the guest has not run: the file is unchanged"
#: Stands in ``then`` for the command that lets a guest go on: how that is asked for is the front end's to say.
UNPAUSE = "{unpause}"
_ASLEEP = f"its guest is stopped, waiting for a save: {UNPAUSE} lets it continue"


def suspend(work: JobWork) -> None:
    """Save a domain's memory to the store and end the domain."""
    code = work.run("save", domid=int(work.record["domid"]))
    if code:
        _not_saved(work, code)
        return
    work.mark(SAVED)
    worker.reached("before commit")
    try:
        _commit(work)
    except (AgentError, OSError) as error:
        work.end(
            1,
            "the domain has ended, and its memory is in a file that it cannot be resumed from",
            failure_of(error),
        )
        return
    worker.reached("after commit")
    work.end(0)


def save(work: JobWork) -> None:
    """Save a domain's memory to a file of the admin's and end the domain."""
    code = work.run("save", domid=int(work.record["domid"]))
    if code:
        _not_saved(work, code)
        return
    work.mark(SAVED)
    _sync(work.path)
    _note_saved(work)
    work.end(0)


def resume(work: JobWork) -> None:
    """Continue a domain from its image in the store."""
    built = _rebuilt(work, _IMAGE_WHOLE)
    if built is None:
        return
    try:
        boot_marks.resume_begin(work.root, uuid=work.uuid)
    except (AgentError, OSError) as error:
        _throw_away(work, built)
        work.end(1, _IMAGE_WHOLE, failure_of(error))
        return
    worker.reached("after mark")
    _let_run(work, built, lambda: boot_marks.resume_commit(work.root, uuid=work.uuid))


def restore(work: JobWork) -> None:
    """Continue a domain from a file of the admin's, which stays."""
    built = _rebuilt(work, _FILE_WHOLE)
    if built is None:
        return
    work.mark(BUILT)
    worker.reached("after mark")
    _let_run(work, built, lambda: _forget_saved(work, built))


def _rebuilt(work: JobWork, unspent: str) -> Optional[ListRow]:
    """Build the guest of an image, paused; None where that has failed: the job has ended then, with ``unspent``."""
    code = work.run("restore")
    built = _built(work)
    if code or built is None:
        _throw_away(work, built)
        work.end(code or 1, unspent)
        return None
    worker.reached("before mark")
    return built


def wake(work: JobWork) -> None:
    """Let a guest go on that a save has stopped and not ended."""
    domid = int(work.record["domid"])
    code = _wake(work, domid)
    work.end(code, _RUNS_ON if not code else _ASLEEP)


def settle(work: JobWork) -> None:
    """Bring an interrupted job to its end by what it has left."""
    kind = str(work.record["kind"])
    same_boot = work.record["boot"] == audit.boot_id()
    row = work.own() if work.uuid else None
    if kind == "suspend":
        _settle_suspend(work, row, same_boot)
    elif kind == "save":
        _settle_save(work, row)
    elif kind == "resume":
        _settle_resume(work, row, same_boot)
    elif kind == "restore":
        _settle_restore(work, row, same_boot)
    else:
        work.end(0 if row is None or row.awake else 1, "" if row is None or row.awake else _ASLEEP)


def _settle_suspend(work: JobWork, row: Optional[ListRow], same_boot: bool) -> None:
    folder = layout.entry(work.root, work.uuid)
    if not os.path.exists(work.path):
        done = os.path.exists(os.path.join(folder, entry.CHECKPOINT))
        (_place if done else _release)(work)
        work.end(0 if done else 1, "" if done else _fate(row))
        return
    # An image counts only where nobody can have run the guest since: a host that was booted starts what it is told to.
    untouched = row is None and (same_boot or not _booted_by_itself(work))
    if untouched and (work.marked(SAVED) or save_files.whole(work.path)):
        _commit(work)
        work.end(0)
        return
    if row is not None or not save_files.whole(work.path):
        boot_marks.checkpoint_abort(work.root, uuid=work.uuid, part=work.path)
    _release(work)
    work.end(1, _fate(row))


def _settle_save(work: JobWork, row: Optional[ListRow]) -> None:
    if row is None and save_files.whole(work.path):
        _note_saved(work)
        work.end(0)
        return
    _drop_made(work)
    then = (
        f"{_fate(row)}; {work.path} is not a complete image"
        if not save_files.whole(work.path)
        else _fate(row)
    )
    work.end(1, then)


def _settle_resume(work: JobWork, row: Optional[ListRow], same_boot: bool) -> None:
    folder = layout.entry(work.root, work.uuid)
    ours = row if row is not None and same_boot and row.domid > int(work.record["domid"]) else None
    if not os.path.exists(os.path.join(folder, entry.CHECKPOINT)):
        _release(work)
    if os.path.exists(os.path.join(folder, entry.CHECKPOINT)):
        if ours is not None and ours.fresh:
            _throw_away(work, ours)
        elif row is not None and not row.fresh:
            boot_marks.resume_begin(work.root, uuid=work.uuid)
            work.end(1, "it runs, and its memory image is out of date")
            return
        work.end(1, _IMAGE_WHOLE)
    elif not os.path.exists(os.path.join(folder, entry.RESUMING)):
        work.end(0 if row is not None else 1, _fate(row))
    elif ours is not None and ours.fresh:
        _let_run(work, ours, lambda: boot_marks.resume_commit(work.root, uuid=work.uuid))
    elif row is not None:
        boot_marks.resume_commit(work.root, uuid=work.uuid)
        work.end(0)
    else:
        work.end(
            1,
            "it may have run since: its memory image is kept until destroyed, but it cannot be resumed from it",
        )


def _settle_restore(work: JobWork, row: Optional[ListRow], same_boot: bool) -> None:
    ours = row if row is not None and same_boot and row.domid > int(work.record["domid"]) else None
    if not work.marked(BUILT):
        if ours is not None and ours.fresh:
            _throw_away(work, ours)
        work.end(1, _FILE_WHOLE if row is None or (ours is not None and ours.fresh) else _fate(row))
    elif ours is not None and ours.fresh:
        _let_run(work, ours, lambda: _forget_saved(work, ours))
    else:
        work.end(0 if row is not None else 1, _fate(row))


def _not_saved(work: JobWork, code: int) -> None:
    """A save has failed: let its guest go on where xl has not, and drop what there is of the image."""
    row = _mine(work)
    then = _fate(row)
    if row is None and save_files.whole(work.path):
        # xl ends a domain only when its image is whole: what failed came after.
        work.mark(SAVED)
        if work.record["kind"] == "suspend":
            _commit(work)
        else:
            _note_saved(work)
        work.end(0)
        return
    if row is not None and row.asleep:
        then = _RUNS_ON if _wake(work, row.domid) == 0 else _ASLEEP
    if work.record["kind"] == "suspend":
        boot_marks.checkpoint_abort(work.root, uuid=work.uuid, part=work.path)
    else:
        _drop_made(work)
    work.end(code, then)


def _mine(work: JobWork) -> Optional[ListRow]:
    """Return the domain a save is of, which need not be a managed one."""
    return work.domain(int(work.record["domid"]))


def _built(work: JobWork) -> Optional[ListRow]:
    """Return the domain a restore has built and not let run."""
    found = [row for row in work.domains(work.uuid) if row.domid > int(work.record["domid"]) and row.fresh]
    return found[-1] if found else None


def _throw_away(work: JobWork, built: Optional[ListRow]) -> None:
    if built is not None:
        work.run("destroy", domid=built.domid)


def _let_run(work: JobWork, built: ListRow, commit: Callable[[], None]) -> None:
    """Let a guest run that is built, unless it is to stay paused; its image is spent."""
    if not work.record["paused"]:
        code = work.run("unpause", domid=built.domid)
        row = work.domain(built.domid)
        # xl unpause ends with status 0 also where libxl has refused.
        if row is not None and row.awake and row.letters[2] == "p":
            work.end(code or 1, f"it is complete and paused: {UNPAUSE} lets it run")
            return
    commit()
    worker.reached("after commit")
    work.end(0)


def _wake(work: JobWork, domid: int) -> int:
    """Let a guest go on that a save has stopped; returns 0 where it does."""
    argv = ["xentui-wake", str(domid)]
    prefix = work.record["prefix"]

    def do() -> int:
        if prefix:
            return work.execute([*prefix, *argv])
        return work.in_child(lambda: unpause.wake(domid))

    code = work.on_record(argv, do)
    row = work.domain(domid)
    return 1 if code == 0 and row is not None and row.asleep else code


def _fate(row: Optional[ListRow]) -> str:
    """Return what is left of the domain."""
    if row is None:
        return "the domain is gone"
    return _ASLEEP if row.asleep else _RUNS_ON


def _commit(work: JobWork) -> None:
    boot_marks.checkpoint_commit(work.root, uuid=work.uuid, part=work.path, auto_dir=str(work.record["auto"]))


def _booted_by_itself(work: JobWork) -> bool:
    """Return whether the host's boot has booted the domain, by a link that nobody had taken away."""
    auto = str(work.record["auto"])
    return bool(auto) and any(
        item["uuid"] == work.uuid for item in autostart.list_autostart(work.root, auto_dir=auto)
    )


def _release(work: JobWork) -> None:
    """Have a domain that is suspended no longer start with the host as before."""
    with layout.writing(work.root):
        xendomains.release(work.root, work.uuid)


def _place(work: JobWork) -> None:
    """Have a suspended domain resumed with the host, where it is to start with it."""
    with layout.writing(work.root):
        xendomains.place(work.root, work.uuid)


def _forget_saved(work: JobWork, row: ListRow) -> None:
    with contextlib.suppress(AgentError, OSError):  # of a transient domain nothing is noted
        boot_marks.forget_saved(work.root, row.uuid)
    path = work.path
    if xendomains.is_kept(path, str(work.record["auto"])):
        with contextlib.suppress(AgentError, OSError):
            xendomains.drop(path)


def _note_saved(work: JobWork) -> None:
    if work.uuid and os.path.isdir(layout.entry(work.root, work.uuid)):
        boot_marks.note_saved(work.root, work.uuid, work.path)


def _drop_made(work: JobWork) -> None:
    """Take away the file that was made for the save, where nothing was written to it."""
    if work.record.get("made"):
        image_place.drop(work.path)


def _sync(path: str) -> None:
    """Flush a file of the admin's, where that is possible: a device or a pipe is not."""
    try:
        fsio.sync_file(path)
    except (AgentError, OSError):
        return


DO: Dict[str, Callable[[JobWork], None]] = {
    "suspend": suspend,
    "resume": resume,
    "save": save,
    "restore": restore,
    "wake": wake,
}

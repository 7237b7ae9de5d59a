"""What a job does that sees a domain through its install: boots the installer, waits for its end, boots what is stored.

A note is made durably before each step that is not to be done twice, so that of a job that was killed it is known how
far it was: whoever looks next has it go on from there.  After a loss of power nothing goes on by itself: how far the
installer was is not known.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Optional

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.host.domain_list import ListRow, SilentError
from xentui.agent.jobs import records
from xentui.agent.jobs.records import BUILT, ENDED_BY_ITSELF, LET_RUN, STARTING, WATCHED
from xentui.agent.jobs.worker import JobWork, reached
from xentui.agent.memory import boot_marks
from xentui.agent.store import audit, installs
from xentui.agent.store.install_record import BROKEN, INSTALLED
from xentui.agent.systems import install_jobs

#: Between two looks at the installer, in seconds: at first, and at last.
FIRST, LONGEST = 0.2, 2.0
_SLOWER = 1.3
#: How long an installer that is held waits for who is to watch it, and what is destroyed to be gone, in seconds.
HELD, GONE = 20.0, 60.0
_SILENCE = 15.0
_OVER, _CRASHED, _GONE = "over", "crashed", "gone"


def install(work: JobWork) -> None:
    """Install a domain."""
    install = install_jobs.of(work.record)
    code = work.run_argv(install["create"], "create")
    built = _installer(work)
    if code or built is None:
        _not_begun(work, built, code or 1)
        return
    try:
        _let_run(work, built)
    except (AgentError, OSError) as error:
        _not_begun(work, built, 1, failure_of(error))
        return
    _see_through(work, built)


def settle(work: JobWork) -> None:
    """Go on with an install whose job was killed; after a loss of power say how far it was."""
    if work.record["boot"] != audit.boot_id():
        if work.marked(ENDED_BY_ITSELF):
            _leave(work, INSTALLED, "the host went down before its stored configuration was booted")
        else:
            _leave(work, BROKEN, "the host went down during the install")
        return
    if work.marked(STARTING):
        row = work.own()
        if row is not None and row.fresh:
            work.run("unpause", domid=row.domid)
        if row is not None:
            version = work.noted(STARTING)
            if version.isdigit():
                _note_running(work, int(version))
            _done(work)
        else:
            _boot_stored(work)
        return
    found = _installer(work)
    if work.marked(ENDED_BY_ITSELF):
        _clear_away(work, found)
    elif found is not None:
        _let_run(work, found)
        _see_through(work, found)
    elif work.marked(BUILT):
        _broken_off(work, _GONE)
    else:
        _not_begun(work, None, 1)


def _installer(work: JobWork) -> Optional[ListRow]:
    """Return the domain the installer runs in: the first of the uuid since the job began."""
    found = [row for row in work.domains(work.uuid) if row.domid > int(work.record["domid"])]
    return found[0] if found else None


def _not_begun(
    work: JobWork, built: Optional[ListRow], code: int, failure: Optional[AgentError] = None
) -> None:
    """The installer could not be booted: of an install without disks of its own nothing is left."""
    if built is not None:
        work.run("destroy", domid=built.domid)
    if install_jobs.of(work.record)["disks"]:
        installs.leave(
            work.root, work.uuid, job=_job(work), state=BROKEN, why="its installer could not be booted"
        )
    else:
        installs.forget(work.root, work.uuid, job=_job(work))
    work.end(code, "nothing was installed", failure)


def _let_run(work: JobWork, built: ListRow) -> None:
    """Let an installer run that is built, once somebody watches it where that is wanted."""
    if not work.marked(BUILT):
        mark = {"kind": "one-off", "version": 0, "source": "its install configuration", "domid": built.domid}
        boot_marks.mark_running(work.root, uuid=work.uuid, record=mark)
        work.mark(BUILT)
    reached("after built")
    if not work.marked(LET_RUN):
        if install_jobs.of(work.record)["held"]:
            _held(work)
        if not work.record["paused"]:
            work.run("unpause", domid=built.domid)
        work.mark(LET_RUN)


def _see_through(work: JobWork, built: ListRow) -> None:
    """From an installer that runs to the stored configuration."""
    reached("before end of installer")
    how = _end_of(work, built.domid)
    if how != _OVER:
        _broken_off(work, how)
        return
    work.mark(ENDED_BY_ITSELF)
    reached("after end of installer")
    _clear_away(work, built)


def _held(work: JobWork) -> None:
    """Wait until somebody watches the console; not for ever: whoever that is may be gone."""
    deadline = time.monotonic() + HELD
    while not work.marked(WATCHED) and time.monotonic() < deadline:
        time.sleep(0.05)


def _end_of(work: JobWork, domid: int) -> str:
    """Wait for the end of the installer; returns how it ended.

    A toolstack that says nothing is asked again: the install goes on all the same.
    """
    pause = FIRST
    while True:
        try:
            row = work.domain(domid)
        except SilentError:
            time.sleep(_SILENCE)
            continue
        if row is None or row.uuid != work.uuid:
            return _GONE
        if row.stopped:
            return _CRASHED if row.letters[4] in "cw" else _OVER
        time.sleep(pause)
        pause = min(LONGEST, pause * _SLOWER)


def _broken_off(work: JobWork, how: str) -> None:
    """The installer has not ended by itself, or has crashed: nothing is booted."""
    if how == _CRASHED:
        why = "its installer has crashed; the domain is kept for inspection"
    else:
        why = "its installer was destroyed or saved before it ended by itself"
    _leave(work, BROKEN, why)


def _clear_away(work: JobWork, ended: Optional[ListRow]) -> None:
    """The installer has ended by itself: have its domain gone, then boot what is stored."""
    if ended is not None:
        work.run("destroy", domid=ended.domid)
        deadline = time.monotonic() + GONE
        while work.domain(ended.domid) is not None and time.monotonic() < deadline:
            time.sleep(FIRST)
    if work.marked(records.CANCEL):
        _leave(work, BROKEN, "it was shut down or destroyed during the install")
        return
    _boot_stored(work)


def _boot_stored(work: JobWork) -> None:
    install = install_jobs.of(work.record)
    try:
        item = boot_marks.boot_begin(work.root, uuid=work.uuid)
    except (AgentError, OSError) as error:
        failure = failure_of(error)
        why = f"its stored configuration could not be booted: {failure.message}"
        _leave(work, INSTALLED, why, failure=failure)
        return
    work.mark(STARTING, str(item["version"]))
    words = install["words"] if item["config_sha256"] == install["sha256"] else []
    code = work.run_argv([*install["start"], *words], "start")
    if code:
        _leave(work, INSTALLED, "its stored configuration could not be booted", code=code)
        return
    _note_running(work, item["version"])
    _done(work)


def _note_running(work: JobWork, version: int) -> None:
    """Note which version of what is stored runs."""
    mark = {"kind": "stored", "version": version, "source": "", "domid": None}
    with contextlib.suppress(AgentError, OSError):  # it runs, whatever becomes of the note
        boot_marks.mark_running(work.root, uuid=work.uuid, record=mark)


def _done(work: JobWork) -> None:
    installs.drop_answers(work.root, work.uuid)
    installs.forget(work.root, work.uuid, job=_job(work))
    work.end(0, "it is installed, and runs from its stored configuration")


def _leave(
    work: JobWork, state: str, why: str, *, code: int = 1, failure: Optional[AgentError] = None
) -> None:
    """End a job whose install is kept: what is to become of it is an admin's to say."""
    installs.leave(work.root, work.uuid, job=_job(work), state=state, why=why)
    work.end(code, why, failure)


def _job(work: JobWork) -> str:
    return os.path.basename(work.place)

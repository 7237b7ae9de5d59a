"""What jobs read is not trusted: names of guests in the list of domains, and records that somebody has damaged."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xentui import agent
from xentui.agent.host.domain_list import HostDomains, ListRow, rows
from xentui.agent.jobs import control as jobs, launch, records
from xentui.agent.jobs.worker import JobWork
from xentui.agent.protocol.commands import XL, filled
from xentui.agent.store import layout

WEB1 = "11111111-2222-3333-4444-000000000001"
OTHER = "11111111-2222-3333-4444-000000000002"
HEAD = "Name                 ID   Mem VCPUs\tState\tTime(s)  UUID                   Reason-Code\tSecurity Label\n"
SOUND, DAMAGED = "0" * 32, "1" * 32


def row(name: str, domid: int, uuid: str, letters: str = "r-----", seconds: float = 1.0) -> str:
    """A row as ``xl list -v`` prints it."""
    return f"{name:<40} {domid:5d} {512:5d} {1:5d}     {letters}  {seconds:8.1f} {uuid} {'-':>16s} {'none':>16s}\n"


class Listed(HostDomains):
    """A host where xl answers so: what it lists, and the row of each domid alone."""

    def __init__(self, text: str, known: dict[int, str]) -> None:
        self._text, self._known = text, known

    def _query(self, *domid: str) -> str:
        if not domid:
            return self._text
        row = self._known.get(int(domid[0]))
        return HEAD + row if row is not None else ""


class TestRows:
    def test_what_xl_prints(self) -> None:
        text = (
            HEAD
            + row("Domain-0", 0, "0" * 8 + "-0000-0000-0000-" + "0" * 12)
            + row("web1", 3, WEB1, "--p---", 0)
        )
        assert rows(text)[1] == ListRow(3, "--p---", 0.0, WEB1)

    @pytest.mark.parametrize(
        "end", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r", "\n"]
    )
    def test_no_name_makes_up_a_domain_that_a_restore_would_have_built(self, end: str) -> None:
        """It would be destroyed by its domid, which is another's by then."""
        forged = row("x", 9, WEB1, "--p---", 0).rstrip("\n") + end + "y"
        text = HEAD + row("web2", 3, WEB1) + row(forged, 5, OTHER)
        assert Listed(text, {3: row("web2", 3, WEB1), 5: row(forged, 5, OTHER)}).domains(WEB1) == [
            ListRow(3, "r-----", 1.0, WEB1)
        ]

    def test_no_name_stands_for_a_domain_that_is_gone_or_hides_one(self) -> None:
        """A suspended one would be taken for running and lose its image, or one that runs be resumed beside itself."""
        forged = row("x", 1, WEB1).rstrip("\n") + "\ny"
        known = {2: row("web2", 2, WEB1), 5: row(forged, 5, OTHER)}
        listed = Listed(HEAD + known[2] + known[5], known)
        assert listed.domain(1) is None
        assert listed.domains(WEB1) == [ListRow(2, "r-----", 1.0, WEB1)]
        assert listed.domain(5) == ListRow(5, "r-----", 1.0, OTHER)
        del known[2]
        listed = Listed(HEAD + known[5], known)
        assert listed.domains(WEB1) == []

    def test_no_name_hides_its_own_domain(self) -> None:
        assert rows(HEAD + row("x" * 5000, 5, OTHER)) == [ListRow(5, "r-----", 1.0, OTHER)]


def record(**changed: Any) -> str:
    """The record of a job."""
    made = {
        "id": DAMAGED, "kind": "restore", "uuid": WEB1, "domid": 3, "path": "/nowhere", "paused": False,
        "subject": "web1", "user": "me", "host": "h", "auto": "", "prefix": [], "started": time.time(), "boot": "b",
    }  # fmt: skip
    return json.dumps({**made, **changed})


def text(content: str) -> Callable[[Path], None]:
    """Write a record."""

    def write(folder: Path) -> None:
        (folder / "job.json").write_text(content)

    return write


def pipe(name: str) -> Callable[[Path], None]:
    """Have a pipe in place of a file of a job."""

    def make(folder: Path) -> None:
        text(record())(folder)
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return make


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a path no file can have": text(record(path="/" + "x" * 5000)),
    "half a surrogate pair": text(record(path="/\ud800")),
    "a NUL": text(record(path="/a\0b")),
    "another's name": text(record(id=OTHER)),
    "a uuid that leads elsewhere": text(record(uuid="../..")),
    "no time": text(record(started=float("nan"))),
    "words that are none": text(record(prefix=[1])),
    "commands that are none": text(record(commands={"list": ["xl", "list"]})),
    "a command without words": text(record(commands={**XL, "save": []})),
    "a command of numbers": text(record(commands={**XL, "save": [1]})),
    "a pipe": pipe("job.json"),
    "a pipe for a lock": pipe("lock"),
    "a pipe for its output": pipe("output"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_job_hides_no_other(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    root = str(tmp_path / "store")
    agent.dispatch(root, "create", {"uuid": WEB1, "name": "web1", "text": "name = 'web1'\n"})
    for name in (SOUND, DAMAGED):
        (Path(root) / "jobs" / name).mkdir(parents=True)
    text(record(id=SOUND, uuid=OTHER))(Path(root) / "jobs" / SOUND)
    damage(Path(root) / "jobs" / DAMAGED)
    listed = agent.dispatch(root, "surroundings", {"auto_dir": str(tmp_path / "auto")})["jobs"]
    assert SOUND in [job["id"] for job in listed]
    json.dumps(listed, allow_nan=False)


def test_what_a_command_is_about_is_a_word_of_its_own_whatever_it_is_called() -> None:
    assert filled(XL["save"], domid=7, path="/srv/{domid} x") == ["xl", "save", "7", "/srv/{domid} x"]
    assert filled(["a{domid}", "{path}"], domid=7, path="/p") == ["a{domid}", "/p"]


def test_a_damaged_command_is_said() -> None:
    with pytest.raises(agent.AgentError, match="is not a command for each of list, save"):
        agent.dispatch(
            "/nowhere",
            "start_job",
            {"job": SOUND, "kind": "save", "prefix": [], "commands": {"save": ["rm"]}},
        )


def test_others_use_the_store_while_the_process_of_a_job_is_started(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a Python to start: on a slow host others would have waited for seconds."""
    root, tasks = str(ground / "store"), []

    def spawn(place: str, lock: int, task: str) -> None:
        with layout.writing(root):
            tasks.append(task)
            assert jobs.look_job(root, job=os.path.basename(place))["state"] == records.RUNNING

    monkeypatch.setattr(layout, "LOCK_PATIENCE", 0.0)
    monkeypatch.setattr(launch, "spawn", spawn)
    jobs.start_job(root, job=SOUND, kind="wake", prefix=[])
    assert jobs.settle_job(root, job=SOUND) == records.INTERRUPTED
    assert tasks == ["begin", "settle"]


def test_it_is_told_how_long_ago_a_job_last_ended(tmp_path: Path) -> None:
    root, auto = str(tmp_path / "store"), str(tmp_path / "auto")
    agent.dispatch(root, "create", {"uuid": WEB1, "name": "web1", "text": "name = 'web1'\n"})
    jobs = Path(root) / "jobs"
    assert agent.dispatch(root, "surroundings", {"auto_dir": auto})["ended"] is None
    for name, age in ((SOUND, 500), (DAMAGED, 90000), (OTHER, None)):
        (jobs / name).mkdir(parents=True)
        if age is not None:
            (jobs / name / "end.json").touch()
            moment = time.time() - age
            os.utime(jobs / name / "end.json", (moment, moment))
    assert 500 <= agent.dispatch(root, "surroundings", {"auto_dir": auto})["ended"] < 560
    os.utime(jobs / SOUND / "end.json", (moment := time.time() + 3600, moment))
    assert agent.dispatch(root, "surroundings", {"auto_dir": auto})["ended"] == 0.0, "its clock was put back"


def test_a_child_that_is_killed_has_the_status_a_shell_would_tell(tmp_path: Path) -> None:
    work = JobWork.__new__(JobWork)
    work.place = str(tmp_path)

    def crash() -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    assert work.in_child(lambda: 3) == 3
    assert work.in_child(crash) == 128 + signal.SIGKILL

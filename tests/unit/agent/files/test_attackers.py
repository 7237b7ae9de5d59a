"""What root writes where other users may write too, attacked by one of them while it is done.

Each attack is tried many times, with the attacker at work in a process of his own; it succeeds where anything of
root's has changed, or where what root wrote has landed elsewhere.  None may.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.agent import steps
from tests.unit.agent.attacker import NOBODY, Ground, Step, attacking, exchange, hold
from xentui import agent
from xentui.agent.files import safe_folder
from xentui.agent.memory import image_place, save_head
from xentui.agent.store import layout

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")

WEB1 = "11111111-2222-3333-4444-000000000001"
TRIES = 100
REFUSALS = {"untrusted", "exists", "invalid", "missing", "conflict"}

Plot = Callable[[Ground, Path], Step]


@pytest.fixture
def ground() -> Iterator[Ground]:
    """Root's secrets, and room for the attacker's folders."""
    made = Ground()
    yield made
    made.close()


def refused(operation: str, root: Path, **arguments: object) -> str:
    """The code an operation is refused with, "" where it is done."""
    try:
        steps.dispatch(str(root), operation, arguments)
    except agent.AgentError as error:
        assert error.code in REFUSALS, error
        return error.code
    return ""


def score(name: str, tries: int, done: int, successes: int) -> None:
    """Say how an attack has gone (pytest -rP shows it), and fail where one has succeeded."""
    sys.stdout.write(f"attack: {name}: {tries} tries, {done} of them written, {successes} successes\n")
    assert successes == 0
    assert tries >= TRIES


# What the attacker does in the folder that root writes web1.cfg to.


def chmod_race(ground: Ground, folder: Path) -> Step:
    """Put a link to the secret in place of whatever root makes, before root sets its mode."""
    target = folder / "web1.cfg"
    target.write_text("mine\n")
    os.chown(target, NOBODY, NOBODY)
    target.chmod(0o4777)
    bait = folder / "bait"

    def step() -> None:
        for entry in os.scandir(folder):
            if entry.name.startswith(".") and entry.stat(follow_symlinks=False).st_uid == 0:
                with contextlib.suppress(FileExistsError):
                    bait.symlink_to(ground.secret)
                bait.rename(entry.path)

    return step


def planted_link(ground: Ground, folder: Path) -> Step:
    """Have the file be a link to the secret, now and then."""
    target, bait = folder / "web1.cfg", folder / "bait"

    def step() -> None:
        bait.symlink_to(ground.secret)
        bait.rename(target)
        target.unlink()

    return step


def planted_hard_link(ground: Ground, folder: Path) -> Step:
    """Have the file be the secret itself under another name, where the kernel allows that."""

    def step() -> None:
        os.link(ground.secret, folder / "web1.cfg")
        (folder / "web1.cfg").unlink()

    return step


def planted_folder(ground: Ground, folder: Path) -> Step:
    """Have a folder in place of a passing file, and what is in it be a link to the victim's now and then."""
    planted = folder / ".web1.cfg.xentui-new"

    def step() -> None:
        for number in range(50):
            inside, bait = planted / f"{number:02d}", planted / f"{number:02d}-link"
            with contextlib.suppress(FileExistsError):
                planted.mkdir()
            with contextlib.suppress(FileExistsError):
                inside.mkdir()
            with contextlib.suppress(FileExistsError):
                bait.symlink_to(ground.victim)
        for _ in range(50):
            for number in range(50):
                exchange(planted / f"{number:02d}", planted / f"{number:02d}-link")

    return step


def planted_fifo(_ground: Ground, folder: Path) -> Step:
    """Have a pipe there, which hangs whoever opens it."""

    def step() -> None:
        os.mkfifo(folder / "web1.cfg")
        (folder / "web1.cfg").unlink()

    return step


PLOTS: list[Plot] = [chmod_race, planted_link, planted_hard_link, planted_folder, planted_fifo]
FOLDERS = {"his own": (0o755, NOBODY), "everybody's": (0o777, 0), "sticky": (0o1777, 0)}


@pytest.mark.parametrize(
    ("kind", "exclusive"), [("his own", False), ("everybody's", False), ("sticky", False), ("sticky", True)]
)
@pytest.mark.parametrize("plot", PLOTS, ids=[plot.__name__ for plot in PLOTS])
def test_a_file_written_where_another_user_may_write(
    ground: Ground, plot: Plot, kind: str, exclusive: bool
) -> None:
    mode, owner = FOLDERS[kind]
    folder = ground.folder("there", mode=mode, owner=owner)
    step = plot(ground, folder)
    path = folder / "web1.cfg"
    done = successes = 0
    with attacking(step):
        for _ in range(TRIES):
            code = refused("write_file", folder, path=str(path), data=b"stored\n", exclusive=exclusive)
            assert kind == "sticky" or code == "untrusted"
            done += not code
            successes += ground.harmed
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_uid == 0 and not code:
                    path.unlink()
    score(f"{plot.__name__} in a {kind} folder", TRIES, done, successes)


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_on_the_way_that_is_exchanged(ground: Ground, kind: str) -> None:
    mode, owner = FOLDERS[kind]
    above = ground.folder("there", mode=mode, owner=owner)
    (above / "way").mkdir()
    (above / "bait").symlink_to(ground.victim)
    for path in (above / "way", above / "bait"):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    done = successes = 0
    with attacking(lambda: exchange(above / "way", above / "bait")):
        for _ in range(TRIES):
            code = refused(
                "write_file", above, path=str(above / "way" / "web1.cfg"), data=b"x", exclusive=False
            )
            done += not code
            successes += ground.harmed
    score(f"exchanged folder in a {kind} folder", TRIES, done, successes)
    assert done == 0


@pytest.mark.parametrize("kind", FOLDERS)
def test_the_autostart_folder(ground: Ground, kind: str, tmp_path: Path) -> None:
    mode, owner = FOLDERS[kind]
    auto = ground.folder("auto", mode=mode, owner=owner)
    root = tmp_path / "store"
    agent.dispatch(str(root), "create", {"uuid": WEB1, "name": "web1", "text": "name = 'web1'\n"})
    target = str(root / "domains" / WEB1 / "config.cfg")
    bait = auto / "bait"

    def step() -> None:
        for name in ("web1", ".xentui-new", *(entry.name for entry in os.scandir(auto))):
            with contextlib.suppress(OSError):
                if name != "bait":
                    bait.symlink_to(ground.victim / "one")
                    bait.rename(auto / name)
            with contextlib.suppress(OSError):
                bait.unlink()

    done = successes = 0
    with attacking(step):
        for number in range(TRIES):
            code = refused(
                "link_autostart", root, auto_dir=str(auto), name="web1", target=target, order=number % 50
            )
            code = code or refused("withhold_autostart", root, auto_dir=str(auto), uuid=WEB1)
            code = code or refused("return_autostart", root, auto_dir=str(auto), uuid=WEB1)
            code = code or refused("unlink_autostart", root, auto_dir=str(auto), uuid=WEB1)
            done += not code
            successes += ground.harmed
    score(f"autostart links in a {kind} folder", TRIES, done, successes)
    assert done == 0


def test_folders_for_connections_logs_and_histories(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a session that another user's environment was left in: none of his folders is made private by root."""
    from xentui.console.transcript import Transcript  # the agent's other tests need none of these
    from xentui.errors import HostError
    from xentui.hosts import ssh
    from xentui.settings import state_folder
    from xentui.shell.history import LineHistory
    from xentui.simulator import Simulator

    his = ground.folder("run")
    (his / "real").mkdir()
    (his / "xentui").symlink_to(ground.victim)
    for path in (his / "real", his / "xentui"):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(his))
    successes = tries = 0
    with attacking(lambda: exchange(his / "real", his / "xentui")):
        assert his not in ssh.control_folder().parents
        assert his not in state_folder().parents
        for _ in range(TRIES // 3):
            with pytest.raises(HostError):
                ssh._make_private(his / "xentui")
            log = Transcript(his / "xentui" / "web1.log")
            log.write(b"one")
            assert "nobody" in log.problem or "user id" in log.problem
            LineHistory(his / "xentui" / "one").append_string("list")
            with pytest.raises(HostError):
                Simulator(his / "xentui" / "sub")
            tries += 4
            successes += ground.harmed
    score("folders of another user's environment", tries, 0, successes)


def test_passing_files_where_tmpdir_is_another_users(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    from xentui.commands.external_editor import Workspace  # as above

    his = ground.folder("tmp")
    monkeypatch.setattr(tempfile, "tempdir", str(his))
    seen = 0

    def step() -> None:
        for entry in os.scandir(his):
            (his / "bait").symlink_to(ground.secret)
            (his / "bait").rename(entry.path)

    with attacking(step):
        for _ in range(TRIES):
            path = agent.dispatch("/nowhere", "write_scratch", {"text": "memory = 1\n"})
            seen += Path(path).parent == his
            agent.dispatch("/nowhere", "remove_scratch", {"path": path})
            work = Workspace("web1", "memory = 1\n")
            seen += his in work.path.parents
            work.close()
    score("passing files in another user's TMPDIR", TRIES, TRIES, seen + ground.harmed)


def test_a_lock_that_somebody_keeps_is_in_nobodys_way(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "LOCK_PATIENCE", 0.0)
    folder = ground.folder("etc", owner=0)
    path = folder / "web1.cfg"
    path.write_text("before\n")
    path.chmod(0o644)
    root = tmp_path / "store"
    agent.dispatch(str(root), "create", {"uuid": WEB1, "name": "web1", "text": "name = 'web1'\n"})
    target = str(root / "domains" / WEB1 / "config.cfg")
    with attacking(hold(folder)), attacking(hold(path)):
        assert refused("write_file", root, path=str(path), data=b"after\n", exclusive=False) == ""
        assert refused("link_autostart", root, auto_dir=str(folder), name="web1", target=target) == ""
        assert refused("unlink_autostart", root, auto_dir=str(folder), uuid=WEB1) == ""
    assert path.read_text() == "after\n"


def test_no_pipe_and_no_device_is_opened_to_see_that_it_is_none(ground: Ground) -> None:
    """A writer that waits in the pipe would go on once it is opened; a device would do what it does."""
    his = ground.folder("pipes")
    pipe = his / "web1.cfg"
    os.mkfifo(pipe, 0o666)
    os.chown(pipe, NOBODY, NOBODY)

    def step() -> None:
        os.close(os.open(pipe, os.O_WRONLY))
        (his / "opened").touch()

    with attacking(step):
        for _ in range(TRIES):
            for operation in ("read_file", "read_head", "read_tail"):
                assert refused(operation, his, path=str(pipe)) == "invalid"
            assert refused("read_file", his, path="/dev/null") == "invalid"
    assert not (his / "opened").exists()


# What stays possible.


def test_links_that_root_has_made_among_roots_folders_are_followed(ground: Ground) -> None:
    etc, kept = ground.folder("etc", owner=0), ground.folder("kept", owner=0)
    (kept / "web1.cfg").write_text("before\n")
    (kept / "web1.cfg").chmod(0o640)
    os.chown(kept / "web1.cfg", 0, 4)
    (etc / "web1.cfg").symlink_to("../kept/web1.cfg")
    (ground.path / "xen").symlink_to(etc)
    path = ground.path / "xen" / "web1.cfg"
    assert refused("write_file", etc, path=str(path), data=b"after\n", exclusive=False) == ""
    status = (kept / "web1.cfg").lstat()
    assert (etc / "web1.cfg").is_symlink()
    assert (kept / "web1.cfg").read_text() == "after\n"
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (0o640, 0, 4)


def test_the_right_to_be_somebody_else_is_not_handed_on(ground: Ground) -> None:
    etc = ground.folder("etc", owner=0)
    (etc / "web1.cfg").write_text("before\n")
    (etc / "web1.cfg").chmod(0o6755)
    assert refused("write_file", etc, path=str(etc / "web1.cfg"), data=b"after\n", exclusive=False) == ""
    assert stat.S_IMODE((etc / "web1.cfg").stat().st_mode) == 0o755


def test_a_refusal_names_the_folder_and_whose_it_is(ground: Ground) -> None:
    his = ground.folder("his")
    with pytest.raises(agent.AgentError) as caught:
        agent.dispatch("/", "write_file", {"path": str(his / "sub" / "x"), "data": b""})
    assert caught.value.path == str(his)
    assert "belongs to user" in caught.value.message
    loose = ground.folder("loose", mode=0o775, owner=0)
    assert safe_folder.problem(str(loose)) == (
        f"{loose} group root may write to that folder (mode 0775): other users could replace what is written there"
    )
    (ground.path / "open").write_text("")
    (ground.path / "open").chmod(0o666)
    with pytest.raises(agent.AgentError, match="every user may write to it"):
        agent.dispatch(
            "/", "write_file", {"path": str(ground.path / "open"), "data": b"", "exclusive": False}
        )


def test_a_user_writes_in_his_own_folders(ground: Ground) -> None:
    his = ground.folder("his", mode=0o775)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            agent.dispatch("/", "write_file", {"path": str(his / "x"), "data": b"x"})
            agent.dispatch("/", "write_file", {"path": str(his / "x"), "data": b"y", "exclusive": False})
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (his / "x").read_text() == "y"


def an_image_of_roots(ground: Ground, folder: Path) -> Step:
    """Have the file be an earlier image of root's under another name, where the kernel allows that."""

    def step() -> None:
        os.link(ground.victim / "one", folder / "web1.cfg")
        (folder / "web1.cfg").unlink()

    return step


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize("plot", [*PLOTS, an_image_of_roots], ids=lambda plot: plot.__name__)
def test_the_file_xl_saves_a_domain_to(ground: Ground, plot: Plot, kind: str) -> None:
    """xl opens it by its path, through any link, and makes what is missing readable by everybody."""
    (ground.victim / "one").write_bytes(save_head.MAGIC)
    ground.remember()
    mode, owner = FOLDERS[kind]
    folder = ground.folder("there", mode=mode, owner=owner)
    path = folder / "web1.cfg"
    done = successes = 0
    with attacking(plot(ground, folder)):
        for _ in range(TRIES):
            try:
                image_place.prepare(str(path))
            except (agent.AgentError, OSError) as error:
                assert getattr(error, "code", "untrusted") in REFUSALS
                continue
            done += 1
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            successes += ground.harmed or bool(os.fstat(fd).st_mode & 0o077)
            os.close(fd)
            path.unlink()
    assert kind == "sticky" or not done
    score(f"{plot.__name__} before a save in a {kind} folder", TRIES, done, successes)

"""Whoever is killed, or meets a bad disk, while a suspended domain is told to start with the host, or not to."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent import steps
from xentui import agent
from xentui.agent.memory import boot_marks, xendomains

WEB1 = "11111111-2222-3333-4444-000000000001"
CALLS = ("fsync", "write", "rename", "unlink", "symlink", "mkdir", "ftruncate")
KILLED = 77


class Host:
    """A host whose xendomains restores, with one stored domain."""

    def __init__(self, folder: Path) -> None:
        self.root = str(folder / "store")
        self.auto, self.saved = folder / "etc/xen/auto", folder / "var/lib/xen/save"
        for path in (self.auto, self.saved, folder / "etc/default"):
            path.mkdir(parents=True)
        text = "XENDOMAINS_RESTORE=true\nXENDOMAINS_SAVE=/var/lib/xen/save\n"
        (folder / "etc/default/xendomains").write_text(text)
        agent.dispatch(self.root, "create", {"uuid": WEB1, "name": "web1", "text": "name = 'web1'\n"})
        self.entry = Path(self.root, "domains", WEB1)

    def link(self) -> None:
        """Have the domain start with the host."""
        given = {"auto_dir": str(self.auto), "name": "web1", "target": str(self.entry / "config.cfg")}
        agent.dispatch(self.root, "link_autostart", given)

    def unlink(self) -> None:
        """Have it start no more."""
        agent.dispatch(self.root, "unlink_autostart", {"auto_dir": str(self.auto), "uuid": WEB1})

    def suspend(self) -> None:
        """Save its memory."""
        part = steps.take(self.root, "checkpoint_begin", uuid=WEB1)
        Path(part).write_bytes(b"memory")
        boot_marks.checkpoint_commit(self.root, uuid=WEB1, part=part, auto_dir=str(self.auto))

    def require_safe(self) -> None:
        """It has its image, which a boot of the host resumes or leaves alone, and which is not taken for spent."""
        assert (self.entry / "checkpoint.chk").exists()
        assert list(self.auto.glob("*")) == [], "it would be booted beside its image"
        assert xendomains.spent(self.root) == []


def at_call(number: int, then: Callable[[], Any], patch: pytest.MonkeyPatch) -> Iterator[int]:
    """Have ``then`` in the place of that call, counted from 1, of those that change the disk; yields those made."""
    made = itertools.count(1)

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: then() if next(made) == number else real(*given, **named)

    for name in CALLS:
        patch.setattr(os, name, counted(getattr(os, name)))
    return made


def killed_at(number: int, step: Callable[[], None]) -> bool:
    """Do a step in a process that is killed at a call; whether it got there."""
    child = os.fork()
    if child == 0:
        at_call(number, lambda: os._exit(KILLED), pytest.MonkeyPatch())
        try:
            step()
        finally:
            os._exit(0)
    return os.WEXITSTATUS(os.waitpid(child, 0)[1]) == KILLED


def fails_at(number: int, step: Callable[[], None]) -> bool:
    """Do a step whose disk fails at a call; whether it got there."""
    reached = []

    def fail() -> None:
        reached.append(number)
        raise OSError(5, "Input/output error")

    with pytest.MonkeyPatch.context() as patch:
        at_call(number, fail, patch)
        try:
            step()
        except (agent.AgentError, OSError):
            assert reached
    return bool(reached)


@pytest.mark.parametrize("fault", [killed_at, fails_at])
def test_it_is_never_booted_beside_its_image(tmp_path: Path, fault: Callable[..., bool]) -> None:
    for number in itertools.count(1):
        host = Host(tmp_path / str(number))
        host.suspend()
        reached = fault(number, host.link)
        host.require_safe()
        host.link()
        host.require_safe()
        assert len(list(host.saved.glob("*"))) == 1
        if not reached:
            assert number > len(CALLS)
            break


@pytest.mark.parametrize("fault", [killed_at, fails_at])
def test_what_is_not_to_start_any_more_keeps_its_image(tmp_path: Path, fault: Callable[..., bool]) -> None:
    for number in itertools.count(1):
        host = Host(tmp_path / str(number))
        host.link()
        host.suspend()
        reached = fault(number, host.unlink)
        host.require_safe()
        host.unlink()
        host.require_safe()
        assert list(host.saved.glob("*")) == []
        if not reached:
            assert number > len(CALLS)
            break


@pytest.mark.parametrize("fault", [killed_at, fails_at])
def test_what_starts_with_the_host_does_after_a_suspend_too(
    tmp_path: Path, fault: Callable[..., bool]
) -> None:
    for number in itertools.count(1):
        host = Host(tmp_path / str(number))
        host.link()
        part = steps.take(host.root, "checkpoint_begin", uuid=WEB1)
        Path(part).write_bytes(b"memory")

        def commit(host: Host = host, part: str = part) -> None:
            boot_marks.checkpoint_commit(host.root, uuid=WEB1, part=part, auto_dir=str(host.auto))

        reached = fault(number, commit)
        if Path(part).exists():
            xendomains.release(host.root, WEB1)
        else:
            host.require_safe()
            boot_marks.resume_begin(host.root, uuid=WEB1)
        assert [path.name for path in host.auto.glob("*")] == ["web1"]
        if not reached:
            assert number > len(CALLS)
            break


def test_it_is_told_nothing_while_the_script_may_yet_remove_its_link(tmp_path: Path) -> None:
    """The script has resumed the guest, and not removed the link: nothing is open then, and all looks untouched."""
    host = Host(tmp_path)
    host.link()
    host.suspend()
    (link,) = host.saved.iterdir()
    script = tmp_path / "xendomains"
    script.write_text("sleep 600; :\n")
    with subprocess.Popen(["/bin/sh", str(script), "start"], start_new_session=True) as running:
        try:
            for change in (host.link, host.unlink):
                with pytest.raises(agent.AgentError, match="is being resumed") as refused:
                    change()
                assert refused.value.code == "busy"
            link.unlink()
            host.unlink()
        finally:
            os.killpg(running.pid, signal.SIGKILL)
    assert not (host.entry / "checkpoint.chk").exists(), "it is spent"
    assert (host.entry / "checkpoint.resuming").exists()


@pytest.mark.parametrize("script", ["begins", "is quicker"])
def test_an_image_that_the_script_may_have_taken_meanwhile_is_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    host = Host(tmp_path)
    host.link()
    host.suspend()
    (link,) = host.saved.iterdir()
    at_work = iter([False, script == "begins"])
    real = xendomains._write

    def write(root: str, uuid: str, record: dict[str, Any]) -> None:
        real(root, uuid, record)
        if script == "is quicker":
            link.unlink(missing_ok=True)

    monkeypatch.setattr("xentui.agent.files.open_files.runs", lambda _script: next(at_work))
    monkeypatch.setattr(xendomains, "_write", write)
    host.unlink()
    assert xendomains.spent(host.root) == [WEB1]
    assert list(host.saved.iterdir()) == []

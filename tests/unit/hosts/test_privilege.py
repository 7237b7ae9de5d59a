"""Logins that are not root's: programs found where root has them, and sudo with all it may say."""

from __future__ import annotations

import asyncio
import os
import shlex
import stat
import sys
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.hosts.conftest import FAKE_SSH, Network
from xentui.errors import HostError, NoAgentError
from xentui.hosts import operations, privilege
from xentui.hosts.base import Completed
from xentui.hosts.local import LocalHost
from xentui.hosts.privilege import Privilege
from xentui.hosts.ssh import SshHost

SUDO = """#!/bin/sh
# As much of sudo as `sudo -n -- COMMAND` needs; ROOT tells the command that it is root's.
echo "$*" >> "$SUDO_LOG"
[ "$1 $2" = "-n --" ] || exit 99
shift 2
if [ -n "$SUDO_SAYS" ]; then echo "$SUDO_SAYS" >&2; exit 1; fi
case " $SUDO_FORBIDS " in *" ${1##*/} "*)
  echo "Sorry, user joe is not allowed to execute '/usr/bin/$*' as root on dom0." >&2; exit 1;;
esac
command -v "$1" >/dev/null || { echo "sudo: $1: command not found" >&2; exit 1; }
ROOT=yes exec "$@"
"""
WORDS = {
    "sudo: a password is required": ("sudo wants a password", "joe ALL=(root) NOPASSWD: ALL"),
    "sudo: sorry, you must have a tty to run sudo": ("insists on a terminal", "Defaults:joe !requiretty"),
    "joe is not in the sudoers file.": ("sudo refused", "joe ALL=(root) NOPASSWD: ALL"),
    "Sorry, user joe is not allowed to execute '/usr/sbin/xl list' as root on dom0.": (
        "sudo refused",
        "joe ALL=(root) NOPASSWD: ALL",
    ),
    "sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set": ("sudo cannot work", "root"),
    "sudo: unable to resolve what nobody has thought of": ("sudo refused", "by hand"),
}


class Folders:
    """The host's folders of programs: the login's, and root's which it does not look into."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.login, self.system, self.log = root / "bin", root / "sbin", root / "log"
        self.login.mkdir()
        self.system.mkdir()
        self.log.touch()
        program(self.system / "xl", 'echo "$ROOT:$*"')
        program(self.login / "python3", f'exec {shlex.quote(sys.executable)} "$@"')
        for name in ("sh", "cat", "sleep", "kill"):
            program(self.login / name, f'exec {shlex.quote(which(name))} "$@"')
        monkeypatch.setenv("FAKE_SSH_PATH", str(self.login))
        monkeypatch.setenv("SUDO_LOG", str(self.log))
        there = f'PATH=$PATH:{shlex.quote(str(self.system))}; exec "$@"'
        monkeypatch.setattr(privilege, "_LOOK_THERE", there)

    def sudo(self) -> None:
        (self.login / "sudo").write_text(SUDO)
        (self.login / "sudo").chmod(0o755)


def which(name: str) -> str:
    return next(str(Path(folder, name)) for folder in os.get_exec_path() if Path(folder, name).exists())


def program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """A host whose xl is in a folder that a login which is not root's does not look into."""
    (tmp_path / "host").mkdir()
    return Folders(tmp_path / "host", monkeypatch)


def joe(tmp_path: Path, *, sudo: bool = True) -> SshHost:
    address = "ssh://joe@xen1?sudo" if sudo else "ssh://joe@xen1"
    return SshHost(address, command=FAKE_SSH, store_root=str(tmp_path / "store"))


async def test_a_program_of_roots_is_looked_for_where_root_has_it(
    network: Network, folders: Folders, tmp_path: Path
) -> None:
    far = joe(tmp_path, sudo=False)
    for _ in range(2):
        assert (await far.run(["xl", "list", "a b"])).text == ":list a b\n"
    starts = [command for command in network.commands if "xl" in command]
    assert starts[0] == "xl list 'a b'", "a shell more is started only where it is needed"
    assert len(starts) == 3
    assert far.pty_argv(["xl", "console", "5"])[-1].startswith("/bin/sh -c")


async def test_commands_at_once_are_all_looked_for(
    network: Network, folders: Folders, tmp_path: Path
) -> None:
    far = joe(tmp_path, sudo=False)
    done = await asyncio.gather(*(far.run(["xl", word]) for word in "abc"))
    assert [each.text for each in done] == [":a\n", ":b\n", ":c\n"]


async def test_one_that_is_nowhere_is_not_found(network: Network, folders: Folders, tmp_path: Path) -> None:
    (folders.system / "xl").unlink()
    done = await joe(tmp_path, sudo=False).run(["xl", "list"])
    assert done.exit_code == 127
    folders.sudo()
    done = await joe(tmp_path).run(["xl", "list"])
    assert (done.exit_code, done.argv) == (127, ("xl", "list"))


@pytest.mark.parametrize(
    "done",
    [
        Completed(
            ("xl", "create"), 1, b"", b"/usr/lib/xen/bin/pygrub: line 3: xl: command not found\nfailed\n"
        ),
        Completed(("xl", "create"), 1, b"", b"script: xl: command not found\n"),
        Completed(("xl", "create"), 127, b"", b"other: not found\n"),
        Completed(("xl", "create"), 127, b"", b""),
        Completed(("xl", "create"), 0, b"", b"xl: command not found\n"),
    ],
)
def test_what_may_have_run_is_not_run_twice(done: Completed) -> None:
    assert not Privilege(sudo=True, user="joe", host="xen1").worth_another_try(done.argv, done)


async def test_with_sudo_everything_runs_as_root(network: Network, folders: Folders, tmp_path: Path) -> None:
    folders.sudo()
    far = joe(tmp_path)
    assert (await far.run(["xl", "list"])).text == "yes:list\n"
    stream = await far.stream(["xl", "watch"])
    assert [line async for line in stream.lines()] == [b"yes:watch"]
    await stream.close()
    assert await far.call(operations.find, name="x") is None
    await far.close()
    assert all("sudo -n --" in command for command in network.commands if command != "true")
    assert far.pty_argv(["xl", "console", "5"])[-1].endswith("sudo -n -- xl console 5")


def test_a_boot_on_a_terminal_outlives_its_line_below_sudo_too() -> None:
    words = Privilege(sudo=True, user="joe", host="xen1").argv(["xl", "create", "-c"], survive_hangup=True)
    assert [words.index("sudo"), words.count("/bin/sh")] == [4, 2]
    assert words[-3:] == ["xl", "create", "-c"]


@pytest.mark.parametrize("said", WORDS)
async def test_what_sudo_says_is_told_with_what_to_write(
    network: Network, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    folders.sudo()
    monkeypatch.setenv("SUDO_SAYS", said)
    happened, todo = WORDS[said]
    with pytest.raises(HostError, match=happened) as caught:
        await joe(tmp_path).run(["xl", "list"])
    assert todo in hint(caught.value)
    assert said in caught.value.details
    with pytest.raises(NoAgentError, match=happened):
        await joe(tmp_path).call(operations.find, name="x")


async def test_a_host_without_sudo(network: Network, folders: Folders, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="no sudo"):
        await joe(tmp_path).run(["xl", "list"])


async def test_who_may_run_xl_alone_works_with_what_runs(
    network: Network, folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.sudo()
    monkeypatch.setenv("SUDO_FORBIDS", "python3")
    far = joe(tmp_path)
    assert (await far.run(["xl", "list"])).exit_code == 0
    with pytest.raises(NoAgentError, match="python3 is not run there"):
        await far.call(operations.find, name="x")


@pytest.mark.parametrize("words", [b"xl: sudo: a password is required\n", b"guest\nsudo: no\n", b""])
def test_a_command_that_fails_by_itself_is_not_taken_for_sudo(words: bytes) -> None:
    done = Completed(("xl", "create"), 1, b"", words)
    assert Privilege(sudo=True, user="joe", host="xen1").checked(done) is done
    said = Completed(("xl", "create"), 1, b"", b"sudo: a password is required\n")
    assert Privilege(sudo=False, user="joe", host="xen1").checked(said) is said


async def test_this_machine_with_sudo(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.sudo()
    monkeypatch.setenv("PATH", str(folders.login))
    here = LocalHost(str(tmp_path / "store"), sudo=True)
    assert (await here.run(["xl", "list"])).text == "yes:list\n"
    uuid = "11111111-2222-3333-4444-000000000001"
    await here.call(operations.create, uuid=uuid, name="web1", text="name = 'web1'\n")
    assert await here.call(operations.find, name="web1") == uuid
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
    stream = await here.stream(["sh", "-c", "echo up; exec sleep 600"])
    assert await anext(stream.lines()) == b"up"
    await stream.close()
    await here.close()
    # What the program of an agent says has lines of its own.
    lines = [line for line in folders.log.read_text().splitlines() if line.startswith("-n ")]
    assert len(lines) == 4
    assert sum("python3" in line for line in lines) == 1
    assert here.pty_argv(["xl", "console", "5"])[-6:] == ["sudo", "-n", "--", "xl", "console", "5"]

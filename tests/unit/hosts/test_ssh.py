"""A host over SSH: one connection, exact commands, and a sentence for each way a connection fails."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.waiting import until
from xentui.errors import HostError, NoAgentError, StoreError, UsageError
from xentui.hosts import operations
from xentui.hosts.ssh import SshHost, control_folder

WEB1 = "11111111-2222-3333-4444-000000000001"
TEXT = "name = 'web1'\n"


async def test_a_command_arrives_word_for_word(far: SshHost) -> None:
    words = ["a b", "", "it's", "$HOME", "*", "ünder", "-n"]
    done = await far.run(["printf", "%s\\n", *words])
    assert done.text.splitlines() == words
    assert done.argv == ("printf", "%s\\n", *words)


async def test_exit_status_and_outputs_are_the_commands_own(far: SshHost) -> None:
    done = await far.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (done.exit_code, done.stdout, done.words) == (3, b"out\n", ("err",))


async def test_standard_input_reaches_the_command(far: SshHost) -> None:
    assert (await far.run(["cat"], stdin=b"\x00\xff" * 1000)).stdout == b"\x00\xff" * 1000


async def test_commands_at_once_make_one_connection(far: SshHost, network: Network) -> None:
    await asyncio.gather(*(far.run(["echo", str(number)]) for number in range(4)))
    checks = [call for call in network.calls if "-O" in call["options"]]
    assert len(checks) == 1
    assert network.commands.count("true") == 1
    assert len(network.commands) == 5


async def test_a_connection_another_process_keeps_is_used(far: SshHost, network: Network) -> None:
    (network.folder / "master").touch()
    await far.run(["echo"])
    assert network.commands == ["echo"]


async def test_the_admins_own_ssh_decides_but_never_asks(far: SshHost, network: Network) -> None:
    await far.run(["echo"])
    options = network.calls[-1]["options"]["-o"]
    assert network.calls[-1]["target"] == "root@xen1"
    assert {"BatchMode=yes", "ControlMaster=auto"} <= set(options)
    assert not [option for option in options if "StrictHostKeyChecking" in option]


async def test_a_stream_is_read_line_by_line(far: SshHost) -> None:
    stream = await far.stream(["sh", "-c", "echo one; echo two; exec sleep 60"])
    lines = stream.lines()
    assert [await anext(lines), await anext(lines)] == [b"one", b"two"]
    assert await stream.close() != 0


def test_a_console_gets_a_terminal_of_its_own(far: SshHost) -> None:
    argv = far.pty_argv(["xl", "console", "a b"])
    assert "-tt" in argv
    assert argv[-3:] == ["--", "root@xen1", "xl console 'a b'"]
    surviving = far.pty_argv(["xl", "create", "-c", "/x"], survive_hangup=True)
    assert 'trap "" HUP' in surviving[-1]
    assert surviving[-1].endswith("xl create -c /x")
    assert far.pty_environment() == {}


@pytest.mark.parametrize(
    ("failure", "happened", "todo"),
    [
        ("unknown-key", "host key is unknown", "`ssh root@xen1` once by hand"),
        ("changed-key", "not the one known from before", "`ssh-keygen -R xen1`"),
        ("denied", "login was refused", "authorized_keys of root@xen1"),
        ("too-many", "login was refused", "IdentitiesOnly"),
        ("refused", "nothing answers SSH", "sshd"),
        ("unresolved", "host name is unknown", "spelling"),
        ("no-route", "no route to the host", "network"),
        ("timeout", "does not answer", "up and reachable"),
        ("closed", "closed the connection", "sshd's log"),
    ],
)
async def test_a_connection_that_fails_is_one_sentence_and_what_to_do(
    far: SshHost, network: Network, failure: str, happened: str, todo: str
) -> None:
    network.fail(failure)
    with pytest.raises(HostError) as caught:
        await far.run(["xl", "list"])
    head, *words, hint = caught.value.account()
    assert head.startswith("ssh://root@xen1: ")
    assert happened in head
    assert todo in hint
    assert words, "ssh's own words are shown"
    assert not [command for command in network.commands if "xl" in command]


async def test_the_host_answers_again_after_a_failure(far: SshHost, network: Network) -> None:
    network.fail("refused")
    with pytest.raises(HostError):
        await far.call(operations.find, name="x")
    network.fail("")
    assert (await far.run(["echo", "back"])).text == "back\n"


async def test_a_connection_cut_in_the_middle_leaves_the_outcome_open(far: SshHost, network: Network) -> None:
    network.fail("cut")
    with pytest.raises(HostError, match="connection was cut"):
        await far.run(["sleep", "60"])
    network.fail("")
    assert (await far.run(["echo", "back"])).exit_code == 0
    assert network.commands.count("true") == 2


async def test_a_command_that_ends_with_255_itself_cannot_be_told_from_ssh(far: SshHost) -> None:
    with pytest.raises(HostError, match="SSH connection failed") as caught:
        await far.run(["sh", "-c", "exit 255"])
    assert "may or may not have taken effect" in hint(caught.value)


async def test_a_command_that_hangs_is_stopped(far: SshHost) -> None:
    with pytest.raises(HostError, match=r"did not answer within 0\.4 s"):
        await far.run(["sleep", "60"], timeout=0.4)


async def test_an_ssh_command_that_is_not_there(network: Network) -> None:
    host = SshHost("ssh://xen1", command="/nonexistent/ssh -x")
    with pytest.raises(HostError, match="cannot be run") as caught:
        await host.run(["true"])
    assert "XENTUI_SSH" in hint(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "ssh://",
        "ssh://user@",
        "ssh://host:port",
        "ssh://host/path",
        "ssh://user:secret@host",
        "ssh://-x",
        "ssh://%2Dx",
        "ssh://-x@host",
        "ssh://a%0Ab@host",
        "ssh://a b",
        "ssh://@host",
        "ssh://host?sud",
        "ssh://host?sudo=1",
        "ssh://[::1",
        "http://x",
    ],
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        SshHost(address)
    assert "ssh://[user@]host[:port]" in hint(caught.value)


def test_an_ssh_command_with_an_open_quotation_mark() -> None:
    with pytest.raises(UsageError, match="XENTUI_SSH"):
        SshHost("ssh://xen1", command="ssh 'x")


async def test_port_and_user_are_given_to_ssh(network: Network) -> None:
    host = SshHost("ssh://me@[2001:db8::1]:2222", command=f"{FAKE_SSH} -o Extra=yes", name="lab")
    await host.run(["true"])
    call = network.calls[-1]
    assert (host.name, call["target"], call["options"]["-p"]) == ("lab", "me@2001:db8::1", ["2222"])
    assert "Extra=yes" in call["options"]["-o"]


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("ssh://Xen-Lab", "Xen-Lab"),
        ("ssh://Admin@Xen-Lab:22", "Admin@Xen-Lab"),
        ("ssh://admin%40corp@Xen1", "admin@corp@Xen1"),
        ("ssh://DOM%5Cadmin@xen1/", "DOM\\admin@xen1"),
        ("ssh://me@[FE80::1%25eth0]:22", "me@FE80::1%eth0"),
    ],
)
def test_the_address_reaches_ssh_letter_by_letter(address: str, target: str) -> None:
    """A Host pattern of ssh_config(5) may have capitals, a user what only an encoded address can say."""
    argv = SshHost(address).pty_argv(["true"])
    assert argv[argv.index("--") + 1] == target


async def test_the_folder_of_connections_is_its_owners_alone(far: SshHost, network: Network) -> None:
    control_folder().mkdir(mode=0o755)
    await far.run(["true"])
    assert control_folder() == network.folder / "xentui"
    assert stat.S_IMODE(control_folder().stat().st_mode) == 0o700


async def test_a_folder_that_cannot_be_made(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with pytest.raises(HostError, match="cannot make the folder"):
        await SshHost("ssh://root@xen1", command=FAKE_SSH).run(["true"])


async def test_the_store_of_a_far_host_is_the_store(far: SshHost, network: Network, tmp_path: Path) -> None:
    await far.call(operations.create, uuid=WEB1, name="wéb1", text=TEXT)
    await far.call(operations.write_file, path=str(tmp_path / "bytes"), data=b"\x00\xff", exclusive=True)
    assert await far.call(operations.find, name="wéb1") == WEB1
    assert await far.call(operations.read_file, path=str(tmp_path / "bytes")) == b"\x00\xff"
    assert far.host_path("relative") == "relative"
    assert far.store_root == str(tmp_path / "store")
    with pytest.raises(StoreError) as caught:
        await far.call(operations.create, uuid=WEB1, name="wéb1", text=TEXT)
    assert caught.value.code == "exists"
    assert len([command for command in network.commands if command.startswith("python3")]) == 1


async def test_calls_at_once_each_get_their_own_answer(far: SshHost) -> None:
    await far.call(operations.create, uuid=WEB1, name="web1", text=TEXT)
    answers = await asyncio.gather(
        *(far.call(operations.find, name=name) for name in ("web1", "x", "web1", "y"))
    )
    assert answers == [WEB1, None, WEB1, None]


async def test_a_cancelled_call_leaves_no_answer_for_the_next(far: SshHost) -> None:
    await far.call(operations.create, uuid=WEB1, name="web1", text=TEXT)
    call = asyncio.ensure_future(far.call(operations.read, uuid=WEB1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await far.call(operations.find, name="web1") == WEB1


async def test_an_agent_killed_in_the_middle_is_an_error_and_is_started_again(far: SshHost) -> None:
    await far.call(operations.create, uuid=WEB1, name="web1", text=TEXT)
    stream = far._agent._stream
    assert stream is not None
    os.killpg(stream._process.pid, signal.SIGSTOP)
    call = asyncio.ensure_future(far.call(operations.history, uuid=WEB1))
    await until(lambda: bool(far._agent._asked))
    os.killpg(stream._process.pid, signal.SIGKILL)
    with pytest.raises(HostError, match="connection was lost during `history`") as caught:
        await call
    assert "the store is whole" in hint(caught.value)
    assert await far.call(operations.find, name="web1") == WEB1


async def test_a_host_without_python(
    far: SshHost, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SSH_PATH", str(tmp_path / "nothing"))
    for _ in range(3):
        with pytest.raises(NoAgentError, match="no python3") as caught:
            await far.call(operations.find, name="x")
        assert "install python3" in hint(caught.value)
    await far.run(["/bin/true"])
    tries = [command for command in network.commands if command.startswith("python3")]
    assert len(tries) == 1, "a host that has none is not asked at every look"


@pytest.mark.parametrize("answer", ["garbage", "[1]", '{"id": 1'])
async def test_an_agent_that_talks_nonsense(
    far: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """A login script that prints, or another program by that name."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text(f"#!{sys.executable} -IS\nprint('''{answer}''', flush=True)\n")
    (tools / "python3").chmod(0o755)
    monkeypatch.setenv("FAKE_SSH_PATH", str(tools))
    with pytest.raises(HostError):
        await far.call(operations.find, name="x")

"""The agent is started with its first request where others on the host may know it: that saves a turn of the line."""

from __future__ import annotations

import base64
import json
import shlex
from typing import Any

import pytest

from tests.unit.hosts.conftest import Network
from xentui.agent import remote
from xentui.hosts import operations, remote_agent
from xentui.hosts.operations import AgentCall
from xentui.hosts.ssh import SshHost

WEB1 = "11111111-2222-3333-4444-000000000001"
STORED = 'name = "web1"\nvfb = ["vnc=1,vncpasswd=geheim"]\n'
PUBLIC = {"look", "list", "find", "read", "read_version", "history"}
"""Their arguments are names, uuids and numbers, as they stand on the command lines of ``xl``."""


def behind_the_program(network: Network) -> list[str]:
    """The words behind the program on the command line of the last agent that was started."""
    last = [command for command in network.commands if remote.BOOTSTRAP in shlex.split(command)][-1]
    words = shlex.split(last)
    return words[words.index(remote.BOOTSTRAP) + 1 :]


def requests(word: str) -> list[dict[str, Any]]:
    """What a word behind the program says, line by line."""
    return [json.loads(line) for line in base64.b64decode(word, validate=True).splitlines()]


def test_what_others_may_know_is_what_names_domains() -> None:
    called = [value for value in vars(operations).values() if isinstance(value, AgentCall)]
    assert {str(operation) for operation in called if operation.public} == PUBLIC


async def test_a_question_for_a_domain_stands_on_the_command_line(far: SshHost, network: Network) -> None:
    for _ in range(2):  # the source is sent behind it, and is there
        assert await far.call(operations.find, name="web1") is None
        (word,) = behind_the_program(network)
        opening, request = requests(word)
        assert opening["root"] == far.store_root
        assert (request["op"], request["args"]) == ("find", {"name": "web1"})
        assert word == shlex.quote(word), "nothing in it is for a shell"
        await far.call(operations.create, uuid=WEB1, name="web2", text=STORED)
        assert await far.call(operations.find, name="web2") == WEB1, "what follows comes as ever"
        await far.call(operations.delete, uuid=WEB1)
        await far.close()


async def test_no_other_user_reads_what_is_stored(far: SshHost, network: Network) -> None:
    await far.call(operations.create, uuid=WEB1, name="web1", text=STORED)
    assert behind_the_program(network) == []
    assert (await far.call(operations.read, uuid=WEB1))["text"] == STORED
    assert not any("geheim" in str(call) for call in network.calls)


async def test_a_long_question_comes_by_the_line(
    far: SshHost, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_agent, "_ARGUMENT", 100)
    assert await far.call(operations.find, name="web1") is None
    assert behind_the_program(network) == []

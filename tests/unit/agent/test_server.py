"""The agent as the far end of a connection: sent as source, served over pipes, killed at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from xentui import agent
from xentui.agent.protocol import wire
from xentui.agent.server import serve

WEB1 = "11111111-2222-3333-4444-000000000001"
TEXT = "name = 'web1'\n"


def pythons() -> list[str]:
    """This Python, and the oldest the agent is for where there is one."""
    old = Path.home() / ".pyenv/versions"
    return [sys.executable, *sorted(str(path) for path in old.glob("3.9.*/bin/python3"))]


class Connection:
    """A far Python, as over SSH."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        self.process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self.stdin, self.stdout = process.stdin, process.stdout
        source = agent.program()
        self.stdin.write(agent.opening(str(root), agent.digest(source)))
        self._upload: bytes | None = agent.packed(source)
        self.count = 0

    def send(self, operation: str, **arguments: Any) -> None:
        self.count += 1
        self.stdin.write(wire.request(self.count, operation, arguments))
        if self._upload is not None:
            self.stdin.write(self._upload)
            self._upload = None
            self.stdin.flush()
            assert [self.stdout.readline() for _ in range(2)] == [b"\n", b"\n"], "it asks for its source"
        self.stdin.flush()

    def call(self, operation: str, **arguments: Any) -> Any:
        self.send(operation, **arguments)
        answer = json.loads(self.stdout.readline())
        assert answer["id"] == self.count
        if "error" in answer:
            raise agent.AgentError(**answer["error"])
        return agent.decode(answer["ok"])


@contextmanager
def connected(root: Path, python: str = sys.executable) -> Iterator[Connection]:
    """A served store; the process is ended at the end."""
    argv = [python, "-I", "-X", "utf8", "-u", "-c", agent.BOOTSTRAP]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/") as process:
        try:
            yield Connection(process, root)
        finally:
            process.kill()


@pytest.mark.parametrize("python", pythons())
def test_the_store_over_a_pipe_is_the_store(python: str, tmp_path: Path) -> None:
    root = tmp_path / "a store" / "ünder"
    with connected(root, python) as far:
        assert far.call("list")["entries"] == []
        far.call("create", uuid=WEB1, name="wéb1", text=TEXT)
        assert far.call("find", name="wéb1") == WEB1
        with pytest.raises(agent.AgentError) as refused:
            far.call("create", uuid=WEB1, name="wéb1", text=TEXT)
        assert (refused.value.code, refused.value.path.startswith(str(root))) == ("exists", True)
        far.call("write_file", path=str(tmp_path / "x"), data=b"\x00\xff", exclusive=True)
        assert far.call("read_file", path=str(tmp_path / "x")) == b"\x00\xff"
        far.stdin.close()
        assert far.process.wait(60) == 0
    assert agent.dispatch(str(root), "find", {"name": "wéb1"}) == WEB1


def test_the_far_process_loads_nothing_of_xentui_but_the_agent(tmp_path: Path) -> None:
    """It runs where only Python is installed: outside the source tree, isolated."""
    listed = "import sys; print(sorted(name for name in sys.modules if name.startswith('xentui')))"
    argv = [sys.executable, "-I", "-S", "-c", f"{agent.BOOTSTRAP}\n{listed}"]
    source = agent.program()
    given = agent.opening(str(tmp_path), agent.digest(source)) + b"\n" + agent.packed(source)
    done = subprocess.run(argv, input=given, capture_output=True, cwd="/", check=True)
    loaded = json.loads(done.stdout.splitlines()[-1].decode().replace("'", '"'))
    assert "xentui.agent.protocol.operations" in loaded
    assert all(name == "xentui" or name.startswith("xentui.agent") for name in loaded)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"nonsense\n", "invalid"),
        (b"[]\n", "invalid"),
        (b'{"id": 1}\n', "invalid"),
        (b'{"id": 1, "op": "list", "args": 3}\n', "invalid"),
        (b'{"id": 1, "op": "no such", "args": {}}\n', "invalid"),
        (b'{"id": 1, "op": "list", "args": {"bogus": 1}}\n', "invalid"),
        (b'{"id": 1, "op": "find", "args": {"name": 7}}\n', "invalid"),
        (b'{"id": 1, "op": "find", "args": {}}\n', "invalid"),
        (b'{"id": 1, "op": "write_file", "args": {"path": "/x", "data": {"$bytes": "!"}}}\n', "invalid"),
        (b"[" * 100_000 + b"\n", "invalid"),
        (b"\xff\xfe\n", "invalid"),
    ],
)
def test_a_bad_request_is_answered_and_the_service_goes_on(line: bytes, code: str, tmp_path: Path) -> None:
    output = BytesIO()
    good = b'{"id": 9, "op": "find", "args": {"name": "x"}}\n'
    serve(BytesIO(line + good), output, str(tmp_path))
    first, second = output.getvalue().splitlines()
    assert json.loads(first)["error"]["code"] == code
    assert json.loads(second) == {"id": 9, "ok": None}


def test_a_request_cut_off_is_not_run(tmp_path: Path) -> None:
    root = tmp_path / "store"
    request = wire.request(1, "create", {"uuid": WEB1, "name": "web1", "text": TEXT})
    for length in (1, len(request) // 2, len(request) - 1):
        output = BytesIO()
        serve(BytesIO(request[:length]), output, str(root))
        assert output.getvalue() == b""
    assert not root.exists()


def test_an_endless_line_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LINE_LIMIT", 100)
    stream = BytesIO(b"x" * 1000)
    serve(stream, BytesIO(), str(tmp_path))
    assert stream.tell() == 100


def test_a_connection_that_dies_during_changes_leaves_whole_ones(ground: Path) -> None:
    """The far process is killed at another moment each time; the store holds all of a change or none."""
    root = ground / "store"
    agent.dispatch(str(root), "create", {"uuid": WEB1, "name": "web1", "text": TEXT})
    heard = 0
    for turn in range(6):
        with connected(root) as far:
            far.call("find", name="web1")
            before = agent.dispatch(str(root), "read", {"uuid": WEB1})["version"]
            for number in range(40):
                far.send("put", uuid=WEB1, name="web1", text=f"{TEXT}# {turn} {number}\n" + "#\n" * 2000)
            for _ in range(turn):
                heard += 1
                far.stdout.readline()
            far.process.send_signal(signal.SIGKILL if turn % 2 else signal.SIGTERM)
            far.process.wait()
        found = agent.dispatch(str(root), "read", {"uuid": WEB1})
        history = agent.dispatch(str(root), "history", {"uuid": WEB1})
        assert found["version"] >= before + turn
        assert [item["version"] for item in history] == list(range(1, found["version"] + 1))
        assert not found["hand_edited"]
        assert found["text"].startswith(TEXT)
        text = agent.dispatch(str(root), "read_version", {"uuid": WEB1, "version": found["version"]})["text"]
        assert text == found["text"]
    assert heard > 0
    agent.dispatch(str(root), "put", {"uuid": WEB1, "name": "web1", "text": TEXT})
    assert os.listdir(root / "staging") == []
    assert not (root / "domains" / WEB1 / "config.cfg.new").exists()


def test_a_reader_of_answers_that_has_gone_ends_the_service(tmp_path: Path) -> None:
    with connected(tmp_path / "store") as far:
        far.call("list")
        far.stdout.close()
        far.send("create", uuid=WEB1, name="web1", text=TEXT)
        far.send("list")
        far.stdin.close()
        assert far.process.wait(60) == 0
    assert agent.dispatch(str(tmp_path / "store"), "find", {"name": "web1"}) == WEB1

"""An agent that says nonsense, or nothing: one sentence each time, in bounded time, and a good one is used again."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.unit.hosts.conftest import FAKE_SSH, Network
from tests.waiting import until
from xentui.errors import FarAgentError, HostError, StoreError, XentuiError
from xentui.hosts import operations
from xentui.hosts.ssh import SshHost
from xentui.main import main
from xentui.store import ManagedStore

WEB1 = "11111111-2222-3333-4444-000000000001"
TEXT = "name = 'web1'\n"
LIAR = Path(__file__).with_name("lying_agent.py")
RAW = {
    "not UTF-8": b"\xe9t\xe9\n",
    "UTF-16": '{"id": %d, "ok": []}\n'.encode("utf-16"),
    "a sentence": b"Welcome to xen1\n",
    "nothing on the line": b"\n",
    "half an answer": b'{"id": %d, "ok": [\n',
    "an answer without its end": b'{"id": %d, "ok": []}',
    "the end": b"",
    "an empty object": b"{}\n",
    "a list": b"[]\n",
    "a number": b"7\n",
    "null": b"null\n",
    "neither result nor error": b'{"id": %d}\n',
    "no id": b'{"ok": []}\n',
    "another id": b'{"id": 99, "ok": []}\n',
    "an id that is a text": b'{"id": "%d", "ok": []}\n',
    "an id that is true": b'{"id": true, "ok": []}\n',
    "an id that is a fraction": b'{"id": %d.0, "ok": []}\n',
    "an error that is empty": b'{"id": %d, "error": {}}\n',
    "an error that is a text": b'{"id": %d, "error": "x"}\n',
    "an error that is null": b'{"id": %d, "error": null}\n',
    "an error of wrong types": b'{"id": %d, "error": {"code": 5, "message": ["x"]}}\n',
    "an error whose path is none": b'{"id": %d, "error": {"code": "io", "message": "x", "path": 5}}\n',
    "bytes that are none": b'{"id": %d, "ok": {"$bytes": "!"}}\n',
    "bytes beyond ASCII": '{"id": %d, "ok": {"$bytes": "é"}}\n'.encode(),
    "brackets without end": b"[" * 200_000 + b"\n",
    "objects without end": b'{"id": %d, "ok": ' + b'{"a":' * 200_000 + b"\n",
    "a number of 5000 digits": b'{"id": %d, "ok": ' + b"9" * 5000 + b"}\n",
    "an answer for the last request": b'{"id": 0, "ok": []}\n{"id": %d, "ok": []}\n',
    "a line before the answer": b'hello\n{"id": %d, "ok": []}\n',
}
XL = """#!/bin/sh
case "$2" in
-l) echo '[]' ;;
*) cat <<END ;;
Name                                        ID   Mem VCPUs\tState\tTime(s) UUID                            Reason-Code\tSecurity Label
Domain-0                                     0  2048     1     r-----   40000.2 00000000-0000-0000-0000-000000000000        -                -
web1                                         1  1024     2     -b----    5186.0 11111111-2222-3333-4444-000000000001        -                -
END
esac
"""  # noqa: E501 - as xl prints it
OF_A_LIST: dict[str, object] = {
    "null": None,
    "a text": "x",
    "a list": [],
    "an empty object": {},
    "entries that are none": {"entries": 5, "gone": [], "digest": "", "next": ""},
    "entries that are an object": {"entries": {"a": 1}, "gone": [], "digest": "", "next": ""},
    "an entry that is none": {"entries": [None], "gone": [], "digest": "", "next": ""},
    "an entry without a uuid": {"entries": [{}], "gone": [], "digest": "", "next": ""},
    "gone that is none": {"entries": [], "gone": 7, "digest": "", "next": ""},
    "gone that cannot be": {"entries": [], "gone": [{}], "digest": "", "next": ""},
    "no digest": {"entries": [], "gone": [], "next": ""},
    "a digest that is none": {"entries": [], "gone": [], "digest": [], "next": ""},
    "no next": {"entries": [], "gone": [], "digest": ""},
    "a next that is none": {"entries": [], "gone": [], "digest": "", "next": 7},
    "forgotten for ever": {"forgotten": True},
    "a next that goes on for ever": {"entries": [], "gone": [], "digest": "", "next": "a"},
}


class Liar:
    """A far host whose python3 is an agent as told, or a good one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._words = folder / "words"
        self._good = folder / "good"
        program = folder / "python3"
        program.write_text(
            f'#!/bin/sh\nif [ -e "{self._good}" ]; then exec {sys.executable} "$@"; fi\n'
            f'exec {sys.executable} -I -S {LIAR} {self._words} "$@"\n'
        )
        program.chmod(0o755)
        (folder / "xl").write_text(XL)
        (folder / "xl").chmod(0o755)
        monkeypatch.setenv("FAKE_SSH_PATH", f"{folder}:{os.environ['PATH']}")

    def says(self, answer: bytes, *, banner: bytes = b"", then: str = "end") -> None:
        """Let the next agents say that to each request (``%d`` is its number), then end or wait for the next."""
        words = {"answer": answer.decode("latin-1"), "banner": banner.decode("latin-1"), "then": then}
        self._words.write_text(json.dumps(words))
        self._good.unlink(missing_ok=True)

    @property
    def was_asked(self) -> bool:
        """Whether one that is silent has got a request."""
        return Path(f"{self._words}.asked").exists()

    def is_healed(self) -> None:
        """Let the next agents be good ones."""
        self._good.touch()
        self.waited_for(90)

    def waited_for(self, seconds: float) -> None:
        """Let this side wait so long for an agent that is silent."""
        self._monkeypatch.setattr("xentui.hosts.remote_agent.PATIENCE", seconds)


@pytest.fixture
def liar(tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch) -> Liar:
    """A far host that says nothing yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return Liar(folder, monkeypatch)


async def refused(host: SshHost) -> XentuiError:
    """What a list ends in; it may not take long."""
    with pytest.raises(XentuiError) as caught:
        async with asyncio.timeout(60):
            await ManagedStore(host).list()
    for line in caught.value.account():
        assert line.isprintable()
        assert len(line) < 500
    return caught.value


@pytest.mark.parametrize("kind", RAW)
async def test_a_line_that_is_no_answer_is_one_sentence(far: SshHost, liar: Liar, kind: str) -> None:
    liar.says(RAW[kind])
    error = await refused(far)
    assert isinstance(error, HostError)
    assert error.subject == "ssh://root@xen1"
    liar.is_healed()
    assert await ManagedStore(far).list() == (), "a healthy agent is used again"


@pytest.mark.parametrize("kind", RAW)
async def test_nothing_is_left_of_it_where_the_agent_lives_on(far: SshHost, liar: Liar, kind: str) -> None:
    """What else it may have to say must not count for the next request."""
    liar.says(RAW[kind], then="go on")
    liar.waited_for(90 if RAW[kind].endswith(b"\n") else 0.5)
    await refused(far)
    liar.is_healed()
    await far.call(operations.create, uuid=WEB1, name="web1", text=TEXT)
    assert await far.call(operations.find, name="web1") == WEB1


@pytest.mark.parametrize("kind", OF_A_LIST)
async def test_a_list_that_makes_no_sense_is_one_sentence(far: SshHost, liar: Liar, kind: str) -> None:
    liar.says(b'{"id": %d, "ok": ' + json.dumps(OF_A_LIST[kind]).encode() + b"}\n", then="go on")
    error = await refused(far)
    assert "is not valid" in error.message
    liar.is_healed()
    await far.close()
    assert await ManagedStore(far).list() == ()


async def test_a_store_is_read_whole_after_a_list_that_made_no_sense(far: SshHost, liar: Liar) -> None:
    liar.is_healed()
    store = ManagedStore(far)
    await far.call(operations.create, uuid=WEB1, name="web1", text=TEXT)
    assert [domain.name for domain in await store.list()] == ["web1"]
    await far.close()
    answer = {"entries": [], "gone": [WEB1], "digest": [], "next": ""}
    liar.says(b'{"id": %d, "ok": ' + json.dumps(answer).encode() + b"}\n")
    with pytest.raises(StoreError):
        await store.list()
    await far.close()
    liar.is_healed()
    assert [domain.name for domain in await store.list()] == ["web1"]


@pytest.mark.parametrize("infinite", [b"Infinity", b"-Infinity", b"NaN", b"1e999", b"1" + b"0" * 400])
async def test_a_number_that_is_none_harms_its_entry_only(far: SshHost, liar: Liar, infinite: bytes) -> None:
    liar.is_healed()
    await far.call(operations.create, uuid=WEB1, name="web1", text=TEXT)
    item = json.dumps((await far.call(operations.list_domains))["entries"][0]).encode()
    await far.close()
    other = item.replace(WEB1.encode(), WEB1.replace("1111", "ffff", 1).encode())
    for field in (b'"version": 1', b'"oneoff": false'):
        assert field in item
    bad = item.replace(b'"version": 1', b'"version": ' + infinite, 1)
    whole = b'{"entries": [%b, %b], "gone": [], "digest": "", "next": ""}' % (bad, other)
    liar.says(b'{"id": %d, "ok": ' + whole.replace(b"%", b"%%") + b"}\n", then="go on")
    found = {domain.uuid: domain for domain in await ManagedStore(far).list()}
    assert found[WEB1].damaged
    assert [domain.damaged for domain in found.values()].count("") == 1


@pytest.mark.parametrize("banner", [b"Welcome to xen1\n", b"no end of line", b"\xe9t\xe9 \x1b[31m\n" * 50])
async def test_what_the_login_shell_prints_is_skipped(far: SshHost, liar: Liar, banner: bytes) -> None:
    """A .bashrc that says something says it to programs, too."""
    liar.says(b'{"id": %d, "ok": null}\n', banner=banner, then="go on")
    assert await far.call(operations.find, name="web1") is None
    assert await far.call(operations.find, name="web2") is None


async def test_a_login_shell_that_never_stops_printing_is_one_sentence(far: SshHost, liar: Liar) -> None:
    liar.says(b"", banner=b"yes\n", then="repeat the banner")
    error = await refused(far)
    assert "without end" in error.message


@pytest.mark.parametrize("then", ["silence before the greeting", "silence"])
async def test_an_agent_that_says_nothing_is_not_waited_for(far: SshHost, liar: Liar, then: str) -> None:
    liar.says(b"", then=then)
    liar.waited_for(0.5)
    error = await refused(far)
    assert isinstance(error, FarAgentError)
    assert "said nothing for 0.5 s during `list`" in error.message
    liar.is_healed()
    assert await ManagedStore(far).list() == ()


async def test_an_agent_that_takes_nothing_is_not_waited_for(far: SshHost, liar: Liar) -> None:
    """A text of a megabyte is more than a pipe holds."""
    liar.says(b"", then="read nothing")
    liar.waited_for(0.5)
    with pytest.raises(FarAgentError, match="said nothing"):
        await far.call(operations.create, uuid=WEB1, name="web1", text="#" * (1 << 20))


async def test_a_long_answer_over_a_slow_line_is_waited_for(
    far: SshHost, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes longer than an agent may be silent, and something comes all the time: of each byte a minute later."""
    liar.says(b'{"id": %d, "ok": "' + b"x" * 15 + b'"}\n', then="wait")
    liar.waited_for(90)
    await far.call(operations.find, name="web1")
    loop, passed = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + passed)
    output = far._agent._stream._process.stdout  # type: ignore[union-attr]
    assert output is not None
    read = output.read

    async def read_a_byte(_most: int) -> bytes:
        nonlocal passed
        piece = await read(1)
        passed += 60.0
        return piece

    monkeypatch.setattr(output, "read", read_a_byte)
    assert await far.call(operations.find, name="web1") == "x" * 15
    assert passed > 90.0


async def test_an_endless_line_is_cut(far: SshHost, liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xentui.hosts.remote_agent._ANSWER_LIMIT", 1 << 20)
    liar.says(b"x" * (1 << 16), then="repeat the answer")
    error = await refused(far)
    assert isinstance(error, HostError)


async def test_a_call_cancelled_while_the_agent_is_silent(far: SshHost, liar: Liar) -> None:
    liar.says(b"", then="silence")
    call = asyncio.ensure_future(far.call(operations.find, name="web1"))
    await until(lambda: liar.was_asked)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    liar.is_healed()
    assert await far.call(operations.find, name="web1") is None


@pytest.mark.parametrize("kind", [*RAW, *OF_A_LIST])
def test_the_command_line_says_one_sentence_and_fails(
    tmp_path: Path,
    liar: Liar,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    """What runs is listed all the same: that xl tells."""
    monkeypatch.setenv("XENTUI_SSH", FAKE_SSH)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    ok = b'{"id": %d, "ok": ' + json.dumps(OF_A_LIST.get(kind)).encode() + b"}\n"
    liar.says(RAW.get(kind, ok))
    with pytest.raises(SystemExit) as ended:
        main(["--host", "ssh://root@xen1", "list"])
    out, err = capfd.readouterr()
    assert ended.value.code == 1
    assert "Domain-0" in out
    assert "web1" in out
    assert err.startswith("xentui: managed domains cannot be read: ")
    assert "a fault of xentui" not in err
    assert len(err.splitlines()) == 1

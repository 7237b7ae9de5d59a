"""Who asks for a console, how who holds it is told, and what a watcher's terminal runs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.unit.console.support import PATIENCE
from xentui.console import sharing
from xentui.console.sharing import ConsoleSharing, Holder, SharedConsole
from xentui.errors import HostError, NotAllowedError
from xentui.hosts.local import LocalHost

UUID = "eb6dc6ee-ed09-49d0-a3ae-5eea07f8dfb3"
WEB1 = SharedConsole("web1", 3, UUID)


class Silent:
    """What prints nothing."""

    def overhear(self, *_: object, **__: object) -> object:
        return lambda: None


def test_who_watches_runs_nothing_of_the_folder_he_is_in(tmp_path: Path) -> None:
    (tmp_path / "xentui").mkdir()
    (tmp_path / "xentui" / "__init__.py").write_text("print('not ours')")
    argv = ConsoleSharing(LocalHost(str(tmp_path / "store"))).watching_argv(WEB1)
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, "not ours" in done.stdout) == (1, False)
    assert done.stdout.startswith("the console is not shared")


def test_who_asks_is_told_of_without_a_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(_uid: int) -> NoReturn:
        raise KeyError("getpwuid(): uid not found")

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nameless)
    assert sharing.asker()[0].isdigit()


@pytest.mark.parametrize(
    ("who", "seconds", "words"),
    [
        ("root on pts/3, from 192.168.77.2", 720, "root on pts/3 for 12 min, from 192.168.77.2"),
        ("eve at desk", 59, "eve at desk for 59 s"),
        ("eve", 7200, "eve for 2 h"),
        ("eve", 90000, "eve for 1 day"),
        ("eve", 200000, "eve for 2 days"),
        ("", 3, ""),
    ],
)
def test_a_holder_is_told_as_ps_would_tell_it(who: str, seconds: int, words: str) -> None:
    assert Holder(who, seconds).words == words


def test_a_boot_is_known_by_its_uuid_whatever_its_domain_is_called_by_now() -> None:
    boot = SharedConsole("web1", -1, UUID)
    assert boot.names == SharedConsole("web2", 3, UUID).names[1:]
    assert WEB1.names == ["3.sock", *boot.names]
    assert not set(boot.names) & set(SharedConsole("web1", 7, "another").names)
    assert SharedConsole("web1", -1, "../../etc/x\n").names[0].count("/") == 0


async def test_a_boot_of_which_no_uuid_is_known_is_not_shared(tmp_path: Path) -> None:
    ours, unknown = ConsoleSharing(LocalHost(str(tmp_path / "store"))), SharedConsole("web1", -1)
    assert unknown.names == []
    assert ours.share(Silent(), unknown, lambda _who: None) is None  # type: ignore[arg-type]
    assert await ours.holder(unknown) is None
    with pytest.raises(NotAllowedError, match="is not shared"):
        await ours.take_over(unknown)


async def test_what_nobody_shares_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError, match="is not shared"):
        await ConsoleSharing(LocalHost(str(tmp_path / "store"))).take_over(WEB1)


async def test_one_who_does_not_let_go_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_LETTING_GO", 0.05)
    ours = ConsoleSharing(LocalHost(str(tmp_path / "store")))

    share = ours.share(Silent(), WEB1, lambda _who: None)  # type: ignore[arg-type]
    assert share is not None and share.open()
    with pytest.raises(HostError, match="does not let go"):
        await ours.take_over(WEB1)
    share.close()


class Liar(LocalHost):
    """A host that answers what it likes."""

    def __init__(self, answer: object) -> None:
        super().__init__("/nowhere")
        self.answer = answer

    async def call(self, *_: Any, **__: Any) -> Any:
        return self.answer


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"name": ""}, 7])
async def test_a_host_that_answers_anything_shares_nothing(answer: object) -> None:
    assert await ConsoleSharing(Liar(answer)).holder(WEB1) is None


async def test_what_a_host_tells_of_a_holder_is_made_plain() -> None:
    told = {"name": "3.sock", "who": "eve\x1b[2J" + "x" * 5000, "seconds": "many"}
    holder = await ConsoleSharing(Liar(told)).holder(WEB1)
    assert holder is not None
    assert "\x1b" not in holder.words and len(holder.who) <= 100

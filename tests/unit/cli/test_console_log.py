"""``console-log`` from its words to what it prints."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.simulated import run
from xentui.commands import console_log as module
from xentui.console.log_follow import LogFollower
from xentui.console.log_names import log_paths, transcript_path
from xentui.console.logs import LogLine
from xentui.console.transcript import Transcript
from xentui.errors import HostError
from xentui.hosts.sim import SimHost

pytestmark = pytest.mark.usefixtures("simulated_home")

GONE = "gone"
BEGAN = 1_767_000_000.0


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, simulated_home: Path) -> Transcript:
    """The log of a domain that is gone: two sessions, a minute apart, a line a second."""
    now = BEGAN
    with monkeypatch.context() as clock:
        clock.setattr("xentui.console.transcript.time.time_ns", lambda: int(now * 10**9))
        written = Transcript(transcript_path("sim", GONE, "12345678"))
        for session in ("booting gone", "attached to gone (domid 4)"):
            written.mark(session)
            for number in range(4):
                now += 1
                written.write(b"\x1b[1mline\x1b[0m %d of %s\r\n" % (number, session.split()[0].encode()))
            written.write(b"Kernel panic - not syncing\n")
            now += 60
        written.close()
    assert simulated_home in written.path.parents
    return written


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert run("console-log", GONE, *words) == 0
    return capsys.readouterr().out.splitlines()


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads("\n".join(printed(capsys, *words, "--json")))


@pytest.mark.usefixtures("log")
def test_all_of_it_is_shown_without_what_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys)
    assert [line for line in lines if not line.startswith("---")] == [
        *(f"line {number} of booting" for number in range(4)),
        "Kernel panic - not syncing",
        *(f"line {number} of attached" for number in range(4)),
        "Kernel panic - not syncing",
    ]
    assert printed(capsys, "-n", "2") == ["line 3 of attached", "Kernel panic - not syncing"]
    assert printed(capsys, "-n", "0") == []


@pytest.mark.usefixtures("log")
def test_times_stand_before_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    last = printed(capsys, "--times", "-n", "1")[0]
    moment = time.strftime("%Y-%m-%d %H:%M:%S.000", time.localtime(BEGAN + 68))
    assert last == f"{moment}  Kernel panic - not syncing"


@pytest.mark.usefixtures("log")
def test_matches_with_the_lines_around_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "--grep", "line [13] of att", "-C", "1") == [
        *(f"line {number} of attached" for number in range(4)),
        "Kernel panic - not syncing",
    ]
    assert printed(capsys, "--text", "kernel panic", "-C", "1") == [
        "line 3 of booting",
        "Kernel panic - not syncing",
        printed(capsys, "--text", "attached to")[0],
        "--",
        "line 3 of attached",
        "Kernel panic - not syncing",
    ]
    assert printed(capsys, "--text", "never said") == []


@pytest.mark.usefixtures("log")
def test_since_and_until(capsys: pytest.CaptureFixture[str]) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(BEGAN + 67))
    assert printed(capsys, "--since", since) == [
        "line 2 of attached",
        "line 3 of attached",
        "Kernel panic - not syncing",
    ]
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(BEGAN + 2))
    assert printed(capsys, "--until", until)[1:] == ["line 0 of booting"]
    assert printed(capsys, "--since", "1m") == []


def test_a_log_without_times_is_left_out_where_times_are_asked_for(
    capsys: pytest.CaptureFixture[str], log: Transcript
) -> None:
    log.path.with_name(log.path.name + ".times").unlink()
    assert printed(capsys, "--times", "-n", "1")[0].split() == [
        "-",
        *["Kernel", "panic", "-", "not", "syncing"],
    ]
    assert run("console-log", GONE, "--since", "today") == 0
    out, err = capsys.readouterr()
    assert (out, "have no times" in err) == ("", True)


def test_what_comes_while_it_is_shown_is_followed_too(
    capsys: pytest.CaptureFixture[str], log: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, take = module._chosen, LogFollower.take
    looks = []

    def meanwhile(*given: Any) -> Any:
        log.write(b"came meanwhile\n")
        return chosen(*given)

    def once(follower: LogFollower) -> list[LogLine]:
        looks.append(follower)
        if len(looks) > 1:
            raise HostError("enough")
        return take(follower)

    monkeypatch.setattr(module, "_chosen", meanwhile)
    monkeypatch.setattr(LogFollower, "take", once)
    assert run("console-log", GONE, "-n", "1", "-f") == 1
    assert capsys.readouterr().out.splitlines() == ["Kernel panic - not syncing", "came meanwhile"]


@pytest.mark.usefixtures("log")
def test_no_folder_is_read_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    here = []

    def noted(*given: str) -> list[Path]:
        here.append(threading.current_thread() is threading.main_thread())
        return log_paths(*given)

    monkeypatch.setattr(module, "log_paths", noted)
    assert run("console-log", GONE, "--sessions") == 0
    assert here == [False]


@pytest.mark.usefixtures("log")
def test_sessions_are_numbered_from_the_newest(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line.split()[0] for line in printed(capsys, "--sessions")] == ["2", "1"]
    first, second = told(capsys, "--sessions")
    assert (first["number"], first["words"]) == (1, "attached to gone (domid 4)")
    assert (second["began"], second["ended"]) == (
        "2025-12-29T09:20:00.000+00:00",
        "2025-12-29T09:20:04.000+00:00",
    )
    assert printed(capsys, "--session", "2")[1] == "line 0 of booting"
    assert run("console-log", GONE, "--session", "3") == 2


def test_as_json(capsys: pytest.CaptureFixture[str], log: Transcript) -> None:
    answer = told(capsys, "--grep", "line 0", "-C", "1", "--session", "2")
    assert answer["logs"] == [str(log.path)]
    assert [(line["text"], line["match"]) for line in answer["lines"]][1:] == [
        ("line 0 of booting", True),
        ("line 1 of booting", False),
    ]
    assert answer["lines"][1]["time"] == "2025-12-29T09:20:01.000+00:00"


@pytest.mark.usefixtures("log")
def test_a_session_as_a_recording(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert json.loads(printed(capsys, "--asciicast", "-")[0])["version"] == 2
    path = tmp_path / "panic.cast"
    assert printed(capsys, "--asciicast", str(path), "--session", "2") == []
    header, *events = map(json.loads, path.read_text().splitlines())
    assert (header["timestamp"], events[-1][0], events[-1][2]) == (BEGAN, 4.0, "Kernel panic - not syncing\n")
    assert run("console-log", GONE, "--asciicast", str(path)) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--grep", "("),
        ("--text", ""),
        ("--grep", "a", "--text", "b"),
        ("-C", "1"),
        ("--xenconsoled", "-f"),
        ("-n", "-1"),
        ("--session", "0"),
        ("--since", "the day before"),
        ("--since", "9" * 400),
    ],
)
@pytest.mark.usefixtures("log")
def test_what_makes_no_sense_is_a_usage_error(words: tuple[str, ...]) -> None:
    assert run("console-log", GONE, *words) == 2


def test_what_was_never_logged_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("console-log", "no-such-domain") == 3
    assert run("console-log", "web1") == 1
    assert "nothing is logged of its console" in capsys.readouterr().err


def test_what_xenconsoled_has_logged_and_how_to_have_it_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, simulated_home: Path
) -> None:
    assert run("console-log", "web1", "--xenconsoled") == 1
    assert "XENCONSOLED_TRACE=guest" in capsys.readouterr().err
    assert run("console-log", "../x", "--xenconsoled") == 1
    monkeypatch.setattr("xentui.agent.files.access.READ_LIMIT", 30)
    path = Path(SimHost(simulated_home / "xentui" / "sim").host_path("/var/log/xen/console/guest-web1.log"))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"of the boot before\n[    0.0] \x1b[1mfrom the host\r\n")
    assert run("console-log", "web1", "--xenconsoled", "--grep", "from") == 0
    assert capsys.readouterr().out == "[    0.0] from the host\n"

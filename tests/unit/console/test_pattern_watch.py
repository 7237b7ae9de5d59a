"""Words watched for on a console: told once, on the event loop, however the output is cut and however much there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.unit.console.support import python, shown, until
from xentui.console import pattern_watch
from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.console.pattern_watch import ConsoleWatch, Sighting, checked
from xentui.expect.syntax import OutputPatternError
from xentui.hosts.local import LocalHost
from xentui.toolstack.choose import toolstack_for

GUEST = """
import sys, tty
tty.setraw(0)
print("ready", end="\\r\\n", flush=True)
for line in sys.stdin:
    if line.startswith("flood"):
        for number in range(20_000):
            sys.stdout.write(f"[{number:12.6f}] Oops: a line like those of a kernel\\r\\n")
        sys.stdout.write("all printed\\r\\n")
    sys.stdout.write(line)
    sys.stdout.flush()
"""


@pytest.fixture
async def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ConsoleHub]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    host = LocalHost(str(tmp_path / "store"))
    made = ConsoleHub(host, toolstack_for(host))
    yield made
    await made.close_all()


async def watched(hub: ConsoleHub, *patterns: str) -> tuple[LiveConsole, list[Sighting]]:
    """A console that is watched from its first byte, and what is told of it."""
    told: list[Sighting] = []

    def tell(sighting: Sighting) -> None:
        asyncio.get_running_loop()
        told.append(sighting)

    watch = ConsoleWatch(tell)
    hub.on_open = lambda live: (watch.follow(live, patterns), None)[1]
    return await opened(hub), told


async def opened(hub: ConsoleHub) -> LiveConsole:
    console = await hub.open(uuid="u", name="web1", domid=1, argv=python(GUEST))
    await until(lambda: "ready" in shown(console.session.emulator))
    return console


async def test_what_is_printed_is_told_with_its_line(hub: ConsoleHub) -> None:
    console, told = await watched(hub, "Kernel panic", r"login: ?$")
    for piece in (b"[ 1.0] \x1b[31mKernel pa", b"nic\x1b[0m - not syncing\n", b"web1 login: \n"):
        console.session.write(piece)
    await until(lambda: len(told) == 2)
    assert [(each.pattern, each.line) for each in told] == [
        ("Kernel panic", "[ 1.0] Kernel panic - not syncing"),
        (r"login: ?$", "web1 login:"),
    ]
    assert told[0].console is console


async def test_a_flood_is_told_of_once(hub: ConsoleHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_watch, "FIRST", 1e9)
    console, told = await watched(hub, "Oops", "all printed")
    console.session.write(b"flood\n")
    await until(lambda: any(each.pattern == "all printed" for each in told))
    assert [each.pattern for each in told] == ["Oops", "all printed"]


async def test_what_comes_again_later_is_told_again(hub: ConsoleHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_watch, "FIRST", 0.0)
    console, told = await watched(hub, "Oops")
    console.session.write(b"Oops Oops\nOops\n")
    await until(lambda: len(told) == 2)


async def test_nothing_is_told_when_it_is_no_longer_watched(hub: ConsoleHub) -> None:
    told: list[Sighting] = []
    stops: list[Callable[[], None]] = []
    watch = ConsoleWatch(told.append)
    hub.on_open = lambda live: stops.append(watch.follow(live, ["Oops"]))
    console = await opened(hub)
    stops[0]()
    console.session.write(b"Oops\n")
    await until(lambda: "Oops" in shown(console.session.emulator))
    assert told == []


def test_patterns_are_taken_as_they_are_written_and_once() -> None:
    assert checked([" Oops ", "", "Oops", "login: ?$"]) == ["Oops", "login: ?$"]


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        (["(a"], "`\\(a` cannot be watched for: missing"),
        (["a*"], "nothing is printed"),
        ([f"p{n}" for n in range(21)], "more than 20"),
    ],
)
def test_what_cannot_be_watched_for_is_refused(patterns: list[str], words: str) -> None:
    with pytest.raises(OutputPatternError, match=words):
        checked(patterns)


async def test_as_many_patterns_as_can_be_kept_can_be_watched_for_together(hub: ConsoleHub) -> None:
    """Each may be as long as one alone may be: they are looked for at once."""
    patterns = checked([f"out of memory: killed process {number:02}" for number in range(pattern_watch.MOST)])
    console, told = await watched(hub, *patterns)
    console.session.write(b"out of memory: killed process 19\n")
    await until(lambda: [sighting.pattern for sighting in told] == [patterns[19]])

"""``console``: which of a guest's consoles is opened, and what is missing where none works."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.agent.console.test_share_server import Guest, shared_by
from tests.unit.cli.test_verbs import Line, line
from xentui.commands import console_session, run
from xentui.commands.context import Context
from xentui.commands.suggestions import as_command_line
from xentui.console.exit_result import ExitResult
from xentui.model.domain import Domain

__all__ = ["line"]
HVM = 'type = "hvm"\n'
SERIAL = f'{HVM}serial = "pty"\n'
CHANNEL = 'channel = ["connection=pty,name=org.example.agent", "connection=socket,path=/run/x,name=quiet"]\n'


async def started(line: Line, extra: str = "") -> None:
    assert await line.run("create", line.guest("web", extra)) == 0
    await line.hypervisor.inventory.poll()


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def attached(line: Line, *words: str) -> list[str]:
    """The argv that is attached to the terminal."""
    found: list[list[str]] = []

    def attach(argv: list[str], _survive: bool, _transcript: object, _share: object) -> ExitResult:
        found.append(argv)
        return ExitResult(0, left=True)

    line.notes.clear()
    verb = run.find_verb("console")
    context = Context(
        line.hypervisor, line.out.append, line.notes.append, render=as_command_line(""), attach=attach
    )
    assert await run.run_verb(verb, run.parse_verb(verb, words), context) == 0
    domid = str((await line.hypervisor.inventory.find("web")).domid)
    assert len(found) == 1
    argv = found[0][found[0].index("console") + 1 :]
    assert argv[-1] == domid
    return argv[:-1]


@pytest.mark.parametrize(
    ("extra", "words", "told"),
    [
        ("", (), ""),
        ("", ("-t", "pv"), "-t pv -n 0"),
        ("", ("-n", "0"), "-t pv -n 0"),
        (SERIAL, (), ""),
        (SERIAL, ("-n", "0"), "-t serial -n 0"),
        (SERIAL, ("-t", "pv"), "-t pv -n 0"),
        (CHANNEL, ("-n", "1"), "-t pv -n 1"),
        (f'{HVM}serial = ["pty", "pty"]\n', ("--type", "serial", "--number", "1"), "-t serial -n 1"),
    ],
)
async def test_a_number_is_told_with_the_type_without_which_xl_ignores_it(
    line: Line, extra: str, words: tuple[str, ...], told: str
) -> None:
    await started(line, extra)
    assert " ".join(await attached(line, "web", *words)) == told
    assert not [note for note in line.notes if note.startswith("warning")]


@pytest.mark.parametrize(
    ("extra", "words", "why"),
    [
        ("", ("-t", "serial"), "serial 0: a PV guest has no serial port"),
        (HVM, ("-n", "0"), 'serial 0: serial = "pty" is missing in its configuration'),
        (SERIAL, ("-n", "1"), "serial 1: it has fewer serial ports"),
        ("", ("-n", "1"), 'pv 1: channel = ["connection=pty,name=…"] is missing'),
        (CHANNEL, ("-n", "2"), 'pv 2: channel = ["connection=pty,name=…"] is missing'),
        (
            "",
            ("-n", "99999999999999999999"),
            'pv 99999999999999999999: channel = ["connection=pty,name=…"] is missing',
        ),
    ],
)
async def test_a_console_that_is_not_there_is_refused_with_what_is_missing(
    line: Line, extra: str, words: tuple[str, ...], why: str
) -> None:
    """xenconsole would show another one without a word, or wait for five seconds."""
    await started(line, extra)
    assert await line.run("console", "web", *words) == 1
    assert line.notes[0].startswith(f"web: cannot open its console {why}")
    assert "`xentui console web --list` shows those it has" in line.notes[1]


async def test_what_is_held_is_watched_where_it_is_shared(line: Line) -> None:
    await started(line)
    assert await line.run("console", "web", "--watch") == 1
    assert "nobody holds its console" in line.notes[0]
    domid = (await line.hypervisor.inventory.find("web")).domid
    assert domid is not None
    folder = Path(line.hypervisor.host.share_folder)
    share = shared_by(folder, Guest(), domid=domid)
    assert share.open()
    found: list[list[str]] = []

    def attach(argv: list[str], _survive: bool, _transcript: object, _share: object) -> ExitResult:
        found.append(argv)
        return ExitResult(0, left=True)

    line.notes.clear()
    verb = run.find_verb("console")
    context = Context(
        line.hypervisor, line.out.append, line.notes.append, render=as_command_line(""), attach=attach
    )
    assert await run.run_verb(verb, run.parse_verb(verb, ["web", "--watch"]), context) == 0
    share.close()
    assert found[0][-4:-2] == [str(folder), f"{domid}.sock"]
    assert line.notes == ["web: watching; Ctrl-] leaves the console", "web is no longer watched"]


async def test_one_that_xl_is_making_is_waited_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    await started(line)
    monkeypatch.setattr(console_session, "_MAKING", 0.01)
    inventory = line.hypervisor.inventory
    find, looks = inventory.find, []

    async def making(word: str) -> Domain:
        looks.append(word)
        return replace(await find(word), booting="build" if len(looks) < 3 else "")

    monkeypatch.setattr(inventory, "find", making)
    assert await attached(line, "web") == []
    assert line.notes[0] == "web: xl is making it; its console opens as soon as there is one"
    assert len(looks) == 4, "three of the command, one of this test"


@pytest.mark.parametrize("other", [("--list",), ("-t", "pv"), ("--wait", "login"), ("-n", "0")])
async def test_watching_goes_with_nothing_else(line: Line, other: tuple[str, ...]) -> None:
    assert await line.run("console", "web", "--watch", *other) == 2


async def test_an_hvm_guest_without_serial_port_is_said_to_be_silent(line: Line) -> None:
    await started(line, HVM)
    assert await attached(line, "web") == []
    assert 'it has no serial port, this is its PV console (serial = "pty" is missing)' in line.notes[0]
    assert "console=hvc0" in line.notes[0]


async def test_a_kernel_that_speaks_elsewhere_is_said_to(line: Line) -> None:
    await started(line, 'extra = "root=/dev/xvda1 console=tty0"\n')
    await attached(line, "web")
    assert "its kernel speaks on console=tty0 (console=hvc0 is missing)" in line.notes[0]


@pytest.mark.parametrize("words", ["console=tty0 console=hvc0", "console=hvc0,115200", "quiet", ""])
async def test_a_kernel_that_speaks_on_hvc0_is_not_warned_of(line: Line, words: str) -> None:
    """A PV kernel takes hvc0 where no other is named."""
    await started(line, f'extra = "{words}"\n')
    await attached(line, "web")
    assert len(line.notes) == 2, "how to leave, and that it was left"


async def test_the_consoles_are_listed(line: Line) -> None:
    await started(line, SERIAL + CHANNEL)
    assert await line.run("console", "web", "--list") == 0
    assert [" ".join(row.split()) for row in line.out] == [
        "serial 0 ttyS0 opened by default",
        "pv 0 hvc0",
        "pv 1 channel org.example.agent",
    ]
    assert await line.run("console", "web", "--list", "--json") == 0
    answer = json.loads("\n".join(line.out))
    assert answer["consoles"][0] == {"type": "serial", "number": 0, "inside": "ttyS0", "usual": True}
    assert answer["missing"] == ""


async def test_what_is_missing_is_listed_too(line: Line) -> None:
    await started(line, HVM)
    assert await line.run("console", "web", "--list", "--json") == 0
    answer = json.loads("\n".join(line.out))
    assert [(each["type"], each["usual"]) for each in answer["consoles"]] == [("pv", True)]
    assert 'serial = "pty"' in answer["missing"]


async def test_words_that_make_no_sense_together_are_refused(line: Line) -> None:
    await started(line)
    assert await line.run("console", "web", "--json") == 2
    assert await line.run("console", "web", "-n", "-1") == 2

"""Verbs from their words to what they print, on a simulated host."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.seeded import seed
from xentui.commands import describe, registry, run
from xentui.commands.context import Context
from xentui.commands.suggestions import as_command_line
from xentui.errors import UsageError
from xentui.hosts.sim import SimHost
from xentui.main import main
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.danger import Question
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control


class Line:
    """A command line on a host with no guests; ``out`` and ``notes`` are what the last verb printed."""

    def __init__(self, host: SimHost, hypervisor: Hypervisor) -> None:
        self.host = host
        self.hypervisor = hypervisor
        self.out: list[str] = []
        self.notes: list[str] = []
        self.ask: Callable[[Question], Awaitable[bool]] | None = None
        hypervisor.session.announce = self.out.append

    async def run(self, *words: str, named_host: str = "") -> int:
        self.out.clear()
        self.notes.clear()
        name, rest = registry.split(words)
        verb = run.find_verb(name)
        args = run.parse_verb(verb, rest)
        context = Context(
            self.hypervisor,
            self.out.append,
            self.notes.append,
            render=as_command_line(named_host),
            ask=self.ask,
        )
        return await run.run_verb(verb, args, context)

    def guest(self, name: str, extra: str = "") -> str:
        path = f"/etc/xen/{name}.cfg"
        Path(self.host.host_path(path)).write_text(
            f'name = "{name}"\nkernel = "/srv/guests/vmlinuz"\nramdisk = "/srv/guests/guest-initrd.gz"\n'
            f"memory = 128\n{extra}"
        )
        return path

    async def running(self, *names: str) -> None:
        for name in names:
            assert await self.run("create", self.guest(name)) == 0


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    seed(tmp_path / "sim", domains=0)
    host = SimHost(tmp_path / "sim")
    control.set_speed(host.simulator, math.inf)
    async with Hypervisor(host, user="admin@desk") as hypervisor:
        yield Line(host, hypervisor)


def refused(*words: str) -> UsageError:
    """The error of words that are no command."""
    verb = run.find_verb(words[0])
    with pytest.raises(UsageError) as caught:
        run.parse_verb(verb, words[1:])
    return caught.value


# sim


@pytest.mark.parametrize(
    "words",
    [
        ("reset", "--domains", "3"),
        ("add", "b"),
        ("crash", "a"),
        ("poweroff", "a"),
        ("reboot", "a"),
        ("busy", "a"),
        ("hang", "5"),
        ("speed", "2"),
        ("vanish",),
        ("return",),
    ],
)
async def test_a_dry_run_of_the_simulators_verb_does_nothing(line: Line, words: tuple[str, ...]) -> None:
    await line.running("a")
    before = await line.hypervisor.inventory.poll()
    line.hypervisor.session.dry_run = True
    assert await line.run("sim", *words) == 0
    assert line.out == ["# " + " ".join(["xentui-sim", *words])]
    after = await line.hypervisor.inventory.poll()
    # Whether a guest is on a CPU just now is another matter at every look.
    assert [(item.name, item.domid, item.state.alive) for item in after.domains] == [
        (item.name, item.domid, item.state.alive) for item in before.domains
    ]


@pytest.mark.parametrize(
    "words",
    [("hang", "nan"), ("hang", "inf"), ("hang", "-1"), ("speed", "nan"), ("speed", "0"), ("hang", "x")],
)
async def test_what_is_no_number_of_seconds_or_speed_is_refused(line: Line, words: tuple[str, str]) -> None:
    assert await line.run("sim", "--", *words) == 2
    assert words[1] in line.notes[0]


async def test_an_action_of_the_simulator_names_what_it_lacks(line: Line) -> None:
    assert await line.run("sim", "hang") == 2
    assert line.notes[0] == "`sim hang` needs a number"
    assert await line.run("sim", "crash") == 2
    assert line.notes[0] == "`sim crash` needs a name"


# life cycle


async def test_start_and_create_tell_what_is_odd_about_a_configuration(line: Line) -> None:
    path = line.guest("a", "colour = 'blue'\n")
    assert await line.run("create", path) == 0
    assert [note for note in line.notes if note.startswith("warning: ") and "colour" in note]
    await line.run("destroy", "a", "--yes")
    await line.run("new", path)
    assert await line.run("start", "a") == 0
    assert [note for note in line.notes if note.startswith("warning: ") and "colour" in note]


@pytest.mark.parametrize("verb", ["shutdown", "reboot"])
async def test_all_names_the_live_guests_it_leaves_out(line: Line, verb: str) -> None:
    await line.running("a", "b")
    await line.run("pause", "b")
    assert await line.run(verb, "--all", "-w", "--yes") == 1
    assert line.notes == [
        f"b: cannot {verb}: it is paused",
        "→ `xentui unpause b` first: a paused guest cannot react to the request",
    ]


async def test_all_of_them_is_no_failure_because_of_domain_0_and_what_is_off(line: Line) -> None:
    await line.running("a")
    await line.run("new", line.guest("b"))
    assert await line.run("shutdown", "--all", "-w", "--yes") == 0
    assert line.notes == []


async def test_a_hint_names_the_host_that_was_named(line: Line) -> None:
    await line.running("a")
    await line.run("pause", "a")
    assert await line.run("shutdown", "a", named_host="xen1") == 1
    assert line.notes[-1].startswith("→ `xentui --host xen1 unpause a` first")


def test_a_command_without_its_words_names_those_it_needs() -> None:
    assert refused("create").message == "the following arguments are required: FILE"


@pytest.mark.parametrize("verb", ["new", "create"])
def test_an_empty_path_is_named(verb: str) -> None:
    error = refused(verb, "")
    assert (error.subject, error.message) == (verb, "FILE is empty")


# looking


async def test_no_number_is_too_long_to_be_no_domain(line: Line) -> None:
    assert await line.run("show", "9" * 5000) == 3
    assert line.notes[0].endswith(": no such domain")


def test_a_line_of_the_list_can_be_split_at_blanks() -> None:
    guest = Domain("my old\u00a0guest", "uuid-1", DomainState.RUNNING, 3)
    head, row = describe.table([guest])
    assert len(row.split()) == len(head.split())
    assert row.split()[0] == "my␣old␣guest"
    assert describe.as_json(guest, "sim")["name"] == guest.name


async def test_sizes_that_differ_are_told_in_mebibytes(line: Line) -> None:
    await line.run("new", line.guest("a"))
    await line.run("create", "/etc/xen/a.cfg", "memory=96")
    await line.run("show", "a")
    assert any("memory: stored 128 MiB, running 96 MiB" in told for told in line.out)
    assert not any("_kib" in told for told in line.out)


async def test_actions_are_written_as_in_a_configuration_file(line: Line) -> None:
    await line.run("new", line.guest("a"))
    await line.run("bulk-set", "on_crash", "coredump-restart", "a")
    await line.run("bulk-set", "on_reboot", "rename-restart", "a")
    await line.run("show", "a")
    assert {"on_crash:       coredump-restart", "on_reboot:      rename-restart"} <= set(line.out)
    line.out.clear()
    await line.run("show", "a", "--json")
    actions = json.loads("\n".join(line.out))["actions"]
    assert (actions["on_crash"], actions["on_reboot"]) == ("coredump-restart", "rename-restart")
    assert actions["on_soft_reset"] == "soft-reset"


async def test_show_says_which_side_has_changed_since_a_domain_was_made_from_its_file(line: Line) -> None:
    await line.run("new", line.guest("a"))
    await line.run("mem-set", "a", "100")
    await line.run("show", "a")
    told = [text for text in line.out if text.startswith("differs:")]
    assert len(told) == 1
    assert "the stored text has changed since it was made from" in told[0]


async def test_a_damaged_entry_goes_by_its_uuid_and_shows_the_way_out(line: Line) -> None:
    await line.run("new", line.guest("a"))
    (uuid,) = [item.uuid for item in (await line.hypervisor.inventory.poll()).domains if item.name == "a"]
    store = Path(line.hypervisor.host.store_root)
    (entry,) = store.rglob(uuid)
    for file in entry.iterdir():
        if file.is_file():
            file.write_bytes(b"\0\xff")
    await line.run("list")
    assert uuid in [row.split()[0] for row in line.out]
    await line.run("show", uuid, named_host="xen1")
    assert any(f"`xentui --host xen1 restore-version {uuid} N`" in told for told in line.out)


# log


def append(line: Line, text: str) -> None:
    """Write a line to the audit log, as any program may."""
    path = Path(line.hypervisor.host.store_root, "audit.jsonl")
    with path.open("a") as file:
        file.write(text + "\n")


@pytest.mark.parametrize(
    "odd",
    [
        '{"argv": 5, "seconds": "x"}',
        '{"argv": null, "seconds": null, "time": 7, "user": [], "exit": {}}',
        '{"argv": {}, "seconds": NaN, "time": "9999-12-31T23:59:59+00:00"}',
        '{"argv": [1, null], "seconds": true, "time": "0001-01-01T00:00:00+14:00"}',
        '{"argv": ["xl"], "seconds": 1e308}',
        "{}",
    ],
)
async def test_an_odd_record_does_not_hide_the_others(line: Line, odd: str) -> None:
    await line.running("a")
    append(line, odd)
    assert await line.run("log") == 0
    assert len(line.out) == 2
    assert "create" in line.out[0]
    assert await line.run("log", "--json") == 0


async def test_a_command_is_one_line_of_the_log_however_it_stands(line: Line) -> None:
    await line.running("a")
    store = line.hypervisor.session.store
    number = await store.audit_open({"domain": "a", "user": "ann", "argv": ["xl", "pause", "1"]})
    assert await line.run("log") == 0
    assert "  running  xl pause 1" in line.out[-1]
    await store.audit_close(number, {"exit": None, "seconds": 3.0})
    assert await line.run("log") == 0
    assert "  a  outcome unknown  xl pause 1" in line.out[-1]
    assert ["exit 0" in told for told in line.out] == [True] * (len(line.out) - 1) + [False]
    assert await line.run("log", "--json") == 0
    assert json.loads("\n".join(line.out))[-1]["outcome"] == "unknown"


async def test_log_takes_a_number_of_records(line: Line) -> None:
    await line.running("a", "b")
    assert await line.run("log", "-n", "1") == 0
    assert len(line.out) == 1
    assert await line.run("log", "-n", "0") == 0
    assert line.out == []
    assert await line.run("log", "-n", "-5") == 2
    assert line.out == []


# what cannot be taken back


@pytest.mark.parametrize("verb", ["destroy", "shutdown"])
async def test_where_nobody_can_be_asked_it_takes_a_yes(line: Line, verb: str) -> None:
    await line.running("a")
    assert await line.run(verb, "a") == 2
    assert "cannot be undone" in line.notes[0]
    assert line.notes[-1] == "→ add --yes to confirm it"
    assert (await line.hypervisor.inventory.find("a")).state.alive
    assert await line.run(verb, "a", "--yes") == 0


async def test_who_is_asked_is_told_what_is_lost_and_may_refuse(line: Line) -> None:
    asked: list[Question] = []
    answers = [False, True]

    async def ask(found: Question) -> bool:
        asked.append(found)
        return answers.pop(0)

    line.ask = ask
    await line.running("a")
    assert await line.run("destroy", "a") == 1
    assert (await line.hypervisor.inventory.find("a")).state.alive
    assert await line.run("destroy", "a") == 0
    assert asked[0].question == "Destroy a?"
    assert "its configuration is lost" in asked[0].losses[0]


async def test_what_can_be_taken_back_and_a_dry_run_ask_nothing(line: Line) -> None:
    assert await line.run("new", line.guest("m")) == 0
    assert await line.run("start", "m") == 0
    assert await line.run("pause", "m") == 0
    assert await line.run("unpause", "m") == 0
    line.hypervisor.session.dry_run = True
    assert await line.run("destroy", "m") == 0
    line.hypervisor.session.dry_run = False
    assert await line.run("shutdown", "-w", "m") == 0
    assert await line.run("delete", "m") == 0


async def test_a_transient_domain_is_kept_where_that_is_asked_for(line: Line) -> None:
    await line.running("a")
    assert await line.run("shutdown", "-w", "--keep", "a") == 0
    assert line.notes == ["a: stored as version 1"]
    assert (await line.hypervisor.inventory.find("a")).managed


async def test_an_action_that_is_not_possible_says_so_and_asks_nothing(line: Line) -> None:
    assert await line.run("new", line.guest("m")) == 0
    assert await line.run("destroy", "m") == 1
    assert "it is off" in line.notes[0]


# control characters


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("delete", "temp"), "cannot delete: it is transient (storing an edit makes it managed)"),
        (("suspend", "temp"), "cannot suspend: it is transient (storing an edit makes it managed)"),
        (
            ("autostart", "temp", "on"),
            "cannot start it with the host: it is transient (storing an edit makes it managed)",
        ),
        (("console", "stored"), "cannot open the console: it is off"),
        (("cd-eject", "stored"), "cannot eject a medium: it has no CD drive"),
    ],
)
async def test_why_not_is_a_sentence_that_leads_on(line: Line, words: tuple[str, ...], why: str) -> None:
    await line.run("create", line.guest("temp"))
    await line.run("new", line.guest("stored"))
    assert await line.run(*words) == 1
    assert line.notes[0].endswith(f"{words[1]}: {why}")


async def test_a_name_that_runs_is_said_to_run(line: Line) -> None:
    path = line.guest("temp")
    await line.run("create", path)
    assert await line.run("new", path) == 1
    assert "a domain of that name is already running, as domain " in line.notes[0]


async def test_nothing_of_a_stored_domain_moves_a_terminal(line: Line) -> None:
    await line.run("new", line.guest("a", "# \x1b]0;title\x07\x9b\n"))
    append(line, json.dumps({"argv": ["xl", "\x1b[2J"], "domain": "\x9b2J", "user": "\x07"}))
    for words in (
        ["config", "a"],
        ["config", "a", "--version", "1"],
        ["history", "a"],
        ["log"],
        ["show", "a"],
    ):
        assert await line.run(*words) == 0
        assert not set("".join(line.out + line.notes)) & set("\x1b\x07\x9b"), words


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (("list", "--bogus"), "usage: xentui list [--json] [--state STATE[,…]] [--cached] [DOM ...]"),
        (("restore-version", "web1", "x"), "usage: xentui restore-version DOM N"),
    ],
)
def test_a_wrong_word_is_answered_with_the_whole_usage_of_the_verb(
    words: tuple[str, ...], usage: str
) -> None:
    with pytest.raises(UsageError) as caught:
        run.parse_verb(run.find_verb(words[0]), words[1:])
    assert caught.value.hint == usage


async def test_a_version_that_is_not_there_is_told_of_the_domain(line: Line) -> None:
    assert await line.run("new", line.guest("web1")) == 0
    for words in (("config", "web1", "--version", "7"), ("restore-version", "web1", "7")):
        assert await line.run(*words) == 1
        assert line.notes == [
            "web1: there is no version 7 of it",
            "→ `xentui history web1` lists the versions",
        ]


async def test_what_is_wrong_with_a_word_over_the_file_is_said_of_the_word(line: Line) -> None:
    """A value given over the file's own is meant to win: that is no warning."""
    path = line.guest("web1")
    assert await line.run("create", path, "memory=160", "memry=3") == 0
    (warning,) = (note for note in line.notes if "warning" in note)
    assert "memry=3: xl knows no parameter 'memry'" in warning
    assert path not in warning
    assert await line.run("create", line.guest("web2"), "uuid=bad") == 1
    assert line.notes[0] == "uuid=bad: 'bad' is not a uuid"


async def test_autostart_has_an_order(line: Line) -> None:
    for name in ("db", "zz-gw"):
        await line.run("new", line.guest(name))
        assert await line.run("autostart", name, "on") == 0
    assert await line.run("autostart", "zz-gw", "on", "--order", "10") == 0
    assert await line.run("autostart", "zz-gw") == 0
    assert line.out == ["on, order 10"]
    assert await line.run("autostart", "db") == 0
    assert line.out == ["on"]
    assert await line.run("list") == 0
    assert [row.split()[-1] for row in line.out if row.startswith(("db", "zz-gw"))] == [
        "autostart",
        "autostart:10",
    ]
    assert await line.run("show", "zz-gw") == 0
    assert any(row.split(maxsplit=1) == ["autostart:", "on, order 10"] for row in line.out)
    assert await line.run("show", "zz-gw", "--json") == 0
    assert json.loads("\n".join(line.out))["autostart_order"] == 10
    assert await line.run("autostart", "zz-gw", "on", "--order", "none") == 0
    assert await line.run("autostart", "zz-gw") == 0
    assert line.out == ["on"]


@pytest.mark.parametrize(
    "words",
    [
        ("on", "--order", "100"),
        ("on", "--order", "-1"),
        ("on", "--order", "x"),
        ("off", "--order", "1"),
        ("--order", "1"),
    ],
)
async def test_what_is_no_place_in_the_order_is_refused(line: Line, words: tuple[str, ...]) -> None:
    await line.run("new", line.guest("db"))
    assert await line.run("autostart", "db", *words) == 2
    assert not (await line.hypervisor.inventory.find("db")).autostart


async def test_a_delay_is_refused_with_the_reason(line: Line) -> None:
    await line.run("new", line.guest("db"))
    assert await line.run("autostart", "db", "on", "--delay", "30") == 2
    assert any("as soon as `xl create` has returned" in note for note in line.notes)
    assert any("--order" in note for note in line.notes)
    assert not (await line.hypervisor.inventory.find("db")).autostart


@pytest.mark.parametrize("name", ["-n", "--", "--host", "-", "--json", "--read-only"])
async def test_behind_two_dashes_every_word_is_an_argument(line: Line, name: str) -> None:
    await line.running("web")
    path = line.guest("odd").replace("odd", "web2")
    Path(line.host.host_path(path)).write_text(
        Path(line.host.host_path(line.guest("odd"))).read_text().replace('"odd"', f'"{name}"')
    )
    assert (await line.host.run(["xl", "create", path])).exit_code == 0
    assert await line.run("show", "--", name) == 0
    assert f"name: {name}" in [" ".join(text.split()) for text in line.out]
    assert await line.run("show", "--json", "--", name) == 0
    assert json.loads("\n".join(line.out))["name"] == name
    assert await line.run("list", "--json", "--", name, "web") == 0
    assert {item["name"] for item in json.loads("\n".join(line.out))} == {name, "web"}
    assert await line.run("destroy", "--yes", "--", name) == 0
    with pytest.raises(UsageError, match="--nothing"):
        await line.run("show", "--nothing", "--", name)
    with pytest.raises(UsageError, match="invalid int value: '-x'"):
        await line.run("vcpu-set", "--", name, "-x")


def test_two_dashes_before_a_verb_end_the_options_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--", "help"], ["--host", "sim", "--", "help"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
    assert "list" in capsys.readouterr().out


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["at the end", "on the way"])
def test_a_reader_that_has_gone_away_ends_it_as_a_signal_would(unbuffered: str) -> None:
    """`xentui help | head -1`: the status is that of SIGPIPE, and standard error says nothing."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "xentui", "help", "pause"],
            stdout=gone,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("word", ["-", "local:web.chk"])
def test_what_xl_works_on_lies_on_the_host(word: str) -> None:
    assert "a file of the host" in refused("restore", word).message
    assert "a file of the host" in refused("save", "web", word).message
    assert "a file of the host" in refused("cd-insert", "web", "hdc", word).message


async def test_a_disk_is_attached_with_a_new_image(line: Line) -> None:
    await line.running("web")
    attach, place = ("block-attach", "web"), Path(line.host.host_path("/srv/guests/new.img"))
    assert await line.run(*attach, "/srv/guests/new.img", "--new", "2M", "--preallocated") == 0
    assert (place.stat().st_size, place.stat().st_blocks * 512) == (2 << 20, 2 << 20)
    await line.run("block-list", "web")
    assert line.out[-1].split() == ["xvda", "51712", "w", "raw", "/srv/guests/new.img"]
    for words, complaint in (
        (["/srv/guests/a.img", "--new", "2"], "has no unit"),
        (["/srv/guests/a.img", "--new", "2M", "--sparse", "--preallocated"], "either --sparse or"),
        (["/srv/guests/a.img", "xvdb", "w", "--sparse"], "are for a new image"),
        (["/srv/guests/new.img", "xvdb", "w", "--new", "2M"], "something with that name"),
    ):
        assert await line.run(*attach, *words) != 0
        assert complaint in "\n".join(line.notes)
    assert not Path(line.host.host_path("/srv/guests/a.img")).exists()

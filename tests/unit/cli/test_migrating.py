"""``migrate`` from its words to what both hosts have then; the simulated hosts share a folder."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from tests.unit.cli.test_verbs import Line
from xentui.cli import confirmation
from xentui.commands import run
from xentui.commands.context import Context
from xentui.commands.suggestions import as_command_line
from xentui.hosts.sim import SimHost
from xentui.service import danger
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action
from xentui.simulator import control

DISK = "disk = ['/srv/guests/web.img,raw,xvda,w']\n"


class Two(Line):
    """A command line on one host, and another beside it; ``answer`` is what a question is answered with."""

    other: Hypervisor
    answer: bool | None = None
    questions: list[str]

    async def migrate(self, *words: str) -> int:
        return await self.given("migrate", *words)

    async def given(self, name: str, *words: str, host: str = "") -> int:
        """Run a command as on a command line that names ``host``."""
        self.out.clear()
        self.notes.clear()
        verb = run.find_verb(name)
        context = Context(
            self.hypervisor,
            self.out.append,
            self.notes.append,
            render=as_command_line(host),
            confirm=None if self.answer is None else self.confirmed,
        )
        return await run.run_verb(verb, run.parse_verb(verb, words), context)

    async def confirmed(self, question: str, _about: Sequence[str] = ()) -> bool:
        self.questions.append(question)
        return self.answer is True

    async def where(self, name: str) -> list[str]:
        """The hosts that know a domain."""
        sides = {"a": self.hypervisor, "b": self.other}
        return [
            host
            for host, side in sides.items()
            if any(domain.name == name for domain in (await side.inventory.poll()).domains)
        ]

    @property
    def json(self) -> Any:
        return json.loads("\n".join(self.out))


@pytest.fixture
async def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    hosts = [SimHost(tmp_path / "xentui" / f"sim-{name}", name=f"sim:{name}") for name in ("a", "b")]
    for host in hosts:
        seed(Path(host.store_root).parent, domains=0)
        control.set_speed(host.simulator, math.inf)
    Path(hosts[0].host_path("/srv/guests/web.img")).write_bytes(bytes(4096))
    control.share(hosts[0].simulator, "sim-b")
    async with Hypervisor(hosts[0], user="admin@desk") as ours, Hypervisor(hosts[1]) as theirs:
        made = Two(hosts[0], ours)
        made.other, made.questions = theirs, []
        await made.run("new", made.guest("web", f'type = "pvh"\n{DISK}'))
        yield made


async def test_a_domain_that_is_off_moves_whole(two: Two) -> None:
    assert await two.migrate("web", "sim:b") == 0
    assert await two.where("web") == ["b"]
    assert two.notes[0] == "web: to sim:b, while it is off (offline)"
    assert two.notes[-1] == "web: is on sim:b now"


async def test_the_other_host_is_the_one_that_was_named_with_this(two: Two) -> None:
    two.hypervisor.host.named_with = lambda word, /: "sim:b" if word == "xen2" else ""
    assert await two.migrate("web", "xen2") == 0
    assert await two.where("web") == ["b"]
    assert two.notes[-1] == "web: is on xen2 now"


async def test_a_dry_run_shows_the_plan_and_the_command(two: Two) -> None:
    await two.run("start", "web")
    two.hypervisor.session.dry_run = True
    assert await two.migrate("web", "sim:b", "--allow", "cached") == 0
    assert two.out[0] == "web: to sim:b, while it runs (live)"
    assert any(line.startswith("? asks   cached ") for line in two.out)
    assert two.out[-1].startswith("xl migrate -s ") and two.out[-1].endswith(" sim-b")
    assert await two.where("web") == ["a"]


async def test_what_stops_it_is_told_and_nothing_is_done(two: Two) -> None:
    await two.run("start", "web")
    assert await two.migrate("web", "sim:b", "--json") == 1
    told = two.json
    assert (told["possible"], told["migrated"], told["mode"]) == (False, False, "live")
    assert [(each["word"], each["hard"], each["allowable"]) for each in told["findings"]] == [
        ("cached", True, True)
    ]
    assert two.notes[0] == "web: cannot migrate to sim:b: cached"
    assert await two.where("web") == ["a"]


async def test_json_tells_what_was_done(two: Two) -> None:
    assert await two.migrate("web", "sim:b", "--json") == 0
    told = two.json
    assert set(told) == {
        *(
            "domain",
            "uuid",
            "target",
            "address",
            "mode",
            "possible",
            "migrated",
            "findings",
            "disks",
            "commands",
        )
    }
    assert (told["migrated"], told["target"], told["address"], told["findings"]) == (
        True,
        "sim:b",
        "sim-b",
        [],
    )
    assert [(disk["vdev"], disk["shared"]) for disk in told["disks"]] == [("xvda", True)]


@pytest.mark.parametrize(("answer", "status", "where"), [(None, 2, "a"), (False, 1, "a"), (True, 0, "b")])
async def test_a_doubt_is_asked_about(two: Two, answer: bool | None, status: int, where: str) -> None:
    grows = two.guest("odd", 'type = "pvh"\nmaxmem = 90000\n')
    await two.run("new", grows)
    two.answer = answer
    assert await two.migrate("odd", "sim:b") == status, two.notes
    assert await two.where("odd") == [where]
    if answer is None:
        assert any("add --yes" in note for note in two.notes)
    else:
        assert two.questions == ["Migrate odd anyway (max-memory)?"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("web", "sim:b", "--live"), 1, "it is off"),
        (("web", "sim:b", "--live", "--offline"), 2, "exclude each other"),
        (("web", "sim:b;reboot"), 2, "is not a host"),
        (("web", "sim:a"), 1, "same-host"),
        (("nobody", "sim:b"), 3, "no such domain"),
        (("web", "sim:b", "--allow", "name"), 2, "cannot be allowed"),
        (("web", "sim:b", "--dead"), 2, "goes with --mend"),
        (("web", "sim:b", "--mend", "--live"), 2, "--mend goes with neither"),
        (("nobody", "sim:b", "--mend"), 3, "neither host knows it"),
    ],
)
async def test_words_that_make_no_migration(two: Two, words: tuple[str, ...], status: int, says: str) -> None:
    assert await two.migrate(*words) == status
    assert any(says in note for note in two.notes), two.notes
    assert await two.where("web") == ["a"]


async def test_what_a_cut_has_left_is_mended_after_a_question(two: Two) -> None:
    await two.run("start", "web")
    control.cut_migrations(two.host.simulator, "go")
    two.answer = True
    assert await two.migrate("web", "sim:b", "--allow", "cached") == 1
    assert await two.where("web--incoming") == ["b"]
    two.answer, two.questions = False, []
    assert await two.migrate("web", "sim:b", "--mend") == 1
    assert two.questions == ["Do that?"] and await two.where("web--incoming") == ["b"]
    two.answer = True
    assert await two.migrate("web", "sim:b", "--mend", "--json") == 0
    assert two.json["mended"] is True and len(two.json["steps"]) == 4
    assert await two.where("web--incoming") == [] and await two.where("web") == ["a"]
    assert await two.migrate("web", "sim:b", "--mend") == 0
    assert two.notes == ["web: its guest is on the source"]


async def test_half_of_a_migration_names_the_command_that_ends_it_with_its_host(
    two: Two, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await two.run("start", "web")
    control.cut_migrations(two.host.simulator, "go")
    two.answer = True
    assert await two.migrate("web", "sim:b", "--allow", "cached") == 1
    mend = "`xentui --host xen1 migrate --mend web sim:b` looks at both hosts"
    assert await two.given("show", "web--migratedaway", host="xen1") == 0
    assert any(line.startswith("notice:") and line.endswith(f"; {mend}") for line in two.out), two.out
    assert await two.given("show", "web--migratedaway", "--json", host="xen1") == 0
    assert two.json["notice"].endswith("; xentui migrate --mend web sim:b looks at both hosts")
    assert await two.given("destroy", "web--migratedaway", host="xen1") == 2
    assert any(mend in line for line in two.notes), two.notes

    async def no(_question: str) -> str:
        return "n"

    monkeypatch.setattr(confirmation, "_answer", no)
    found = danger.of(Action.DESTROY, [await two.hypervisor.inventory.find("web--migratedaway")])
    assert found is not None
    assert not await confirmation.ask_on_terminal(found, as_command_line("xen1"))
    assert f"→ {mend}\n" in capsys.readouterr().err

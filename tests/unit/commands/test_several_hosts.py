"""Commands on several hosts: on the one that has the domain, or on each, told apart; one that is away costs a line."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.unit.service.fake import FakeHost, row
from xentui.commands.command import Command, Group
from xentui.commands.context import Context
from xentui.commands.per_host import split, worst
from xentui.commands.registry import verbs
from xentui.commands.run import find_verb, parse_verb
from xentui.commands.several_hosts import SeveralHosts
from xentui.commands.suggestions import as_verb
from xentui.errors import HostError, StoreCode, StoreError
from xentui.fleet.cache import LastLooks
from xentui.hosts.base import Completed, Host
from xentui.service.danger import Question
from xentui.service.hypervisor import Hypervisor

UUIDS = [f"11111111-2222-3333-4444-00000000000{at}" for at in range(10)]


class Fake(FakeHost):
    """A host with guests of the names it is given, which notes what it runs."""

    def __init__(self, name: str, *guests: str) -> None:
        super().__init__()
        self.name = name
        self.store_root = f"/var/lib/{name}"
        self.ran: list[tuple[str, ...]] = []
        self.rows = [row("Domain-0", 0, "00000000-0000-0000-0000-000000000000")]
        self.rows += [row(guest, at + 1, uuid_of(name, guest)) for at, guest in enumerate(guests)]

    async def run(self, argv: Sequence[str], **options: object) -> Completed:
        """Answer ``xl list``; note what else is run."""
        if argv[1] != "list":
            if self.failure:
                raise self.failure
            self.ran.append(tuple(argv[1:]))
            said = {"dmesg": f"(XEN) this is {self.name}\n", "info": "total_memory : 4096\n"}.get(argv[1], "")
            return Completed(tuple(argv), 0, said.encode(), b"")
        return await super().run(argv, **options)

    async def close(self) -> None:
        """Nothing is open."""


def uuid_of(host: str, guest: str) -> str:
    return "11111111-2222-3333-4444-" + f"{host}{guest}".encode().hex()[:12].zfill(12)


class Ground:
    """Hosts, and what is said of them."""

    def __init__(self, folder: Path, *hosts: FakeHost) -> None:
        self.out: list[str] = []
        self.notes: list[str] = []
        self.asked: list[str] = []
        self.ahead = 0.0
        self.looks = LastLooks(lambda: folder, lambda: time.time() + self.ahead)
        self.contexts = [
            Context(
                Hypervisor(cast("Host", host), user="admin"),
                self.out.append,
                self.notes.append,
                render=as_verb,
                ask=self._ask,
            )
            for host in hosts
        ]
        self.several = SeveralHosts(self.contexts, self.looks)

    async def _ask(self, question: Question) -> bool:
        self.asked.append(question.question)
        return True

    async def run(self, verb: str, *words: str) -> int:
        """Run a verb on all hosts; what was said before is forgotten."""
        self.out.clear()
        self.notes.clear()
        command = find_verb(verb)
        return await self.several.run(command, parse_verb(command, words))

    @property
    def json(self) -> Any:
        return json.loads("\n".join(self.out))


@pytest.fixture
def xen1() -> Fake:
    return Fake("xen1", "web1", "shared")


@pytest.fixture
def xen2() -> Fake:
    return Fake("xen2", "web2", "shared")


@pytest.fixture
def ground(tmp_path: Path, xen1: Fake, xen2: Fake) -> Ground:
    return Ground(tmp_path, xen1, xen2)


async def test_the_list_is_one_with_the_host_before_each_domain(ground: Ground) -> None:
    assert await ground.run("list") == 0
    assert [line.split()[:2] for line in ground.out] == [
        ["Host", "Name"],
        ["xen1", "Domain-0"],
        ["xen1", "shared"],
        ["xen1", "web1"],
        ["xen2", "Domain-0"],
        ["xen2", "shared"],
        ["xen2", "web2"],
    ]
    assert await ground.run("list", "--json", "web1@xen1", "web2") == 0
    assert [(item["host"], item["name"], item["warnings"]) for item in ground.json] == [
        ("xen1", "web1", []),
        ("xen2", "web2", []),
    ]


async def test_each_host_is_looked_at_once_for_a_domain_that_is_listed(
    ground: Ground, xen1: Fake, xen2: Fake
) -> None:
    assert await ground.run("list", "web1") == 0
    assert [line.split()[:2] for line in ground.out[1:]] == [["xen1", "web1"]]
    assert (xen1.polls, xen2.polls) == (1, 1)
    assert (xen1.details, xen2.details) == (1, 1)


async def test_what_was_seen_of_a_domain_is_listed_and_no_host_is_asked(
    ground: Ground, xen1: Fake, xen2: Fake
) -> None:
    assert await ground.run("list", "--cached", "web1") == 3
    assert (xen1.polls, xen2.polls) == (0, 0)
    await ground.run("list")
    xen1.failure = xen2.failure = HostError("no route to host")
    assert await ground.run("list", "--cached", "web1") == 0
    assert [line.split()[0::2][:2] for line in ground.out[1:]] == [["xen1", "web1"]]
    assert await ground.run("list", "--cached", "web1@xen1", "web2") == 0
    assert (xen1.polls, xen2.polls) == (1, 1)


async def test_a_host_that_is_away_costs_one_line_and_the_status(ground: Ground, xen2: Fake) -> None:
    await ground.run("list")
    xen2.failure = HostError("no route to host", subject="xen2")
    for verb in ("list", "dmesg"):
        assert await ground.run(verb) == 7
        assert sum("xen2" in line for line in ground.notes + ground.out) == 1
        (line,) = ground.notes
        assert line.startswith("xen2: no route to host")
        assert any("xen1" in line for line in ground.out)


async def test_what_was_seen_last_is_listed_with_its_age(ground: Ground, xen1: Fake, xen2: Fake) -> None:
    assert await ground.run("list", "--cached") == 1
    assert "was not seen" in ground.notes[0]
    await ground.run("list")
    polls = xen1.polls
    xen2.failure = HostError("no route to host", subject="xen2")
    assert await ground.run("list", "--cached") == 0
    assert ground.out[0].split()[:3] == ["Host", "Age", "Name"]
    assert ground.out[3].split()[0::2][:2] == ["xen1", "web1"]
    assert xen1.polls == polls
    await ground.run("list")
    assert "list --cached shows what it held" in ground.notes[0]


async def test_a_command_goes_to_the_one_host_that_has_the_domain(
    ground: Ground, xen1: Fake, xen2: Fake
) -> None:
    assert await ground.run("pause", "web2") == 0
    assert (xen1.ran, xen2.ran) == ([], [("pause", "1")])
    assert await ground.run("pause", "shared@xen1") == 0
    assert xen1.ran == [("pause", "2")]


async def test_a_name_that_several_hosts_have_is_refused_with_all_of_them(
    ground: Ground, xen1: Fake, xen2: Fake
) -> None:
    for word in ("shared", "1"):
        assert await ground.run("pause", word) == 2
        assert f"{word}@xen1 or {word}@xen2" in ground.notes[-1]
    assert (xen1.ran, xen2.ran) == ([], [])


async def test_a_name_that_no_host_has_is_told_with_the_nearest(ground: Ground) -> None:
    assert await ground.run("show", "web3") == 3
    assert ground.notes == ["web3: no such domain on any of the hosts", "→ did you mean `web2`?"]
    assert await ground.run("show", "web1@xen9") == 3


async def test_a_host_that_does_not_answer_may_have_the_domain_too(
    ground: Ground, xen1: Fake, xen2: Fake
) -> None:
    xen2.failure = HostError("no route to host", subject="xen2")
    assert await ground.run("pause", "web1") == 2
    assert "cannot tell whether xen1 alone has it" in ground.notes[0]
    assert ground.notes[-1] == "→ say which is meant: web1@xen1"
    assert xen1.ran == []
    assert await ground.run("show", "web1") == 0  # looking harms nobody
    assert await ground.run("pause", "web1@xen1") == 0
    assert await ground.run("show", "nowhere") == 3
    assert "no such domain on the hosts that answer" in ground.notes[0]


async def test_unless_it_had_none_of_that_name_when_it_was_seen_last(
    ground: Ground, xen1: Fake, xen2: Fake
) -> None:
    await ground.run("list")
    xen2.failure = HostError("no route to host", subject="xen2")
    assert await ground.run("pause", "web1") == 0
    assert xen1.ran == [("pause", "1")]
    assert await ground.run("pause", "shared") == 2
    ground.ahead = 3600.0
    assert await ground.run("pause", "web1") == 2, "it may have got one since"
    assert xen1.ran == [("pause", "1")]


async def test_several_domains_go_to_their_hosts(ground: Ground, xen1: Fake, xen2: Fake) -> None:
    assert await ground.run("shutdown", "web1", "web2", "shared@xen2") == 0
    assert xen1.ran == [("shutdown", "1")]
    assert xen2.ran == [("shutdown", "1"), ("shutdown", "2")]


async def test_what_names_no_domain_is_done_on_each_host_under_its_name(ground: Ground) -> None:
    assert await ground.run("dmesg") == 0
    assert ground.out == ["== xen1 ==", "(XEN) this is xen1", "== xen2 ==", "(XEN) this is xen2"]
    assert await ground.run("info", "--json") == 0
    assert [item["host"] for item in ground.json] == ["xen1", "xen2"]


async def test_questions_of_several_hosts_are_asked_one_by_one_under_their_names(
    ground: Ground, xen1: Fake, xen2: Fake
) -> None:
    assert await ground.run("shutdown", "--all") == 0
    assert len(ground.asked) == 2
    assert sorted(line for line in ground.notes if line.endswith(":")) == ["xen1:", "xen2:"]
    assert xen1.ran == xen2.ran == [("shutdown", "2"), ("shutdown", "1")]


async def test_a_dry_run_tells_of_each_host_what_it_would_run(ground: Ground, xen1: Fake) -> None:
    sessions = [context.hypervisor.session for context in ground.contexts]
    for session in sessions:
        session.dry_run = True
    assert await ground.run("shutdown", "--all") == 0
    assert ground.out[1:3] == ground.out[4:] == ["xl shutdown 2", "xl shutdown 1"]
    assert sorted(ground.out[::3]) == ["== xen1 ==", "== xen2 =="]
    assert xen1.ran == []
    assert [session.announce for session in sessions] == [None, None]


async def test_a_host_that_hangs_keeps_the_others_words_from_nobody(ground: Ground, xen1: Fake) -> None:
    ready = asyncio.Event()
    answer = xen1.run

    async def hang(argv: Sequence[str], **options: object) -> Completed:
        await ready.wait()
        return await answer(argv, **options)

    xen1.run = hang  # type: ignore[method-assign]
    work = asyncio.ensure_future(ground.run("dmesg"))
    async with asyncio.timeout(60):
        while len(ground.out) < 2:  # noqa: ASYNC110 - the other host answers by itself
            await asyncio.sleep(0)
    assert ground.out == ["== xen2 ==", "(XEN) this is xen2"]
    ready.set()
    assert await work == 0


@pytest.mark.parametrize(
    "words", [("new", "/x.cfg"), ("create", "/x.cfg"), ("image rm", "/x"), ("restore", "/x")]
)
async def test_what_changes_something_and_names_no_domain_is_for_one_host(
    ground: Ground, words: tuple[str, str]
) -> None:
    assert await ground.run(*words) == 2
    assert ground.notes[0].endswith("names no domain, and several hosts are given")
    assert "--host xen1" in ground.notes[1]


def test_every_command_is_for_one_host_or_can_be_for_many() -> None:
    for command in verbs().values():
        domains = [each for each in command.positionals if each.kind.value == "domain"]
        assert len(domains) <= 1, f"{command.verb}: of two the hosts could differ"


async def test_what_has_the_terminal_to_itself_is_for_one_host(ground: Ground) -> None:
    async def run(_context: Context, _args: object) -> None:
        raise AssertionError("it ran")

    command = Command(
        id="x.y", verb="y", summary="y", group=Group.HOST, run=run, takes_terminal=lambda _args: True
    )
    assert await ground.several.run(command, parse_verb(find_verb("dmesg"), ())) == 2
    assert "needs the terminal for one host alone" in ground.notes[0]


async def test_a_host_under_two_names_is_listed_once_and_no_double(tmp_path: Path) -> None:
    one, two = Fake("xen1", "web1"), Fake("alias", "web1")
    for host in (one, two):
        host.store_root = "/var/lib/xentui"
        host.boot = "0d0c"
    ground = Ground(tmp_path, one, two)
    assert await ground.run("list") == 0
    assert [line.split()[0] for line in ground.out[1:]] == ["xen1", "xen1"]
    assert ground.notes == ["warning: alias is xen1 by another name: it is listed once"]
    assert await ground.run("show", "web1") == 0


async def test_a_store_that_cannot_be_read_hides_no_other_host(ground: Ground, xen2: Fake) -> None:
    xen2.store_failure = StoreError("is damaged", code=StoreCode.IO)
    assert await ground.run("list") == 1
    assert any(line.startswith("xen2: managed domains cannot be read") for line in ground.notes)
    assert len(ground.out) == 7


def test_what_stands_behind_the_at_is_a_host_where_it_is_one() -> None:
    assert split("web1@xen2", ["xen1", "xen2"]) == ("web1", "xen2")
    assert split("web1@ssh://root@xen2", ["ssh://root@xen2"]) == ("web1", "ssh://root@xen2")
    assert split("odd@name", ["xen1"]) == ("odd@name", "")
    assert split("odd@name@xen1", ["xen1"]) == ("odd@name", "xen1")
    assert split("@xen1", ["xen1"]) == ("@xen1", "")


def test_the_exit_status_is_that_of_the_worst_host() -> None:
    assert worst([0, 0]) == 0
    assert worst([0, 7]) == 7
    assert worst([1, 7, 0]) == 1
    assert worst([5, 4]) == 5

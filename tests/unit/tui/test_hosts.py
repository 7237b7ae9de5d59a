"""Several hosts in one list: what is alike on them is told apart, and one that is away holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tui.stage import NARROW, WIDE, Stage, StageHost, stage
from tests.unit.tui.test_events import crash
from xentui.hosts.base import Completed
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.tui.host_context import HostContext
from xentui.tui.host_state import HostState
from xentui.tui.host_words import fleet_parts, host_row
from xentui.tui.jobs import Job
from xentui.tui.messages import JobChanged
from xentui.tui.screens.main import MainScreen


@pytest.fixture
def other(tmp_path: Path) -> StageHost:
    """A second host with domains of the same names and uuids as the first's."""
    return StageHost(tmp_path / "other", domains=6, name="other")


@asynccontextmanager
async def both(host: StageHost, other: StageHost, **options: Any) -> AsyncIterator[Stage]:
    """The screen of two hosts, once both have answered."""
    async with stage(host, beside=[other], **options) as it:
        await it.until(lambda: all(context.host_state.snapshot for context in it.app.hosts.values()))
        await it.until(lambda: len(it.app.main.table.model.entries) == 20)
        await it.settled()
        yield it


def on(it: Stage, host: str, name: str) -> Domain | None:
    """A domain as the last snapshot of its host knows it."""
    snapshot = it.app.hosts[host].host_state.snapshot
    assert snapshot is not None
    return next((domain for domain in snapshot.domains if domain.name == name), None)


def _domains(it: Stage, host: str) -> Sequence[Domain]:
    snapshot = it.app.hosts[host].host_state.snapshot
    assert snapshot is not None
    return snapshot.domains


async def go(it: Stage, host: str, name: str) -> None:
    domain = on(it, host, name)
    assert domain is not None
    it.app.hosts[host].go_to(domain.uuid)
    await it.settled()


async def test_two_domains_of_one_uuid_are_two_and_one_of_them_is_destroyed(
    host: StageHost, other: StageHost
) -> None:
    async with both(host, other) as it:
        ours, theirs = on(it, "sim", "web1"), on(it, "other", "web1")
        assert ours is not None
        assert theirs is not None
        assert ours.uuid == theirs.uuid
        await go(it, "other", "web1")
        await it.press("X")
        await it.shows("Destroy (on other)")
        await it.type("web1", "enter")
        await it.until(lambda: not getattr(on(it, "other", "web1"), "domid", None))
        await it.quiet()
        assert [line for line in other.did if "destroy" in line]
        assert not host.did
        still = on(it, "sim", "web1")
        assert still is not None
        assert still.domid == ours.domid


async def test_marks_are_of_one_host_and_an_action_is_done_on_the_host_of_each(
    host: StageHost, other: StageHost
) -> None:
    async with both(host, other) as it:
        await go(it, "other", "web1")
        await it.press("space")
        assert [entry.host for entry in it.app.main.table.marked] == ["other"]
        await go(it, "sim", "db1")
        await it.press("space", "p")
        await it.shows("Pause db1? (on sim)")
        assert not host.did + other.did
        await it.press("enter")
        await it.shows("Pause web1? (on other)")
        await it.press("enter")
        await it.until(lambda: any("pause" in line for line in host.did))
        await it.until(lambda: any("pause" in line for line in other.did))
        await it.quiet()
        assert [line.split()[:2] for line in host.did] == [["xl", "pause"]]
        assert [line.split()[:2] for line in other.did] == [["xl", "pause"]]
        assert {job.label for job in it.app.jobs.all} == {"pause web1@other", "pause db1@sim"}


async def test_what_was_done_on_either_host_is_undone_there(host: StageHost, other: StageHost) -> None:
    async with both(host, other) as it:
        await go(it, "other", "web1")
        await it.press("p")
        await it.until(lambda: any("pause" in line for line in other.did))
        await it.quiet()
        await go(it, "sim", "web1")
        await it.press("ctrl+z")
        await it.shows("Undo web1@other: pause?")
        assert "(on sim)" not in it.screen
        await it.press("enter")
        await it.until(lambda: any("unpause" in line for line in other.did))
        await it.quiet()
        assert not host.did


async def test_consoles_of_one_uuid_are_two_and_say_their_host(host: StageHost, other: StageHost) -> None:
    async with both(host, other, size=WIDE) as it:
        await go(it, "sim", "web1")
        await it.press("c")
        await it.shows("3 web1@sim")
        await it.press("ctrl+right_square_bracket")
        await go(it, "other", "web1")
        await it.press("c")
        await it.shows("3 web1@sim", "4 web1@other")
        assert [len(context.opened) for context in it.app.hosts.values()] == [1, 1]


async def test_a_host_that_refuses_is_one_grey_line_and_the_other_goes_on(
    host: StageHost, other: StageHost
) -> None:
    def refuse(argv: Sequence[str]) -> Completed | None:
        return Completed(tuple(argv), 1, b"", b"libxl: error: no xenstored\n") if argv[0] == "xl" else None

    other.answer = refuse
    async with stage(host, beside=[other]) as it:
        await it.until(lambda: it.app.hosts["other"].host_state.trouble)
        await it.shows("2 hosts: 1 up, 1 away", "▾ other", "▾ sim", "web1")
        await go(it, "sim", "web1")
        await it.press("p")
        await it.until(lambda: any("pause" in line for line in host.did))
        other.answer = lambda argv: None
        it.app.hosts["other"].poller.poke()
        await it.shows("2 hosts: 2 up")


async def test_a_host_that_hangs_delays_nobody(host: StageHost, other: StageHost, monkeypatch: Any) -> None:
    async def hang(*_given: Any, **_more: Any) -> Completed:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(other, "run", hang)
    async with stage(host, beside=[other]) as it:
        await it.shows("2 hosts: 1 up, 1 ", "web1")
        await go(it, "sim", "web1")
        await it.press("p")
        await it.until(lambda: any("pause" in line for line in host.did))
        await it.quiet()


async def test_hosts_are_folded_and_the_list_is_flat_on_a_key(host: StageHost, other: StageHost) -> None:
    async with both(host, other, size=NARROW) as it:
        await it.press("home")
        await it.shows("> ▾ sim")
        await it.press("enter")
        await it.shows("> ▸ sim", "▾ other")
        assert len(it.names) == 7
        await go(it, "sim", "web1")  # what is gone to is unfolded
        assert len(it.names) == 20
        await it.press("(")
        await it.shows("> ▸ sim")
        await it.press(")")
        assert len(it.names) == 20
        await it.press("#")
        await it.hides("▾ sim")
        await it.shows("host")
        assert len(it.names) == 20
        await it.press("#")
        await it.shows("▾ sim")


async def test_the_filter_takes_hosts(host: StageHost, other: StageHost) -> None:
    async with both(host, other, size=NARROW) as it:
        await it.press("/")
        await it.type("host:other web1", "enter")
        await it.until(lambda: it.names == ["web1"])
        assert it.app.main.table.model.shown_entries[0].host == "other"
        await it.hides("▾ sim")


async def test_a_new_name_is_for_the_domain_one_is_at_whoever_has_it_elsewhere(
    host: StageHost, other: StageHost
) -> None:
    async with both(host, other) as it:
        theirs = {domain.name for domain in _domains(it, "other")}
        new = next(d.name for d in _domains(it, "sim") if d.name not in theirs)
        old = next(d for d in _domains(it, "other") if d.managed)
        await go(it, "other", old.name)
        await it.command(f"rename {new}")
        await it.until(lambda: on(it, "other", new) is not None)
        renamed = on(it, "other", new)
        assert renamed is not None
        assert renamed.uuid == old.uuid
        assert not host.did


async def test_what_was_done_to_a_host_is_named_with_it(host: StageHost, other: StageHost) -> None:
    async with both(host, other) as it:
        await go(it, "other", "web1")
        await it.shows("runs on sim too")  # told once, whenever both are known
        await it.command("sim speed 2")
        await it.shows("other: sim speed 2: done")


async def test_a_typed_command_names_the_host_where_a_name_is_on_both(
    host: StageHost, other: StageHost
) -> None:
    async with both(host, other) as it:
        await go(it, "sim", "backup")
        await it.command("pause web1")
        await it.shows("is on sim and other")
        assert not it.app.jobs.all
        await it.command("pause web1@other")
        await it.until(lambda: any("pause" in line for line in other.did))
        await it.quiet()
        assert not host.did


async def test_a_typed_command_asks_once_before_what_is_marked_on_several_hosts(
    host: StageHost, other: StageHost
) -> None:
    async with both(host, other) as it:
        await go(it, "sim", "db1")
        await it.press("space")
        await go(it, "other", "web1")
        await it.press("space")
        await it.press(":")
        await it.type("pause", "enter")
        await it.shows("Pause 2 domains?", "db1@sim, web1@other")
        assert not host.did + other.did
        await it.press("escape")
        await it.quiet()
        assert not host.did + other.did
        await it.press(":")
        await it.type("pause", "enter")
        await it.shows("Pause 2 domains?")
        await it.press("enter")
        await it.until(lambda: bool(host.did and other.did))
        await it.quiet()
        assert [line.split()[:2] for line in host.did + other.did] == [["xl", "pause"]] * 2


async def test_what_happens_to_a_domain_is_told_with_its_host(host: StageHost, other: StageHost) -> None:
    async with both(host, other) as it:
        await it.shows("build@other runs on sim too")  # a notice that would take the place of a later one
        await go(it, "sim", "db1")
        crash(other, "web2")
        await it.until(lambda: "web2@other has crashed" in it.notice)


async def test_what_is_on_two_hosts_and_may_be_on_one_is_warned_of(host: StageHost, other: StageHost) -> None:
    async with both(host, other) as it:
        await it.shows("build@other runs on sim too")
        await go(it, "other", "web1")
        await it.shows("double", "sim too")


async def test_what_a_host_held_last_is_shown_grey_until_it_answers(
    host: StageHost, other: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with both(host, other):
        pass  # what was seen is kept at the end

    async def hang(*_given: Any, **_more: Any) -> Completed:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(other, "run", hang)
    async with stage(host, beside=[other]) as it:
        await it.shows("2 hosts: 1 up, 1 ", "as of ")
        await it.until(lambda: len(it.names) == 20)
        assert it.app.main.table.model.stale_hosts == {"other"}


async def test_what_hosts_held_last_is_shown_before_any_is_asked(
    host: StageHost, other: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with both(host, other):
        pass
    happened: list[str] = []
    run, show = StageHost.run, MainScreen.show_hosts

    async def asked(self: StageHost, argv: Sequence[str], **options: Any) -> Completed:
        happened.append("asked")
        return await run(self, argv, **options)

    def shown(self: MainScreen) -> None:
        show(self)
        happened.append(f"shown {len(self.table.model.entries)}")

    monkeypatch.setattr(StageHost, "run", asked)
    monkeypatch.setattr(MainScreen, "show_hosts", shown)
    async with stage(host, beside=[other]) as it:
        await it.until(lambda: "asked" in happened)
    assert happened[0] == "shown 20"


async def test_who_ran_what_is_read_of_a_host_when_it_is_first_looked_at(
    host: StageHost, other: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    async def read_audit(context: HostContext) -> None:
        read.append(context.label)

    monkeypatch.setattr(HostContext, "read_audit", read_audit)
    async with both(host, other) as it:
        await it.until(lambda: bool(read))
        assert set(read) == {"sim"}
        await go(it, "other", "web1")
        await it.until(lambda: "other" in read)


async def test_only_the_host_of_a_job_is_drawn_anew_as_it_moves(
    host: StageHost, other: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with both(host, other) as it:
        monkeypatch.setattr(it.app._list, "draw", lambda: None)
        for context in it.app.hosts.values():
            context.moved = False
        done = asyncio.Event()

        async def work(_job: Job) -> str:
            await done.wait()
            return "done"

        job = it.app.hosts["other"].jobs.start("shutdown", "web1", work)
        assert job.condition
        it.app._job_changed(JobChanged(job))
        assert {label: context.moved for label, context in it.app.hosts.items()} == {
            "sim": False,
            "other": True,
        }
        done.set()


def test_guests_are_counted_once_however_often_their_number_is_shown() -> None:
    counted: list[str] = []

    class Counted(tuple[Domain, ...]):
        def __iter__(self) -> Iterator[Domain]:
            counted.append("once")
            return super().__iter__()

    state = HostState()
    state.snapshot = Snapshot("xen1", 1.0, Counted((Domain("web1", "u", DomainState.RUNNING, domid=1),)))
    assert [fleet_parts([state], 2.0)[1], host_row(state, 2.0).words[0]] == ["1 up of 1", "1 up of 1"]
    assert counted == ["once"]


async def test_the_console_of_a_domain_that_has_moved_is_opened_where_it_is_now(
    host: StageHost, other: StageHost
) -> None:
    async with both(host, other) as it:
        ours, there = it.app.hosts["sim"], on(it, "other", "web1")
        assert there is not None
        await ours.follow_console("other", there)
        assert not it.app.opened(), "nobody looked at it here"
        await go(it, "sim", "web1")
        await it.press("c")
        await it.until(lambda: len(it.app.opened()) == 1)
        await ours.follow_console("other", there)
        await it.until(lambda: len(it.app.opened()) == 2)
        new = it.app.opened()[1]
        assert it.app.host_of(new).label == "other"
        await it.until(lambda: it.app.main.consoles.first.console is new)

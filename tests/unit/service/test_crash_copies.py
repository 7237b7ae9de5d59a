"""Stopped copies that xl keeps bear the uuid of the domain they were: they never take its place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed
from tests.unit.service.test_merge import RUNNING, STORED, UUID, merged
from tests.waiting import until
from xentui.commands import completion, describe
from xentui.errors import CommandError, NoSuchDomainError, NotAllowedError, UsageError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain, Snapshot
from xentui.model.listed import ListedDomain
from xentui.model.state import DomainState
from xentui.service import lookup
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, possible
from xentui.simulator import control
from xentui.tui.domain_list import column_values
from xentui.tui.domain_list.row import DomainRow

EARLY = replace(RUNNING, domid=2, name="web-20261128T0336Z", state=DomainState.CRASHED)
LATE = replace(RUNNING, domid=4, name="web-20261128T0337Z", state=DomainState.CRASHED)


def snapshot(*rows: ListedDomain, stored: bool = True) -> Snapshot:
    """A look at a host with these rows."""
    return Snapshot("here", 0.0, merged(*rows, stored=(STORED,) if stored else ()))


def seen(found: Domain | None) -> tuple[object, ...]:
    """What tells one domain from another."""
    return (found.name, found.domid, found.managed, found.copy_of) if found else ()


def test_copies_beside_the_domain_are_shown_as_what_they_are() -> None:
    assert [seen(domain) for domain in snapshot(EARLY, LATE, replace(RUNNING, domid=5)).domains] == [
        ("web", 5, True, ""),
        ("web-20261128T0336Z", 2, False, "web"),
        ("web-20261128T0337Z", 4, False, "web"),
    ]


def test_a_domain_that_is_off_is_off_whatever_copies_of_it_there_are() -> None:
    off, early, _late = snapshot(EARLY, LATE).domains
    assert (seen(off), off.state, off.copies) == (("web", None, True, ""), DomainState.OFF, 2)
    assert early.notice == "a crashed copy of web, kept since 2026-11-28 03:36 UTC"


def test_a_copy_is_called_one_and_not_transient() -> None:
    off, early, _late = snapshot(EARLY, LATE).domains
    assert [describe.kind(domain) for domain in (off, early)] == ["managed", "copy"]
    assert completion._describe(early) == "crashed, copy, domid 2"
    assert "kind: copy" in [" ".join(line.split()) for line in describe.details(early, str)]
    assert column_values.kind_letter(DomainRow("", early)) == " x"


def test_a_copy_on_its_way_out_takes_nobodys_place() -> None:
    off, dying = snapshot(replace(EARLY, state=DomainState.DYING)).domains
    assert off.state is DomainState.OFF
    assert dying.copy_of == "web"


@pytest.mark.parametrize(
    "row",
    [
        replace(LATE, state=DomainState.BLOCKED),
        replace(LATE, name="web"),
        replace(LATE, name="web-20261128T0336"),
    ],
    ids=["it runs", "its own name", "no time"],
)
def test_what_is_no_copy_is_the_domain(row: ListedDomain) -> None:
    (domain,) = snapshot(row).domains
    assert (domain.managed, domain.copy_of) == (True, "")


def test_a_domain_stored_under_such_a_name_is_no_copy() -> None:
    stored = replace(STORED, name=LATE.name)
    (domain,) = merged(LATE, stored=(stored,))
    assert (domain.managed, domain.copy_of) == (True, "")


def test_name_and_uuid_mean_the_domain_and_a_copys_name_the_copy() -> None:
    for rows in ((EARLY, LATE, replace(RUNNING, domid=5)), (EARLY, LATE)):
        found = snapshot(*rows)
        assert seen(lookup.find(found, "web"))[2] is True
        assert seen(lookup.find(found, UUID))[2] is True
        assert seen(lookup.find(found, "4"))[0] == LATE.name
        assert seen(lookup.find(found, LATE.name))[1] == 4


def test_of_a_transient_domain_only_its_copies_may_be_left() -> None:
    left = snapshot(EARLY, LATE, stored=False)
    with pytest.raises(NoSuchDomainError):
        lookup.find(left, "web")
    assert lookup.find_again(left, Domain("web", UUID, DomainState.RUNNING, domid=1)) is None
    assert lookup.find_again(left, left.domains[0]) is left.domains[0]


def test_a_transient_domain_is_known_by_its_name_where_several_bear_its_uuid() -> None:
    other = replace(RUNNING, domid=9, name="twin")
    both = snapshot(RUNNING, other, stored=False)
    assert (
        seen(lookup.find_again(both, Domain("web", UUID, DomainState.RUNNING, domid=1)))[1] == RUNNING.domid
    )
    assert seen(lookup.find_again(both, Domain("twin", UUID, DomainState.RUNNING, domid=1)))[1] == 9
    assert lookup.find_again(both, Domain("third", UUID, DomainState.RUNNING, domid=1)) is None
    renamed = snapshot(replace(RUNNING, name="shop"), stored=False)
    assert seen(lookup.find_again(renamed, Domain("web", UUID, DomainState.RUNNING, domid=5)))[0] == "shop"


def test_a_domain_renamed_by_plain_xl_answers_to_both_its_names() -> None:
    found = snapshot(replace(RUNNING, name="shop"))
    assert lookup.find(found, "web") is lookup.find(found, "shop") is found.domains[0]
    assert (found.domains[0].name, found.domains[0].stored_name) == ("shop", "web")


def test_a_running_name_comes_before_a_stored_one() -> None:
    stranger = ListedDomain("web", 9, 64, 1, DomainState.BLOCKED, 1.0, "11111111-2222-3333-4444-00000000000f")
    found = snapshot(replace(RUNNING, name="shop"), stranger)
    assert lookup.find(found, "web").domid == 9


def test_two_stored_under_one_word_are_told_apart() -> None:
    other = replace(STORED, uuid="11111111-2222-3333-4444-00000000000e", name="shop")
    found = Snapshot(
        "here", 0.0, merged(replace(RUNNING, name="shop", state=DomainState.BLOCKED), stored=(STORED, other))
    )
    assert lookup.find(found, "web").domid == RUNNING.domid
    with pytest.raises(UsageError):
        lookup.find(found, "shop")
    with pytest.raises(UsageError):
        lookup.find(Snapshot("here", 0.0, merged(stored=(STORED, replace(other, name="web")))), "web")


async def crashing(host: Faulty, hypervisor: Hypervisor, times: int = 2) -> Domain:
    """A managed domain that has crashed so often, and been started anew beside each of its copies."""
    domain = await managed(host, hypervisor, on_crash='"rename-restart"')
    await hypervisor.lifecycle.start(domain)
    for _ in range(times):
        now = await hypervisor.inventory.find("web")
        control.crash(host.simulator, "web")
        await hypervisor.lifecycle.wait_rebooted(now, timeout=60)
    return await hypervisor.inventory.find("web")


async def test_a_managed_domain_that_crashes_is_found_and_started_as_ever(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    live = await crashing(host, hypervisor)
    assert (live.managed, live.copies, live.state.alive) == (True, 2, True)
    await hypervisor.lifecycle.destroy(live)
    off = await hypervisor.inventory.find("web")
    assert (off.state, off.copies) == (DomainState.OFF, 2)
    assert [version.version for version in await hypervisor.history.versions(off)] == [1]
    await hypervisor.lifecycle.start(off)
    again = await hypervisor.inventory.find("web")
    assert (again.managed, again.state.alive) == (True, True)


async def test_booting_its_file_is_a_one_off_of_the_managed_domain(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    live = await crashing(host, hypervisor, 1)
    await hypervisor.lifecycle.destroy(live)
    plan = await hypervisor.lifecycle.create("/etc/xen/web.cfg", words=["memory=96"])
    assert plan.kind == "one-off"
    now = await hypervisor.inventory.find("web")
    assert (now.managed, now.one_off, now.memory_mib) == (True, True, 96)


async def test_of_a_copy_there_is_nothing_to_do_but_to_let_it_go(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    live = await crashing(host, hypervisor, 1)
    (copy,) = [item for item in (await hypervisor.inventory.poll()).domains if item.copy_of]
    assert possible(copy) == {Action.DESTROY, Action.CLEAR}
    with pytest.raises(NotAllowedError, match="a stopped copy of web"):
        await hypervisor.editing.open(copy)
    await hypervisor.lifecycle.destroy(copy)
    assert [item.name for item in (await hypervisor.inventory.poll()).domains] == ["Domain-0", "web"]
    assert (await hypervisor.inventory.find("web")).domid == live.domid


async def test_the_link_to_start_with_the_host_bears_the_stored_name(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.lifecycle.start(domain)
    await host.run(["xl", "rename", "web", "shop"])
    shop = await hypervisor.inventory.find("web")
    assert (shop.name, shop.stored_name) == ("shop", "web")
    await hypervisor.definitions.autostart(shop, on=True)
    assert [path.name for path in Path(host.host_path("/etc/xen/auto")).iterdir()] == ["web"]


async def test_a_name_that_is_stored_is_taken_whatever_it_runs_under(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    domain = await managed(host, hypervisor)
    await hypervisor.lifecycle.start(domain)
    await host.run(["xl", "rename", "web", "shop"])
    with pytest.raises(NotAllowedError):
        await hypervisor.lifecycle.create(host.guest("web"))
    with pytest.raises(NotAllowedError):
        await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.definitions.rename(await hypervisor.inventory.find("web"), "web")
    assert (await hypervisor.inventory.find("web")).name == "web"


async def test_all_copies_of_a_domain_go_at_once(host: Faulty, hypervisor: Hypervisor) -> None:
    live = await crashing(host, hypervisor, 2)
    assert len(await hypervisor.lifecycle.clear(live)) == 2
    left = await hypervisor.inventory.poll()
    assert [(item.name, item.domid) for item in left.domains[1:]] == [("web", live.domid)]
    with pytest.raises(NotAllowedError, match="no stopped copy"):
        await hypervisor.lifecycle.clear(left.domains[1])


# under the domid it has by now


VERBS = {
    "shutdown": lambda it, domain: it.lifecycle.shutdown(domain),
    "reboot": lambda it, domain: it.lifecycle.reboot(domain),
    "destroy": lambda it, domain: it.lifecycle.destroy(domain),
    "pause": lambda it, domain: it.lifecycle.pause(domain),
}


@pytest.mark.parametrize("kind", ["managed", "transient"])
@pytest.mark.parametrize("verb", VERBS)
async def test_a_domain_that_was_restarted_is_acted_on_under_its_new_domid(
    host: Faulty, hypervisor: Hypervisor, verb: str, kind: str
) -> None:
    if kind == "managed":
        await hypervisor.lifecycle.start(await managed(host, hypervisor, on_crash='"restart"'))
    else:
        await hypervisor.lifecycle.create(host.guest("web", on_crash='"restart"'))
    shown = await hypervisor.inventory.find("web")
    control.crash(host.simulator, "web")
    await hypervisor.lifecycle.wait_rebooted(shown, timeout=60)
    now = await hypervisor.inventory.find("web")
    assert now.domid != shown.domid
    host.ran.clear()
    await VERBS[verb](hypervisor, shown)
    assert [argv[2] for argv in host.ran if argv[1] == verb] == [str(now.domid)]


async def test_a_domain_restarted_between_the_look_and_the_command_is_hit_all_the_same(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.lifecycle.start(await managed(host, hypervisor, on_crash='"restart"'))
    shown = await hypervisor.inventory.find("web")
    looping = [True]

    async def run(argv: Sequence[str], **options: Any) -> Completed:
        if argv[1] == "destroy" and looping.pop() if looping else False:
            now = await hypervisor.inventory.find("web")
            control.crash(host.simulator, "web")
            await hypervisor.lifecycle.wait_rebooted(now, timeout=60)
        return await Faulty.run(host, argv, **options)

    host.run = run  # type: ignore[method-assign]
    await hypervisor.lifecycle.destroy(shown)
    assert (await hypervisor.inventory.find("web")).state is DomainState.OFF
    hits = [argv[2] for argv in host.ran if argv[1] == "destroy"]
    assert len(hits) == 2
    assert hits[0] != hits[1]


async def test_a_domain_between_two_boots_is_waited_for(host: Faulty, hypervisor: Hypervisor) -> None:
    """xl rests for two seconds before it starts one anew: whoever destroys it means that one, too."""
    await hypervisor.lifecycle.start(await managed(host, hypervisor, on_crash='"restart"'))
    shown = await hypervisor.inventory.find("web")
    control.set_speed(host.simulator, 4.0)
    control.crash(host.simulator, "web")

    async def between() -> bool:
        return (await hypervisor.inventory.find("web")).domid is None

    await until(between)
    await hypervisor.lifecycle.destroy(shown)
    await asyncio.sleep(1.0)
    assert (await hypervisor.inventory.find("web")).state is DomainState.OFF


async def test_what_xl_has_complained_of_is_no_success(host: Faulty, hypervisor: Hypervisor) -> None:
    """`xl pause` and `xl unpause` end with status 0 whatever libxl says."""
    await hypervisor.lifecycle.start(await managed(host, hypervisor))
    words = b"libxl: error: libxl_domain.c:587:libxl_domain_pause: Domain 1:Pausing domain: No such process\n"
    host.answer = lambda argv: Completed(tuple(argv), 0, b"", words) if argv[1] == "pause" else None
    with pytest.raises(CommandError, match="has disappeared"):
        await hypervisor.lifecycle.pause(await hypervisor.inventory.find("web"))

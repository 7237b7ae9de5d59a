"""One change to many domains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.service.conftest import Faulty
from tests.unit.service.editing.conftest import Make
from xentui import config as language
from xentui.errors import HostError, NotAllowedError, StoreError, UsageError
from xentui.model.domain import Domain
from xentui.service.editing import Change
from xentui.service.editing.bulk_change import changed
from xentui.service.hypervisor import Hypervisor


async def three(hypervisor: Hypervisor, managed: Make) -> list[Domain]:
    """Three managed domains."""
    return [await managed(name, vif="['bridge=xenbr0', 'bridge=other']") for name in ("a1", "a2", "a3")]


async def test_one_change_makes_one_version_each_and_one_undo(hypervisor: Hypervisor, managed: Make) -> None:
    domains = await three(hypervisor, managed)
    before = [await hypervisor.history.text(domain) for domain in domains]
    items = await hypervisor.editing.bulk.preview(domains, Change.set("on_crash", "restart"))
    assert ['+on_crash = "restart"' in item.diff for item in items] == [True] * 3
    assert [await hypervisor.history.text(domain) for domain in domains] == before, "a preview"
    result = await hypervisor.editing.bulk.apply(items, reason="as agreed")
    assert [outcome.version for outcome in result.outcomes] == [2, 2, 2]
    for domain in domains:
        last = (await hypervisor.history.versions(domain))[-1]
        assert last.reason == f"as agreed [{result.bulk_id}]"
    undone = await hypervisor.editing.bulk.undo(result.bulk_id)
    assert [outcome.version for outcome in undone.outcomes] == [3, 3, 3]
    assert [await hypervisor.history.text(domain) for domain in domains] == before
    assert {domain.drift for domain in (await hypervisor.inventory.poll()).domains} == {()}, "as it was made"
    again = await hypervisor.editing.bulk.undo(result.bulk_id)
    assert not any(outcome.done for outcome in again.outcomes), "undone once"


async def test_who_is_left_out_is_told(host: Faulty, hypervisor: Hypervisor, managed: Make) -> None:
    domains = await three(hypervisor, managed)
    await hypervisor.lifecycle.create(host.guest("temp"))
    (Path(host.store_root) / "domains" / domains[1].uuid / "config.cfg").write_bytes(b"\xff")
    snapshot = await hypervisor.inventory.poll()
    first = next(domain for domain in snapshot.domains if domain.name == "a1")
    items = await hypervisor.editing.bulk.preview([*snapshot.domains, first], Change.set("vcpus", "2"))
    reasons = {item.name: item.reason for item in items[:-1]}
    assert "Domain-0" in reasons["Domain-0"]
    assert "transient" in reasons["temp"]
    assert "damaged" in next(reason for name, reason in reasons.items() if name in ("a2", domains[1].uuid))
    assert reasons["a1"] == reasons["a3"] == ""
    assert items[-1].reason == "it is named twice"
    result = await hypervisor.editing.bulk.apply(items, reason="")
    assert [outcome.name for outcome in result.outcomes if outcome.done] == ["a1", "a3"]
    assert not result.failed


async def test_what_is_so_already_or_would_be_refused_is_left_out(
    hypervisor: Hypervisor, managed: Make
) -> None:
    domain = await managed(vcpus="2")
    (item,) = await hypervisor.editing.bulk.preview([domain], Change.set("vcpus", "2"))
    assert item.reason == "it has that value already"
    (item,) = await hypervisor.editing.bulk.preview([domain], Change.remove("maxvcpus"))
    assert item.reason == "it has that value already"
    (item,) = await hypervisor.editing.bulk.preview([domain], Change.set("maxvcpus", "1"))
    assert "xl would refuse it" in item.reason
    assert item.diff
    (item,) = await hypervisor.editing.bulk.preview([domain], Change.remove("kernel"))
    assert item.left_out


@pytest.mark.parametrize(
    "change",
    [
        Change.set("name", "x"),
        Change.set("uuid", "x"),
        Change.remove("name"),
        Change.set("A b", "x"),
        Change.set("extra+", "x"),
        Change.bridge("", "x"),
    ],
)
async def test_what_can_be_done_to_no_domain_is_refused(
    hypervisor: Hypervisor, managed: Make, change: Change
) -> None:
    with pytest.raises(UsageError):
        await hypervisor.editing.bulk.preview([await managed()], change)


async def test_interfaces_move_to_another_bridge_and_keep_all_else(
    hypervisor: Hypervisor, managed: Make
) -> None:
    domains = await three(hypervisor, managed)
    items = await hypervisor.editing.bulk.preview(domains, Change.bridge("xenbr0", "br1"))
    await hypervisor.editing.bulk.apply(items, reason="moved")
    for domain in domains:
        now = await hypervisor.inventory.find(domain.name)
        assert [vif.bridge for vif in now.config.vifs] == ["br1", "other"]
        assert [vif.mac for vif in now.config.vifs] == [vif.mac for vif in domain.config.vifs]


async def test_many_are_read_at_once(
    hypervisor: Hypervisor, host: Faulty, managed: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    domains = [await managed(f"a{number}") for number in range(20)]
    real, reads = host.call, []

    async def call(operation: Any, **arguments: Any) -> object:
        reads.append(operation)
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", call)
    items = await hypervisor.editing.bulk.preview(domains, Change.set("vcpus", "2"))
    assert reads == ["list"]
    monkeypatch.undo()
    result = await hypervisor.editing.bulk.apply(items, reason="")
    assert len([outcome for outcome in result.outcomes if outcome.done]) == 20


async def test_a_conflict_stops_no_other(hypervisor: Hypervisor, managed: Make) -> None:
    domains = await three(hypervisor, managed)
    items = await hypervisor.editing.bulk.preview(domains, Change.set("vcpus", "2"))
    await hypervisor.resources.set_memory(domains[1], 100)
    result = await hypervisor.editing.bulk.apply(items, reason="two")
    assert [outcome.done for outcome in result.outcomes] == [True, False, True]
    (failed,) = result.failed
    assert isinstance(failed.error, StoreError)
    assert failed.error.code == "conflict"
    assert "vcpus" not in await hypervisor.history.text(domains[1])


async def test_what_was_changed_since_is_not_undone_and_told(hypervisor: Hypervisor, managed: Make) -> None:
    domains = await three(hypervisor, managed)
    items = await hypervisor.editing.bulk.preview(domains, Change.set("vcpus", "2"))
    result = await hypervisor.editing.bulk.apply(items, reason="two")
    await hypervisor.resources.set_memory(domains[1], 100)
    undone = {item.name: item for item in (await hypervisor.editing.bulk.undo(result.bulk_id)).outcomes}
    assert [undone[name].done for name in ("a1", "a2", "a3")] == [True, False, True]
    assert "mem-set 100" in str(undone["a2"].error)
    with pytest.raises(UsageError):
        await hypervisor.editing.bulk.undo("bulk-of-nothing")


async def test_an_edit_by_hand_since_is_not_undone(
    host: Faulty, hypervisor: Hypervisor, managed: Make
) -> None:
    domains = await three(hypervisor, managed)
    items = await hypervisor.editing.bulk.preview(domains, Change.set("vcpus", "2"))
    result = await hypervisor.editing.bulk.apply(items, reason="two")
    folder = Path(host.store_root) / "domains"
    config = folder / domains[0].uuid / "config.cfg"
    config.write_text(config.read_text() + "# mine\n")
    (folder / domains[2].uuid / "log.jsonl").write_bytes(b"?\n")
    undone = await hypervisor.editing.bulk.undo(result.bulk_id)
    assert [(item.name, item.done) for item in undone.outcomes if item.name == "a2"] == [("a2", True)]
    (by_hand,) = [item for item in undone.outcomes if item.name == "a1"]
    assert "by hand" in str(by_hand.error)
    assert "# mine" in config.read_text()


async def test_a_list_in_a_list_is_no_value(hypervisor: Hypervisor, managed: Make) -> None:
    with pytest.raises(UsageError):
        await hypervisor.editing.bulk.preview([await managed()], Change.set("disk", "[['a']]"))


async def test_a_host_that_goes_away_in_the_middle_is_told_of_each(
    host: Faulty, hypervisor: Hypervisor, managed: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    domains = await three(hypervisor, managed)
    items = await hypervisor.editing.bulk.preview(domains, Change.set("vcpus", "2"))
    real, puts = host.call, []

    async def call(operation: Any, **arguments: Any) -> object:
        if operation == "put":
            puts.append(operation)
            if len(puts) == 2:
                raise HostError("gone")
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", call)
    result = await hypervisor.editing.bulk.apply(items, reason="two")
    assert [outcome.done for outcome in result.outcomes] == [True, False, False]
    assert len(puts) == 2


async def test_a_read_only_session_previews_only(host: Faulty, hypervisor: Hypervisor, managed: Make) -> None:
    domains = await three(hypervisor, managed)
    async with Hypervisor(host, read_only=True) as reader:
        items = await reader.editing.bulk.preview(domains, Change.set("vcpus", "2"))
        with pytest.raises(NotAllowedError):
            await reader.editing.bulk.apply(items, reason="")
        with pytest.raises(NotAllowedError):
            await reader.editing.bulk.undo("x")


KEYS = st.sampled_from(["vcpus", "on_crash", "extra", "disk", "cpus", "memory", "vif"])
VALUES = st.one_of(
    st.integers(0, 9999).map(str),
    st.text("abc '\"\\=#;[]", max_size=8),
    st.lists(st.text("abc,=", max_size=5), max_size=3).map(lambda items: str(items).replace('"', "'")),
)
LINES = st.lists(
    st.sampled_from(
        [
            "# a comment",
            "vcpus = 2  # two",
            "memory=128",
            "extra = 'a b' ; on_crash = \"restart\"",
            "extra += ' c'",
            "disk = [",
            "vif = [ 'bridge=xenbr0', ' bridge = xenbr0', 'mac=00:16:3e:00:00:01, bridge=xenbr0' ]",
            "",
        ]
    ).map(
        lambda line: (
            line if line != "disk = [" else "disk = [\n  '/a,raw,xvda,w', # root\n  '/b,raw,xvdb,w'\n]"
        )
    ),
    max_size=8,
).map(lambda lines: "\n".join(lines) + "\n")


def parsed(text: str) -> language.Document | None:
    """The document; None for a text that is none, as a `+=` of another kind."""
    try:
        return language.parse(text)
    except language.RefusedError:
        return None


@settings(deadline=None)
@given(LINES, KEYS, VALUES)
def test_after_a_change_the_key_has_the_value_and_nothing_else_has_moved(
    text: str, key: str, value: str
) -> None:
    document = parsed(text)
    if document is None:
        return
    new = changed(document, Change.set(key, value))
    wanted = language.override(document, [f"{key}={value}"])
    assert (new.string(key), new.strings(key)) == (wanted.string(key), wanted.strings(key))
    assert {name: new.get(name) for name in new.keys() if name != key} == {  # noqa: SIM118
        name: document.get(name)
        for name in document.keys()  # noqa: SIM118
        if name != key
    }
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in new.text.splitlines() if line.startswith("#")
    ]
    assert changed(new, Change.set(key, value)).text == new.text


@settings(deadline=None)
@given(LINES)
def test_moving_there_and_back_is_as_before(text: str) -> None:
    document = parsed(text)
    if document is None:
        return
    there = changed(document, Change.bridge("xenbr0", "br9"))
    assert changed(there, Change.bridge("br9", "xenbr0")).text == text
    assert [item.count("bridge=xenbr0") for item in there.strings("vif")] == [0] * len(there.strings("vif"))

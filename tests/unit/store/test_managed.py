"""The managed store as the service sees it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent.steps import take
from tests.unit.store.conftest import AgentHost
from xentui.agent import AgentError
from xentui.agent.inventory import listing
from xentui.agent.store import entry
from xentui.errors import StoreError
from xentui.hosts import operations
from xentui.model.configuration import Summary
from xentui.store import ManagedStore, Source, SourceState

WEB1 = "11111111-2222-3333-4444-000000000001"
WEB2 = "11111111-2222-3333-4444-000000000002"


def text_of(name: str, memory: int = 128) -> str:
    return f'name = "{name}"\nmemory = {memory}\n'


def age(host: AgentHost) -> None:
    """Make every stamp in the store older than the time the agent waits before it trusts one."""
    for folder, names, files in os.walk(host.store_root, topdown=False):
        for name in [*names, *files]:
            os.utime(os.path.join(folder, name), (1_000_000, 1_000_000), follow_symlinks=False)


async def test_an_absent_store_is_empty_and_looking_creates_nothing(
    store: ManagedStore, host: AgentHost
) -> None:
    assert await store.list() == ()
    assert await store.find("web1") is None
    assert await store.trash() == ()
    assert await store.audit_tail() == ()
    assert not os.path.exists(host.store_root)


async def test_a_new_domain_is_listed_with_its_text(store: ManagedStore) -> None:
    version = await store.create(WEB1, "web1", text_of("web1"), user="root", reason="new")
    (domain,) = await store.list()
    assert (domain.uuid, domain.name, domain.version, domain.version_label) == (WEB1, "web1", 1, "1")
    assert domain.text == text_of("web1")
    assert domain.config_sha256 == version.sha256 == hashlib.sha256(text_of("web1").encode()).hexdigest()
    assert domain.created == domain.changed == version.time
    assert (domain.suspended, domain.running, domain.damaged) == (False, None, "")
    assert await store.find("web1") == WEB1
    assert await store.read(WEB1) == domain


async def test_everything_in_the_store_is_for_its_owner_only(store: ManagedStore, host: AgentHost) -> None:
    old = os.umask(0)
    try:
        await store.create(WEB1, "web1", text_of("web1"))
        await store.put(WEB1, "web1", text_of("web1", 256))
        await store.mark_running(WEB1, {"kind": "stored"})
        await store.write_oneoff(WEB1, text_of("web1"))
        take(host.store_root, "checkpoint_begin", uuid=WEB1)
        await store.audit_append({"verb": "new"})
    finally:
        os.umask(old)
    seen = 0
    for folder, _names, files in os.walk(host.store_root):
        assert os.stat(folder).st_mode & 0o777 == 0o700
        for name in files:
            assert os.stat(os.path.join(folder, name)).st_mode & 0o777 == 0o600, name
            seen += 1
    assert seen >= 8


async def test_a_name_or_uuid_is_stored_once(store: ManagedStore) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    for uuid, name in ((WEB1, "other"), (WEB2, "web1")):
        with pytest.raises(StoreError) as refused:
            await store.create(uuid, name, text_of(name))
        assert refused.value.code == "exists"
        assert refused.value.subject == name
        assert refused.value.hint
    assert [domain.name for domain in await store.list()] == ["web1"]
    await store.create(WEB2, "other", text_of("other"))


async def test_every_version_is_kept(store: ManagedStore) -> None:
    await store.create(WEB1, "web1", text_of("web1"), user="ann", reason="new")
    await store.put(WEB1, "web1", text_of("web1", 256), user="ben", reason="mem-set", expect=1)
    await store.restore(WEB1, 1, user="ann")
    history = await store.history(WEB1)
    assert [(item.version, item.event, item.user) for item in history] == [
        (1, "created", "ann"),
        (2, "changed", "ben"),
        (3, "restored", "ann"),
    ]
    assert [(await store.read_version(WEB1, number)).text for number in (1, 2, 3)] == [
        text_of("web1"),
        text_of("web1", 256),
        text_of("web1"),
    ]
    assert (await store.read(WEB1)).text == text_of("web1")


async def test_a_change_made_from_an_outdated_view_is_refused(store: ManagedStore) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    seen = await store.read(WEB1)
    await store.put(WEB1, "web1", text_of("web1", 256), expect=seen)
    for expect in (seen, 1):
        with pytest.raises(StoreError) as refused:
            await store.put(WEB1, "web1", text_of("web1", 512), expect=expect)
        assert refused.value.code == "conflict"
    assert (await store.read(WEB1)).version == 2


async def test_renaming_frees_the_old_name(store: ManagedStore) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.put(WEB1, "front", text_of("front"))
    assert await store.find("web1") is None
    assert await store.find("front") == WEB1
    await store.create(WEB2, "web1", text_of("web1"))
    with pytest.raises(StoreError) as refused:
        await store.restore(WEB1, 1)
    assert refused.value.code == "exists"
    assert await store.find("web1") == WEB2


async def test_what_an_admin_edits_by_hand_is_current_and_becomes_a_version(
    store: ManagedStore, host: AgentHost
) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    Path(store.config_path(WEB1)).write_text(text_of("web1", 192))
    (domain,) = await store.list()
    assert (domain.text, domain.hand_edited, domain.version_label) == (text_of("web1", 192), True, "1+")
    with pytest.raises(StoreError) as refused:
        await store.put(WEB1, "web1", text_of("web1", 256), expect=1)
    assert refused.value.code == "conflict"
    await store.put(WEB1, "web1", text_of("web1", 256), expect=domain)
    assert [item.event for item in await store.history(WEB1)] == ["created", "edited by hand", "changed"]
    assert (await store.read_version(WEB1, 2)).text == text_of("web1", 192)
    assert (await store.read(WEB1)).version_label == "3"


async def test_delete_and_undelete_keep_the_history(store: ManagedStore) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.put(WEB1, "web1", text_of("web1", 256))
    await store.delete(WEB1, user="ann", reason="gone")
    assert await store.list() == ()
    assert await store.find("web1") is None
    (deleted,) = await store.trash()
    assert (deleted.uuid, deleted.name, deleted.version, deleted.user) == (WEB1, "web1", 2, "ann")
    assert [item.event for item in await store.history(WEB1)] == ["created", "changed", "deleted"]
    assert (await store.undelete("web1", user="ben")).uuid == WEB1
    assert [item.event for item in await store.history(WEB1)][-2:] == ["deleted", "undeleted"]
    assert (await store.read(WEB1)).text == text_of("web1", 256)
    assert await store.trash() == ()


async def test_undelete_is_refused_while_its_name_or_uuid_is_taken(store: ManagedStore) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.delete(WEB1)
    await store.create(WEB2, "web1", text_of("web1"))
    with pytest.raises(StoreError) as refused:
        await store.undelete(WEB1)
    assert refused.value.code == "exists"
    await store.put(WEB2, "other", text_of("other"))
    await store.create(WEB1, "third", text_of("third"))
    with pytest.raises(StoreError) as refused:
        await store.undelete("web1")
    assert refused.value.code == "exists"
    with pytest.raises(StoreError) as refused:
        await store.undelete("nobody")
    assert refused.value.code == "missing"


async def test_a_uuid_deleted_twice_is_in_the_trash_twice_and_the_last_comes_back(
    store: ManagedStore,
) -> None:
    for memory in (1, 2):
        await store.create(WEB1, "web1", text_of("web1", memory))
        await store.delete(WEB1)
    assert [item.uuid for item in await store.trash()] == [WEB1, WEB1]
    await store.undelete("web1")
    assert (await store.read(WEB1)).text == text_of("web1", 2)
    assert len(await store.trash()) == 1


async def test_the_source_file_is_watched(store: ManagedStore, ground: Path) -> None:
    file = ground / "web1.cfg"
    file.write_text(text_of("web1"))
    source = Source(str(file), hashlib.sha256(file.read_bytes()).hexdigest())
    await store.create(WEB1, "web1", text_of("web1") + f'uuid = "{WEB1}"\n', source=source)
    await store.create(WEB2, "web2", text_of("web2"))

    async def states() -> list[SourceState]:
        return [domain.source_state for domain in await store.list()]

    assert await states() == [SourceState.SAME, SourceState.NONE]
    file.write_text(text_of("web1", 999))
    assert await states() == [SourceState.CHANGED, SourceState.NONE]
    file.write_bytes(b"#" * ((1 << 20) + 1))
    assert await states() == [SourceState.CHANGED, SourceState.NONE]
    file.unlink()
    assert await states() == [SourceState.MISSING, SourceState.NONE]
    file.write_text(text_of("web1"))
    await store.put(WEB1, "web1", text_of("web1", 256))
    (first, _second) = await store.list()
    assert first.source == Source(source.path, source.sha256, 1)
    assert first.source_state is SourceState.SAME


async def test_suspend_and_resume_leave_one_image_or_none(store: ManagedStore, host: AgentHost) -> None:
    await store.create(WEB1, "web1", text_of("web1"))

    async def flags() -> tuple[bool, bool, bool]:
        (domain,) = await store.list()
        return domain.saving, domain.suspended, domain.resuming

    def step(name: str, **more: str) -> str:
        return str(take(host.store_root, name, uuid=WEB1, **more))

    part = Path(step("checkpoint_begin"))
    assert part.read_bytes() == b""
    assert await flags() == (True, False, False)
    part.write_bytes(b"memory")
    whole = Path(step("checkpoint_commit", part=str(part)))
    assert await flags() == (False, True, False)
    with pytest.raises(AgentError) as second:
        step("checkpoint_begin")
    assert second.value.code == "busy"
    with pytest.raises(StoreError) as refused:
        await store.delete(WEB1)
    assert refused.value.code == "busy"
    resuming = Path(step("resume_begin"))
    assert (resuming.read_bytes(), whole.exists()) == (b"memory", False)
    assert await flags() == (False, False, True)
    step("resume_commit")
    assert await flags() == (False, False, False)
    step("checkpoint_abort", part=step("checkpoint_begin"))
    assert await flags() == (False, False, False)
    with pytest.raises(AgentError) as without:
        step("resume_begin")
    assert without.value.code == "missing"


async def test_the_mark_of_what_was_booted(store: ManagedStore) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    path = Path(await store.write_oneoff(WEB1, text_of("web1", 64)))
    await store.mark_running(WEB1, {"kind": "one-off", "domid": 7})
    (domain,) = await store.list()
    assert domain.running is not None
    assert (domain.running["kind"], domain.running["domid"], domain.oneoff) == ("one-off", 7, True)
    assert path.read_text() == text_of("web1", 64)
    await store.mark_running(WEB1, None)
    (domain,) = await store.list()
    assert (domain.running, domain.oneoff, domain.version) == (None, False, 1)


async def test_a_poll_of_an_unchanged_store_sends_nothing(store: ManagedStore, host: AgentHost) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.create(WEB2, "web2", text_of("web2"))
    age(host)
    first = await store.list()
    answer = await host.call(operations.list_domains, cache=store._digest)
    assert (answer["entries"], answer["gone"]) == ([], [])
    assert await store.list() == first
    await store.put(WEB2, "web2", text_of("web2", 256))
    answer = await host.call(operations.list_domains, cache=store._digest)
    assert [item["uuid"] for item in answer["entries"]] == [WEB2]
    await store.delete(WEB1)
    assert [domain.text for domain in await store.list()] == [text_of("web2", 256)]


async def test_a_long_list_comes_in_pieces(
    store: ManagedStore, host: AgentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    uuids = [f"11111111-2222-3333-4444-{number:012d}" for number in range(7)]
    for number, uuid in enumerate(uuids):
        await store.create(uuid, f"web{number}", text_of(f"web{number}"))
    await store.list()
    await store.delete(uuids[1])
    await store.delete(uuids[6])
    monkeypatch.setattr("xentui.agent.inventory.listing.ANSWER_LIMIT", 1000)
    host.calls.clear()
    for _poll in range(2):
        found = await store.list()
        assert [domain.uuid for domain in found] == [uuids[number] for number in (0, 2, 3, 4, 5)]
        assert [domain.text for domain in found] == [text_of(f"web{number}") for number in (0, 2, 3, 4, 5)]
    assert len(host.calls) > 4


async def test_an_agent_that_started_anew_is_asked_with_what_is_known(
    store: ManagedStore, host: AgentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    age(host)
    first = await store.list()
    monkeypatch.setattr("xentui.agent.inventory.listing._memories", {})
    host.calls.clear()
    assert await store.list() == first
    assert [arguments["cache"] for _name, arguments in host.calls] == [
        store._digest,
        {WEB1: first[0].token},
    ]


async def test_summaries_stand_for_texts_until_the_text_changes(
    store: ManagedStore, host: AgentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.create(WEB2, "web2", text_of("web2"))
    age(host)
    first = await store.list()
    await store.put_summaries({domain.uuid: (domain.config_sha256, {"n": domain.name}) for domain in first})

    def anew() -> ManagedStore:
        monkeypatch.setattr("xentui.agent.inventory.listing._memories", {})
        return ManagedStore(host)  # type: ignore[arg-type]

    found = await anew().list(summaries=True)
    assert [(domain.text, domain.summary) for domain in found] == [
        (None, {"n": "web1"}),
        (None, {"n": "web2"}),
    ]
    await store.put(WEB1, "web1", text_of("web1", 256))
    Path(store.config_path(WEB2)).write_text(text_of("web2", 999))
    found = await anew().list(summaries=True)
    assert [domain.text for domain in found] == [text_of("web1", 256), text_of("web2", 999)]
    assert [domain.summary for domain in found] == [None, None]
    index = Path(host.store_root) / "index.jsonl"
    for rubbish in (b"", b"[]", b'{"format": 2}\n["x", 1]', b"\xff" * 100, b"[" * 100_000):
        index.write_bytes(rubbish)
        assert [domain.name for domain in await anew().list(summaries=True)] == ["web1", "web2"]


async def test_contents_stand_for_texts_that_are_not_kept(store: ManagedStore, host: AgentHost) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.create(WEB2, "web2", text_of("web2"))
    age(host)
    first = (await store.look()).stored
    said = Summary(None, "as read")
    kept = store.keep_contents({domain.uuid: said for domain in first})
    assert [(domain.text, domain.summary, domain.contents) for domain in kept] == [(None, None, said)] * 2
    assert (await store.look()).stored is kept, "nothing has changed"
    await store.mark_running(WEB1, {"kind": "stored"})
    await store.put(WEB2, "web2", text_of("web2", 256))
    web1, web2 = (await store.look()).stored
    assert web1.running is not None
    assert (web1.text, web1.contents) == (None, said), "its text is the same"
    assert (web2.text, web2.contents) == (text_of("web2", 256), None)
    assert (await store.read(WEB1)).text == text_of("web1")


async def test_the_agent_remembers_nothing_that_it_has_told(store: ManagedStore, host: AgentHost) -> None:
    for number in range(3):
        await store.create(f"{WEB1[:-1]}{number}", f"web{number}", text_of(f"web{number}"))
    age(host)
    for _poll in range(3):
        found = (await store.look()).stored
    memory = listing._memories[os.path.abspath(host.store_root)]
    assert (memory.index, memory.unwritten, len(memory.known)) == (None, {}, 3)
    other = ManagedStore(host)  # type: ignore[arg-type]
    assert (await other.look()).stored == found, "but tells it who does not know it"


async def test_the_index_is_written_without_reading_what_has_not_changed(
    store: ManagedStore, host: AgentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.create(WEB2, "web2", text_of("web2"))
    age(host)
    first = await store.list()
    await store.put_summaries({domain.uuid: (domain.config_sha256, {"n": domain.name}) for domain in first})
    index = Path(host.store_root) / "index.jsonl"
    before = index.read_bytes().split(b"\n")
    read: list[str] = []
    load = entry.load

    def noted(folder: str) -> entry.StoreEntry:
        read.append(folder[-len(WEB1) :])
        return load(folder)

    monkeypatch.setattr(entry, "load", noted)
    await store.mark_running(WEB2, {"kind": "stored"})
    age(host)
    read.clear()
    await store.put_summaries({WEB2: (first[1].config_sha256, {"n": "another"})})
    after = index.read_bytes().split(b"\n")
    assert (after[:2], read) == (before[:2], [WEB2])
    assert b'"another"' in after[2]
    await store.mark_running(WEB1, {"kind": "stored"})
    age(host)
    await store.put_summaries({})
    assert index.read_bytes().split(b"\n")[1] != after[1], "what has changed since is told anew"
    assert (await store.list(summaries=True))[0].summary == {"n": "web1"}


async def test_autostart_links_the_stored_file(store: ManagedStore, host: AgentHost) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    assert await store.autostart() == ()
    await store.set_autostart(WEB1, "web1", True)
    await store.set_autostart(WEB1, "web1", True)
    (link,) = await store.autostart()
    assert (link.file, link.uuid, link.broken) == ("web1", WEB1, False)
    folder = Path(host.host_path("/etc/xen/auto"))
    assert (folder / "web1").read_text() == text_of("web1")
    await store.put(WEB1, "web1", text_of("web1", 256))
    assert (folder / "web1").read_text() == text_of("web1", 256)
    await store.set_autostart(WEB1, "web1", False)
    assert await store.autostart() == ()


async def test_the_audit_log_only_grows(store: ManagedStore, host: AgentHost) -> None:
    for number in range(5):
        await store.audit_append({"verb": "start", "number": number})
    assert [record.data["number"] for record in await store.audit_tail(3)] == [2, 3, 4]
    assert all(record.time.endswith("Z") for record in await store.audit_tail())


@pytest.mark.parametrize(
    "answer",
    [None, [], {"entries": 3}, {"entries": [{}], "gone": [], "digest": "", "next": ""}],
)
async def test_an_answer_that_makes_no_sense_is_an_error(
    store: ManagedStore, host: AgentHost, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    async def call(operation: Any, **arguments: Any) -> object:
        return answer

    monkeypatch.setattr(host, "call", call)
    with pytest.raises(StoreError) as failed:
        await store.list()
    assert failed.value.code == "internal"


async def test_an_index_that_cannot_be_written_is_done_without(
    store: ManagedStore, host: AgentHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    (domain,) = await store.list()
    monkeypatch.setattr("xentui.agent.store.layout.LOCK_PATIENCE", 0.01)
    with (Path(host.store_root) / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        await store.put_summaries({WEB1: (domain.config_sha256, {"n": 1})})
    assert not (Path(host.store_root) / "index.jsonl").exists()
    assert len(await store.list(summaries=True)) == 1


async def test_every_refusal_says_what_to_do(store: ManagedStore, host: AgentHost) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    part = take(host.store_root, "checkpoint_begin", uuid=WEB1)
    take(host.store_root, "checkpoint_commit", uuid=WEB1, part=part)
    for attempt, subject in (
        (store.delete(WEB1), WEB1),
        (store.read(WEB2), WEB2),
        (store.undelete("gone"), "gone"),
        (store.restore(WEB1, 9), "0009.cfg"),
        (store.create(WEB2, "web1", ""), "web1"),
    ):
        with pytest.raises(StoreError) as refused:
            await attempt
        assert refused.value.hint
        assert subject in " ".join(refused.value.account())


async def test_what_a_killed_writer_left_is_listed_and_settled(store: ManagedStore, host: AgentHost) -> None:
    await store.create(WEB1, "web1", text_of("web1"))
    await store.put(WEB1, "web1", text_of("web1", 256))
    config = Path(store.config_path(WEB1))
    for settle in (store.settle, store.boot_begin):
        config.with_name("config.cfg.new").write_text(text_of("web1", 256))
        config.write_text(text_of("web1"))
        (domain,) = await store.list()
        assert (domain.pending, domain.hand_edited, domain.text) == (True, False, text_of("web1", 256))
        await settle(WEB1)
        (domain,) = await store.list()
        assert (domain.pending, domain.version, domain.text) == (False, 2, text_of("web1", 256))
        assert config.read_text() == text_of("web1", 256)
        assert not config.with_name("config.cfg.new").exists()
    with pytest.raises(StoreError) as refused:
        await store.settle(WEB2)
    assert refused.value.code == "missing"

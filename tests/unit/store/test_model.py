"""The store against a model of it: any sequence of operations, edits by hand and killed writers."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.store.observing import call
from xentui.agent import AgentError

UUIDS = [f"11111111-2222-3333-4444-{number:012d}" for number in range(3)]
uuids = st.sampled_from(UUIDS)
names = st.sampled_from(["web", "db", "a/b", ".hidden", "ü%41"])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


class Stored:
    """What the model knows of a domain."""

    def __init__(self, name: str, text: str) -> None:
        self.versions = [(name, text)]
        self.events = ["created"]
        self.edited: str | None = None

    @property
    def name(self) -> str:
        return self.versions[-1][0]

    @property
    def text(self) -> str:
        return self.versions[-1][1] if self.edited is None else self.edited

    def add(self, name: str, text: str, event: str) -> None:
        if self.edited is not None:
            self.versions.append((self.name, self.edited))
            self.events.append("edited by hand")
            self.edited = None
        self.versions.append((name, text))
        self.events.append(event)


class StoreMachine(RuleBasedStateMachine):
    """Each rule does the same to the store and to the model, and expects the same refusals."""

    def __init__(self) -> None:
        super().__init__()
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.base = Path(tempfile.mkdtemp(prefix="xentui-model-", dir=place))
        self.root = self.base / "store"
        self.clock = 1
        self.stored: dict[str, Stored] = {}
        self.trash: list[tuple[str, Stored]] = []
        self.cache: dict[str, str] = {}
        self.known: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    def _attempt(self, refusal: str, operation: str, **arguments: Any) -> bool:
        """Run an operation that must succeed, or be refused with a code; tells which."""
        try:
            call(self.root, operation, **arguments)
        except AgentError as refused:
            assert refused.code == refusal, (operation, arguments, refused)
            return False
        assert not refusal, (operation, arguments)
        return True

    def _holder(self, name: str) -> str | None:
        return next((uuid for uuid, kept in self.stored.items() if kept.name == name), None)

    @rule(uuid=uuids, name=names, text=texts)
    def create(self, uuid: str, name: str, text: str) -> None:
        taken = uuid in self.stored or self._holder(name) is not None
        if self._attempt("exists" if taken else "", "create", uuid=uuid, name=name, text=text):
            self.stored[uuid] = Stored(name, text)

    @rule(uuid=uuids, name=names, text=texts, view=st.integers(0, 3))
    def put(self, uuid: str, name: str, text: str, view: int) -> None:
        kept = self.stored.get(uuid)
        expected = view or None
        refusal = ""
        if kept is None:
            refusal = "missing"
        elif expected is not None and (expected != len(kept.versions) or kept.edited is not None):
            refusal = "conflict"
        elif self._holder(name) not in (None, uuid):
            refusal = "exists"
        arguments = {"uuid": uuid, "name": name, "text": text, "expect_version": expected}
        if self._attempt(refusal, "put", **arguments) and kept is not None:
            kept.add(name, text, "changed")

    @rule(uuid=uuids, version=st.integers(1, 4))
    def restore(self, uuid: str, version: int) -> None:
        kept = self.stored.get(uuid)
        refusal = "missing" if kept is None or version > len(kept.versions) else ""
        if kept is not None and not refusal:
            name, text = kept.versions[version - 1]
            refusal = "exists" if self._holder(name) not in (None, uuid) else ""
        if self._attempt(refusal, "restore", uuid=uuid, version=version) and kept is not None:
            kept.add(name, text, "restored")

    @rule(uuid=uuids)
    def delete(self, uuid: str) -> None:
        if self._attempt("" if uuid in self.stored else "missing", "delete", uuid=uuid):
            kept = self.stored.pop(uuid)
            kept.events.append("deleted")
            self.trash.append((uuid, kept))

    @rule(key=names | uuids)
    def undelete(self, key: str) -> None:
        last = next((item for item in reversed(self.trash) if key in (item[0], item[1].name)), None)
        refusal = "missing"
        if last is not None:
            refusal = "exists" if last[0] in self.stored or self._holder(last[1].name) else ""
        if self._attempt(refusal, "undelete", name_or_uuid=key) and last is not None:
            self.trash.remove(last)
            last[1].events.append("undeleted")
            self.stored[last[0]] = last[1]

    @rule(uuid=uuids, text=texts)
    def edit_by_hand(self, uuid: str, text: str) -> None:
        if uuid in self.stored:
            (self.root / "domains" / uuid / "config.cfg").write_bytes(text.encode())
            kept = self.stored[uuid]
            kept.edited = None if text == kept.versions[-1][1] else text

    @rule(uuid=uuids)
    def a_writer_dies_before_it_commits(self, uuid: str) -> None:
        if uuid in self.stored:
            folder = self.root / "domains" / uuid
            (folder / "config.cfg.new").write_text("half")
            with (folder / "log.jsonl").open("ab") as log:
                log.write(b'{"version": 99, "event"')
            (self.root / "staging" / "half").write_text("half")

    @rule(uuid=uuids)
    def a_writer_dies_before_it_deletes(self, uuid: str) -> None:
        if uuid in self.stored:
            with (self.root / "domains" / uuid / "log.jsonl").open("ab") as log:
                log.write(b'{"event": "deleted", "time": "", "user": "", "reason": ""}\n')

    @rule()
    def time_passes(self) -> None:
        """What has changed lately becomes old enough for its stamps to be trusted."""
        self.clock += 1
        for folder, names, files in os.walk(self.root, topdown=False):
            for path in (os.path.join(folder, name) for name in [*names, *files]):
                if os.lstat(path).st_mtime > 1_000_000_000:
                    os.utime(path, (self.clock, self.clock), follow_symlinks=False)

    @rule()
    def the_index_is_lost(self) -> None:
        (self.root / "index.jsonl").unlink(missing_ok=True)

    @rule()
    def summaries_are_kept(self) -> None:
        entries = call(self.root, "list")["entries"]
        made = {
            item["uuid"]: {"sha256": item["config_sha256"], "summary": {"t": item["text"]}}
            for item in entries
        }
        call(self.root, "put_summaries", summaries=made)

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        answer = call(self.root, "list", cache=self.cache)
        for uuid in answer["gone"]:
            del self.known[uuid], self.cache[uuid]
        for item in answer["entries"]:
            self.known[item["uuid"]] = item
            self.cache[item["uuid"]] = item["token"]
        seen = {
            uuid: (item["name"], item["text"], item["version"], item["hand_edited"])
            for uuid, item in self.known.items()
        }
        assert seen == {
            uuid: (kept.name, kept.text, len(kept.versions), kept.edited is not None)
            for uuid, kept in self.stored.items()
        }
        for item in call(self.root, "list", summaries=True)["entries"]:
            text = item["summary"]["t"] if item["summary"] else item["text"]
            assert text == self.stored[item["uuid"]].text
        for uuid, kept in self.stored.items():
            assert call(self.root, "find", name=kept.name) == uuid
            assert [record["event"] for record in call(self.root, "history", uuid=uuid)] == kept.events
            for number, (_name, text) in enumerate(kept.versions, 1):
                assert call(self.root, "read_version", uuid=uuid, version=number)["text"] == text
        assert [item["uuid"] for item in call(self.root, "list_trash")] == [
            uuid for uuid, _kept in reversed(self.trash)
        ]


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)

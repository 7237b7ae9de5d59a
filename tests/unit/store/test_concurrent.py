"""Several processes at work on one store at once: nothing lost, nothing half-written, no name twice."""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.store.observing import call, tree
from xentui.agent import AgentError

SHARED = "11111111-2222-3333-4444-000000000000"


def uuid_of(worker: int, number: int) -> str:
    return f"11111111-2222-3333-{worker + 1:04d}-{number:012d}"


def text_of(name: str, tag: str) -> str:
    """A text that shows on its face whether it is whole."""
    return f"name = '{name}'\n# {tag}\n" + f"# {tag}\n" * 40 + "# end\n"


def in_processes(*actions: Callable[[], None]) -> None:
    """Run each action in a process of its own; every one must succeed."""
    children = []
    for action in actions:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                action()
                status = 0
            finally:
                os._exit(status)
        children.append(pid)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    assert statuses == [0] * len(actions)


def whole(text: str | None) -> bool:
    lines = (text or "").splitlines()
    return len(lines) == 43 and len(set(lines[1:42])) == 1 and lines[42] == "# end"


def watch(root: Path, done: Path) -> None:
    """Poll until the writers are done; whatever is seen is whole, and versions never go back."""
    versions: dict[str, int] = {}
    cache: dict[str, str] = {}
    while not done.exists():
        answer = call(root, "list", cache=cache)
        for item in answer["entries"]:
            assert not item["damaged"], item
            assert whole(item["text"]), item
            assert not item["hand_edited"], item
            assert item["version"] >= versions.get(item["uuid"], 0)
            versions[item["uuid"]] = item["version"]
            cache[item["uuid"]] = item["token"]


def test_writers_of_different_domains_lose_none(ground: Path) -> None:
    root, done = ground / "store", ground / "done"
    workers, count = 4, 12
    call(root, "audit_append", record={"worker": "main"})

    def write(worker: int) -> None:
        for number in range(count):
            name = f"w{worker}-{number}"
            call(root, "create", uuid=uuid_of(worker, number), name=name, text=text_of(name, "one"))
            call(root, "put", uuid=uuid_of(worker, number), name=name, text=text_of(name, "two"))
            call(root, "audit_append", record={"worker": worker, "number": number})

    def all_write() -> None:
        try:
            in_processes(*[functools.partial(write, worker) for worker in range(workers)])
        finally:
            done.touch()

    in_processes(all_write, lambda: watch(root, done))
    found = {item["uuid"]: item for item in call(root, "list")["entries"]}
    assert set(found) == {uuid_of(worker, number) for worker in range(workers) for number in range(count)}
    assert {(item["version"], whole(item["text"])) for item in found.values()} == {(2, True)}
    assert all(call(root, "find", name=item["name"]) == uuid for uuid, item in found.items())
    assert len(call(root, "audit_tail", limit=1000)) == 1 + workers * count


def test_writers_of_one_domain_make_every_version(ground: Path) -> None:
    root, done = ground / "store", ground / "done"
    workers, count = 4, 12
    call(root, "create", uuid=SHARED, name="web", text=text_of("web", "start"))

    def write(worker: int) -> None:
        for number in range(count):
            call(
                root,
                "put",
                uuid=SHARED,
                name="web",
                text=text_of("web", f"{worker}-{number}"),
                user=str(worker),
            )

    def all_write() -> None:
        try:
            in_processes(*[functools.partial(write, worker) for worker in range(workers)])
        finally:
            done.touch()

    in_processes(all_write, lambda: watch(root, done))
    history = call(root, "history", uuid=SHARED)
    assert [item["version"] for item in history] == list(range(1, 2 + workers * count))
    tags = [
        call(root, "read_version", uuid=SHARED, version=item["version"])["text"].split()[4]
        for item in history
    ]
    assert sorted(tags[1:]) == sorted(
        f"{worker}-{number}" for worker in range(workers) for number in range(count)
    )
    for worker in range(workers):
        own = [tag for tag in tags if tag.startswith(f"{worker}-")]
        assert own == [f"{worker}-{number}" for number in range(count)], "each writer's changes in its order"


def test_changes_made_from_the_same_view_succeed_once(ground: Path) -> None:
    root = ground / "store"
    call(root, "create", uuid=SHARED, name="web", text=text_of("web", "start"))
    workers = 4

    def change(worker: int) -> None:
        for version in range(1, 9):
            try:
                text = text_of("web", f"{worker}-{version}")
                call(root, "put", uuid=SHARED, name="web", text=text, expect_version=version)
                (ground / f"won-{version}-{worker}").touch()
            except AgentError as refused:
                assert refused.code == "conflict"
                while call(root, "read", uuid=SHARED)["version"] <= version:
                    pass

    in_processes(*[functools.partial(change, worker) for worker in range(workers)])
    won = sorted(path.name.split("-")[1] for path in ground.glob("won-*"))
    assert won == [str(version) for version in range(1, 9)]
    assert call(root, "read", uuid=SHARED)["version"] == 9


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_names_stay_unique_in_a_crowd(ground: Path, seed: int) -> None:
    """Creating, renaming, deleting and undeleting over few names: refusals are fine, doubles are not."""
    root = ground / "store"
    names = ["red", "green", "blue", "a/b"]

    def churn(worker: int) -> None:
        chance = random.Random(seed * 100 + worker)  # noqa: S311 - which step comes next
        for _ in range(30):
            uuid, name = uuid_of(0, chance.randrange(4)), chance.choice(names)
            text = text_of(name, "x")
            try:
                match chance.randrange(4):
                    case 0:
                        call(root, "create", uuid=uuid, name=name, text=text)
                    case 1:
                        call(root, "put", uuid=uuid, name=name, text=text)
                    case 2:
                        call(root, "delete", uuid=uuid)
                    case _:
                        call(root, "undelete", name_or_uuid=uuid)
            except AgentError as refused:
                assert refused.code in ("exists", "missing"), refused
            taken = [item["name"] for item in call(root, "list")["entries"]]
            assert len(taken) <= len(names) + 1  # a reader's look is not one instant

    in_processes(*[functools.partial(churn, worker) for worker in range(3)])
    entries = call(root, "list")["entries"]
    taken = [item["name"] for item in entries]
    assert len(set(taken)) == len(taken)
    assert [call(root, "find", name=item["name"]) for item in entries] == [item["uuid"] for item in entries]
    for item in entries:
        history = [record["event"] for record in call(root, "history", uuid=item["uuid"])]
        assert history[0] == "created"
        assert history.count("deleted") == history.count("undeleted")
    assert [path for path in tree(root) if "staging/" in path or ".new" in path] == []

"""Any value of any kind in any field of the store's files harms one entry at most, and never a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from tests.unit.store.kinds import WEB1, WEB2
from tests.unit.store.observing import auto, call
from xentui.agent import AgentError
from xentui.agent.inventory import listing
from xentui.commands.context import Context
from xentui.commands.suggestions import as_verb
from xentui.hosts.sim import SimHost
from xentui.service.hypervisor import Hypervisor
from xentui.shell.interpreter import Interpreter
from xentui.simulator import Simulator
from xentui.store import ManagedStore

HUGE = 10**4000
VALUES: dict[str, Any] = {
    "nothing": None,
    "true": True,
    "a number": 7,
    "below nought": -1,
    "a huge number": HUGE,
    "infinity": float("inf"),
    "no number": float("nan"),
    "a fraction": 1.5,
    "no text": "",
    "a NUL": "a\0b",
    "half a surrogate": "\ud800",
    "a byte that is no UTF-8": "\udcff",
    "a new line": "a\nb",
    "an override": "a\u202eb",
    "a long text": "x" * 5000,
    "a time that is none": "9999-99-99T99:99:99.nanZ",
    "a time beyond time": "9999-12-31T23:59:1e999Z",
    "an uuid": WEB2,
    "a list": [],
    "a list of lists": [[[[]]]],
    "an object": {},
    "an object of objects": {"version": {}, "path": {}, "sha256": [], "kind": "one-off", "domid": "x"},
    "a path that is none": {"path": "\0", "sha256": "x", "version": HUGE},
}
DEEP = "[" * 50_000
DELETE = object()


def fill(place: Path) -> None:
    """Make a store of two domains with everything an entry may have beside it, and one that is deleted."""
    boots = "kernel = '/srv/guests/vmlinuz'\nramdisk = '/srv/guests/guest-initrd.gz'\n"
    texts = [f"name = 'web1'\nmemory = {memory}\n{boots}" for memory in (64, 128)]
    place.parent.mkdir(exist_ok=True)
    file = place.parent / "web1.cfg"
    file.write_text(texts[0])
    source = {"path": str(file), "sha256": "0" * 64}
    call(
        place, "create", uuid=WEB1, name="web1", text=texts[0], source=source, user="me", reason="bulk [b-1]"
    )
    call(place, "put", uuid=WEB1, name="web1", text=texts[1])
    call(place, "create", uuid=WEB2, name="other", text=f"name = 'other'\n{boots}")
    gone = WEB1.replace("1111", "2222", 1)
    call(place, "create", uuid=gone, name="gone", text="name = 'gone'\n")
    call(place, "delete", uuid=gone, user="me")
    call(place, "mark_running", uuid=WEB1, record={"kind": "one-off", "domid": 5, "above": 4})
    call(
        place,
        "audit_append",
        record={"user": "me", "domain": "web1", "argv": ["xl"], "exit": 0, "seconds": 1},
    )


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file of JSON lines with each field of each line replaced by each value, or taken away; and lines replaced."""
    lines = data.rstrip(b"\n").split(b"\n")
    for number, line in enumerate(lines):
        record = json.loads(line)
        for path in paths(record):
            for name, value in [*VALUES.items(), ("taken away", DELETE)]:
                text = json.dumps(changed(record, path, value)).encode()
                yield (
                    f"line {number}, {path}: {name}",
                    b"\n".join([*lines[:number], text, *lines[number + 1 :], b""]),
                )
        for name, whole in [("deep", DEEP), *((name, json.dumps(value)) for name, value in VALUES.items())]:
            yield (
                f"line {number}: {name}",
                b"\n".join([*lines[:number], whole.encode(), *lines[number + 1 :], b""]),
            )


def changed_line(before: bytes, after: bytes) -> bytes:
    """The line of a file that is another now, as it was."""
    pairs = zip(before.split(b"\n"), after.split(b"\n"), strict=False)
    return next((old for old, new in pairs if old != new), b"")


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each field of a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*above, key)
        yield from paths(value[key], (*above, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A JSON value with one field replaced."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    if new is DELETE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return copy


FILES = {
    "the log": f"domains/{WEB1}/log.jsonl",
    "the mark of what runs": f"domains/{WEB1}/running.json",
    "the audit log": "audit.jsonl",
    "the log of a deleted domain": f"trash/{WEB1.replace('1111', '2222', 1)}/log.jsonl",
    "the place of an autostart link taken away": f"domains/{WEB1}/autostart.json",
}


@pytest.mark.parametrize("file", FILES)
def test_one_bad_record_harms_one_entry(file: str, ground: Path) -> None:
    place = ground / "store"
    fill(place)
    path = place / FILES[file]
    if not path.exists():
        path.write_text('{"order": 5, "time": "2026-01-01T00:00:00Z"}\n')
    whole = path.read_bytes()
    good = call(place, "read", uuid=WEB2)
    reading = [
        partial(call, place, "read", uuid=WEB1),
        partial(call, place, "read_version", uuid=WEB1, version=1),
        partial(call, place, "history", uuid=WEB1),
        partial(call, place, "find", name="web1"),
    ]
    for what, data in damaged(whole):
        path.write_bytes(data)
        entries = {item["uuid"]: item for item in call(place, "list")["entries"]}
        assert set(entries) == {WEB1, WEB2}, what
        assert {**entries[WEB2], "token": ""} == good, what
        for read in reading:
            try:
                read()
            except AgentError as error:
                assert error.code in ("damaged", "missing"), what
        assert call(place, "find", name="other") == WEB2, what
        assert len(call(place, "history", uuid=WEB2)) == 1, what
        assert len(call(place, "list_trash")) == 1, what
        call(place, "audit_tail")
        call(place, "list_autostart", auto_dir=str(auto(place)))


async def test_every_bad_record_is_read_by_the_layers_above(ground: Path, host: Any) -> None:
    """What the agent tells of a damaged store, the store's reader takes: for the list, histories, trash and audit."""
    place = Path(host.store_root)
    fill(place)
    store = ManagedStore(host)
    for file in FILES.values():
        path = place / file
        whole = path.read_bytes() if path.exists() else b'{"order": 5}\n'
        for what, data in damaged(whole):
            path.write_bytes(data)
            found = {item.uuid: item for item in await ManagedStore(host).list()}
            assert set(found) == {WEB1, WEB2}, what
            assert not found[WEB2].damaged, what
            await store.trash()
            await store.history(WEB1)
            for record in await store.audit_tail():
                assert isinstance(record.time, str)
        path.write_bytes(whole)


SAMPLES = ("nothing", "a huge number", "an object of objects")
"""One of each sort: what every value does below is seen by the tests above."""


@pytest.mark.parametrize("file", [*FILES, "the index"])
async def test_a_bad_record_hides_no_other_domain_from_the_command_line(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``list``, ``list --json``, and ``show`` and ``start`` of another domain, through a simulated host."""
    monkeypatch.setattr(f"{__name__}.VALUES", {name: VALUES[name] for name in SAMPLES})
    host = SimHost(tmp_path / "sim")
    host._simulator = Simulator(tmp_path / "sim", domains=1)
    await host.run(["xl", "destroy", "web1"])
    place = Path(host.store_root)
    rmtree(place)
    fill(place)
    if file == "the index":
        monkeypatch.setattr(
            "xentui.agent.inventory.entry_reader.YOUNG", -60.0
        )  # what is young is not kept there
    async with Hypervisor(host) as first:
        await first.inventory.poll()
    path = place / FILES.get(file, "index.jsonl")
    whole = path.read_bytes() if path.exists() else b'{"order": 5}\n'
    for what, data in damaged(whole):
        if file == "the index" and b"other" in changed_line(whole, data):
            continue  # that entry may be harmed
        path.write_bytes(data)
        listing._memories.clear()  # as in a new process
        async with Hypervisor(host, dry_run=True) as hypervisor:
            out: list[str] = []
            notes: list[str] = []
            shell = Interpreter(Context(hypervisor, out.append, notes.append, render=as_verb))
            for line in (
                "list",
                "list --json",
                "show other",
                "show web1",
                "start other",
                "history web1",
                "log",
            ):
                before = len(notes)
                status = await shell.run(line)
                said = f"{what}, {line}: {notes[before:]}"
                assert "a fault of xentui" not in said
                assert status == 0 or "web1" in line, said
        listed = {line.split()[0] for line in out if line.strip()}
        assert "other" in listed, what


def test_what_is_shown_of_a_damaged_entry_says_why(ground: Path) -> None:
    place = ground / "store"
    fill(place)
    (place / FILES["the log"]).write_text('{"version": {}, "event": "created"}\n')
    damage = {item["uuid"]: item["damaged"] for item in call(place, "list")["entries"]}
    assert damage == {WEB1: "log.jsonl: log.jsonl holds no readable record", WEB2: ""}

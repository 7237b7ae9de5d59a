"""The power goes in the middle of a transaction: what was flushed by then makes the old state or the new one.

No log record and no rename may come before what it depends on is on the disk.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.agent import steps
from tests.unit.store.kinds import KINDS, WEB1, Kind, arguments_of
from tests.unit.store.observing import Seen, observe
from tests.unit.store.power import WAYS, Disk, mirror, write_out

Image = dict[str, tuple[str, object]]


def _images(kind: Kind, root: Path, patch: pytest.MonkeyPatch) -> tuple[list[tuple[int, str, Image]], Image]:
    """Every different disk a power loss on the way could leave, and the flushed one at the end."""
    disk = Disk(root.parent)
    for part in root.glob("domains/*/checkpoint.part-*"):
        disk.unflushed(str(part))  # as xl save leaves it
    found: list[tuple[int, str, Image]] = []
    distinct: set[int] = set()
    calls = 0

    def after() -> None:
        nonlocal calls
        calls += 1
        for way in WAYS:
            image = disk.image(way)
            key = hash(tuple(sorted(image.items())))
            if key not in distinct:
                distinct.add(key)
                found.append((calls, way, image))

    arguments = arguments_of(root, kind)
    with patch.context() as patched:
        mirror(disk, patched, after)
        steps.dispatch(str(root), kind.operation, arguments)
    return found, disk.image("flushed")


def _without_parts(seen: Seen) -> Seen:
    """What is seen, less the content of images still being written: that may be anything."""
    for domain in seen["domains"].values():
        if "checkpoint.part" in domain["memory"]:
            domain["memory"]["checkpoint.part"] = b""
    return seen


@pytest.mark.parametrize(
    "kind",
    KINDS.values(),
    ids=KINDS.keys(),
)
def test_power_loss_at_any_call(kind: Kind, ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = ground / "run" / "store"
    root.parent.mkdir()
    kind.prepare(root)
    old = _without_parts(observe(root))
    images, last = _images(kind, root, monkeypatch)
    new = observe(root)
    states: list[Seen] = [old, new] if kind.between is None else [old, kind.between(old), new]

    def comes_back_as(image: Image) -> Seen:
        shutil.rmtree(root.parent)
        write_out(image, root.parent)
        return observe(root)

    assert comes_back_as(last) == new, "done, but not on the disk"
    assert len(images) >= 2
    for calls, way, image in images:
        seen = _without_parts(comes_back_as(image))
        assert seen in states, f"after call {calls}, {way}"
        if seen != new and kind.operation != "checkpoint_commit":
            steps.dispatch(str(root), kind.operation, arguments_of(root, kind))
            assert observe(root) == new, f"the next writer, after call {calls}, {way}"


@pytest.mark.parametrize("operation", ["settle", "boot_begin"])
def test_what_xl_is_about_to_boot_is_on_the_disk(
    operation: str, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """xl and xendomains read ``config.cfg`` as it lies there: once it is settled no power cut takes that back."""
    root = ground / "run" / "store"
    root.parent.mkdir()
    KINDS["put where a commit is unfinished"].prepare(root)
    config = f"store/domains/{WEB1}/config.cfg"
    disk = Disk(root.parent)
    before = disk.image("flushed")[config]
    with monkeypatch.context() as patched:
        mirror(disk, patched, lambda: None)
        steps.dispatch(str(root), operation, {"uuid": WEB1})
    after = disk.image("flushed")[config]
    assert after == ("file", (root / "domains" / WEB1 / "config.cfg").read_bytes())
    assert after != before

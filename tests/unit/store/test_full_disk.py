"""A file system that refuses in the middle of a transaction: an error with its code, and nothing changed."""

from __future__ import annotations

import errno
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.store.kinds import KINDS, PUT, WEB1, Kind, arguments_of
from tests.unit.store.observing import call, observe, tree
from xentui.agent import AgentError

#: What a full or failing disk refuses; taking names and data away still works.
REFUSED = ("write", "fsync", "mkdir", "symlink", "link", "rename", "open")


class Failing:
    """Refuses the ``first``-th of these calls, and with ``lasting`` all that follow."""

    def __init__(self, first: int, code: int, *, lasting: bool) -> None:
        self.first, self.code, self.lasting = first, code, lasting
        self.calls = 0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in REFUSED:
            patch.setattr(os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not arguments[1] & os.O_CREAT:
                return real(*arguments, **options)
            self.calls += 1
            if self.calls == self.first or (self.lasting and self.calls > self.first):
                raise OSError(self.code, os.strerror(self.code))
            return real(*arguments, **options)

        return wrapper


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_disk_that_fills_up(
    kind: Kind, lasting: bool, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, prepared = ground / "run" / "store", ground / "prepared"
    root.parent.mkdir()
    kind.prepare(root)
    old, before = observe(root), tree(root)
    root.parent.rename(prepared)
    refusals = 0
    first = 0
    while True:
        first += 1 if lasting else 3
        shutil.rmtree(root.parent, ignore_errors=True)
        shutil.copytree(prepared, root.parent, symlinks=True)
        failing = Failing(first, errno.ENOSPC, lasting=lasting)
        try:
            with monkeypatch.context() as patch:
                failing.install(patch)
                call(root, kind.operation, **arguments_of(root, kind))
        except AgentError as refused:
            refusals += 1
            assert refused.code == "full"
            left = tree(root) - before
            assert observe(root) in ([old] if kind.between is None else [old, kind.between(old)]), first
            assert not [path for path in left if "staging/" in path or ".new" in path], first
            call(root, kind.operation, **arguments_of(root, kind))
        assert observe(root) != old
        if failing.calls < first:
            break
    assert refusals > 0 or kind.operation == "unlink_autostart"  # which only takes away


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EDQUOT, "full"),
        (errno.EIO, "io"),
        (errno.EROFS, "permission"),
        (errno.EACCES, "permission"),
    ],
)
def test_what_a_disk_says_becomes_a_code(
    number: int, code: str, ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = ground / "store"
    call(root, "create", uuid=WEB1, name="web1", text="name = 'web1'\n")
    with monkeypatch.context() as patch, pytest.raises(AgentError) as refused:
        Failing(2, number, lasting=True).install(patch)
        call(root, "put", **PUT)
    assert refused.value.code == code
    assert call(root, "read", uuid=WEB1)["version"] == 1


def test_a_record_cut_short_by_a_full_disk_is_taken_back(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write may take part of its data before the disk is full."""
    root = ground / "store"
    call(root, "create", uuid=WEB1, name="web1", text="name = 'web1'\n")
    log = root / "domains" / WEB1 / "log.jsonl"
    before = log.read_bytes()
    real = os.write

    def short(fd: int, data: memoryview) -> int:
        if os.readlink(f"/proc/self/fd/{fd}") != str(log):
            return real(fd, data)
        if len(data) <= 40:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data[: max(1, len(data) - 40)])

    with monkeypatch.context() as patch, pytest.raises(AgentError) as refused:
        patch.setattr(os, "write", short)
        call(root, "put", **PUT)
    assert refused.value.code == "full"
    assert log.read_bytes() == before


def test_a_real_limit_on_file_size(ground: Path) -> None:
    """The kernel refuses to make a file longer: in a child, as the limit cannot be taken back."""
    root = ground / "store"
    call(root, "create", uuid=WEB1, name="web1", text="name = 'web1'\n")
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            call(root, "put", **{**PUT, "text": "#" * 10_000})
        except AgentError as refused:
            status = 0 if refused.code == "full" else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert call(root, "read", uuid=WEB1)["text"] == "name = 'web1'\n"
    assert [path for path in tree(root) if "staging/" in path or ".new" in path] == []

"""A model of what a disk holds when the power goes: what was flushed is there, the rest may be or not.

While a transaction runs, its calls in :mod:`os` are mirrored into a tree of nodes that know their present and
their flushed content.  A rename is one journal entry: flushing either folder flushes both ends of it.  After
each call the disk can be written out as a crash might leave it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

#: The ways a disk comes back: only what was flushed; all names, but no unflushed data; or zeros for it.
WAYS = ("flushed", "names", "zeros")


class Node:
    """A file, folder or link: what it holds now, and what of that is safe."""

    def __init__(self, kind: str, target: str = "") -> None:
        self.kind = kind
        self.target = target
        self.data = self.safe_data = b""
        self.names: dict[str, Node] = {}
        self.safe_names: dict[str, Node] = {}


Edit = list[tuple[Node, str, Node | None]]


class Disk:
    """The tree under one folder, mirrored from a real one; all of it safe at the start."""

    def __init__(self, base: Path) -> None:
        self.base = str(base)
        self.top = self._load(base)
        self.journal: list[Edit] = []
        self.open: dict[int, Node] = {}

    def _load(self, path: Path) -> Node:
        if path.is_symlink():
            return Node("link", os.readlink(path))
        if path.is_dir():
            node = Node("folder")
            node.names = {child.name: self._load(child) for child in path.iterdir()}
            node.safe_names = dict(node.names)
            return node
        node = Node("file")
        node.data = node.safe_data = path.read_bytes()
        return node

    def find(self, path: str) -> Node | None:
        """The node at a path; None where there is none, or the path lies elsewhere."""
        relative = os.path.relpath(path, self.base)
        node: Node | None = self.top
        for part in [] if relative == "." else relative.split("/"):
            node = node.names.get(part) if node is not None else None
        return node

    def _edit(self, *changes: tuple[str, Node | None]) -> None:
        entry: Edit = []
        for path, node in changes:
            folder = self.find(os.path.dirname(path))
            if folder is None:
                return
            name = os.path.basename(path)
            entry.append((folder, name, node))
            if node is None:
                folder.names.pop(name, None)
            else:
                folder.names[name] = node
        self.journal.append(entry)

    def opened(self, fd: int, path: str, flags: int) -> None:
        """A file was opened, and made if it was not there."""
        node = self.find(path)
        if node is None and flags & os.O_CREAT and self.find(os.path.dirname(path)) is not None:
            node = Node("file")
            self._edit((path, node))
        if node is not None:
            self.open[fd] = node

    def unflushed(self, path: str) -> None:
        """A file was written by somebody who did not flush it."""
        node = self.find(path)
        assert node is not None
        node.safe_data = b""

    def made(self, path: str, node: Node) -> None:
        """A folder or a link was made."""
        self._edit((path, node))

    def renamed(self, old: str, new: str) -> None:
        """A name was moved over another."""
        self._edit((old, None), (new, self.find(old)))

    def linked(self, old: str, new: str) -> None:
        """A file got a second name."""
        self._edit((new, self.find(old)))

    def removed(self, path: str) -> None:
        """A name was taken away."""
        self._edit((path, None))

    def flushed(self, fd: int) -> None:
        """An open file or folder was flushed."""
        node = self.open.get(fd)
        if node is None:
            return
        node.safe_data = node.data
        for entry in [entry for entry in self.journal if any(folder is node for folder, _, _ in entry)]:
            for folder, name, child in entry:
                if child is None:
                    folder.safe_names.pop(name, None)
                else:
                    folder.safe_names[name] = child
            self.journal.remove(entry)

    def image(self, way: str) -> dict[str, tuple[str, object]]:
        """The disk as it may come back: path to kind and content."""
        found: dict[str, tuple[str, object]] = {}
        _collect(self.top, "", way, found)
        return found


def _collect(node: Node, path: str, way: str, found: dict[str, tuple[str, object]]) -> None:
    if node.kind == "file":
        data = node.safe_data
        if way == "zeros":
            data += b"\0" * (len(node.data) - len(data))
        found[path] = ("file", data)
    elif node.kind == "link":
        found[path] = ("link", node.target)
    else:
        found[path] = ("folder", None)
        for name, child in (node.safe_names if way == "flushed" else node.names).items():
            _collect(child, f"{path}/{name}" if path else name, way, found)


def write_out(image: dict[str, tuple[str, object]], base: Path) -> None:
    """Make a folder hold an image."""
    for path, (kind, content) in image.items():
        if kind == "folder":
            (base / path).mkdir(mode=0o700)
        elif kind == "link":
            (base / path).symlink_to(str(content))
        else:
            assert isinstance(content, bytes)
            (base / path).write_bytes(content)


def _absolute(arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of a call with the paths in full that it gave by a folder's descriptor."""
    folders = {0: options.get("dir_fd", options.get("src_dir_fd")), 1: options.get("dst_dir_fd")}
    if isinstance(arguments[1:2][0] if arguments[1:2] else None, str) and "dir_fd" in options:
        folders = {1: options["dir_fd"]}  # symlink(target, path)
    full = list(arguments)
    for place, fd in folders.items():
        if fd is not None:
            full[place] = os.path.normpath(os.path.join(os.readlink(f"/proc/self/fd/{fd}"), full[place]))
    return tuple(full)


def mirror(disk: Disk, patch: pytest.MonkeyPatch, after: Callable[[], None]) -> None:
    """Have every change made through :mod:`os` told to ``disk``, and ``after`` called behind each."""

    def follow(name: str, told: Callable[..., object]) -> None:
        real = getattr(os, name)

        def wrapper(*arguments: Any, **options: Any) -> Any:
            result = real(*arguments, **options)
            told(result, *_absolute(arguments, options))
            after()
            return result

        patch.setattr(os, name, wrapper)

    def wrote(count: int, fd: int, data: bytes) -> None:
        if fd in disk.open:
            disk.open[fd].data += bytes(data[:count])

    def cut(_result: None, fd: int, size: int) -> None:
        disk.open[fd].data = disk.open[fd].data[:size]

    follow("open", lambda fd, path, flags, *_: disk.opened(fd, path, flags))
    follow("close", lambda _, fd: disk.open.pop(fd, None))
    follow("write", wrote)
    follow("ftruncate", cut)
    follow("fsync", lambda _, fd: disk.flushed(fd))
    follow("mkdir", lambda _, path, *_mode: disk.made(path, Node("folder")))
    follow("symlink", lambda _, target, path: disk.made(path, Node("link", target)))
    follow("rename", lambda _, old, new: disk.renamed(old, new))
    follow("link", lambda _, old, new: disk.linked(old, new))
    follow("unlink", lambda _, path: disk.removed(path))
    follow("rmdir", lambda _, path: disk.removed(path))

"""``xenstore-read``, ``xenstore-list`` and ``xenstore-ls`` (tools/xenstore/xenstore_client.c)."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.simulator import store_tree
from xentui.simulator.call import Call


def read(call: Call, words: Sequence[str]) -> int:
    """``xenstore-read [-p] PATH …``."""
    tree = _tree(call)
    named = "-p" in words
    for word in words:
        if word.startswith("-"):
            continue
        path = _absolute(word)
        if path not in tree:
            raise call.fail(f"xenstore-read: couldn't read path {word}")
        call.out(f"{word}: {tree[path]}\n" if named else f"{tree[path]}\n")
    return 0


def list_nodes(call: Call, words: Sequence[str]) -> int:
    """``xenstore-list [-p] PATH …``."""
    tree = _tree(call)
    for word in words:
        if word.startswith("-"):
            continue
        path = _absolute(word)
        if path not in tree:
            raise call.fail(f"xenstore-list: could not list path {word}")
        for child in _children(tree, path):
            call.out(f"{word}/{child}\n" if "-p" in words else f"{child}\n")
    return 0


def tree(call: Call, words: Sequence[str]) -> int:
    """``xenstore-ls [-f] [PATH]``."""
    nodes = _tree(call)
    whole = "-f" in words
    paths = [word for word in words if not word.startswith("-")]
    for word in paths or ["/"]:
        path = _absolute(word)
        if path not in nodes:
            raise call.fail(f"xenstore-ls: xs_directory ({word}): No such file or directory")
        _print(call, nodes, path, 0, whole=whole)
    return 0


def _print(call: Call, nodes: store_tree.Tree, path: str, depth: int, *, whole: bool) -> None:
    for child in _children(nodes, path):
        below = f"{path.rstrip('/')}/{child}"
        call.out(f'{below if whole else " " * depth + child} = "{_escaped(nodes[below])}"\n')
        _print(call, nodes, below, depth + 1, whole=whole)


def _children(nodes: store_tree.Tree, path: str) -> list[str]:
    base = path.rstrip("/") + "/"
    return sorted({other[len(base) :].partition("/")[0] for other in nodes if other.startswith(base)} - {""})


def _escaped(value: str) -> str:
    return "".join(
        character if " " <= character <= "~" and character != "\\" else f"\\{ord(character):03o}"
        for character in value
    )


def _absolute(word: str) -> str:
    """Paths without a slash are relative to Domain-0's own part."""
    path = word if word.startswith("/") else f"/local/domain/0/{word}"
    return path.rstrip("/") or "/"


def _tree(call: Call) -> store_tree.Tree:
    call.now()
    return store_tree.whole(call.state, call.files)

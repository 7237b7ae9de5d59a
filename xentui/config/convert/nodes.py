"""What an xm file is made of, as far as it is data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xentui.config.convert.lexer import PythonToken


@dataclass(frozen=True, slots=True)
class Node:
    """An expression with its span in the text and its place."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class TextNode(Node):
    """One string, or several next to each other, which Python joins."""

    parts: tuple[PythonToken, ...]


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as it is written."""

    raw: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, or ``True``, ``False``, ``None``."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list or tuple; ``opening`` is "[", "(", or "" for a tuple without parentheses."""

    opening: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """A dictionary."""

    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class GroupNode(Node):
    """An expression in parentheses."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """``-x`` or ``+x``."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """``x + y`` and its like: + - * / // %."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class ItemNode(Node):
    """``x[y]``."""

    whole: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Statement:
    """``a = b = value``, ``a += value``, or (without targets) a string or ``pass`` that does nothing.

    The span runs from the first word to the last.
    """

    targets: tuple[PythonToken, ...]
    operator: str
    operator_start: int
    value: Node | None
    start: int
    end: int
    line: int


def names_in(node: Node | None) -> Iterator[str]:
    """Yield every variable an expression reads."""
    open_nodes: list[Node] = [] if node is None else [node]
    while open_nodes:
        found = open_nodes.pop()
        match found:
            case Name():
                yield found.name
            case GroupNode():
                open_nodes.append(found.inner)
            case Sequence():
                open_nodes.extend(found.items)
            case Mapping():
                for pair in found.pairs:
                    open_nodes.extend(pair)
            case Unary():
                open_nodes.append(found.operand)
            case Binary():
                open_nodes += (found.left, found.right)
            case ItemNode():
                open_nodes += (found.whole, found.key)

"""What a data expression of an xm file stands for: bounded, and never by Python's own eval.

The arithmetic is Python 2's, which xm ran under (``/`` of whole numbers rounds down).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from xentui.config.convert.formatting import FormatError, format_text
from xentui.config.convert.literals import LiteralError, number, text
from xentui.config.convert.nodes import (
    Binary,
    GroupNode,
    ItemNode,
    Mapping,
    Name,
    Node,
    Number,
    Sequence,
    TextNode,
    Unary,
)
from xentui.config.convert.records import UnknownNameError
from xentui.config.refusal import RefusedError, printable

MAX_LENGTH = 1 << 16
"""The longest text or list an expression may make."""
MAX_SIZE = 1 << 18
"""Characters and items of a value with everything nested in it: as much as a file has, which is written out once."""
MAX_WORK = 1 << 22
"""Characters and items, nested ones included, that all expressions of a file may make together."""
_MAX_NUMBER = 1 << 63
_Link = TypeVar("_Link", ItemNode, Binary)
_CONSTANTS = {"True": True, "False": False, "None": None}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "%": lambda left, right: left % right,
    "//": lambda left, right: left // right,
    "/": lambda left, right: (
        left // right if isinstance(left, int) and isinstance(right, int) else left / right
    ),
}
_KINDS = {str: "text", int: "a number", float: "a number", bool: "a Boolean", list: "a list"}


class Evaluator:
    """Evaluates expressions one after the other; ``names`` holds the variables set so far."""

    def __init__(self, source: str) -> None:
        self.names: dict[str, object] = {}
        self._source = source
        self._work = 0
        # By identity, and with the value, so that no other gets its identity: none is ever changed.
        self._sizes: dict[int, tuple[int, object]] = {}

    def size(self, value: object) -> int:
        """Characters and items of a value, those nested in it included; each list is counted once only."""
        if isinstance(value, str):
            return 1 + len(value)
        if not isinstance(value, list | tuple | dict):
            return 1
        known = self._sizes.get(id(value))
        if known is None:
            items = [*value, *value.values()] if isinstance(value, dict) else value
            known = self._sizes[id(value)] = (1 + sum(map(self.size, items)), value)
        return known[0]

    def value(self, node: Node) -> object:  # noqa: PLR0911 - one a kind of node
        """Return the value of an expression: str, int, float, bool, None, list, tuple or dict.

        Raises UnknownNameError for a name that is not set before, RefusedError for what has no value or
        goes beyond the bounds.
        """
        match node:
            case TextNode():
                return self._counted(node, self._literal(node))
            case Number():
                return self._number(node)
            case Name():
                return self._name(node)
            case GroupNode():
                return self.value(node.inner)
            case Sequence():
                items = [self.value(item) for item in node.items]
                return self._counted(node, items if node.opening == "[" else tuple(items))
            case Mapping():
                return self._dictionary(node)
            case Unary():
                return self._negated(node)
            case ItemNode():
                return self._items(node)
            case Binary():
                return self._joined(node)
        raise AssertionError(node)

    def combined(self, node: Node, operator: str, left: object, right: object) -> object:
        """``left operator right``, as in ``x += y``; raises as :meth:`value` does."""
        if operator == "+":
            return self._sum(node, left, right)
        if operator == "%" and isinstance(left, str):
            try:
                return self._counted(node, format_text(left, right, MAX_LENGTH))
            except FormatError as error:
                raise self._refusal(node, str(error)) from None
        if operator == "*" and isinstance(left, str | list | tuple) and type(right) is int:
            return self._repeated(node, left, right)
        if operator == "*" and type(left) is int and isinstance(right, str | list | tuple):
            return self._repeated(node, right, left)
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise self._refusal(node, f"`{operator}` does not work on {_kind(left)} and {_kind(right)}")
        return self._arithmetic(node, operator, left, right)

    def _literal(self, node: TextNode) -> str:
        try:
            return "".join(text(part.text) for part in node.parts)
        except LiteralError as error:
            raise self._refusal(node, str(error)) from None

    def _number(self, node: Number) -> int | float:
        try:
            return number(node.raw)
        except LiteralError as error:
            raise self._refusal(node, str(error)) from None

    def _name(self, node: Name) -> object:
        if node.name in self.names:
            return self._counted(node, self.names[node.name])
        if node.name in _CONSTANTS:
            return _CONSTANTS[node.name]
        what = f"the name `{printable(node.name)}`, which no earlier line sets (strings need quotes)"
        raise UnknownNameError(what, source=self._source, line=node.line, column=node.column)

    def _dictionary(self, node: Mapping) -> dict[object, object]:
        made: dict[object, object] = {}
        for key, value in node.pairs:
            found = self.value(key)
            if not isinstance(found, str | int | float | None):
                raise self._refusal(key, "a dictionary's key is text or a number")
            made[found] = self.value(value)
        self._counted(node, made)
        return made

    def _negated(self, node: Unary) -> object:
        operand = self.value(node.operand)
        if not isinstance(operand, int | float):
            raise self._refusal(node, f"`{node.operator}` does not work on {_kind(operand)}")
        return -operand if node.operator == "-" else +operand

    def _items(self, node: ItemNode) -> object:
        """``x[y][z]`` from the left, as :meth:`_joined` does."""
        first, chain = _from_the_left(node, ItemNode, lambda link: link.whole)
        made = self.value(first)
        for link in chain:
            made = self._item(link, made, self.value(link.key))
        return made

    def _item(self, node: ItemNode, whole: object, key: object) -> object:
        try:
            if isinstance(whole, dict) and isinstance(key, str | int | float | None):
                return self._counted(node, whole[key])
            if isinstance(whole, str | list | tuple) and isinstance(key, int):
                return self._counted(node, whole[key])
        except (KeyError, IndexError):
            raise self._refusal(node, "there is no such item") from None
        raise self._refusal(node, f"{_kind(whole)} has no such items")

    def _joined(self, node: Binary) -> object:
        """Return a chain of operators from the left, without a call for each link: files join dozens of strings."""
        first, chain = _from_the_left(node, Binary, lambda link: link.left)
        made = self.value(first)
        for link in chain:
            made = self.combined(link, link.operator, made, self.value(link.right))
        return made

    def _sum(self, node: Node, left: object, right: object) -> object:
        if isinstance(left, str) and isinstance(right, str):
            self._bound(node, len(left) + len(right))
            return self._counted(node, left + right)
        if isinstance(left, list) and isinstance(right, list):
            self._bound(node, len(left) + len(right), self.size(left) + self.size(right))
            return self._counted(node, left + right)
        if isinstance(left, tuple) and isinstance(right, tuple):
            self._bound(node, len(left) + len(right), self.size(left) + self.size(right))
            return self._counted(node, left + right)
        if isinstance(left, int | float) and isinstance(right, int | float):
            return self._arithmetic(node, "+", left, right)
        raise self._refusal(node, f"{_kind(left)} and {_kind(right)} cannot be joined with +")

    def _repeated(self, node: Node, whole: str | list[object] | tuple[object, ...], times: int) -> object:
        # Nothing many times is nothing, and Python cannot repeat it that often.
        times = max(0, times) if whole else 0
        self._bound(node, len(whole) * times, (self.size(whole) - 1) * times)
        return self._counted(node, whole * times)

    def _arithmetic(self, node: Node, operator: str, left: float, right: float) -> int | float:
        try:
            made = _ARITHMETIC[operator](left, right)
        except (ZeroDivisionError, OverflowError) as error:
            raise self._refusal(node, f"`{operator}` has no result ({error})") from None
        if isinstance(made, int) and not -_MAX_NUMBER <= made < _MAX_NUMBER:
            raise self._refusal(node, "the number is too large")
        return made

    def _bound(self, node: Node, length: int, size: int = 0) -> None:
        if length > MAX_LENGTH:
            raise self._refusal(node, f"the value is longer than {MAX_LENGTH}")
        if size > MAX_SIZE:
            raise self._refusal(node, f"the value has more than {MAX_SIZE} characters in it")

    def _counted(self, node: Node, made: object) -> object:
        size = self.size(made)
        length = len(made) if isinstance(made, str | list | tuple | dict) else 1
        self._bound(node, length if not isinstance(node, TextNode | Sequence) else 0, size)
        self._work += size
        if self._work > MAX_WORK:
            raise self._refusal(node, "the file's expressions produce too much data")
        return made

    def _refusal(self, node: Node, message: str) -> RefusedError:
        return RefusedError(message, source=self._source, line=node.line, column=node.column)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "nothing" if value is None else "such a value")


def _from_the_left(
    node: _Link, kind: type[_Link], inner: Callable[[_Link], Node]
) -> tuple[Node, list[_Link]]:
    """Return what a chain of nodes of a ``kind`` begins with, and its links in order, however long it is."""
    chain = [node]
    first = inner(node)
    while isinstance(first, kind):
        chain.append(first)
        first = inner(first)
    return first, chain[::-1]

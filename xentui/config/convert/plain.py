"""An xm file that is Python and data, rewritten in the grammar of xl; what is plain already stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xentui.config.convert.evaluate import Evaluator
from xentui.config.convert.grammar import statements
from xentui.config.convert.lexer import Words, scan
from xentui.config.convert.nodes import (
    Binary,
    Group,
    Item,
    Mapping,
    Name,
    Node,
    Number,
    Sequence,
    Statement,
    Text,
    Unary,
)
from xentui.config.convert.rewriting import Draft, Edit, commented_out
from xentui.config.numbers import c_long
from xentui.config.quoting import EscapeError, quote, unquote
from xentui.config.refusal import RefusedError
from xentui.config.schema import schema
from xentui.config.syntax import MAX_NESTING

MAX_WRITTEN = 1 << 20
"""Characters that all values written anew may have together: xl's files are no longer (:func:`.document.parse`)."""
_KEY = re.compile(r"[a-z][._0-9a-z]*")
_BARE = re.compile(r"[0-9][0-9a-fx]*")
_GRAMMAR = "xl has no Python expressions (xl.cfg(5))"
_IGNORED = "xm took text, numbers and lists only, and ignored this (xm opts.py)"
_HELPER = "only a variable of the file; its value stands where it was used"
_CASE = "xl's names are lower case (xl.cfg(5)); xm ignored others"


def rewrite(draft: Draft, source: str) -> None:
    """Make the draft's text one that xl can read, where it is not, without running anything.

    Raises PythonNeededError where it takes Python, NotPythonError where it is no Python either, RefusedError for
    an expression without a value.
    """
    words = scan(draft.text, source)
    _Rewriter(draft.text, words, source).apply(draft)


class _Rewriter:
    def __init__(self, text: str, words: Words, source: str) -> None:
        self._text = text
        self._source = source
        self._words = words
        self._statements = statements(words, source)
        self._used = {name for statement in self._statements for name in _names(statement.value)}
        self._set = {target.text for statement in self._statements for target in statement.targets}
        self._evaluator = Evaluator(source)
        self._edits: list[Edit] = []
        self._dropped: list[tuple[int, int]] = []
        self._length = 0

    def apply(self, draft: Draft) -> None:
        for statement in self._statements:
            self._statement(statement)
        inside = _Inside([(edit.start, edit.end) for edit in self._edits] + self._dropped)
        lists = _Inside(
            [
                (statement.value.start, statement.value.end)
                for statement in self._statements
                if isinstance(statement.value, Sequence) and statement.value.opening
            ]
        )
        for offset in self._words.continuations:
            if not inside.holds(offset):
                new = "\n" if lists.holds(offset) else " "
                self._edits.append(
                    Edit(offset, offset + 2, new, "xl joins no lines with a backslash", before="\\")
                )
        draft.apply(self._edits)

    def _statement(self, statement: Statement) -> None:
        if statement.value is None:
            self._drop(statement, "`pass` does nothing")
            return
        value = self._evaluator.value(statement.value)
        if not statement.targets:
            self._drop(statement, "text by itself does nothing; a comment of xl begins with # (xl.cfg(5))")
            return
        names = self._evaluator.names
        result = value
        if statement.operator != "=":
            name = statement.targets[0].text
            former = self._evaluator.value(Name(statement.start, statement.start, statement.line, 1, name))
            if isinstance(former, list) and isinstance(value, tuple):
                value = list(value)
            result = self._evaluator.combined(statement.value, statement.operator[:-1], former, value)
        for target in statement.targets:
            names[target.text] = result
        keys = [target.text for target in statement.targets]
        if len(keys) > 1:
            self._several(statement, keys, result)
            return
        reason = self._why_dropped(keys[0], result)
        if reason:
            self._drop(statement, reason, telling=reason is not _CASE)
            return
        self._key(statement, keys[0])
        if statement.operator in ("=", "+=") and (statement.operator == "=" or _joins_in_xl(result)):
            self._value(statement.value, value, 0)
        else:
            start, end = statement.operator_start, statement.value.end
            self._edits.append(Edit(start, end, f"= {self._new(statement.value, result, 0)}", _GRAMMAR))

    def _key(self, statement: Statement, key: str) -> None:
        if not key.islower():
            start = statement.targets[0].start
            self._edits.append(Edit(start, start + len(key), key.lower(), _CASE, telling=False))

    def _why_dropped(self, key: str, value: object) -> str:
        """Why xl cannot have a variable, or need not; "" where it is one of its parameters, or may be."""
        known = key in schema()
        if key in self._used and not known:
            return _HELPER
        if not _KEY.fullmatch(key):
            lower = key.lower()
            if lower not in schema() or lower in self._set:
                return _CASE
        if value is None or isinstance(value, dict):
            return _IGNORED
        return ""

    def _drop(self, statement: Statement, reason: str, *, telling: bool = True) -> None:
        self._dropped.append((statement.start, statement.end))
        self._edits += commented_out(self._text, statement.start, statement.end, reason, telling=telling)

    def _several(self, statement: Statement, keys: list[str], value: object) -> None:
        """``a = b = 1``: an assignment for each name that xl knows."""
        assert statement.value is not None  # noqa: S101 - it has targets
        kept = [key if key.islower() else key.lower() for key in keys if not self._why_dropped(key, value)]
        if not kept:
            self._drop(statement, self._why_dropped(keys[0], value))
            return
        written = self._new(statement.value, value, 0, len(kept))
        new = "; ".join(f"{key} = {written}" for key in kept)
        self._edits.append(
            Edit(statement.start, statement.end, new, "xl sets one name at a time (xl.cfg(5))")
        )

    def _value(self, node: Node, value: object, depth: int) -> None:
        """Write an expression as xl does, piece by piece where it is a list."""
        if self._is_plain(node, value):
            return
        if isinstance(node, Sequence) and node.opening and isinstance(value, list | tuple):
            if depth >= MAX_NESTING:
                self._refuse(node, f"lists are nested more than {MAX_NESTING} deep")
            if node.opening == "(":
                self._edits.append(
                    Edit(node.start, node.start + 1, "[", "xl has lists, no tuples (xl.cfg(5))")
                )
                self._edits.append(Edit(node.end - 1, node.end, "]"))
            for item, found in zip(node.items, value, strict=True):
                self._value(item, found, depth + 1)
            return
        self._edits.append(self._replaced(node, value, depth))

    def _replaced(self, node: Node, value: object, depth: int) -> Edit:
        before = self._text[node.start : node.end]
        new = self._new(node, value, depth)
        if isinstance(value, bool):
            reason = f"xl has 1 and 0 for True and False (xl.cfg(5)); xm ignored {value}"
        elif isinstance(node, Name):
            reason = "xl has no variables: its value (xl.cfg(5))"
        elif isinstance(node, Text) and len(node.parts) > 1:
            reason = "xl does not join strings that stand side by side (xl.cfg(5))"
        elif isinstance(node, Text):
            reason = "xl's strings have one line and the escapes of C only (xl.cfg(5))"
        elif isinstance(node, Number | Unary):
            reason = "xl does not read a number written like this (xl.cfg(5))"
        else:
            reason = _GRAMMAR
        comments = (
            [comment.text for comment in self._words.comments if node.start < comment.start < node.end]
            if "#" in before
            else []
        )
        if comments and not depth:
            # Comments within the expression would go with it.
            line_end = self._text.find("\n", node.end)
            line_end = len(self._text) if line_end < 0 else line_end
            if not self._text[node.end : line_end].strip():
                return Edit(node.start, node.end, f"{new}  {' '.join(comments)}", reason, before, new)
        return Edit(node.start, node.end, new, reason, before)

    def _is_plain(self, node: Node, value: object) -> bool:
        if isinstance(node, Text):
            raw = node.parts[0].text
            if len(node.parts) > 1 or raw[0] not in "'\"" or raw[:3] in ("'''", '"""'):
                return False
            try:
                return "\n" not in raw and unquote(raw) == value
            except EscapeError:
                return False
        return isinstance(node, Number) and bool(_BARE.fullmatch(node.raw)) and c_long(node.raw) == value

    def _new(self, node: Node, value: object, depth: int, times: int = 1) -> str:
        """The value as xl writes it, which is to stand in ``times`` places."""
        # What is too large is not even written once.
        if self._length + self._evaluator.size(value) * times > MAX_WRITTEN:
            self._refuse(node, "the file makes too much of too little")
        new = self._written(node, value, depth)
        self._length += len(new) * times
        return new

    def _written(self, node: Node, value: object, depth: int) -> str:
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, int):
            return str(value) if value >= 0 else f'"{value}"'
        if isinstance(value, float):
            whole = value.is_integer() and 0 <= value < 1 << 53
            return str(int(value)) if whole else f'"{value}"'
        if isinstance(value, str):
            return quote(value)
        if isinstance(value, list | tuple):
            if depth >= MAX_NESTING:
                self._refuse(node, f"lists are nested more than {MAX_NESTING} deep")
            return "[" + ", ".join(self._written(node, item, depth + 1) for item in value) + "]"
        return self._refuse(node, "a list of xl holds text and numbers, this one holds something else")

    def _refuse(self, node: Node, message: str) -> str:
        raise RefusedError(message, source=self._source, line=node.line, column=node.column)


class _Inside:
    """Whether an offset lies within one of many spans."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._next = 0

    def holds(self, offset: int) -> bool:
        """Asked with growing offsets."""
        while self._next < len(self._spans) and self._spans[self._next][1] <= offset:
            self._next += 1
        return self._next < len(self._spans) and self._spans[self._next][0] <= offset


def _joins_in_xl(result: object) -> bool:
    return isinstance(result, str | list)


def _names(node: Node | None) -> Iterator[str]:
    """Every variable an expression reads."""
    open_nodes: list[Node] = [] if node is None else [node]
    while open_nodes:
        found = open_nodes.pop()
        match found:
            case Name():
                yield found.name
            case Group():
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
            case Item():
                open_nodes += (found.whole, found.key)

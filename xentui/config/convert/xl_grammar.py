"""An xm file that is Python and data, rewritten in the grammar of xl; what is plain already stays as it is."""

from __future__ import annotations

import re

from xentui.config.convert.evaluate import Evaluator
from xentui.config.convert.grammar import statements
from xentui.config.convert.lexer import Words, scan
from xentui.config.convert.nodes import Name, Node, Number, Sequence, Statement, TextNode, Unary, names_in
from xentui.config.convert.rewriting import Edit, Rewriting, commented_out
from xentui.config.convert.value_writer import Writer, is_plain
from xentui.config.guest_type import named_type
from xentui.config.schema import BOOLEAN, NUMBER, STRING, schema

_KEY = re.compile(r"[a-z][._0-9a-z]*")
_GRAMMAR = "xl has no Python expressions (xl.cfg(5))"
_IGNORED = "xm read only strings, numbers and lists, and ignored this (xm opts.py)"
_VOID = "xm used only the last value of a name, and ignored that one (xm opts.py)"
_HELPER = "a variable of the file; its value was inserted where it was used"
_CASE = "xl's names are lower case (xl.cfg(5)); xm ignored others"


def rewrite(draft: Rewriting, source: str) -> None:
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
        self._used = {name for statement in self._statements for name in names_in(statement.value)}
        self._set = {target.text for statement in self._statements for target in statement.targets}
        self._evaluator = Evaluator(source)
        self._writer = Writer(source, self._evaluator.size)
        self._edits: list[Edit] = []
        self._dropped: list[tuple[int, int]] = []
        self._kept: dict[str, list[Statement]] = {}
        self._void: list[Statement] = []

    def apply(self, draft: Rewriting) -> None:
        for statement in self._statements:
            self._statement(statement)
        self._drop_void()
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
            self._drop(statement, "a string by itself has no effect; comments in xl begin with # (xl.cfg(5))")
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
            if reason is _IGNORED:
                self._void += self._kept.pop(keys[0], [])
            return
        self._kept.setdefault(keys[0], []).append(statement)
        self._key(statement, keys[0])
        if statement.operator in ("=", "+=") and (statement.operator == "=" or _joins_in_xl(result)):
            self._value(statement.value, value, 0)
        else:
            start, end = statement.operator_start, statement.value.end
            self._edits.append(
                Edit(start, end, f"= {self._writer.written(statement.value, result, 0)}", _GRAMMAR)
            )

    def _key(self, statement: Statement, key: str) -> None:
        if not key.islower():
            start = statement.targets[0].start
            self._edits.append(Edit(start, start + len(key), key.lower(), _CASE, telling=False))

    def _why_dropped(self, key: str, value: object) -> str:
        """Return why xl cannot have a variable, or need not; "" where it is one of its parameters, or may be."""
        known = key in schema()
        if key in self._used and not known:
            return _HELPER
        if not _KEY.fullmatch(key):
            lower = key.lower()
            if lower not in schema() or lower in self._set:
                return _CASE
            if lower == "type" and not (isinstance(value, str) and named_type(value)):
                return _HELPER
        if value is None or isinstance(value, dict) or (isinstance(value, tuple) and _is_single(key)):
            return _IGNORED
        return ""

    def _drop(self, statement: Statement, reason: str, *, telling: bool = True) -> None:
        self._dropped.append((statement.start, statement.end))
        self._edits += commented_out(self._text, statement.start, statement.end, reason, telling=telling)

    def _drop_void(self) -> None:
        """Make comments of what was set before, too, where a name ended with a value that xm ignored."""
        spans = _Inside([(statement.start, statement.end) for statement in self._void])
        if self._void:
            edits = sorted(self._edits, key=lambda edit: edit.start)
            self._edits = [edit for edit in edits if not spans.holds(edit.start)]
        for statement in self._void:
            self._drop(statement, _VOID)

    def _several(self, statement: Statement, keys: list[str], value: object) -> None:
        """``a = b = 1``: an assignment for each name that xl knows."""
        assert statement.value is not None  # noqa: S101 - it has targets
        kept = [key if key.islower() else key.lower() for key in keys if not self._why_dropped(key, value)]
        if not kept:
            self._drop(statement, self._why_dropped(keys[0], value))
            return
        written = self._writer.written(statement.value, value, 0, len(kept))
        new = "; ".join(f"{key} = {written}" for key in kept)
        self._edits.append(
            Edit(statement.start, statement.end, new, "xl sets one name at a time (xl.cfg(5))")
        )

    def _value(self, node: Node, value: object, depth: int) -> None:
        """Write an expression as xl does, piece by piece where it is a list."""
        if is_plain(node, value):
            return
        if isinstance(node, Sequence) and node.opening and isinstance(value, list | tuple):
            self._writer.check_depth(node, depth)
            if node.opening == "(":
                self._edits.append(
                    Edit(node.start, node.start + 1, "[", "xl has lists but no tuples (xl.cfg(5))")
                )
                self._edits.append(Edit(node.end - 1, node.end, "]"))
            for item, found in zip(node.items, value, strict=True):
                self._value(item, found, depth + 1)
            return
        self._edits.append(self._replaced(node, value, depth))

    def _replaced(self, node: Node, value: object, depth: int) -> Edit:
        before = self._text[node.start : node.end]
        new = self._writer.written(node, value, depth)
        if isinstance(value, bool):
            reason = f"xl has 1 and 0 for True and False (xl.cfg(5)); xm ignored {value}"
        elif isinstance(node, Name):
            reason = "xl has no variables; the value is inserted (xl.cfg(5))"
        elif isinstance(node, TextNode) and len(node.parts) > 1:
            reason = "xl does not join strings that stand side by side (xl.cfg(5))"
        elif isinstance(node, TextNode):
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


def _is_single(key: str) -> bool:
    """Return whether a parameter takes a single value: ``memory = 512,`` is a tuple, which neither tool reads."""
    known = schema().get(key.lower())
    return known is not None and known.kind in (STRING, NUMBER, BOOLEAN)


def _joins_in_xl(result: object) -> bool:
    return isinstance(result, str | list)

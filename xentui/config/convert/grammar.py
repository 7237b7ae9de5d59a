"""From the words of an xm file to its statements, and the refusal of whatever needs Python to run.

Follows the Python 2.7 language reference, chapters 5 to 7, as far as a file is data.
"""

from __future__ import annotations

from typing import NoReturn

from xentui.config.convert.lexer import PythonToken, Words
from xentui.config.convert.nodes import (
    Binary,
    GroupNode,
    ItemNode,
    Mapping,
    Name,
    Node,
    Number,
    Sequence,
    Statement,
    TextNode,
    Unary,
)
from xentui.config.convert.records import NotPythonError, PythonNeededError
from xentui.config.refusal import printable

MAX_NESTING = 50
_STATEMENTS = (
    "import", "from", "def", "class", "for", "while", "if", "elif", "else", "try", "except", "finally", "with",
    "exec", "print", "del", "return", "global", "raise", "assert", "break", "continue", "yield",
)  # fmt: skip
_WORD_OPERATORS = ("and", "or", "not", "in", "is", "if", "else", "lambda", "for", "yield")
_ASSIGNMENTS = ("+=", "-=", "*=", "/=", "//=", "%=")
_UNSUPPORTED = (
    "==", "!=", "<>", "<", ">", "<=", ">=", "**", "<<", ">>", "&", "|", "^", "~", "@",
    "**=", "<<=", ">>=", "&=", "|=", "^=",
)  # fmt: skip
_PRIORITY = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def statements(words: Words, source: str) -> list[Statement]:
    """Return the statements of a file.

    Raises PythonNeededError for what only Python can do, NotPythonError for what is no Python.
    """
    return _Parser(words.tokens, source).statements()


class _Parser:
    def __init__(self, tokens: tuple[PythonToken, ...], source: str) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self._source = source

    @property
    def _now(self) -> PythonToken:
        return self._tokens[self._position]

    def _take(self) -> PythonToken:
        token = self._now
        self._position += 1
        return token

    def _last_end(self) -> int:
        return self._tokens[self._position - 1].end

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        while self._now.kind != "END":
            if self._now.kind in ("NEWLINE", ";"):
                self._take()
                continue
            found.append(self._statement())
            if self._now.kind not in ("NEWLINE", ";", "END"):
                self._stop()
        return found

    def _statement(self) -> Statement:
        first = self._now
        if first.text in _STATEMENTS and first.kind == "NAME":
            self._needs(f"`{first.text}`", first)
        if first.kind == "NAME" and first.text == "pass":
            self._take()
            return Statement((), "", 0, None, first.start, first.end, first.line)
        targets: list[PythonToken] = []
        operator, operator_start = "", 0
        while (
            self._now.kind == "NAME"
            and self._tokens[self._position + 1].kind == "="
            and self._now.text not in _WORD_OPERATORS
        ):
            targets.append(self._take())
            operator, operator_start = "=", self._take().start
        following = self._tokens[min(self._position + 1, len(self._tokens) - 1)]
        if not targets and self._now.kind == "NAME" and following.kind in _ASSIGNMENTS:
            targets.append(self._take())
            operator, operator_start = self._now.kind, self._take().start
        value = self._whole_value()
        if not targets and not isinstance(value, TextNode):
            self._needs("a statement that is not an assignment", first)
        return Statement(
            tuple(targets), operator, operator_start, value, first.start, self._last_end(), first.line
        )

    def _whole_value(self) -> Node:
        """Return an expression, or several separated by commas: a tuple."""
        first = self._expression(0)
        if self._now.kind != ",":
            return first
        items = [first]
        while self._now.kind == ",":
            self._take()
            if self._now.kind in ("NEWLINE", ";", "END"):
                break
            items.append(self._expression(0))
        return Sequence(first.start, self._last_end(), first.line, first.column, "", tuple(items))

    def _expression(self, priority: int) -> Node:
        self._depth += 1
        if self._depth > MAX_NESTING:
            self._fail(f"expressions nested more than {MAX_NESTING} deep")
        left = self._operand()
        while True:
            operator = self._now
            level = _PRIORITY.get(operator.kind, 0)
            if level <= priority:
                break
            self._take()
            right = self._expression(level)
            left = Binary(left.start, right.end, left.line, left.column, operator.kind, left, right)
        token = self._now
        if token.kind in _UNSUPPORTED:
            self._needs(f"the operator `{token.kind}`", token)
        if token.kind == "NAME" and token.text in _WORD_OPERATORS:
            self._needs(f"`{token.text}`", token)
        self._depth -= 1
        return left

    def _operand(self) -> Node:
        token = self._now
        if token.kind in ("-", "+"):
            self._take()
            operand = self._expression(2)
            return Unary(token.start, operand.end, token.line, token.column, token.kind, operand)
        node = self._atom()
        while self._now.kind in ("(", ".", "["):
            trailer = self._now
            if trailer.kind == "(":
                self._needs(f"a call of {self._called(node)}", node)
            if trailer.kind == ".":
                attribute = self._tokens[self._position + 1]
                call = self._tokens[min(self._position + 2, len(self._tokens) - 1)].kind == "("
                owner = f"{printable(node.name)}." if isinstance(node, Name) else ""
                what = "a call of" if call else "the attribute"
                self._needs(f"{what} `{owner}{printable(attribute.text)}`", node)
            self._take()
            key = self._expression(0)
            if self._now.kind == ":":
                self._needs("a slice", trailer)
            self._expect("]")
            node = ItemNode(node.start, self._last_end(), node.line, node.column, node, key)
        return node

    def _atom(self) -> Node:
        token = self._now
        place = (token.line, token.column)
        if token.kind == "STRING":
            parts = []
            while self._now.kind == "STRING":
                parts.append(self._take())
            return TextNode(token.start, self._last_end(), *place, tuple(parts))
        if token.kind == "NUMBER":
            self._take()
            return Number(token.start, token.end, *place, token.text)
        if token.kind == "NAME":
            if token.text in _WORD_OPERATORS:
                self._needs(f"`{token.text}`", token)
            self._take()
            return Name(token.start, token.end, *place, token.text)
        if token.kind in ("[", "("):
            return self._sequence()
        if token.kind == "{":
            return self._mapping()
        if token.kind == "`":
            self._needs("a conversion in back-quotes", token)
        if token.kind in _UNSUPPORTED:
            self._needs(f"the operator `{token.kind}`", token)
        return self._stop()

    def _sequence(self) -> Node:
        opening = self._take()
        place = (opening.line, opening.column)
        items: list[Node] = []
        commas = 0
        while self._now.kind != _CLOSING[opening.kind]:
            items.append(self._expression(0))
            if self._now.kind == ",":
                self._take()
                commas += 1
            elif self._now.kind != _CLOSING[opening.kind]:
                self._stop()
        self._take()
        end = self._last_end()
        if opening.kind == "(" and len(items) == 1 and not commas:
            return GroupNode(opening.start, end, *place, items[0])
        return Sequence(opening.start, end, *place, opening.kind, tuple(items))

    def _mapping(self) -> Node:
        opening = self._take()
        pairs: list[tuple[Node, Node]] = []
        while self._now.kind != "}":
            key = self._expression(0)
            self._expect(":")
            pairs.append((key, self._expression(0)))
            if self._now.kind == ",":
                self._take()
            elif self._now.kind != "}":
                self._stop()
        self._take()
        return Mapping(opening.start, self._last_end(), opening.line, opening.column, tuple(pairs))

    def _expect(self, kind: str) -> None:
        if self._now.kind != kind:
            self._stop()
        self._take()

    @staticmethod
    def _called(node: Node) -> str:
        if isinstance(node, Name):
            return f"`{printable(node.name)}`"
        return "what is not a function's name"

    def _needs(self, what: str, at: PythonToken | Node) -> NoReturn:
        raise PythonNeededError(what, source=self._source, line=at.line, column=at.column)

    def _stop(self) -> NoReturn:
        token = self._now
        if token.kind == "NAME" and token.text in _STATEMENTS:
            self._needs(f"`{token.text}`", token)
        found = {"END": "the end of the text", "NEWLINE": "the end of the line"}.get(token.kind)
        self._fail(f"{found or repr(printable(token.text))} is not expected here")

    def _fail(self, message: str) -> NoReturn:
        raise NotPythonError(message, source=self._source, line=self._now.line, column=self._now.column)

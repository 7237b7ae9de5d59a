"""Data expressions have the values that Python gives them: a few hundred made up at random, and Python asked."""

from __future__ import annotations

import json
import random
import subprocess
import sys

from xentui.config.convert.evaluate import Evaluator
from xentui.config.convert.grammar import statements
from xentui.config.convert.lexer import scan
from xentui.errors import ConfigError

COUNT = 800
TEXTS = (
    "'a'",
    '"b c"',
    "'it\\'s'",
    "r'\\n'",
    "'\\t\\x41'",
    "'''x\ny'''",
    "u'\\u00e9'",
    "'p' 'q'",
    "''",
    "'%'",
    "'%%'",
)
NUMBERS = ("0", "7", "0x1f", "1.5", "-3", "12", "True", "False")
FORMATS = (
    "'%s'",
    "'%d-%s'",
    "'%5.2f|'",
    "'%03d'",
    "'%x'",
    "'%-4s|'",
    "'%+d'",
    "'%r'",
    "'%%'",
    "'%c'",
    "'%(k)s'",
)


class Maker:
    """Expressions; what Python refuses is among them."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - only expressions

    def text(self, depth: int) -> str:
        kind = self._rng.randrange(7) if depth else 0
        if kind == 1:
            return f"({self.text(depth - 1)} + {self.text(depth - 1)})"
        if kind == 2:
            return f"{self.text(depth - 1)} + {self.text(depth - 1)}"
        if kind == 3:
            return f"{self._rng.choice(FORMATS)} % {self.value(depth - 1)}"
        if kind == 4:
            return f"{self.text(depth - 1)} * {self._rng.randrange(-1, 4)}"
        if kind == 5:
            return f"{self._rng.choice(FORMATS)} % ({self.value(depth - 1)}, {self.value(depth - 1)})"
        return self._rng.choice(TEXTS)

    def number(self, depth: int) -> str:
        kind = self._rng.randrange(4) if depth else 0
        if kind == 1:
            operator = self._rng.choice(("+", "-", "*", "//", "%"))
            return f"{self.number(depth - 1)} {operator} {self.number(depth - 1)}"
        if kind == 2:
            return f"({self.number(depth - 1)})"
        if kind == 3:
            return f"-{self.number(depth - 1)}"
        return self._rng.choice(NUMBERS)

    def value(self, depth: int) -> str:
        kind = self._rng.randrange(7)
        if kind < 2:
            return self.text(depth)
        if kind < 4:
            return self.number(depth)
        items = ", ".join(self.value(depth - 1) for _ in range(self._rng.randrange(3))) if depth > 0 else ""
        if kind == 4:
            return f"[{items}]"
        if kind == 5:
            return f"{{'k': {self.value(depth - 1) if depth > 0 else 1}}}"
        return f"({items},)" if items else "()"


def ours(expression: str) -> str:
    """The value as Python writes it, or that there is none."""
    try:
        (statement,) = statements(scan(f"x = {expression}", ""), "")
        assert statement.value is not None
        return repr(Evaluator("").value(statement.value))
    except ConfigError:
        return "none"


def pythons(expressions: list[str]) -> list[str]:
    script = (
        "import json, sys\nfound = []\n"
        "for text in json.load(sys.stdin):\n"
        "    try:\n        found.append(repr(eval(text, {'__builtins__': {}})))\n"
        "    except Exception:\n        found.append('none')\n"
        "json.dump(found, sys.stdout)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", script],
        input=json.dumps(expressions),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[str] = json.loads(done.stdout)
    return answers


def test_values_are_pythons() -> None:
    maker = Maker(7)
    expressions = [maker.value(3) for _ in range(COUNT)]
    differ = []
    for expression, theirs in zip(expressions, pythons(expressions), strict=True):
        mine = ours(expression)
        # What is beyond data to us, such as a list within a %s, may have a value in Python.
        if mine not in (theirs, "none"):
            differ.append(f"{expression!r}: {mine} here, {theirs} in Python")
        if mine == "none" and theirs != "none" and "%" not in expression:
            differ.append(f"{expression!r}: refused here, {theirs} in Python")
    assert differ == []

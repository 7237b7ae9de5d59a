"""The expressions of ``xend-relocation-hosts-allow``, as Python 2's ``re`` takes them.

xend cuts the value at single blanks and compiles each piece when it starts (relocate.py); an error there ends it
(SrvDaemon.run).  An expression is matched with the *beginning* of a peer's address and name (connection.hostAllowed).
"""

from __future__ import annotations

import re
import warnings as python_warnings

LIMIT = 1000
"""Characters of one expression, and expressions of one value."""
_KNOWN_LETTERS = "AbBdDsSwWZafnrtvx"
"""Letters that mean something behind a backslash in Python 2; all others mean themselves."""


def split(value: str) -> list[str]:
    """Return the expressions of a value, as xend cuts it: two blanks have an empty one between them."""
    return value.split(" ") if value else []


def problem(expression: str) -> str:
    """Return why an expression is none for Python 2, "" where it is one."""
    if len(expression) > LIMIT:
        return f"it is longer than {LIMIT} characters"
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")  # of what another Python may read otherwise
            re.compile(as_in_python_3(expression), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return ""


def cautions(value: str) -> list[str]:
    """Return what expressions let in beside what was meant, one sentence each."""
    told = []
    for expression in split(value)[:LIMIT]:
        if problem(expression):
            continue
        if not expression:
            told.append("every host may send guests: two blanks have an empty expression between them")
        elif not re.search(r"(?:\$|\\Z)\)*\Z", expression):
            told.append(
                f"{expression!r} also matches names and addresses that only begin like this: end it with $"
            )
        elif re.search(r"(?<!\\)(?:\\\\)*[A-Za-z0-9]\.[A-Za-z0-9]", expression):
            told.append(
                f"{expression!r} has a dot that stands for any character: write \\. "
                "(in the file itself, with two backslashes)"
            )
    return told


def as_in_python_3(expression: str) -> str:
    """Return an expression of Python 2's ``re`` as this Python compiles it to the same; raises re.error where 2 would.

    What differs: a letter without a meaning may have a backslash there, and there are no possessive repetitions.
    """
    made, repeats, in_class = [], False, False
    for piece in re.findall(r"\\.|\{\d*,?\d*\}|\(\?>|.", expression, re.DOTALL):
        if piece == "(?>" and not in_class:
            raise re.error("unexpected end of pattern")
        if piece == "+" and repeats and not in_class:
            raise re.error("multiple repeat")
        if len(piece) == 2 and piece[0] == "\\" and piece[1].isalpha() and piece[1].isascii():
            made.append(piece if piece[1] in _KNOWN_LETTERS else piece[1])
        else:
            made.append(piece)
        repeats = (
            not in_class
            and (piece in ("*", "+", "?") or (piece[0] == "{" and len(piece) > 2))
            and not repeats
        )
        in_class = (in_class or piece == "[") and piece != "]"
    return "".join(made)

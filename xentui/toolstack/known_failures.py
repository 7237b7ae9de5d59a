"""From the words of a command that failed to a sentence, by a table of an engine's own; the same for each engine."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xentui.errors import CommandError, Hint
from xentui.hosts.base import Completed
from xentui.text import plain
from xentui.toolstack.argv import masked_words

WORDS_KEPT = 12
"""Lines of a command's own words that an error has."""
_LONGEST = 500

Known = Sequence[tuple[str, str, Hint]]
"""Patterns of what an engine says, each with the sentence for it and what to do next; the first that fits counts.

They are compiled when a command has failed, not at every start.
"""


def plain_words(words: Sequence[str]) -> tuple[str, ...]:
    """Return what a command has said, as it can be shown."""
    return tuple(plain(word, _LONGEST) for word in words)


def explained(
    done: Completed, words: Sequence[str], known: Known, otherwise: str, subject: str
) -> CommandError:
    """Return the error for a command that has said ``words``: by the table, ``otherwise`` where that knows none of
    them.
    """
    text = "\n".join(words)
    found = next(
        ((message, hint) for pattern, message, hint in known if re.search(pattern, text)), (otherwise, "")
    )
    message, hint = found
    return CommandError(
        message,
        argv=tuple(masked_words(done.argv)),
        exit_code=done.exit_code,
        details=words[-WORDS_KEPT:],
        subject=subject,
        hint=hint,
    )

"""``KEY=VALUE`` words of a command line over a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.config.document import Document, parse
from xentui.config.quoting import quote
from xentui.config.refusal import printable
from xentui.errors import ConfigError, UsageError


def override(document: Document, words: Sequence[str]) -> Document:
    """The document with the words added at the end, where they win, as ``xl create FILE WORD…`` does it.

    A value that is one in xl's own notation is taken as it is (``memory=256``, ``name="web2"``,
    ``disk=['…']``); anything else is a string, as xm took it (``name=web2``, ``extra=a b c``).  Raises
    UsageError for a word that is no assignment.
    """
    lines = override_words(words)
    return document.append_text("\n".join(lines)) if lines else document


def override_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words in the form that ``xl create FILE WORD…`` takes: values that need quotes have them."""
    return tuple(_line(word) for word in words)


def _line(word: str) -> str:
    key, equals, value = word.partition("=")
    key = key.strip()
    operator = "="
    if key.endswith("+"):
        key, operator = key[:-1].rstrip(), "+="
    if not equals or not key:
        raise UsageError(
            f"'{printable(word)}' is not KEY=VALUE", hint="Write for example memory=256 or name=web2."
        )
    try:
        parsed = parse(f"{key}{operator}{value}")
        if (
            len(parsed.assignments) == 1
            and "\n" not in value
            and "#" not in parsed.text[parsed.assignments[0].end :]
        ):
            return f"{key}{operator}{value}"
    except ConfigError:
        pass
    line = f"{key}{operator}{quote(value)}"
    try:
        parse(line)
    except ConfigError as error:
        raise UsageError(
            f"'{printable(key)}' cannot be a parameter name",
            hint="Names are lower case, for example memory=256.",
        ) from error
    return line

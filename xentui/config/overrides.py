"""``KEY=VALUE`` words of a command line over a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.config.document import Document, parse
from xentui.config.numbers import c_long
from xentui.config.quoting import quote
from xentui.config.refusal import printable
from xentui.config.schema import schema
from xentui.errors import ConfigError, UsageError
from xentui.model.sizes import mebibytes


def override(document: Document, words: Sequence[str]) -> Document:
    """Return the document with the words added at the end, where they win, as ``xl create FILE WORD…`` does it.

    A value that is one in xl's own notation is taken as it is (``memory=256``, ``name="web2"``,
    ``disk=['…']``); anything else is a string, as xm took it (``name=web2``, ``extra=a b c``).  Raises
    UsageError for a word that is not an assignment.  A size may have a suffix: xl takes MiB alone, and ignores ``2G``.
    """
    lines = override_words(words)
    return document.append_text("\n".join(lines)) if lines else document


def override_words(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words in the form that ``xl create FILE WORD…`` takes: values that need quotes have them."""
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
    value = _in_mebibytes(key, value)
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


def _in_mebibytes(key: str, value: str) -> str:
    """Return a size with a suffix as the number xl takes for it; every other value as it is."""
    text = value.strip()
    if not text[:1].isdigit() or not text[-1:].isalpha():
        return value
    known = schema().get(key)
    if known is None or not known.is_size or c_long(text) is not None:
        return value
    size = mebibytes(text)
    return value if size is None else str(size)

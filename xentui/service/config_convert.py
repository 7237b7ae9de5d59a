"""A configuration file as xl takes it: xm's files are converted on the way, and each change is told."""

from __future__ import annotations

from xentui import config as language
from xentui.errors import ConfigError


def converted(text: str, *, source: str, as_xm: bool = False) -> tuple[language.Document, tuple[str, ...]]:
    """Return the configuration of a file, and a sentence for each change that made it one of xl's.

    A file that xl takes keeps what xl makes of it, unless it is asked for as xm's (``as_xm``).  Raises
    PythonNeededError (a ConfigError) for a file of xm that needs Python to run, ConfigError with xl's complaint for
    what is not a configuration.
    """
    try:
        document = language.parse(text, source=source)
    except ConfigError:
        document = None
    try:
        made = language.convert.convert(
            text, source=source, name=language.convert.name_of(source), as_xm=as_xm
        )
    except ConfigError:
        if document is None:
            raise
        return document, ()
    if not made.changes:
        return made.document, ()
    document = language.parse(made.text, source=f"{source}, converted")
    return document, tuple(change.sentence(source) for change in made.changes)

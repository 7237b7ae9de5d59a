"""Old xm files made into what xl takes, each change with its reason; nothing of a file is ever run.

Two steps.  A text that is not in xl's grammar is read as Python data (:mod:`.grammar`, :mod:`.evaluate`) and
rewritten where the two differ (:mod:`.plain`).  Then rules translate what xl refuses, ignores or takes otherwise
(``*_rules``); of a file that is xl's they only take out what means nothing to it.
What needs no change stays byte for byte, comments and layout included.
"""

from __future__ import annotations

from xentui.config.convert.passes import converted
from xentui.config.convert.records import (
    Conversion,
    ConvertedLine,
    NotPythonError,
    PythonNeededError,
    UnknownNameError,
)
from xentui.config.convert.rewriting import Edit, Rewriting
from xentui.config.convert.xend import from_sxp
from xentui.config.convert.xl_grammar import rewrite
from xentui.config.document import Document, parse
from xentui.config.guest_type import named_type
from xentui.config.libxl.translation import translate
from xentui.config.refusal import RefusedError
from xentui.config.schema import schema
from xentui.config.secrets import hushed
from xentui.config.sxp import looks_like_sxp
from xentui.config.syntax import List, decode
from xentui.errors import ConfigError

__all__ = ["Change", "Conversion", "NotPythonError", "PythonNeededError", "convert", "name_of"]

MAX_CHARACTERS = 1 << 18
MAX_VALUES = 4_000
"""What no configuration of a domain comes near."""
_ENDINGS = (".cfg", ".conf", ".xm", ".py", ".sxp", ".txt")


def convert(
    data: str | bytes, *, source: str = "<configuration>", name: str = "", as_xm: bool = False
) -> Conversion:
    """Return the configuration for xl.

    ``source`` names the file in messages; ``name`` is for a domain without one (:func:`name_of`).  xend's own
    s-expressions (``config.sxp``, ``xm list -l`` of one domain) are taken too.  A text that xl takes keeps what xl
    makes of it, and comes back unchanged where no word of xm's is in it; one that xl refuses means what xm made of
    it, and with ``as_xm`` any does.  The result's ``problems`` are the linter's: errors among them are what no rule
    could mend.

    Raises PythonNeededError (a ConfigError) with line and column for a file that needs Python to run, ConfigError
    for what is not a configuration at all, or beyond all bounds.
    """
    text = decode(data, source)
    if looks_like_sxp(text):
        return from_sxp(text, source=source)
    if len(text) > MAX_CHARACTERS:
        raise _beyond(f"it is longer than {MAX_CHARACTERS} characters", source)
    draft = Rewriting(text)
    document = _readable(draft, source)
    _bounded(document)
    draft.of_xm = draft.of_xm or as_xm
    return converted(draft, document, name=name, as_xm=as_xm or not _is_of_xl(draft, document))


def name_of(path: str) -> str:
    """Return what to call a domain whose file gives no name: the file's, without ``.cfg`` or its like.

    xm took the whole file name, ``web1.cfg`` (xm create.py).
    """
    base = path.rstrip("/").rpartition("/")[2]
    for ending in _ENDINGS:
        if base.endswith(ending) and base != ending:
            return base.removesuffix(ending)
    return base


def _readable(draft: Rewriting, source: str) -> Document:
    """Return the draft in xl's grammar; its text is rewritten where it has to be."""
    try:
        return parse(draft.text, source=source)
    except RefusedError as error:
        complaint = error
    if draft.text.lstrip().startswith("<"):
        raise RefusedError(
            "it is an XML file, as the XenAPI uses them",
            source=source,
            line=1,
            column=1,
            hint="Convert the file it was made from, or xend's config.sxp.",
        )
    _mend_line_ends(draft)
    try:
        return parse(draft.text, source=source)
    except RefusedError:
        pass
    try:
        _rewritten(draft, source)
        return parse(draft.text, source=source)
    except (NotPythonError, UnknownNameError) as error:
        if isinstance(error, UnknownNameError) and (error.line, error.column) != (
            complaint.line,
            complaint.column,
        ):
            raise
        if isinstance(error, NotPythonError) and error.hint:
            raise
        # It is no Python either: what xl says of it is nearer to what was meant.
        complaint.details = (f"nor is it an xm file: line {error.line}: {error.message}",)
        raise complaint from None


def _rewritten(draft: Rewriting, source: str) -> None:
    lines = draft.text.split("\n")
    try:
        rewrite(draft, source)
    except RefusedError as error:
        error.message = hushed(error.message, lines[error.line - 1] if error.line else "")
        error.args = (error.message,)
        raise


def _mend_line_ends(draft: Rewriting) -> None:
    """A byte order mark, DOS line ends, and a last line without one."""
    if draft.text.startswith("\ufeff"):
        draft.apply(
            [Edit(0, 1, "", "xl does not accept a byte order mark", "byte order mark", "", telling=False)]
        )
    if "\r\n" in draft.text:
        line = draft.text.count("\n", 0, draft.text.index("\r\n")) + 1
        draft.text = draft.text.replace("\r\n", "\n")
        draft.note(
            ConvertedLine(
                line, "\\r\\n", "\\n", "xl accepts Unix line ends only (DOS line ends are lexical errors)"
            )
        )
    if draft.text and not draft.text.endswith("\n") and "#" in draft.text[draft.text.rfind("\n") + 1 :]:
        size = len(draft.text)
        reason = "xl refuses a comment on a last line without line end"
        draft.apply([Edit(size, size, "\n", reason, "", "\\n", telling=False)])


def _is_of_xl(draft: Rewriting, document: Document) -> bool:
    """Return whether a file is xl's: xl accepts it as it is, or it has what only xl reads.

    ``type`` may be a variable of xm's.  A file for domUloader, or without any name, xl takes only to fail with it.
    """
    table = schema()
    if any(
        key in table
        and table[key].toolstack == "xl"
        and (key != "type" or named_type(document.string(key) or "?"))
        for key in document.keys()  # noqa: SIM118 - not a dict
    ):
        return True
    loader = (document.string("bootloader") or "").rpartition("/")[2]
    if draft.of_xm or not document.string("name") or loader.lower().startswith("domuloader"):
        return False
    try:
        translate(document)
    except ConfigError:
        return False
    return True


def _bounded(document: Document) -> None:
    values = sum(
        len(found.value.items) if isinstance(found.value, List) else 1 for found in document.assignments
    )
    if values > MAX_VALUES:
        raise _beyond(f"it has more than {MAX_VALUES} values", document.source)


def _beyond(what: str, source: str) -> RefusedError:
    hint = "This is far beyond any real configuration; check that the right file was given."
    return RefusedError(f"{what}, too much to convert", source=source, hint=hint)

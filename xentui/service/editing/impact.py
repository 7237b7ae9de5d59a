"""What an edit means: as text, by field, for the running domain, and for the next start."""

from __future__ import annotations

from xentui import config as language
from xentui.frozen import dataclass
from xentui.model.configuration import Difference
from xentui.model.domain import Domain
from xentui.service.editing import drafts
from xentui.service.editing.drafts import Draft
from xentui.service.editing.fields import differences, readable
from xentui.service.editing.live_impact import LiveChange, live_changes
from xentui.service.text_diff import unified
from xentui.toolstack.base import Toolstack


@dataclass(frozen=True, slots=True)
class Impact:
    """What an edit changes.

    ``text_diff`` are lines of a unified diff; ``fields`` the same by field; ``live`` what concerns the running
    domain; ``next_start`` the fields that take effect only at the next start; ``nothing`` that the text is the same.
    """

    text_diff: tuple[str, ...] = ()
    fields: tuple[Difference, ...] = ()
    live: tuple[LiveChange, ...] = ()
    next_start: tuple[str, ...] = ()
    nothing: bool = False


def impact_of(toolstack: Toolstack, draft: Draft, text: str, domain: Domain | None) -> Impact:
    """Return what changes from the draft to ``text``.

    Fields, live changes and what waits for the next start are told of a text that parses, as it would be stored:
    with the addresses interfaces are given.
    """
    if text == draft.text:
        return Impact(nothing=True)
    before = f"version {draft.version}" if draft.version else draft.source or "before"
    diff = unified(draft.text, text, before, "edited")
    old, new = readable(draft.text), readable(text)
    if new is None:
        return Impact(diff)
    whole = _completed(draft, new)
    fields = differences(old, whole)
    live = live_changes(toolstack, old, whole, domain)
    waiting = tuple(item.field for item in fields if item.field not in live.now)
    return Impact(diff, fields, live.changes, waiting)


def _completed(draft: Draft, document: language.Document) -> language.Document:
    """Return it with the addresses it would be stored with; a uuid is nothing the user has changed."""
    if document.string("uuid") is None:
        whole = drafts.completed(draft, document, drafts.draft_uuid(draft))
        old = readable(draft.text)
        return whole.remove("uuid") if old is None or old.string("uuid") is None else whole
    return drafts.completed(draft, document, "")

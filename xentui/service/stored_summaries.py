"""What the stored texts of domains say: read once for each text, and kept while it stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xentui.model.configuration import Summary
from xentui.service.summary import from_table, summarise
from xentui.store import StoredDomain


class StoredSummaries:
    """The summaries of stored texts, by uuid, each with the digest (SHA-256) of the text that it is of."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Summary]] = {}
        self._made: dict[str, tuple[str, Summary]] = {}

    def read(self, stored: Iterable[StoredDomain]) -> tuple[dict[str, Summary], list[str]]:
        """Return what the texts and summaries of entries say, by uuid, and the uuids of those that come without their
        text, and with a summary that cannot be read; nothing of what has been read before.
        """
        contents: dict[str, Summary] = {}
        unread: list[str] = []
        for entry in stored:
            if entry.contents is None and not entry.damaged:
                summary = self._contents(entry)
                if summary is None:
                    unread.append(entry.uuid)
                else:
                    contents[entry.uuid] = summary
        return contents, unread

    def made(self) -> dict[str, tuple[str, Summary]]:
        """Return the summaries that were made here since this was last asked, by uuid with the text's digest."""
        made, self._made = self._made, {}
        return made

    def of(self, entry: StoredDomain) -> Summary | None:
        """Return what the text of an entry says, an error where that is not known; None for a damaged entry."""
        if entry.damaged:
            return None
        contents = self._contents(entry)
        return contents if contents is not None else Summary(None, "its summary in the store cannot be read")

    def forget_others(self, entries: Mapping[str, StoredDomain]) -> None:
        """Keep only what belongs to ``entries`` (by uuid) that do not bear their contents themselves."""
        if self._kept:
            self._kept = {
                uuid: kept
                for uuid, kept in self._kept.items()
                if uuid in entries and entries[uuid].contents is None
            }

    def _contents(self, entry: StoredDomain) -> Summary | None:
        """Return what is known of an entry's text; None where there is neither the text nor a summary that can be
        read.
        """
        if entry.contents is not None:
            return entry.contents
        kept = self._kept.get(entry.uuid)
        if kept is not None and kept[0] == entry.config_sha256:
            return kept[1]
        summary = from_table(entry.summary) if entry.summary is not None else None
        if summary is None and entry.text is not None:
            summary = summarise(entry.text)
            self._made[entry.uuid] = entry.config_sha256, summary
        if summary is not None:
            self._kept[entry.uuid] = entry.config_sha256, summary
        return summary

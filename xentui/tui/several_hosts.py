"""What is known of several hosts together: what is on two of them and may be on one only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from xentui.fleet.duplicates import Doubles, doubles
from xentui.service.events import Event
from xentui.text import plain
from xentui.tui.host_context import HostContext
from xentui.tui.jobs import on_host


class Several:
    """Several hosts, as they are in the list."""

    def __init__(self, hosts: Sequence[HostContext]) -> None:
        self._hosts = hosts
        self._told: set[tuple[str, str, str]] = set()
        self._looks: Counter[str] = Counter()
        self._first: dict[str, Mapping[str, int]] = {}
        """The looks there had been at its hosts when a domain was first found twice, by uuid."""
        self._due = False

    def moved(self, host: str, events: Sequence[Event] | None) -> None:
        """Something of a host has changed; ``events`` are those of a snapshot, None for none."""
        if events is not None:
            # The first snapshot of a host has no events.
            self._due = self._due or bool(events) or host not in self._looks
            self._looks[host] += 1

    def warning(self) -> str:
        """Return what may be on one host only and has come to be on two, in a sentence; "" for nothing new.

        Hosts are not looked at at one moment: a domain that moves seems to be on both, until each was looked at again.
        """
        if not self._due:
            return ""
        snapshots = {host.label: host.host_state.snapshot for host in self._hosts}
        found = doubles({label: known for label, known in snapshots.items() if known is not None})
        unsure = self._unsure(found)
        self._due = bool(unsure)
        found = {place: texts for place, texts in found.items() if place[1] not in unsure}
        for host in self._hosts:
            host.host_state.doubles = {
                uuid: texts for (label, uuid), texts in found.items() if label == host.label
            }
        new = {(label, uuid, text) for (label, uuid), texts in found.items() for text in texts}
        fresh, self._told = sorted(new - self._told), new
        if not fresh:
            return ""
        label, uuid, text = fresh[0]
        snapshot = snapshots[label]
        domains = snapshot.domains if snapshot is not None else ()
        name = next((domain.label for domain in domains if domain.uuid == uuid), uuid)
        more = len({each[1] for each in fresh}) - 1
        return plain(f"{on_host(name, label)} {text}", 400) + (f" (and {more} more)" if more else "")

    def _unsure(self, found: Doubles) -> set[str]:
        """Of the domains on two hosts, by uuid, those whose hosts have not all been looked at since, and answer."""
        answering = {host.label for host in self._hosts if host.host_state.trouble is None}
        places: dict[str, dict[str, int]] = {}
        for label, uuid in found:
            places.setdefault(uuid, {})[label] = self._looks[label]
        self._first = {uuid: self._first.get(uuid, looks) for uuid, looks in places.items()}
        return {
            uuid
            for uuid, looks in places.items()
            if any(
                label in answering and self._first[uuid].get(label) == count for label, count in looks.items()
            )
        }

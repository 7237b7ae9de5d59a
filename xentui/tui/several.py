"""What is known of several hosts together: what is on two of them and may be on one only."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.fleet.doubles import doubles
from xentui.service.events import Event
from xentui.text import plain
from xentui.tui.host_context import HostContext
from xentui.tui.jobs import on_host


class Several:
    """Several hosts, as they are in the list."""

    def __init__(self, hosts: Sequence[HostContext]) -> None:
        self._hosts = hosts
        self._told: set[tuple[str, str, str]] = set()
        self._seen: set[str] = set()
        self._due = False

    def moved(self, host: str, events: Sequence[Event] | None) -> None:
        """Something of a host has changed; ``events`` are those of a snapshot, None for none."""
        if events is not None:
            # The first snapshot of a host has no events.
            self._due = self._due or bool(events) or host not in self._seen
            self._seen.add(host)

    def warning(self) -> str:
        """What may be on one host only and has come to be on two, in a sentence; "" for nothing new."""
        if not self._due:
            return ""
        self._due = False
        snapshots = {host.label: host.host_state.snapshot for host in self._hosts}
        found = doubles({label: known for label, known in snapshots.items() if known is not None})
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

"""The line on top: which host, how it is, how many domains."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from xentui.text import plain
from xentui.tui.picture import HostPicture


class HostBar(Static):
    """Shows as much as fits, the most telling first."""

    COMPONENT_CLASSES = {"host-bar--name", "host-bar--muted", "host-bar--alarm"}

    def __init__(self, host: str, *, modes: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._host = host
        self._modes = modes
        self._shown = ""

    def show(self, picture: HostPicture, stale: str) -> None:
        """Draw the line anew where it has changed."""
        text = self._line(picture, stale)
        if text.plain != self._shown:
            self._shown = text.plain
            self.update(text, layout=False)

    def on_resize(self) -> None:
        """Another width has room for other parts."""
        self._shown = ""

    def _line(self, picture: HostPicture, stale: str) -> Text:
        name = self.get_component_rich_style("host-bar--name", partial=True)
        alarm = self.get_component_rich_style("host-bar--alarm", partial=True)
        width = self.size.width or 80
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(" xentui ", name)
        text.append(plain(self._host, 60))
        for mode in self._modes:
            text.append(f" [{mode}]", alarm)
        if stale:
            text.append(f" · {plain(stale, 200)}", alarm)
            return text
        for part in self._parts(picture):
            if text.cell_len + len(part) + 3 > width:
                break
            text.append(f" · {part}")
        return text

    @staticmethod
    def _parts(picture: HostPicture) -> list[str]:
        info, snapshot = picture.info, picture.snapshot
        parts = []
        if snapshot is not None:
            guests = [domain for domain in snapshot.domains if not domain.is_control]
            up = sum(domain.state.alive for domain in guests)
            parts.append(f"{up} up of {len(guests)}")
        else:
            parts.append("looking …")
        if info.total_memory_mib:
            parts.append(f"{gib(info.free_memory_mib)} free of {gib(info.total_memory_mib)}")
            parts.append(f"{info.cpus} CPUs")
        if info.xen_version:
            parts.append(f"Xen {info.xen_version}")
        if snapshot is not None:
            parts += list(snapshot.problems)
        if info.hostname and info.hostname not in (snapshot.host if snapshot else ""):
            parts.append(info.hostname)
        return parts


def gib(mib: int) -> str:
    """A size of memory in a few characters."""
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib} MiB"

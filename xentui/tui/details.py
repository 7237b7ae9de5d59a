"""What there is to know of one domain, as lines of the detail pane.  No Textual."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence

from xentui.commands.describe import condition, kept_copies, kind, notice
from xentui.errors import Render, worded
from xentui.frozen import dataclass
from xentui.model.configuration import action_word, describe_disk, describe_vif
from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.host_state import Happening, LoggedCommand


@dataclass(frozen=True, slots=True)
class DetailLine:
    """A label and what it says; ``tone`` is "", ``muted``, ``note`` or ``alarm``."""

    label: str
    text: str
    tone: str = ""


def lines(
    domain: Domain, happenings: Sequence[Happening], commands: Sequence[LoggedCommand], render: Render
) -> list[DetailLine]:
    """Return everything about a domain, the most important first; ``render`` words commands that help."""
    return [
        DetailLine(label, plain(text, 1000), tone)
        for label, text, tone in (
            *_head(domain),
            *_troubles(domain, render),
            *_devices(domain),
            *_boot(domain),
            *_stored(domain),
            *_lately(happenings, commands),
        )
    ]


_DOT = " ·\N{NO-BREAK SPACE}"
"""Between two things on one line; a line that is broken there begins with it."""
_BOOTING = {
    "boot loader": "its boot loader is running; its menu may be waiting for a choice or for its timeout",
    "build": "xl is building it",
}
_Parts = Iterator[tuple[str, str, str]]


def _head(domain: Domain) -> _Parts:
    number = f"{_DOT}domid {domain.domid}" if domain.domid is not None else ""
    words = dict.fromkeys((condition(domain), kind(domain), domain.config.type))
    state, *rest = words
    yield "state", _DOT.join([f"{state}{number}", *rest]), ""
    yield "uuid", domain.uuid, "muted"
    maximum = (
        f" of {domain.maxmem_mib}" if domain.maxmem_mib and domain.maxmem_mib != domain.memory_mib else ""
    )
    vcpus = (
        f"{domain.vcpus} of {domain.config.maxvcpus}"
        if domain.config.maxvcpus > domain.vcpus
        else str(domain.vcpus)
    )
    yield "memory", f"{domain.memory_mib}{maximum} MiB{_DOT}vCPUs {vcpus}", ""


def _troubles(domain: Domain, render: Render) -> _Parts:
    if domain.booting:
        yield "booting", _BOOTING[domain.booting], "note"
    if domain.damaged:
        yield "damaged", f"{domain.damaged}; `:history` and `:restore-version` repair it", "alarm"
    if domain.notice:
        yield "notice", worded(notice(domain), render), "note"
    if domain.copies:
        yield "copies", kept_copies(domain), "note"
    if domain.stored_name not in ("", domain.name):
        yield "stored", f"as {domain.stored_name}", "note"
    if domain.one_off:
        yield "one-off", "runs another configuration; the next start boots the stored one", "note"
    if domain.file_drift:
        yield "drift", domain.file_drift, "note"
    for item in domain.differences:
        stored, running = _size(item.field, item.old), _size(item.field, item.new)
        yield (
            "drift",
            f"{item.field.removesuffix('_kib')}: stored {stored or '–'}, running {running or '–'}",
            "note",
        )


def _size(field: str, value: str) -> str:
    return f"{int(value) // 1024} MiB" if field.endswith("_kib") and value.isdecimal() else value


def _devices(domain: Domain) -> _Parts:
    for disk in domain.config.disks:
        yield "disk", f"{disk.vdev} {describe_disk(disk)}", ""
    for vif in domain.config.vifs:
        yield "net", describe_vif(vif), ""


def _boot(domain: Domain) -> _Parts:
    config = domain.config
    if domain.is_control:
        return
    parts = [config.boot_method]
    if config.bootloader:
        parts += config.bootloader_args
    else:
        parts += [part for part in (config.kernel, config.ramdisk, config.cmdline) if part]
    yield "boot", " ".join(parts), ""
    unusual = {"on_poweroff": "destroy", "on_reboot": "restart", "on_crash": "destroy"}
    actions = [
        f"{key} {action_word(value)}"
        for key, value in config.actions.items()
        if unusual.get(key, value) != value
    ]
    if actions:
        yield "events", ", ".join(actions), "muted"


def _stored(domain: Domain) -> _Parts:
    if domain.managed:
        source = f" from {domain.source}" if domain.source else ""
        autostart = f"{_DOT}starts with the host" if domain.autostart else ""
        if domain.autostart_order is not None:
            autostart += f", order {domain.autostart_order}"
        yield "stored", f"version {domain.version}{source}{autostart}", ""
    elif not domain.is_control and not domain.copy_of:
        yield "stored", "no: gone when it stops", "muted"


def _lately(happenings: Sequence[Happening], commands: Sequence[LoggedCommand]) -> _Parts:
    for happening in happenings:
        yield "event", f"{_clock(happening.at)} {happening.text}", ""
    for command in commands:
        failed = command.exit_code != 0 and command.open != "running"
        ending = f" → {command.open or f'exit {command.exit_code}'}" if command.exit_code != 0 else ""
        yield (
            "ran",
            f"{command.clock} {shlex.join(command.argv)}{ending} ({command.user})",
            "alarm" if failed else "muted",
        )


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))

"""Domains as text and as JSON."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xentui.errors import Hint, Render, Suggest, joined, worded
from xentui.model.configuration import Difference, action_word, describe_disk, describe_vif
from xentui.model.domain import Domain, Snapshot
from xentui.model.installation import InstallState
from xentui.service.domain_notices import hint_of

_BLANK = re.compile(r"\s")
_SIZES = {"memory_kib": "memory", "maxmem_kib": "maximum memory"}
"""Fields of a configuration that are sizes in KiB, and how they are called."""
_HEAD = ("Name", "ID", "Mem", "VCPUs", "State", "Time(s)", "Kind", "Notes")


def as_json(domain: Domain, host: str) -> dict[str, Any]:
    """Return what all JSON says of a domain of a host; these keys and their meaning are stable
    (docs/command-line.md).
    """
    return {
        "host": host,
        "name": domain.name,
        "uuid": domain.uuid,
        "domid": domain.domid,
        "managed": domain.managed,
        "copy_of": domain.copy_of or None,
        "saved_to": domain.saved_to or None,
        "state": domain.state.value,
        "memory_mib": domain.memory_mib,
        "maxmem_mib": domain.maxmem_mib,
        "vcpus": domain.vcpus,
        "cpu_seconds": round(domain.cpu_seconds, 1),
        "autostart": domain.autostart,
        "autostart_order": domain.autostart_order,
        "drift": [drift.value for drift in domain.drift],
        "by": domain.by or None,
        "template": domain.template,
    }


def row_as_json(domain: Domain, snapshot: Snapshot, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Return a domain of a snapshot in ``list --json``, with what is told of it across hosts."""
    row = as_json(domain, snapshot.host)
    return {**row, "as_of": round(snapshot.taken, 3), "warnings": list(warnings)}


def details_as_json(domain: Domain, host: str, render: Render) -> dict[str, Any]:
    """Return a domain of a host in ``show --json``: what ``list`` says, and what it is made of.

    ``render`` words the command of its notice.
    """
    config = domain.config
    return {
        **as_json(domain, host),
        "type": config.type,
        "version": domain.version,
        "source": domain.source or None,
        "one_off": domain.one_off,
        "damaged": domain.damaged or None,
        "notice": worded(notice(domain), render) or None,
        "install": domain.install.state.value if domain.install else None,
        "boot": {
            "method": config.boot_method,
            "kernel": config.kernel or None,
            "ramdisk": config.ramdisk or None,
            "cmdline": config.cmdline or None,
            "bootloader": config.bootloader or None,
        },
        "maxvcpus": config.maxvcpus,
        "disks": [
            {
                "vdev": disk.vdev,
                "target": disk.target or None,
                "format": disk.format,
                "access": disk.access.value,
                "cdrom": disk.cdrom,
            }
            for disk in config.disks
        ],
        "vifs": [
            {"mac": vif.mac or None, "bridge": vif.bridge or None, "model": vif.model or None}
            for vif in config.vifs
        ],
        "actions": {event: action_word(action) for event, action in config.actions.items()},
        "differences": [
            {"field": item.field, "stored": item.old, "running": item.new} for item in domain.differences
        ],
    }


def table(
    domains: Sequence[Domain],
    *,
    before: Mapping[str, Sequence[str]] | None = None,
    noted: Sequence[Sequence[str]] = (),
) -> list[str]:
    """Return the list as aligned columns; every cell is filled, so that a row can be split at blanks.

    A blank in a name is shown as ``␣``.  ``before`` has columns that stand before the others, by their heads, ``noted``
    further words for the notes of each domain.
    """
    extra = before or {}
    words = noted or [()] * len(domains)
    lead = [[_BLANK.sub("␣", column[at]) for column in extra.values()] for at in range(len(domains))]
    rows = [
        (*extra, *_HEAD),
        *((*first, *_row(domain, more)) for first, domain, more in zip(lead, domains, words, strict=True)),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    numbers = {len(extra) + at for at in (1, 2, 3, 5)}
    return [
        "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _row(domain: Domain, noted: Sequence[str] = ()) -> tuple[str, ...]:
    return (
        _BLANK.sub("␣", domain.label) or "(null)",
        str(domain.domid) if domain.domid is not None else "-",
        str(domain.memory_mib),
        str(domain.vcpus),
        domain.state.value,
        f"{domain.cpu_seconds:.1f}",
        kind(domain),
        ",".join([*_install_note(domain), *noted, *notes(domain)]) or "-",
    )


def _install_note(domain: Domain) -> list[str]:
    """Return how its install stands, where no state tells; on the screen the state says so."""
    if domain.installing:
        return ["installing"]
    return ["not-installed"] if domain.install_broken else []


def condition(domain: Domain) -> str:
    """Return what a domain is doing, in a word or two: besides the states of xl ``booting``, ``saved``, ``asleep``,
    that it is a ``template``, ``not installed`` where an install was broken off, and what goes on with it on the host
    by itself.
    """
    if domain.job is not None and domain.job.under_way:
        return domain.job.condition
    if domain.template:
        return "template"
    if domain.booting:
        return "booting"
    if domain.asleep:
        return "asleep"
    if domain.install_broken and not domain.state.exists:
        return "not installed"
    return "saved" if domain.saved_to and not domain.state.exists else domain.state.value


def kind(domain: Domain) -> str:
    """``control`` for Domain-0, ``copy`` of a stopped one that xl keeps, ``template``, ``managed`` or ``transient``."""
    if domain.copy_of:
        return "copy"
    if domain.template:
        return "template"
    return "control" if domain.is_control else "managed" if domain.managed else "transient"


def notes(domain: Domain) -> list[str]:
    """Return what is worth a word in the list: a name that may mislead, what a migration has left, damage, a one-off
    configuration, drift, copies that xl keeps, autostart.
    """
    words = []
    if domain.odd_name:
        words.append("odd-name")
    if domain.namesakes:
        words.append("same-name")
    if domain.by:
        words.append(f"by:{domain.by}")
    if domain.half:
        words.append("half-migration")
    elif domain.moving is not None:
        words.append("moving")
    if domain.copy_of:
        words.append("copy")
    if domain.damaged:
        words.append("damaged")
    if domain.saved_to:
        words.append("saved")
    if domain.one_off:
        words.append("one-off")
    words += [f"drift:{drift.value}" for drift in domain.drift if not (domain.one_off and drift == "running")]
    if domain.copies:
        words.append(f"copies:{domain.copies}")
    if domain.autostart:
        order = domain.autostart_order
        words.append("autostart" if order is None else f"autostart:{order:02d}")
    return words


def autostart(domain: Domain) -> str:
    """Return whether it starts with the host, and in which place."""
    if not domain.autostart:
        return "off"
    return "on" if domain.autostart_order is None else f"on, order {domain.autostart_order}"


def notice(domain: Domain) -> Hint:
    """Return what is told of a domain besides its state, and the command that helps; "" for nothing."""
    return joined("; ", domain.notice, hint_of(domain)) if domain.notice else ""


def details(domain: Domain, word: Callable[[Hint], str]) -> list[str]:
    """Return a domain as ``key: value`` lines."""
    config = domain.config
    pairs: list[tuple[str, str]] = [
        ("name", domain.name or "(null)"),
        ("uuid", domain.uuid),
        ("domid", str(domain.domid) if domain.domid is not None else "-"),
        ("kind", kind(domain)),
        ("state", domain.state.value),
        ("type", config.type),
        ("memory", f"{domain.memory_mib} MiB of {domain.maxmem_mib} MiB"),
        ("vcpus", f"{domain.vcpus} of {config.maxvcpus}"),
        ("cpu seconds", f"{domain.cpu_seconds:.1f}"),
        ("boot", config.boot_method),
    ]
    for key in ("kernel", "ramdisk", "cmdline"):
        if value := getattr(config, key):
            pairs.append((key, value))
    pairs += [("disk", f"{disk.vdev} {describe_disk(disk)}") for disk in config.disks]
    pairs += [("vif", describe_vif(vif)) for vif in config.vifs]
    pairs += [(event, action_word(action)) for event, action in config.actions.items()]
    if domain.managed:
        pairs += [
            ("version", str(domain.version)),
            ("source", domain.source or "-"),
            ("autostart", autostart(domain)),
            ("drift", ", ".join(domain.drift) or "none"),
        ]
    if domain.one_off:
        pairs.append(("running", "a one-off configuration; the next start boots the stored one"))
    if domain.file_drift:
        pairs.append(("differs", domain.file_drift))
    for item in domain.differences:
        pairs.append(("differs", _difference(item)))
    if domain.damaged:
        pairs.append(("damaged", domain.damaged))
        history = Suggest("config.history", domain.uuid)
        restore = Suggest("config.restore-version", domain.uuid, "N")
        pairs.append(("repair", word((history, ", then ", restore))))
    if domain.notice:
        pairs.append(("notice", word(notice(domain))))
    if domain.install is not None and domain.install.state is InstallState.BROKEN_OFF:
        again = Suggest("domain.install", domain.label, "--resume")
        away = Suggest("domain.install", domain.label, "--discard")
        pairs.append(("install", word((again, ", or ", away))))
    if domain.stored_name not in ("", domain.name):
        pairs.append(("stored as", domain.stored_name))
    if domain.copies:
        clear = word((Suggest("domain.clear", domain.label), " lets go of them"))
        pairs.append(("copies", f"{kept_copies(domain)} ({clear})"))
    return [f"{key + ':':<16}{value}" for key, value in pairs]


def date_and_time(seconds: float) -> str:
    """Return a moment in the local zone, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def kept_copies(domain: Domain) -> str:
    """Return how many stopped copies of a domain xl keeps, in words."""
    return (
        "1 stopped copy of it is kept"
        if domain.copies == 1
        else f"{domain.copies} stopped copies of it are kept"
    )


def _difference(item: Difference) -> str:
    name, stored, running = item.field, item.old, item.new
    if name in _SIZES:
        name, stored, running = _SIZES[name], _mebibytes(stored), _mebibytes(running)
    return f"{name}: stored {stored or '-'}, running {running or '-'}"


def _mebibytes(kibibytes: str) -> str:
    return f"{int(kibibytes) / 1024:g} MiB" if kibibytes.isdecimal() and len(kibibytes) < 20 else kibibytes

"""``boot-entries``: what a guest would boot, read from its disk."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xentui import commands, service
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import HostError, UsageError, XentuiError
from xentui.late import later
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.boot_menu import BootEntry, BootMenu
    from xentui.model.domain import Domain
    from xentui.service.kernels import GuestKernel


async def _boot_entries(context: Context, args: argparse.Namespace) -> None:
    hypervisor = context.hypervisor
    if args.all == bool(args.domain):
        raise UsageError("give a domain or an image, or --all")
    if args.all:
        await _every(context, as_objects=args.json)
        return
    if "/" in args.domain:
        menu = await service.boot_menu.of_image(hypervisor.host, args.domain)
    else:
        menu = await service.boot_menu.of_domain(
            hypervisor.host, await hypervisor.inventory.find(args.domain)
        )
    if args.json:
        context.json(as_json(menu))
        return
    for line in as_text(menu):
        context.out(line)


async def _every(context: Context, *, as_objects: bool) -> None:
    hypervisor = context.hypervisor
    snapshot = await hypervisor.inventory.poll()
    guests = [found for found in snapshot.domains if not found.is_control and not found.copy_of]
    uptimes: Mapping[int, int] = {}
    with contextlib.suppress(XentuiError):  # without, it is not known what runs
        uptimes = await hypervisor.inventory.uptimes()
    now = time.time()
    names = {id(guest): name for guest, name in zip(guests, distinct_names(guests), strict=True)}
    answers: dict[str, BootMenu | XentuiError] = {}
    found: dict[str, GuestKernel] = {}
    with context.progress("boot menus") as progress:
        async for guest, answer in service.boot_menu.of_all(
            hypervisor.host, guests, service.boot_menu.KnownMenus()
        ):
            name = names[id(guest)]
            answers[name] = answer
            if not isinstance(answer, XentuiError):
                uptime = uptimes.get(guest.domid) if guest.domid is not None else None
                found[name] = service.kernels.of_menu(
                    guest, answer, now - uptime if uptime is not None else 0.0
                )
            if progress:
                progress(100 * len(answers) // len(guests))
    failed = [answer for answer in answers.values() if isinstance(answer, HostError)]
    if as_objects:
        context.json({name: _whole(answer, found.get(name)) for name, answer in sorted(answers.items())})
    else:
        _list(context, answers, found)
    if failed:
        raise HostError(
            f"{len(failed)} of {len(answers)} boot menus were not read: {failed[0].message}",
            subject=failed[0].subject,
            hint=failed[0].hint,
            details=failed[0].details,
        )


def _list(
    context: Context, answers: Mapping[str, BootMenu | XentuiError], kernels: Mapping[str, GuestKernel]
) -> None:
    """Print what each boots by itself; what the host could not be asked has one error for all."""
    width = max(map(len, answers), default=0)
    for name, answer in sorted(answers.items()):
        if isinstance(answer, HostError):
            told = "not read"
        elif isinstance(answer, XentuiError):
            told = answer.message
        else:
            told = _default(answer)
        kernel = kernels.get(name)
        waits = f"  ({kernel.words})" if kernel and kernel.waits else ""
        context.out(f"{name:<{width}}  {told}{waits}")


def distinct_names(domains: Sequence[Domain]) -> list[str]:
    """Return what each of several domains is called: its label; where several have that, its uuid or domid besides."""
    forms = [
        (each.label, f"{each.label} {each.uuid}", f"{each.label} {each.uuid} {each.handle}")
        for each in domains
    ]
    counts = Counter(form for names in forms for form in set(names))
    return [next((form for form in names if counts[form] == 1), names[-1]) for names in forms]


def _whole(answer: BootMenu | XentuiError, kernel: GuestKernel | None) -> dict[str, Any]:
    if isinstance(answer, XentuiError):
        return {"error": answer.headline}
    found = kernel and {"runs": kernel.runs or None, "boots": kernel.boots or None, "waits": kernel.waits}
    return {**as_json(answer), "kernel": found}


def _default(menu: BootMenu) -> str:
    """Return what boots by itself, in a line."""
    entry = menu.default
    if entry is None:
        return f"{menu.loader}: nothing by default"
    stale = "  (may be stale)" if menu.stale else ""
    return f"{menu.loader}: {entry.kernel or entry.loader}  {entry.full_title}{stale}"


def as_json(menu: BootMenu) -> dict[str, Any]:
    """The documented form of a menu (docs/boot.md)."""
    return {
        "source": {
            "disk": menu.disk,
            "partition": menu.partition,
            "filesystem": menu.filesystem,
            "path": menu.source,
        },
        "loader": menu.loader,
        "default": menu.default.title if menu.default else None,
        "timeout": menu.timeout,
        "stale": menu.stale,
        "entries": [
            {
                "title": entry.title,
                "submenu": list(entry.submenu),
                "kernel": entry.kernel,
                "initrd": list(entry.initrd),
                "args": entry.args,
                "default": entry.default,
            }
            for entry in menu.entries
        ],
        "kernels": list(menu.kernels),
        "pygrub": _pygrub_json(menu),
        "notes": list(menu.notes),
    }


def _pygrub_json(menu: BootMenu) -> dict[str, Any] | None:
    seen = menu.pygrub
    if seen is None:
        return None
    return {
        "path": seen.source,
        "default": seen.entries[seen.default].title if 0 <= seen.default < len(seen.entries) else None,
        "numbers": [number if number >= 0 else None for number in seen.numbers],
        "notes": list(seen.notes),
    }


def as_text(menu: BootMenu) -> Iterator[str]:
    """A menu in lines: where it is from, its entries with ``*`` before the default, and what else there is."""
    yield _headline(menu)
    above: tuple[str, ...] = ()
    for number, entry in enumerate(menu.entries):
        common = 0
        while common < min(len(above), len(entry.submenu)) and above[common] == entry.submenu[common]:
            common += 1
        for depth in range(common, len(entry.submenu)):
            yield f"      {'  ' * depth}{entry.submenu[depth]} >"
        above = entry.submenu
        yield from _entry(entry, number)
    for kernel in menu.kernels:
        yield f"no entry names {kernel}"
    for note in menu.pygrub.notes if menu.pygrub else ():
        yield f"note: {note}"
    for note in menu.notes:
        yield f"note: {note}"


def _headline(menu: BootMenu) -> str:
    timeout = "waits for a key" if menu.timeout is None else f"boots after {menu.timeout:g} s"
    if not menu.disk:
        return menu.loader
    where = f"partition {menu.partition}, " if menu.partition else ""
    stale = "; may be stale" if menu.stale else ""
    return f"{menu.loader}, {menu.source} ({where}{menu.filesystem}) of {menu.disk}; {timeout}{stale}"


def _entry(entry: BootEntry, number: int) -> Iterator[str]:
    indent = "  " * len(entry.submenu)
    yield f"{'*' if entry.default else ' '} {number:>3} {indent}{entry.title}"
    if entry.kernel:
        yield f"      {indent}  {' '.join(word for word in (entry.kernel, entry.args) if word)}"
    elif entry.loader:
        yield f"      {indent}  ({entry.loader})"
    if entry.initrd:
        yield f"      {indent}  initrd {' '.join(entry.initrd)}"


COMMANDS = (
    Command(
        id="domain.boot-entries",
        verb="boot-entries",
        label="Boot menu",
        summary="Show a guest's boot menu, read from its disk without booting it",
        group=Group.LOOKING,
        arguments=(
            Argument(
                ("domain",),
                "whose menu; or, with a slash in it, an image or a device of the host",
                ArgumentKind.DOMAIN,
                metavar="DOM|PATH",
                optional=True,
            ),
            flag("-a", "--all", help="the default entry of every domain"),
            flag("--json", help="machine-readable (docs/boot.md)"),
        ),
        targets=Targets.ONE,
        run=_boot_entries,
        details="Entries are numbered; * marks the default.",
    ),
    Command(
        id="domain.boot-entry",
        verb="boot-entry",
        summary="Store which entry of its boot menu a domain boots",
        group=Group.MANAGED,
        arguments=(
            domain(Action.EDIT),
            Argument(
                ("entry",), "its title, its number, or `none`: its boot loader chooses", metavar="TITLE|N"
            ),
        ),
        targets=Targets.ONE,
        mutates=True,
        run=later(lambda: commands.boot_entry.choose),
        details="At each start the menu is read: an entry that is gone is an error, another kernel a warning.",
    ),
)

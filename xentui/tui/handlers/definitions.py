"""Managed domains: new, clone, delete, undelete, rename, autostart."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from xentui.config import check_name
from xentui.errors import UsageError, XentuiError
from xentui.model.domain import Domain
from xentui.service.autostart import LAST
from xentui.service.cloning.disks import is_copied
from xentui.tui.confirmation import agreed_to, expected
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import TypedDialog
from xentui.tui.dialogs.field import Field, Said
from xentui.tui.dialogs.form import FormDialog, RefusedAnswerError
from xentui.tui.handlers.clone_work import cloned
from xentui.tui.handlers.forms import Form
from xentui.tui.handlers.templates import make_of
from xentui.tui.handlers.work import Begin, Handler, each
from xentui.tui.jobs import Job, ended


async def _new(ui: UiContext, _domains: Sequence[Domain]) -> None:
    fields = [
        Field("path", "Configuration file", "/etc/xen/", path=True),
        Field("replace", "Replace a stored domain of that name", switch=True),
    ]
    about = ["Its text is stored under its uuid; it is listed even when it is off. Nothing is booted."]

    async def attempt(answer: Mapping[str, str]) -> bool:
        async def work(job: Job) -> str:
            made = await ui.hypervisor.definitions.new(answer["path"], replace=bool(answer["replace"]))
            job.subject, job.shows = made.name, made.uuid
            job.warnings += made.warnings
            return f"redefined as version {made.version}" if made.redefined else "stored"

        return await ended(ui.jobs.start("new", answer["path"], work))

    await ui.ask(FormDialog("New: store a file as a managed domain", fields, "Store", about, attempt=attempt))


async def _clone(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    if domain.template:
        await make_of(ui, domain)
        return
    copied = [disk for disk in domain.stored.disks if is_copied(disk)] if domain.stored else []

    async def follow(name: str) -> Said:
        plan = await ui.hypervisor.cloning.plan(domain, name)
        return Said(sets={copy.vdev: copy.path for copy in plan.copies})

    fields = [Field("name", "New name", check=check_name, asks=follow)]
    fields += [
        Field(disk.vdev, f"Copy of {disk.vdev}", help=f"of {disk.target}", path=True, needed=False)
        for disk in copied
    ]
    about = [
        "It gets its own uuid and MAC addresses; CDs and read-only disks are shared.",
        "Inside it is still the same system: host name, machine-id, SSH host keys.",
    ]

    async def attempt(answer: Mapping[str, str]) -> bool:
        paths = {disk.vdev: path for disk in copied if (path := answer[disk.vdev])}

        async def work(job: Job) -> str:
            plan = await ui.hypervisor.cloning.plan(domain, answer["name"], paths=paths)
            await cloned(ui, plan, job)
            return f"cloned to {plan.name}"

        return await ended(ui.jobs.start("clone", domain.label, work))

    await ui.ask(FormDialog(f"Clone {domain.label}", fields, "Clone", about, attempt=attempt))


async def _delete(ui: UiContext, domains: Sequence[Domain]) -> None:
    lines = [f"{domain.label}: deleted; its file, disks and images are kept" for domain in domains]
    lines.append("Undelete (U) restores it with its history and autostart.")
    with_disks = "With its disks, for good (asks again)" if len(domains) == 1 else ""
    dialog = TypedDialog("Delete", lines, expected(domains), "Delete", option=with_disks)
    if not await ui.ask(dialog):
        return
    if dialog.chosen:
        await _delete_with_disks(ui, domains[0])
        return

    async def act(domain: Domain, _job: Job) -> str:
        await ui.hypervisor.definitions.delete(domain)
        return "deleted; U restores it"

    each(ui, "delete", domains, act)


async def _delete_with_disks(ui: UiContext, domain: Domain) -> None:
    """Show what would go, have it agreed to once more, and do it."""
    try:
        plan = await ui.hypervisor.disposing.plan(domain)
    except XentuiError as error:
        ui.notify_error(error)
        return
    lines = [*plan.losses, "U restores the domain itself, without these disks."]
    if not await ui.ask(TypedDialog(plan.question, lines, plan.typed, "Remove")):
        return

    async def act(_domain: Domain, job: Job) -> str:
        await ui.hypervisor.disposing.dispose(plan)
        job.output += [f"kept: {line}" for line in plan.kept]
        return f"deleted; {_disks(len(plan.images))} removed"

    each(ui, "delete", [domain], act, cancellable=False, by_itself=True)


def _disks(count: int) -> str:
    return "1 disk" if count == 1 else f"{count or 'no'} disks"


async def _undelete(ui: UiContext, _domains: Sequence[Domain]) -> None:
    trash = await ui.hypervisor.definitions.trash()
    if not trash:
        ui.notify("there is no deleted domain to restore")
        return
    choices = [
        Choice(entry.uuid, entry.name or entry.uuid, f"{_when(entry.deleted)} by {entry.user or 'somebody'}")
        for entry in sorted(trash, key=lambda entry: (-entry.deleted, entry.name))
    ]

    async def attempt(uuid: str) -> bool:
        async def work(job: Job) -> str:
            job.subject = next((choice.label for choice in choices if choice.id == uuid), uuid)
            await ui.hypervisor.definitions.undelete(uuid, label=job.subject)
            job.shows = uuid
            return "restored"

        return await ended(ui.jobs.start("undelete", uuid, work))

    await ui.ask(ChooseDialog("Undelete", choices, attempt=attempt))


async def _rename(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
    domain = domains[0]

    def check(answer: Mapping[str, str]) -> None:
        snapshot = ui.host_state.snapshot
        others = [each for each in snapshot.domains if each.uuid != domain.uuid] if snapshot else []
        if any(answer["name"] in (each.name, each.stored_name) for each in others):
            raise RefusedAnswerError(
                f"there is a domain {answer['name']} already", field="name", hint="choose another"
            )

    field = Field("name", "New name", domain.name, check=check_name)

    async def attempt(answer: Mapping[str, str]) -> bool:
        return answer["name"] == domain.name or await begin({"name": answer["name"]})

    title = f"Rename {domain.label}"
    await ui.ask(FormDialog(title, [field], "Rename", check=check, attempt=attempt))


async def _autostart(ui: UiContext, domains: Sequence[Domain]) -> None:
    # Of several, all are made alike: on, unless all are on.
    on = not all(domain.autostart for domain in domains)
    if len(domains) > 1 and not await agreed_to(
        ui, f"Turn autostart {'on' if on else 'off'} for", domains, label="Turn on" if on else "Turn off"
    ):
        return

    async def act(domain: Domain, _job: Job) -> str:
        await ui.hypervisor.definitions.autostart(domain, on=on)
        return "starts with the host" if on else "no longer starts with the host"

    each(ui, "autostart", domains, act)


async def _autostart_order(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    now = "" if domain.autostart_order is None else str(domain.autostart_order)
    place = Field(
        "order",
        "Position",
        now,
        help="0 to 99, lowest first; empty: after those with a position",
        needed=False,
        check=_place,
    )
    lines = (
        [] if domain.autostart else [f"{domain.label} does not start with the host yet; OK turns that on."]
    )

    async def attempt(answer: Mapping[str, str]) -> bool:
        order = _place(answer["order"])

        async def act(domain: Domain, _job: Job) -> str:
            await ui.hypervisor.definitions.autostart(domain, on=True, order=order, keep_order=False)
            return "starts with the host" + (
                ", after those with a position" if order is None else f", order {order}"
            )

        return await ended(each(ui, "autostart", [domain], act))

    await ui.ask(FormDialog(f"Start {domain.label} with the host", [place], "OK", lines, attempt=attempt))


def _place(word: str) -> int | None:
    """Return the place a user has typed, None for none; raises UsageError."""
    word = word.strip()
    if word and not (word.isascii() and word.isdigit() and len(word) < 10 and int(word) <= LAST):
        raise UsageError(f"a position is a number from 0 to {LAST}", subject=word)
    return int(word) if word else None


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


HANDLERS: dict[str, Handler] = {
    "host.new": _new,
    "domain.clone": _clone,
    "domain.delete": _delete,
    "host.undelete": _undelete,
    "domain.autostart": _autostart,
    "domain.autostart-order": _autostart_order,
}
FORMS = {"domain.rename": Form(_rename)}

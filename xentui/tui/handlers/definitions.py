"""Managed domains: new, delete, undelete, rename, autostart."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from xentui.config import check_name
from xentui.errors import UsageError
from xentui.model.domain import Domain
from xentui.service.autostart import LAST
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import TypedDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog, RefusedAnswerError
from xentui.tui.handlers.forms import Form
from xentui.tui.handlers.work import Begin, Handler, each, ended
from xentui.tui.jobs import Job
from xentui.tui.questions import agreed_to, expected


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


async def _delete(ui: UiContext, domains: Sequence[Domain]) -> None:
    lines = [f"{domain.label}: deleted; its file, disks and images are kept" for domain in domains]
    lines.append("Undelete (U) restores it with its history and autostart.")
    if not await ui.ask(TypedDialog("Delete", lines, expected(domains), "Delete")):
        return

    async def act(domain: Domain, _job: Job) -> str:
        await ui.hypervisor.definitions.delete(domain)
        return "deleted; U restores it"

    each(ui, "delete", domains, act)


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
        "Place",
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
    """The place a user has typed, None for none; raises UsageError."""
    word = word.strip()
    if word and not (word.isascii() and word.isdigit() and len(word) < 10 and int(word) <= LAST):
        raise UsageError(f"a position is a number from 0 to {LAST}", subject=word)
    return int(word) if word else None


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


HANDLERS: dict[str, Handler] = {
    "host.new": _new,
    "domain.delete": _delete,
    "host.undelete": _undelete,
    "domain.autostart": _autostart,
    "domain.autostart-order": _autostart_order,
}
FORMS = {"domain.rename": Form(_rename)}

"""Templates: made of domains, and domains of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xentui.config import DiskRule, check_name
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.field import Field, Said
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.handlers.clone_work import cloned
from xentui.tui.handlers.work import Handler
from xentui.tui.jobs import Job, ended

_NOTHING = "-"
_RULES = {
    DiskRule.COPY: "a copy of {path}; or shared, or a size",
    DiskRule.EMPTY: "new and empty, of this size; or copy",
    DiskRule.SHARED: "{path}, read by all; or copy, or a size",
}


async def _template(ui: UiContext, domains: Sequence[Domain]) -> None:
    """Ask what is asked of each domain made of it."""
    domain, templates = domains[0], ui.hypervisor.templates
    asked = await templates.asked(domain)
    fields = [
        Field(
            "keys",
            "Ask for",
            " ".join(value.key for value in asked.values),
            "keys: memory vcpus …",
            needed=False,
        ),
        *(
            Field(
                disk.vdev, f"Disk {disk.vdev}", disk.blank.word, "copy, shared, or the size of a new one: 20G"
            )
            for disk in asked.disks
        ),
    ]
    if domain.template:
        fields.append(Field("template", "It is a template", "yes", switch=True))
    about = [
        "It is never started; N and Ctrl-N make domains of it.",
        "Name, uuid and MAC addresses are each domain's own.",
    ]

    async def attempt(answer: Mapping[str, str]) -> bool:
        async def work(_job: Job) -> str:
            if domain.template and not answer["template"]:
                await templates.unmark(domain)
                return "is a domain again"
            words = [*answer["keys"].replace(",", " ").split()]
            words += [f"{disk.vdev}={answer[disk.vdev]}" for disk in asked.disks]
            await templates.mark(domain, [word for word in words if not word.endswith(f"={DiskRule.COPY}")])
            return "is a template"

        return await ended(ui.jobs.start("template", domain.label, work))

    await ui.ask(FormDialog(f"Template {domain.label}", fields, "Store", about, attempt=attempt))


async def asked_for_one(ui: UiContext) -> bool:
    """Return where the host has templates, ask which a new domain is made of; False where it is made of none."""
    if not templates_of(ui):
        return False
    chosen = await _chosen(ui, "New domain: of what", [Choice(_NOTHING, "Nothing: an empty form")])
    if isinstance(chosen, Domain):
        await make_of(ui, chosen)
    return chosen != _NOTHING


async def made_of_one(ui: UiContext) -> bool:
    """Ask which template, where there are several, and make a domain of it; False where that was left."""
    found = templates_of(ui)
    chosen = found[0] if len(found) == 1 else await _chosen(ui, "Which template", [])
    return isinstance(chosen, Domain) and await make_of(ui, chosen)


async def _chosen(ui: UiContext, title: str, before: list[Choice]) -> Domain | str | None:
    """Return the template that is chosen, or what stands before them."""
    found = {domain.uuid: domain for domain in templates_of(ui)}
    choices = [Choice(uuid, domain.label, "template") for uuid, domain in found.items()]
    chosen = await ui.ask(ChooseDialog(title, [*before, *choices]))
    return found.get(chosen or "", chosen)


def templates_of(ui: UiContext) -> list[Domain]:
    """Return the templates of the host one is at."""
    snapshot = ui.host_state.snapshot
    return [domain for domain in snapshot.domains if domain.template] if snapshot else []


async def make_of(ui: UiContext, domain: Domain) -> bool:
    """Ask the blanks of a template, and make a domain of it; False where that was left."""
    templates = ui.hypervisor.templates
    try:
        asked = await templates.asked(domain)
    except XentuiError as error:
        ui.notify_error(error)
        return False

    async def follow(name: str) -> Said:
        plan = await templates.plan(domain, name, {})
        return Said(sets={copy.vdev: copy.setting for copy in plan.copies})

    fields = [Field("name", "New name", check=check_name, asks=follow)]
    fields += [Field(value.key, value.label, value.value, needed=False) for value in asked.values]
    for disk in asked.disks:
        first = "" if disk.blank.rule is DiskRule.COPY else disk.blank.word
        about = _RULES[disk.blank.rule].format(path=disk.path)
        fields.append(Field(disk.vdev, f"Disk {disk.vdev}", first, about, needed=False))
    fields.append(Field("start", "Start it", switch=True))

    async def attempt(answer: Mapping[str, str]) -> bool:
        settings = {
            value.key: answer[value.key] for value in asked.values if answer[value.key] != value.value
        }
        settings |= {disk.vdev: answer[disk.vdev] for disk in asked.disks if answer[disk.vdev]}

        async def work(job: Job) -> str:
            plan = await templates.plan(domain, answer["name"], settings)
            job.subject = plan.name
            await cloned(ui, plan, job)
            if not answer["start"]:
                return f"made of {domain.label}"
            try:
                started = await ui.hypervisor.lifecycle.start(await ui.hypervisor.inventory.find(plan.uuid))
            except XentuiError as error:
                ui.notify_error(error)
                return "made and stored, but not started"
            job.warnings += started.warnings
            return f"made of {domain.label} and started"

        return await ended(ui.jobs.start("make", answer["name"], work))

    dialog = FormDialog(f"New domain of the template {domain.label}", fields, "Make", attempt=attempt)
    return await ui.ask(dialog) is not None


HANDLERS: dict[str, Handler] = {"domain.template": _template}

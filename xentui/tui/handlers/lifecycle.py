"""Starting and stopping: what is more than one command to one domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xentui.model.domain import Domain
from xentui.service import danger, lookup
from xentui.service.boot_plan import BootPlan
from xentui.service.legality import Action
from xentui.tui.confirmation import agreed_to, expected, willing
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import TypedDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.handlers.forms import Form
from xentui.tui.handlers.work import Begin, Handler, each
from xentui.tui.jobs import Job, ended


async def _boot(ui: UiContext, domains: Sequence[Domain]) -> None:
    if await willing(ui, Action.START, "Start", domains):
        await ui.boot_console(await ui.hypervisor.lifecycle.plan_start(domains[0]))


async def _shutdown(ui: UiContext, domains: Sequence[Domain]) -> None:
    lifecycle = ui.hypervisor.lifecycle
    keep = await _kept_first(ui, Action.SHUTDOWN, "shut down", domains)
    if keep is None or (keep == [] and not await willing(ui, Action.SHUTDOWN, "Shut down", domains)):
        return

    async def act(domain: Domain, _job: Job) -> str:
        if domain in keep:
            await ui.hypervisor.editing.keep(domain)
        await lifecycle.wait_gone(await lifecycle.shutdown(domain), timeout=600)
        return "has shut down"

    each(ui, "shutdown", domains, act)


async def _reboot(ui: UiContext, domains: Sequence[Domain]) -> None:
    lifecycle = ui.hypervisor.lifecycle
    if len(domains) > 1 and not await agreed_to(ui, "Reboot", domains):
        return

    async def act(domain: Domain, _job: Job) -> str:
        await lifecycle.wait_rebooted(await lifecycle.reboot(domain), timeout=600)
        return "has rebooted"

    each(ui, "reboot", domains, act)


async def _destroy(ui: UiContext, domains: Sequence[Domain]) -> None:
    lifecycle = ui.hypervisor.lifecycle
    keep = await _kept_first(ui, Action.DESTROY, "destroy", domains)
    if keep is None:
        return
    found = danger.of(Action.DESTROY, domains)
    lines = danger.told(found, ui.word) if found else []
    if keep:
        lines.append("Transient domains are stored first.")
    if not await ui.ask(TypedDialog("Destroy", lines, expected(domains), "Destroy")):
        return

    async def act(domain: Domain, _job: Job) -> str:
        if domain in keep:
            await ui.hypervisor.editing.keep(domain)
        await lifecycle.destroy(domain)
        return "destroyed" if domain.domid is not None else "its saved memory is discarded"

    each(ui, "destroy", domains, act)


async def _clear(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain, snapshot = domains[0], ui.host_state.snapshot
    kept = lookup.copies(snapshot, domain) if snapshot is not None else []
    if not await willing(ui, Action.CLEAR, "Clear", kept or [domain]):
        return

    async def act(domain: Domain, _job: Job) -> str:
        gone = await ui.hypervisor.lifecycle.clear(domain)
        return f"{len(gone)} stopped {'copy is' if len(gone) == 1 else 'copies are'} gone"

    each(ui, "clear", [domain], act)


async def _kept_first(
    ui: UiContext, action: Action, verb: str, domains: Sequence[Domain]
) -> list[Domain] | None:
    """Return the transient domains to make managed before they end, as the user chooses; None where he thinks better of
    it.
    """
    found = danger.of(action, domains)
    if found is None or not found.transient:
        return []
    names = ", ".join(domain.label for domain in found.transient)
    one = len(found.transient) == 1
    choices = [
        Choice(
            "keep",
            f"Keep {'its configuration' if one else 'their configurations'}, then {verb}",
            "stored as managed",
        ),
        Choice("lose", f"{verb.capitalize()}, and lose {'it' if one else 'them'}"),
    ]
    answer = await ui.ask(ChooseDialog(f"{names}: transient, lost when stopped", choices))
    return None if answer is None else list(found.transient) if answer == "keep" else list[Domain]()


async def _save(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
    domain = domains[0]
    field = Field("file", "File on the host", f"/var/lib/xen/save/{domain.label}", path=True)
    about = ["The domain ends when its memory is saved."]
    await ui.ask(FormDialog(f"Save {domain.label} to a file", [field], "Save", about, attempt=begin))


async def _restore(ui: UiContext, _domains: Sequence[Domain]) -> None:
    fields = [
        Field("path", "File on the host", "/var/lib/xen/save/", path=True),
        Field("paused", "Leave it paused", switch=True),
        Field("force", "Restore even if its disks have changed", switch=True),
    ]

    async def attempt(answer: Mapping[str, str]) -> bool:
        async def work(job: Job) -> str:
            await ui.hypervisor.lifecycle.restore(
                answer["path"],
                paused=bool(answer["paused"]),
                force=bool(answer["force"]),
                progress=ui.jobs.progress(job),
            )
            return "restored"

        return await ended(ui.jobs.start("restore", answer["path"], work, cancellable=False, by_itself=True))

    await ui.ask(FormDialog("Restore a saved domain", fields, "Restore", attempt=attempt))


async def _create(ui: UiContext, _domains: Sequence[Domain]) -> None:
    fields = [
        Field("path", "Configuration file", "/etc/xen/", path=True),
        Field("words", "Overriding settings", "", help="KEY=VALUE …, such as memory=256", needed=False),
        Field("console", "Open its console", switch=True),
        Field("paused", "Leave it paused", switch=True),
    ]
    about = [
        "A new name becomes a transient domain, gone when it stops. The name of a managed domain that is off"
        " boots this file once; its stored configuration is not changed."
    ]
    lifecycle = ui.hypervisor.lifecycle
    watched: list[BootPlan] = []

    async def attempt(answer: Mapping[str, str]) -> bool:
        path, words, paused = answer["path"], answer["words"].split(), bool(answer["paused"])
        if answer["console"]:
            watched.append(await lifecycle.plan_create(path, words=words, paused=paused))
            return True

        async def work(job: Job) -> str:
            plan: BootPlan = await lifecycle.create(path, words=words, paused=paused)
            job.subject = plan.name
            job.warnings += plan.warnings
            return f"created ({plan.kind})"

        return await ended(ui.jobs.start("create", path, work))

    await ui.ask(FormDialog("Create: boot a file", fields, "Create", about, attempt=attempt))
    for plan in watched:
        await ui.boot_console(plan)


HANDLERS: dict[str, Handler] = {
    "domain.boot": _boot,
    "domain.shutdown": _shutdown,
    "domain.reboot": _reboot,
    "domain.destroy": _destroy,
    "domain.clear": _clear,
    "host.restore": _restore,
    "host.create": _create,
}
FORMS = {"domain.save": Form(_save)}

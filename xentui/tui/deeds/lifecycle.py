"""Starting and stopping."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from xentui.model.domain import Domain
from xentui.service import danger, lookup
from xentui.service.boot import BootPlan
from xentui.service.legality import Action
from xentui.service.lifecycle import Lifecycle
from xentui.tui.context import UiContext as Desk
from xentui.tui.deeds.work import each
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import ConfirmDialog, TypedDialog
from xentui.tui.dialogs.form import Field, FormDialog
from xentui.tui.jobs import Job


async def _start(desk: Desk, domains: Sequence[Domain]) -> None:
    lifecycle = desk.hypervisor.lifecycle
    if not await _willing(desk, Action.START, "Start", domains):
        return

    async def act(domain: Domain, job: Job) -> str:
        plan = await lifecycle.start(domain)
        job.warnings += plan.warnings
        return "started"

    each(desk, "start", domains, act)


async def _boot(desk: Desk, domains: Sequence[Domain]) -> None:
    if await _willing(desk, Action.START, "Start", domains):
        await desk.boot_console(await desk.hypervisor.lifecycle.plan_start(domains[0]))


async def _shutdown(desk: Desk, domains: Sequence[Domain]) -> None:
    lifecycle = desk.hypervisor.lifecycle
    keep = await _kept_first(desk, Action.SHUTDOWN, "shut down", domains)
    if keep is None or (keep == [] and not await _willing(desk, Action.SHUTDOWN, "Shut down", domains)):
        return

    async def act(domain: Domain, _job: Job) -> str:
        if domain in keep:
            await desk.hypervisor.editing.keep(domain)
        await lifecycle.wait_gone(await lifecycle.shutdown(domain), timeout=600)
        return "has shut down"

    each(desk, "shutdown", domains, act)


async def _reboot(desk: Desk, domains: Sequence[Domain]) -> None:
    lifecycle = desk.hypervisor.lifecycle
    if len(domains) > 1 and not await agreed_to(desk, "Reboot", domains):
        return

    async def act(domain: Domain, _job: Job) -> str:
        await lifecycle.wait_rebooted(await lifecycle.reboot(domain), timeout=600)
        return "has rebooted"

    each(desk, "reboot", domains, act)


async def _destroy(desk: Desk, domains: Sequence[Domain]) -> None:
    lifecycle = desk.hypervisor.lifecycle
    keep = await _kept_first(desk, Action.DESTROY, "destroy", domains)
    if keep is None:
        return
    found = danger.of(Action.DESTROY, domains)
    lines = list(found.losses) if found else []
    if keep:
        lines.append("What is transient is stored first.")
    if not await desk.ask(TypedDialog("Destroy", lines, expected(domains), "Destroy")):
        return

    async def act(domain: Domain, _job: Job) -> str:
        if domain in keep:
            await desk.hypervisor.editing.keep(domain)
        await lifecycle.destroy(domain)
        return "destroyed" if domain.domid is not None else "its saved memory is dropped"

    each(desk, "destroy", domains, act)


async def _clear(desk: Desk, domains: Sequence[Domain]) -> None:
    domain, snapshot = domains[0], desk.host_state.snapshot
    kept = lookup.copies(snapshot, domain) if snapshot is not None else []
    if not await _willing(desk, Action.CLEAR, "Clear", kept or [domain]):
        return

    async def act(domain: Domain, _job: Job) -> str:
        gone = await desk.hypervisor.lifecycle.clear(domain)
        return f"{len(gone)} stopped {'copy is' if len(gone) == 1 else 'copies are'} gone"

    each(desk, "clear", [domain], act)


async def _kept_first(
    desk: Desk, action: Action, verb: str, domains: Sequence[Domain]
) -> list[Domain] | None:
    """The transient domains to make managed before they end, as the user chooses; None where he thinks better of it."""
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
    answer = await desk.ask(ChooseDialog(f"{names}: transient, gone when stopped", choices))
    return None if answer is None else list(found.transient) if answer == "keep" else list[Domain]()


async def _willing(desk: Desk, action: Action, what: str, domains: Sequence[Domain]) -> bool:
    """Ask before something is lost for good, and once before anything is done to several domains."""
    found = danger.of(action, domains)
    if found is not None and not found.transient:
        return await desk.ask(ConfirmDialog(found.question, list(found.losses), what, careful=True)) is True
    return len(domains) == 1 or await agreed_to(desk, what, domains)


def expected(domains: Sequence[Domain]) -> str:
    """What has to be typed: the name, or for many how many they are."""
    return domains[0].label if len(domains) == 1 else str(len(domains))


async def agreed_to(desk: Desk, what: str, domains: Sequence[Domain], *, label: str = "") -> bool:
    """Ask once before something is done to several domains."""
    names = ", ".join(domain.label for domain in domains)
    answer = await desk.ask(ConfirmDialog(f"{what} {len(domains)} domains?", [names], label or what))
    return answer is True


def _plain(title: str, done: str, method: Callable[[Lifecycle, Domain], Awaitable[None]]) -> _Deed:
    async def deed(desk: Desk, domains: Sequence[Domain]) -> None:
        if len(domains) > 1 and not await agreed_to(desk, title.capitalize(), domains):
            return

        async def act(domain: Domain, _job: Job) -> str:
            await method(desk.hypervisor.lifecycle, domain)
            return done

        each(desk, title, domains, act)

    return deed


_Deed = Callable[[Desk, Sequence[Domain]], Awaitable[None]]


async def _suspend(desk: Desk, domains: Sequence[Domain]) -> None:
    if len(domains) > 1 and not await agreed_to(desk, "Suspend", domains):
        return

    async def act(domain: Domain, job: Job) -> str:
        await desk.hypervisor.lifecycle.suspend(domain, progress=desk.jobs.progress(job))
        return "suspended"

    # xl cannot be stopped half-way without leaving a guest that neither runs nor can be continued.
    each(desk, "suspend", domains, act, cancellable=False, by_itself=True)


async def _resume(desk: Desk, domains: Sequence[Domain]) -> None:
    if len(domains) > 1 and not await agreed_to(desk, "Resume", domains):
        return

    async def act(domain: Domain, job: Job) -> str:
        await desk.hypervisor.lifecycle.resume(domain, progress=desk.jobs.progress(job))
        return "resumed"

    each(desk, "resume", domains, act, cancellable=False, by_itself=True)


async def _save(desk: Desk, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    field = Field("path", "File on the host", f"/var/lib/xen/save/{domain.label}", path=True)
    answer = await desk.ask(
        FormDialog(
            f"Save {domain.label} to a file", [field], "Save", ["The domain ends when its memory is saved."]
        )
    )
    if answer is None:
        return

    async def act(domain: Domain, job: Job) -> str:
        await desk.hypervisor.lifecycle.save(domain, answer["path"], progress=desk.jobs.progress(job))
        return f"saved to {answer['path']}"

    each(desk, "save", domains, act, cancellable=False, by_itself=True)


async def _restore(desk: Desk, _domains: Sequence[Domain]) -> None:
    fields = [
        Field("path", "File on the host", "/var/lib/xen/save/", path=True),
        Field("paused", "Leave it paused", switch=True),
        Field("force", "Though its disks have changed since", switch=True),
    ]
    answer = await desk.ask(FormDialog("Restore a saved domain", fields, "Restore"))
    if answer is None:
        return

    async def work(job: Job) -> str:
        await desk.hypervisor.lifecycle.restore(
            answer["path"],
            paused=bool(answer["paused"]),
            force=bool(answer["force"]),
            progress=desk.jobs.progress(job),
        )
        return "restored"

    desk.jobs.start("restore", answer["path"], work, cancellable=False, by_itself=True)


async def _create(desk: Desk, _domains: Sequence[Domain]) -> None:
    fields = [
        Field("path", "Configuration file", "/etc/xen/", path=True),
        Field("words", "Settings over it", "", help="KEY=VALUE …, such as memory=256", needed=False),
        Field("console", "Watch it boot", switch=True),
        Field("paused", "Leave it paused", switch=True),
    ]
    about = [
        "An unknown name becomes a transient domain, gone when it stops. The name of a managed one that is off"
        " boots this file just this once: its stored configuration stays as it is."
    ]
    answer = await desk.ask(FormDialog("Create: boot a file", fields, "Create", about))
    if answer is None:
        return
    lifecycle = desk.hypervisor.lifecycle
    words, paused = answer["words"].split(), bool(answer["paused"])
    if answer["console"]:
        await desk.boot_console(await lifecycle.plan_create(answer["path"], words=words, paused=paused))
        return

    async def work(job: Job) -> str:
        plan: BootPlan = await lifecycle.create(answer["path"], words=words, paused=paused)
        job.subject = plan.name
        job.warnings += plan.warnings
        return f"created ({plan.kind})"

    desk.jobs.start("create", answer["path"], work)


DEEDS: dict[str, _Deed] = {
    "domain.start": _start,
    "domain.boot": _boot,
    "domain.shutdown": _shutdown,
    "domain.reboot": _reboot,
    "domain.destroy": _destroy,
    "domain.clear": _clear,
    "domain.pause": _plain("pause", "paused", Lifecycle.pause),
    "domain.unpause": _plain("unpause", "runs on", Lifecycle.unpause),
    "domain.suspend": _suspend,
    "domain.resume": _resume,
    "domain.save": _save,
    "host.restore": _restore,
    "host.create": _create,
}

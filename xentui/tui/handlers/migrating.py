"""Moving a domain to another host: which one is asked for, then what was found on both is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xentui.commands.completion import Candidate
from xentui.commands.migrate_session import carry_logs, done, move_text, require_possible
from xentui.commands.other_host import other_host
from xentui.errors import NotAllowedError, Render, UsageError, worded
from xentui.model.domain import Domain
from xentui.service.migrating import Migrating, MigrationPlan
from xentui.service.migrating.halves import is_left
from xentui.service.migrating.plan import words
from xentui.service.placement import HostPlace, places
from xentui.settings import load
from xentui.text import printable
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import TypedDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.migrate import MigrateDialog
from xentui.tui.dialogs.place import PlaceDialog
from xentui.tui.handlers.mending import mend
from xentui.tui.handlers.work import Handler, each
from xentui.tui.jobs import Job, ended

_NAMED = 4
"""So many hosts are named; Tab offers all of them."""


async def _migrate(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    if is_left(domain):
        await mend(ui, domain)
        return
    how = "While it runs (live)" if domain.domid is not None else "While it is off, with its disks"
    open_ones = [other.host.name for other in ui.beside]
    names = [
        name for name in dict.fromkeys([*open_ones, *sorted(load().hosts)]) if name != ui.hypervisor.host.name
    ]
    hosts = tuple(Candidate(name) for name in names)
    about = [
        f"{how}. Both hosts are looked at first, and a small file shows whether they share its folders; "
        "nothing else is done before you agree."
    ]
    known = ", ".join(printable(host.text) for host in hosts[:_NAMED])
    hint = f"{known}{' …' if len(hosts) > _NAMED else ''}, or ssh://root@host" if known else "ssh://root@host"
    only = names[0] if len(names) == 1 else ""
    field = Field("target", "To host", only, help=hint, words=hosts, needed=True)

    async def attempt(answer: Mapping[str, str]) -> bool:
        async with other_host(ui.hypervisor, answer["target"], ui.beside) as target:
            plan = await Migrating(ui.hypervisor).plan(domain, target)
        return await _agreed(ui, plan) and await ended(_begun(ui, plan, answer["target"]))

    async def look(name: str) -> HostPlace:
        async with other_host(ui.hypervisor, name, ui.beside) as target:
            found = await places(ui.hypervisor, domain, [target])
        if not found:
            raise UsageError("is this host itself")
        return found[0]

    await ui.ask(
        PlaceDialog(f"Migrate {domain.label}", field, about, hosts=names, look=look, attempt=attempt)
    )


async def _agreed(ui: UiContext, plan: MigrationPlan) -> bool:
    """Return whether the user agrees to a plan; where all that stops it may be allowed, by typing the name."""
    lines = list(_plan_lines(plan, ui.word))
    title = f"Migrate {plan.domain.label} to {plan.target.host.name}"
    if plan.hard and all(finding.allow for finding in plan.hard):
        stops = ", ".join(words(plan.hard))
        dialog = TypedDialog(f"{title} anyway ({stops})?", lines, plan.domain.label, "Migrate")
        return await ui.ask(dialog) is True
    stops = ""
    if plan.hard:
        against = ", ".join(words(finding for finding in plan.hard if not finding.allow))
        stops = f"cannot migrate: stopped by {against}"
    return await ui.ask(MigrateDialog(title, lines, stops=stops, careful=bool(plan.soft))) is True


def _plan_lines(plan: MigrationPlan, render: Render) -> Iterator[str]:
    """Yield a plan in lines for a dialog, which are folded where they are long."""
    for move in plan.disks:
        yield move_text(move, plan.mode).strip()
    for finding in (*plan.hard, *plan.soft):
        yield ""
        yield f"{'✗' if finding.hard else '?'} {finding.word}: {finding.why}"
        if finding.hint:
            yield f"→ {worded(finding.hint, render)}"
    if not plan.findings:
        yield "✓ nothing is in the way"


def _begun(ui: UiContext, agreed: MigrationPlan, host: str) -> Job:
    """Begin what was agreed to, after another look: a dialog may have stood for long."""
    allow = [finding.word for finding in agreed.hard]
    known = {finding.word for finding in agreed.findings}

    async def act(domain: Domain, job: Job) -> str:
        async with other_host(ui.hypervisor, host, ui.beside) as target:
            migrating = Migrating(ui.hypervisor)
            plan = await migrating.plan(domain, target, agreed.mode, allow=allow)
            require_possible(plan)
            if new := [finding for finding in plan.soft if finding.word not in known]:
                raise NotAllowedError(
                    f"nothing was done: {new[0].why}",
                    subject=domain.label,
                    hint="look again, and agree to that",
                )
            arrived = await migrating.run(plan, progress=ui.jobs.progress(job))
            carry_logs(ui.hypervisor, target, domain.label, domain.uuid)
            if arrived is not None:
                await ui.follow_console(target.host.name, arrived)
            return done(plan)

    return each(ui, "migrate", [agreed.domain], act, by_itself=True)


HANDLERS: dict[str, Handler] = {"domain.migrate": _migrate}

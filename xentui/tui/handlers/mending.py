"""What a migration that was cut has left, from the keyboard: told by both hosts, and ended once that is agreed to."""

from __future__ import annotations

from collections.abc import Mapping

from xentui.commands.migrate_session import carry_logs
from xentui.commands.other_host import other_host
from xentui.errors import NotAllowedError
from xentui.model.domain import Domain
from xentui.service.migrating import mending
from xentui.service.migrating.halves import Broken, MendStep
from xentui.text import plain
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.handlers.work import each
from xentui.tui.jobs import Job


async def mend(ui: UiContext, domain: Domain) -> None:
    """Ask for the other host, tell what both have, and end it step by step once that is agreed to."""
    known = domain.moving.to if domain.moving is not None else ""
    about = ["Both hosts are asked which half is the guest. Nothing is done before you agree."]

    async def attempt(answer: Mapping[str, str]) -> bool:
        async with other_host(ui.hypervisor, answer["target"], ui.beside) as other:
            source, broken = await mending.look(ui.hypervisor, other, domain.uuid)
            here, there = (
                (ui.hypervisor.host.name, other.host.name)
                if source is ui.hypervisor
                else (other.host.name, ui.hypervisor.host.name)
            )
        if broken.stuck:
            raise NotAllowedError(f"nothing is done: {broken.why}", subject=broken.name, hint=broken.stuck)
        lines = [broken.why, "", *question_lines(broken, here, there)]
        lines += ["", broken.doubt] if broken.doubt else []
        if not broken.steps:
            await ui.ask(ConfirmDialog(f"Nothing is left to do for {plain(broken.name)}", lines, "Close"))
            return True
        question = ConfirmDialog(
            f"End the migration of {plain(broken.name)}",
            lines,
            "Do that",
            careful=broken.destroys or bool(broken.doubt),
        )
        if await ui.ask(question) is not True:
            return False
        _begun(ui, domain, broken, answer["target"])
        return True

    field = Field("target", "Other host", value=known, help="the host it came from, or was to go to")
    await ui.ask(
        FormDialog(f"Mend the migration of {domain.label}", [field], "Check", about, attempt=attempt)
    )


def question_lines(broken: Broken, here: str, there: str) -> list[str]:
    """Return the steps, one a line."""
    steps = [step.value.format(here=plain(here), there=plain(there)) for step in broken.steps]
    return [f"{number}. {step}" for number, step in enumerate(steps, 1)]


def _begun(ui: UiContext, domain: Domain, agreed: Broken, host: str) -> Job:
    """Begin what was agreed to: what both hosts have is looked at anew before each step."""

    async def act(_domain: Domain, _job: Job) -> str:
        async with other_host(ui.hypervisor, host, ui.beside) as other:
            source, _now = await mending.look(ui.hypervisor, other, agreed.uuid)
            target = other if source is ui.hypervisor else ui.hypervisor
            after = await mending.mend(source, target, agreed)
            if MendStep.HAND_OVER in agreed.steps:
                carry_logs(source, target, agreed.name, agreed.uuid)
            return after.why

    return each(ui, "mend", [domain], act, cancellable=False)

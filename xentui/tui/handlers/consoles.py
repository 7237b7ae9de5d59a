"""Consoles as actions on the list."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.commands import registry
from xentui.errors import NotAllowedError
from xentui.model.consoles import ConsoleKind, WhichConsole
from xentui.model.domain import Domain
from xentui.model.keys import SYSRQ
from xentui.service import consoles
from xentui.tui import screens
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.handlers.forms import Form, against
from xentui.tui.handlers.perform import perform
from xentui.tui.handlers.work import Begin, Handler


async def _open(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.open_console(domains[0])


async def _look(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.open_console(domains[0], looking=True)


async def _which(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    there = await consoles.of(ui.hypervisor.session.toolstack, domain)
    if there is None:
        raise NotAllowedError("the host does not tell which consoles it has", subject=domain.label)
    usual = consoles.first(there)
    choices = [
        Choice(
            str(each.which),
            _named(each.which),
            each.inside + (", the usual one" if each.which == usual else ""),
        )
        for each in there
    ]
    wanted = (WhichConsole(ConsoleKind.SERIAL), WhichConsole(ConsoleKind.PV), WhichConsole(ConsoleKind.PV, 1))
    choices += [
        Choice(str(each), _named(each), reason=consoles.why_none(domain, each))
        for each in wanted
        if not any(_named(each)[:4] == _named(other.which)[:4] for other in there)
    ]
    live = ui.console_of(domain)
    shown = (live.which if live is not None else None) or usual
    answer = await ui.ask(ChooseDialog(f"Which console of {domain.label}", choices, start=str(shown)))
    which = next((each.which for each in there if str(each.which) == answer), None)
    if which is not None:
        await ui.open_console(domain, which=None if which == shown == usual else which)


async def _send(ui: UiContext, domains: Sequence[Domain]) -> None:
    sysrq, trigger, keys = (registry.by_id()[f"domain.{name}"] for name in ("sysrq", "trigger", "send-key"))
    choices: list[Choice] = []
    for command in (trigger, keys):
        argument = command.positionals[1]
        choices += [
            Choice(f"{command.verb} {word}", word, reason=against(argument, word, domains))
            for word in argument.choices
        ]
    choices += [
        Choice(f"sysrq {each.letter}", f"sysrq {each.letter}", each.meaning) for each in SYSRQ.values()
    ]
    choices.sort(key=lambda choice: bool(choice.reason))
    whom = domains[0].label if len(domains) == 1 else f"{len(domains)} domains"

    async def attempt(chosen: str) -> object:
        verb, _, word = chosen.partition(" ")
        command = next(each for each in (sysrq, trigger, keys) if each.verb == verb)

        async def told(_ui: UiContext, _domains: Sequence[Domain], begin: Begin) -> bool:
            return await begin({command.positionals[1].dest: word})

        assert command.act is not None  # noqa: S101 - each of these is done to a domain
        return await perform(ui, command, command.act, domains, Form(told))

    await ui.ask(ChooseDialog(f"Send to {whom}", choices, attempt=attempt))


def _named(which: WhichConsole) -> str:
    if which.kind is ConsoleKind.SERIAL:
        return f"Serial port {which.number}"
    return f"Channel {which.number}" if which.number else "PV console"


async def _logs(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.show(screens.console_logs.ConsoleLogsScreen(ui, domains[0]))


HANDLERS: dict[str, Handler] = {
    "console.open": _open,
    "console.look": _look,
    "console.which": _which,
    "console.send": _send,
    "console.log": _logs,
}

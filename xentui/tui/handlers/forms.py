"""The arguments of a command, asked for: a form of its own where there is one, else one made of its declaration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.handlers.work import Begin

Ask = Callable[[UiContext, Sequence[Domain], Begin], Awaitable[object]]
"""Asks for the arguments of a command, and begins it with them from within the dialog."""


@dataclass(frozen=True, slots=True)
class Form:
    """Asks for a command's arguments; ``title`` is what its job is called."""

    ask: Ask
    title: str = ""


def declared(command: Command) -> Form | None:
    """Return the form made of the positional arguments a command needs besides the domain; None where it needs none."""
    needed = [
        each for each in command.positionals if each.kind is not ArgumentKind.DOMAIN and not each.optional
    ]
    label = command.label
    if not needed:
        return None

    async def ask(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
        async def with_fields(answer: Mapping[str, str]) -> bool:
            return await begin({each.dest: _value(each, answer[each.dest]) for each in needed})

        title = f"{label} {domains[0].label if len(domains) == 1 else f'{len(domains)} domains'}"
        if len(needed) == 1 and needed[0].choices:
            await _choose(ui, title, needed[0], domains, begin)
        else:
            await ui.ask(FormDialog(title, [_field(each) for each in needed], label, attempt=with_fields))

    return Form(ask)


async def _choose(
    ui: UiContext, title: str, argument: Argument, domains: Sequence[Domain], begin: Begin
) -> None:
    choices = [Choice(word, word, reason=against(argument, word, domains)) for word in argument.choices]
    await ui.ask(ChooseDialog(title, choices, attempt=lambda word: begin({argument.dest: word})))


def against(argument: Argument, word: str, domains: Sequence[Domain]) -> str:
    """Return why a choice is none for any of the domains; of several that differ the others say why they refuse it."""
    reasons = [argument.against(domain, word) for domain in domains] if argument.against else []
    return reasons[0] if reasons and all(reasons) else ""


def _field(argument: Argument) -> Field:
    return Field(
        argument.dest,
        argument.dest.replace("_", " ").capitalize(),
        help=argument.help,
        path=argument.kind in (ArgumentKind.PATH, ArgumentKind.FILE),
        options=argument.choices,
        check=int if argument.kind is ArgumentKind.NUMBER else None,
    )


def _value(argument: Argument, text: str) -> object:
    return int(text) if argument.kind is ArgumentKind.NUMBER else text.split() if argument.many else text

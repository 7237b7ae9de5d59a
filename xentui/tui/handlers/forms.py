"""The arguments of a command, asked for: a form of its own where there is one, else one made of its declaration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.form import Field, FormDialog

Answers = Mapping[str, object]
"""Arguments by their name, as the command line would have parsed them."""


@dataclass(frozen=True, slots=True)
class Form:
    """Asks for a command's arguments, None where the user leaves; ``title`` is what its job is called."""

    ask: Callable[[UiContext, Sequence[Domain]], Awaitable[Answers | None]]
    title: str = ""


def declared(command: Command) -> Form:
    """The form made of the positional arguments a command needs besides the domain; it asks nothing where none is."""
    needed = [
        each for each in command.positionals if each.kind is not ArgumentKind.DOMAIN and not each.optional
    ]
    label = command.label.rstrip("…")

    async def ask(ui: UiContext, domains: Sequence[Domain]) -> Answers | None:
        if not needed:
            return {}
        title = f"{label} {domains[0].label if len(domains) == 1 else f'{len(domains)} domains'}"
        if len(needed) == 1 and needed[0].choices:
            return await _chosen(ui, title, needed[0], domains)
        answer = await ui.ask(FormDialog(title, [_field(each) for each in needed], label))
        return None if answer is None else {each.dest: _value(each, answer[each.dest]) for each in needed}

    return Form(ask)


async def _chosen(ui: UiContext, title: str, argument: Argument, domains: Sequence[Domain]) -> Answers | None:
    choices = [Choice(word, word, reason=against(argument, word, domains)) for word in argument.choices]
    answer = await ui.ask(ChooseDialog(title, choices))
    return None if answer is None else {argument.dest: answer}


def against(argument: Argument, word: str, domains: Sequence[Domain]) -> str:
    """Why a choice is none for any of the domains; of several that differ the others say why they refuse it."""
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

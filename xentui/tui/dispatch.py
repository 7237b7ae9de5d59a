"""From the id of a command to what a key of it does, on the host of each domain it is done to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xentui.commands.availability import left_out, possible, why_not
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.service.legality import Action
from xentui.tui import handlers
from xentui.tui.context import UiContext
from xentui.tui.keys import BY_ID, KEYS

if TYPE_CHECKING:
    from xentui.tui.domain_list.row import DomainRow
    from xentui.tui.handlers.view_context import ViewContext
    from xentui.tui.host_context import HostContext

_NOT_TWICE = frozenset({Action.START, Action.DELETE, Action.RENAME})
"""What is asked of a domain that is off, and comes too late once xl has been told to make it."""


def _being_booted(ui: UiContext, domains: Sequence[Domain], *doing: str) -> str:
    """Return the name of one of ``domains`` that this session is booting, though xl does not list it yet."""
    now = ui.jobs.conditions()
    return next((domain.label for domain in domains if now.get(domain.label) in doing), "")


async def act(ui: UiContext, name: str, domains: Sequence[Domain], *, of_several: bool = False) -> None:
    """Do a command to ``domains``; what goes wrong becomes a notice.

    With ``of_several`` it is done on other hosts too: of one domain is asked then as of many.
    """
    command = BY_ID[name]
    # Its console is on its way, and is waited for.
    comes = name == "console.open" and _being_booted(ui, domains[:1], "booting", "rebooting")
    reason = why_not(command, domains, read_only=ui.hypervisor.session.read_only)
    if reason and not comes:
        ui.notify(reason, severity="warning")
        return
    if command.action in _NOT_TWICE and (begun := _being_booted(ui, domains, "booting")):
        ui.notify(f"{begun}: cannot {command.phrase}: it is booting already", severity="warning")
        return
    table = handlers.table
    handler = table.HANDLERS.get(name)
    if handler is None and command.act is None:
        ui.view(name, domains)
        return
    fit = list(domains[:1]) if comes else possible(command, domains)
    if name in table.TELL_WHAT_THEY_LEAVE_OUT:
        fit = list(domains)
    elif len(fit) < len(domains):
        ui.notify("; ".join(left_out(command, domains)), severity="warning")
    try:
        asks = KEYS[name].asks or name in table.FORMS
        asked_here = of_several and len(fit) == 1 and command.mutates and not asks
        if asked_here and not await table.agreed_to(ui, command.label, fit):
            return
        if handler is not None:
            await handler(ui, fit)
        elif command.act is not None:
            await table.perform(ui, command, command.act, fit, table.FORMS.get(name))
    except XentuiError as error:
        ui.notify_error(error)


async def act_on_rows(
    hosts: Mapping[str, UiContext], here: UiContext, name: str, rows: Sequence[DomainRow]
) -> None:
    """Do a command to the domains of rows, on the host of each of ``hosts``; to none on the host that one is at."""
    groups: dict[str, list[Domain]] = {}
    for row in rows:
        groups.setdefault(row.host, []).append(row.domain)
    if len(groups) > 1 and name in handlers.views.VIEWS:  # of the screen, whatever hosts there are
        groups = {}
    if not groups:
        await act(here, name, [row.domain for row in rows])
    for label, domains in groups.items():
        await act(hosts[label], name, domains, of_several=len(groups) > 1)


def view(context: ViewContext, name: str, domains: Sequence[Domain], host: HostContext) -> None:
    """Do what concerns the screen only."""
    if (of_host := handlers.views.HOST_VIEWS.get(name)) is not None:
        of_host(context, host, domains)
    else:
        handlers.views.VIEWS[name](context, domains)

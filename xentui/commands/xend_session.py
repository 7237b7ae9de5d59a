"""What ``xend-config`` does, behind its declarations."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from typing import Any

from xentui.commands.confirmation import agreed_after_warning
from xentui.commands.context import Context
from xentui.service.host_check.mending import mend_lines
from xentui.service.xend import changes, peers, status
from xentui.service.xend.peers import Judgement
from xentui.service.xend.status import XendLook

_REFUSED = 1


async def show(context: Context, args: argparse.Namespace) -> None:
    """Show what is set, and what is odd about it."""
    look = await status.look(context.hypervisor.host)
    if args.json:
        context.json(as_json(context.hypervisor.host.name, look))
        return
    for line in as_text(look):
        context.out(line)
    for caution in look.cautions:
        context.warn(caution)


async def set_value(context: Context, args: argparse.Namespace) -> None:
    """Change one setting after asking, and start xend anew where that is wanted."""
    session = context.hypervisor.session
    session.require_writable()
    look = await status.look(context.hypervisor.host)
    mend = changes.planned(look, {args.setting: args.value})
    if mend is None:
        context.note(f"{args.setting} has that value already")
    else:
        for told in mend_lines(mend):
            context.note(told)
        for caution in changes.leads_to(mend):
            context.warn(caution)
        await agreed_after_warning(context, args, f"{mend.what}?", subject="xend")
        for copy in await changes.changed(session, mend):
            context.note(f"the previous content is in {copy}")
    if args.restart or (mend is not None and await _wants_restart(context, args, look)):
        await changes.changed(session, changes.restarting(look))
    elif mend is not None:
        until = f"`{shlex.join(look.restart)}`" if look.restart else "it is restarted"
        context.note(f"xend uses the old settings until {until}")


async def _wants_restart(context: Context, args: argparse.Namespace, look: XendLook) -> bool:
    """Return whether xend is to be started anew, too; nobody is asked where a change was agreed to beforehand."""
    session = context.hypervisor.session
    beforehand = context.yes or getattr(args, "yes", False)
    if context.confirm is None or session.dry_run or beforehand or not look.restart:
        return False
    mend = changes.restarting(look)
    context.note(mend.then)
    return await context.confirm(f"{mend.what} now (`{shlex.join(look.restart)}`)?")


async def test(context: Context, args: argparse.Namespace) -> int:
    """Tell whether a peer would be let in, and by which expression."""
    host = context.hypervisor.host
    look = await status.look(host)
    value = look.value("hosts-allow").text if args.expressions is None else args.expressions
    found = await peers.judge(host, value, args.peer)
    if args.json:
        context.json(judgement_as_json(found))
    else:
        for line in judged(found):
            context.out(line)
    if found.allowed and not any(look.value(key).on for key in ("server", "ssl-server")):
        context.warn("xend accepts no guests: server is no")
    return 0 if found.allowed else _REFUSED


async def restart(context: Context, args: argparse.Namespace) -> None:
    """Start xend anew, after asking."""
    session = context.hypervisor.session
    session.require_writable()
    mend = changes.restarting(await status.look(context.hypervisor.host))
    for told in mend_lines(mend):
        context.note(told)
    await agreed_after_warning(context, args, f"{mend.what}?", subject="xend")
    await changes.changed(session, mend)


def as_text(look: XendLook) -> Iterator[str]:
    """Yield the settings, a line each, and what xend does with them."""
    width = max(len(value.setting.key) for value in look.values)
    for value in look.values:
        place = f"line {value.entry.line}" if value.entry else "default"
        shown = value.text or "''"
        yield f"{value.setting.key:<{width}}  {shown}  ({place})"
    yield ""
    yield f"file:    {look.path}"
    yield f"xm:      {'reads it, too' if look.own is not None else f'does not answer ({look.silent})'}"
    if look.listens is not None:
        yield f"listens: {', '.join(look.listens) or 'nothing does'}"


def as_json(host: str, look: XendLook) -> dict[str, Any]:
    """Return the documented form of the settings (docs/xend-config.md)."""
    return {
        "host": host,
        "path": look.path,
        "settings": [
            {
                "key": value.setting.key,
                "name": value.setting.name,
                "value": value.text,
                "default": value.setting.default,
                "line": value.entry.line if value.entry else None,
                "problem": value.problem,
            }
            for value in look.values
        ],
        "warnings": list(look.cautions),
        "read_by_xend": look.own,
        "listens": None if look.listens is None else list(look.listens),
        "restart": list(look.restart),
    }


def judged(found: Judgement) -> Iterator[str]:
    """Yield whether a peer is let in, and by what: a line an expression."""
    if found.looked_up:
        yield f"xend knows {found.peer} as {', '.join(found.texts)}"
    else:
        yield f"the host knows no address of {found.peer}: judged by what was typed"
    for match in found.matches:
        said = f"is not an expression: {match.problem}" if match.problem else "does not match"
        if match.matched:
            said = f"matches {' and '.join(match.matched)}"
        yield f"  {match.expression or '(empty)'}  {said}"
    if found.broken:
        yield "refused: xend does not start with an invalid expression"
    elif not found.matches:
        yield "accepted: hosts-allow is empty, so every host is"
    else:
        yield "let in" if found.allowed else "refused: xend closes the connection without a message"


def judgement_as_json(found: Judgement) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "peer": found.peer,
        "known_as": list(found.texts),
        "looked_up": found.looked_up,
        "expressions": [
            {"expression": match.expression, "problem": match.problem, "matches": list(match.matched)}
            for match in found.matches
        ],
        "allowed": found.allowed,
    }

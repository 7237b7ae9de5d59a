"""Secrets: one that is typed without being shown, one that is shown this once."""

from __future__ import annotations

from xentui.tui.context import ScreenContext
from xentui.tui.dialogs.confirm import TypedDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog


async def ask_secret(context: ScreenContext, question: str) -> str | None:
    """Ask for what is not shown as it is typed; None where the question was left."""
    answer = await context.ask(FormDialog("Secret", [Field("secret", question, hidden=True)], "Send"))
    return None if answer is None else answer["secret"]


async def show_secret(context: ScreenContext, name: str, what: str, secret: str, kept: str) -> bool:
    """Show what is shown once, until somebody says that they have it: a key typed for something else does not."""
    lines = [
        f"{what}:",
        "",
        f"    {secret}",
        "",
        f"It is shown only once, then removed from {kept}; after Esc it stays there.",
    ]
    return await context.ask(TypedDialog("Shown once", lines, name, "I have it")) is True

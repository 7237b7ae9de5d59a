"""What Tab completes a field with: paths of the host, what it has of a kind, words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.app import App

from xentui.commands.completion import Candidate
from xentui.service.config_source import LOCAL
from xentui.tui.widgets.completions import Complete, CompletionResult


def suggester(app: App[object], kinds: str) -> Complete:
    """Completes with what the host has of a kind, or of several (bridges, kernels, keymaps …)."""

    async def suggest(before: str) -> CompletionResult:
        words: list[str] = []
        for kind in kinds.split():
            words += await app.here.hypervisor.editing.suggestions(kind, before)  # type: ignore[attr-defined]
        return CompletionResult(before, 0, _paths(words, before))

    return suggest


def path_completer(app: App[object], kinds: str = "", *, own: bool = False) -> Complete:
    """Completes paths on the host, also behind ``phy:`` or ``file:``; with ``kinds`` as long as no slash is typed.

    With ``own`` those of this machine are completed behind ``local:``.
    """
    begin = suggester(app, kinds) if kinds else None

    async def paths(before: str) -> CompletionResult:
        if begin is not None and "/" not in before:
            return await begin(before)
        if own and before.startswith(LOCAL):
            typed = before.removeprefix(LOCAL)
            here = await app.here.completion_source.own_paths(typed)  # type: ignore[attr-defined]
            return CompletionResult(before, len(LOCAL), _paths(here, typed))
        start = before.find("/") if ":" in before.partition("/")[0] else 0
        found = await app.here.completion_source.paths(before[max(0, start) :])  # type: ignore[attr-defined]
        return CompletionResult(before, max(0, start), _paths(found, before[max(0, start) :]))

    return paths


def word_completer(words: Sequence[Candidate]) -> Complete:
    """Completes with some of ``words``."""

    async def offer(before: str) -> CompletionResult:
        return CompletionResult(before, 0, [word for word in words if word.text.startswith(before)])

    return offer


def _paths(found: Iterable[str], before: str) -> list[Candidate]:
    """Return what begins with ``before``; a folder goes on, and is not offered again to who is in it."""
    return [
        Candidate(path, final=not path.endswith("/"))
        for path in found
        if path != before or not path.endswith("/")
    ]

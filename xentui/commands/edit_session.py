"""A stored text in the user's own editor: checked, explained, stored."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from pathlib import Path

from xentui.commands import console_session, external_editor as editor
from xentui.commands.context import Context
from xentui.commands.files import STDIN, given
from xentui.config import Severity
from xentui.errors import ExitStatus, StoreCode, StoreError, Suggest, UsageError, XentuiError
from xentui.model.domain import Domain
from xentui.service.config_source import HOST, LOCAL, named
from xentui.service.editing import Draft, Impact, SaveResult

_REFUSED = "[e]dit again, [g]ive up? "
_READY = "[s]tore, [e]dit again, [g]ive up? "
_ONCE = "[b]oot it once, [e]dit again, [g]ive up? "
_CONFLICT = "[e]dit again, [o]verwrite, [g]ive up? "


async def edit(context: Context, args: argparse.Namespace) -> int | None:
    """Edit a domain's text until it is stored, booted or given up; an exit status."""
    if not context.own_terminal:
        raise UsageError("belongs on the command line", subject="edit", hint="the screen has its own editor")
    if args.console and not args.once:
        raise UsageError("--console goes with --once")
    if not context.hypervisor.session.dry_run:
        context.hypervisor.session.require_writable()
    found = await context.hypervisor.inventory.find(args.domain)
    draft = await context.hypervisor.editing.open(found)
    if draft.notice:
        context.note(f"{found.label}: {draft.notice}")
    work = editor.Workspace(found.label, await _begin(context, draft, args.text))
    try:
        return await _Round(context, args, found, draft, work).go()
    except BaseException:
        # Whatever went wrong - the host, the store, Ctrl-C -, what was typed is not lost.
        _keep(context, work, draft, args)
        raise
    finally:
        work.close()


async def _begin(context: Context, draft: Draft, word: str | None) -> str:
    """Return the text the editor begins with: the draft's, or that of a file, such as one kept here earlier."""
    if word is None:
        return draft.text
    if word == STDIN or word.startswith(HOST):
        return (await named(context.hypervisor.host, await given(context, word)).read()).text
    return _own_text(word.removeprefix(LOCAL))


def _own_text(path: str) -> str:
    """Return the text of a file of this machine."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(editor.LIMIT + 1)
        if len(data) > editor.LIMIT:
            raise XentuiError("the text is longer than 1 MiB", subject=path)
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise XentuiError("cannot be read on this machine", subject=path) from error


@dataclass(slots=True)
class _Round:
    """One edit, from the editor to the store, as often as it takes."""

    context: Context
    args: argparse.Namespace
    found: Domain
    draft: Draft
    work: editor.Workspace

    async def go(self) -> int | None:
        """Edit until the text is stored, booted, or given up."""
        while True:
            self.work.edit()
            text = self.work.read()
            if not self.args.once and text == self.draft.text:
                self.context.note(f"{self.found.label}: nothing changed")
                return None
            answer = await self._judged(text)
            if answer == "g":
                _keep(self.context, self.work, self.draft, self.args)
                return ExitStatus.FAILED
            if answer == "e":
                continue
            if answer == "b":
                return await self._boot(text)
            done = await self._store(text)
            if done is not None:
                return done

    async def _judged(self, text: str) -> str:
        """Return what to do with the text: shown with its problems and what it means, then asked."""
        context = self.context
        checked = await context.hypervisor.editing.check(text)
        for problem in checked.problems:
            place = f"line {problem.line}: " if problem.line else ""
            kind = "" if problem.severity is Severity.ERROR else "warning: "
            context.note(f"{kind}{place}{problem.message}" + (f" ({problem.hint})" if problem.hint else ""))
        if checked.errors:
            return editor.ask(_REFUSED, "eg") if editor.has_terminal() else "g"
        _show(context, context.hypervisor.editing.impact(self.draft, text, self.found))
        if self.args.once:
            return editor.ask(_ONCE, "beg") if editor.has_terminal() else "b"
        return editor.ask(_READY, "seg") if editor.has_terminal() else "s"

    async def _store(self, text: str) -> int | None:
        """Store the text; None where it is to be edited again."""
        context, editing = self.context, self.context.hypervisor.editing
        impact = editing.impact(self.draft, text, self.found)
        overwrite = False
        while True:
            try:
                stored = await editing.store(
                    self.draft, text, reason=self.args.reason or "edit", overwrite=overwrite
                )
                break
            except StoreError as error:
                if error.code != StoreCode.CONFLICT or not editor.has_terminal():
                    raise
                answer = self._asked(error, _CONFLICT, "eog")
                overwrite = answer == "o"
            except XentuiError as error:
                if not editor.has_terminal():
                    raise
                answer = self._asked(error, _REFUSED, "eg")
            if answer == "e":
                return None
            if answer == "g":
                _keep(context, self.work, self.draft, self.args)
                return ExitStatus.FAILED
        _print_stored(context, stored)
        return await self._apply(impact)

    def _asked(self, error: XentuiError, question: str, answers: str) -> str:
        self.context.report_error(error)
        return editor.ask(question, answers)

    async def _apply(self, impact: Impact) -> int:
        """Make what can be made live, where the user wants it."""
        changes = [change for change in impact.live if change.possible]
        if not changes:
            return ExitStatus.DONE
        if not self.args.live:
            if not editor.has_terminal():
                self.context.note(
                    f"{self.found.label}: nothing was changed while it runs; --live does what can be"
                )
                return ExitStatus.DONE
            question = f"Make {len(changes)} of the changes now, while it runs? [n]o, [y]es? "
            if editor.ask(question, "ny") != "y":
                return ExitStatus.DONE
        status = ExitStatus.DONE
        for outcome in await self.context.hypervisor.editing.apply_live(self.found, changes):
            if outcome.error is None:
                self.context.note(f"{self.found.label}: {outcome.change.title}: done")
                continue
            status = ExitStatus.FAILED
            self.context.report_error(outcome.error)
        return status

    async def _boot(self, text: str) -> int | None:
        """Return the experiment; its text is kept, as it is stored nowhere."""
        context = self.context
        plan = await context.hypervisor.editing.boot_once(
            self.draft, text, paused=self.args.paused, console=self.args.console
        )
        if text != self.draft.text:
            _keep(context, self.work, self.draft, self.args)
        for warning in plan.warnings:
            context.warn(warning)
        if self.args.console:
            return await console_session.boot(context, plan)
        if not context.hypervisor.session.dry_run:
            context.note(f"{plan.name}: booted once with this text; the stored one is untouched")
        return None


def _show(context: Context, impact: Impact) -> None:
    """The difference as text, by field, and what of it can be had now."""
    for line in impact.text_diff:
        context.out(line)
    for item in impact.fields:
        context.out(f"{item.field}: {item.old or '-'} → {item.new or '-'}")
    for change in impact.live:
        if change.possible:
            context.out(f"now: {change.title}: {shlex.join(change.argv)}")
        else:
            context.out(f"not now: {change.title}: {change.reason}")
    if impact.next_start:
        context.out(f"at the next start: {', '.join(impact.next_start)}")


def _print_stored(context: Context, stored: SaveResult) -> None:
    if context.hypervisor.session.dry_run:
        return
    done = "is stored already" if stored.unchanged else "stored"
    context.note(f"{stored.name}: {done} as version {stored.version}")


def _keep(context: Context, work: editor.Workspace, draft: Draft, args: argparse.Namespace) -> None:
    """Keep a text that is stored nowhere, and say where; one that was not changed is not worth it."""
    if work.kept:
        return
    try:
        if work.read() == draft.text:
            return
    except XentuiError:
        pass
    path = work.keep()
    flags = [f"--{name}" for name in ("once", "console", "paused", "live") if getattr(args, name)]
    reason = ["--reason", args.reason] if args.reason else []
    again = Suggest("config.edit", draft.name or draft.uuid, *flags, *reason, "--text", path)
    context.advise((f"the text is kept in {path}; ", again, " continues with it"))

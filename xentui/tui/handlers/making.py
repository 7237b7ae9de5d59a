"""The wizard: the steps from what a guest starts from to its configuration, and the making."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from xentui.config import check_name
from xentui.errors import Suggest, UsageError, XentuiError
from xentui.service import host_files
from xentui.service.config_source import named
from xentui.service.making import Answers, Plan, SourceKind, answers_file, first_boot, system, unattended
from xentui.service.making.osinfo import KnownSystems
from xentui.service.making.ssh_keys import own_keys
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog, RefusedAnswerError
from xentui.tui.dialogs.step import Attempt, StepForm
from xentui.tui.handlers.templates import made_of_one, templates_of
from xentui.tui.jobs import Job, JobState, ended
from xentui.tui.making import steps
from xentui.tui.making.configuration import ConfigurationStep
from xentui.tui.making.first_boot import FirstBootAnswers
from xentui.tui.making.state import WizardState


class Wizard:
    """Leads through the steps; nothing that was answered is lost on the way back."""

    def __init__(self, ui: UiContext) -> None:
        self._ui = ui
        self._making = ui.hypervisor.making
        self._answered = WizardState()
        self._bridge = ""
        self._plan: Plan | None = None
        self._saved = ""
        self._told = FirstBootAnswers()
        self._systems: KnownSystems | None = None
        self._chosen = system(self._answered.system)
        self._ended = False
        self._released = False

    async def run(self) -> None:
        """Ask, step by step, until a guest is made or the first step is left."""
        self._bridge = await self._ui.hypervisor.editing.usual_bridge()
        each = (
            self._kind,
            self._system,
            self._source,
            self._disks,
            self._first_boot,
            self._guest,
            self._configuration,
        )
        at, forward = 0, True
        while at < len(each):
            passed = await each[at]()
            if self._ended:
                return
            forward = forward if passed is None else passed
            at += 1 if forward else -1
            if at < 0:
                if not self._answered.begun or await self._may_leave():
                    return
                at, forward = 0, True

    def _title(self, step: str, about: str) -> str:
        """Return what stands above a step, with its number among those there are."""
        order = steps.order(self._answered, self._chosen, released=self._released)
        return steps.title(order.index(step) + 1, about, len(order))

    async def _may_leave(self) -> bool:
        dialog = ConfirmDialog("Leave the wizard?", ["Nothing was made; your answers will be lost."], "Leave")
        return await self._ui.ask(dialog) is True

    # The steps: True goes on, False back, and None the way one came where there is nothing to ask

    async def _kind(self) -> bool | None:
        offered = bool(templates_of(self._ui))
        while (
            answer := await self._ui.ask(steps.kinds(self._answered, templates=offered))
        ) == steps.OF_TEMPLATE:
            if await made_of_one(self._ui):
                self._ended = True
                return True
        if answer is None:
            return False
        self._answered.kind = SourceKind(answer)
        return True

    async def _system(self) -> bool | None:
        known = await self._known()
        while (base := await self._ui.ask(steps.systems(self._answered))) is not None:
            answer: str | None = base
            found = known.of(base)
            self._released = bool(found)
            if found:
                heading = self._title("release", f"which {system(base).label}")
                answer = await self._ui.ask(steps.releases(self._answered, system(base), found, heading))
            if answer is None:
                continue
            if answer != self._answered.system:
                # What was usual for another is not what was answered.
                for name in ("memory", "vcpus"):
                    self._answered.typed.pop(name, None)
            self._answered.base, self._answered.system = base, answer
            self._chosen = next((each for each in found if each.id == answer), system(base))
            return True
        return False

    async def _known(self) -> KnownSystems:
        """Return what the host's osinfo-db tells of, asked for once; what is wrong with it is no reason to stop."""
        if self._systems is None:
            try:
                self._systems = await self._making.known_systems()
            except XentuiError:
                self._systems = KnownSystems()
        return self._systems

    async def _source(self) -> bool | None:
        fields = steps.source_fields(self._answered, self._chosen)
        if not fields:
            return None

        async def attempt(values: Mapping[str, str]) -> object:
            answers = self._answered.with_values(values).answers
            path = values.get("unattended", "")
            text = (
                (await named(self._ui.hypervisor.host, path, "file of answers").read()).text if path else ""
            )
            if text:
                unattended.checked(text)
            self._answered.unattended = text
            # The type is asked for later, where it can be chosen again.
            await self._making.check_source(replace(answers, type=""), self._chosen)
            if answers.source.kind.copies:
                await self._making.check_copied(answers)
            return True

        return await self._form(self._title("source", "its source"), fields, attempt)

    async def _disks(self) -> bool | None:
        async def attempt(values: dict[str, str]) -> object:
            if not values["disk"] and (values.get("size") or self._answered.kind.copies):
                values["disk"] = await self._making.usual_disk(values["name"], values["format"])
            answers = self._answered.with_values(values).answers
            await self._making.check_name(answers.name)
            await self._making.check_disks(answers)
            return True

        fields = steps.disk_fields(self._answered, self._chosen, self._making.usual_disk, check_name)
        return await self._form(self._title("disks", "its name and disks"), fields, attempt)

    async def _first_boot(self) -> bool | None:
        """Return what a cloud image is told, or who may log in to a system that is made, and what it is called."""
        builds = self._answered.kind.builds
        if not builds and self._answered.kind is not SourceKind.CLOUD:
            return None
        own = await asyncio.to_thread(own_keys)

        async def attempt(values: Mapping[str, str]) -> object:
            told = await self._told.made(self._ui.hypervisor.host, values, own)
            if not builds:
                first_boot.check(told, name=self._answered.get("name"), interfaces=1)
            self._answered.told = told
            return True

        fields = (steps.login_fields if builds else steps.first_boot_fields)(self._answered, len(own))
        heading = self._title("first boot", "who logs in" if builds else "its first boot")
        return await self._form(heading, fields, attempt)

    async def _guest(self) -> bool | None:
        async def attempt(values: Mapping[str, str]) -> object:
            answers = self._usual(self._answered.with_values(values))
            found = None
            if answers.type:
                try:
                    found = await self._making.check_source(answers, self._chosen)
                except UsageError as error:
                    # The source was sound at its own step: it is the type asked for that it cannot boot as.
                    raise RefusedAnswerError(error.headline, field="type", hint=error.plain_hint) from error
            self._plan = await self._making.plan(answers, found)
            return True

        fields = steps.guest_fields(self._answered, self._chosen, self._bridge)
        return await self._form(self._title("guest", "memory, network, display"), fields, attempt)

    async def _form(self, title: str, fields: list[Field], attempt: Attempt) -> bool:
        answer = await self._ui.ask(StepForm(title, fields, attempt=attempt, keep=self._answered.take))
        if answer is None:
            return False
        self._answered.take(answer)
        return True

    async def _configuration(self) -> bool | None:
        async def replan(stored: str, install: str) -> Plan:
            self._keep(stored, install)
            return await self._making.plan(self._answered.answers)

        if self._plan is None:
            return False  # the step before makes it
        while True:
            answered = self._answered
            heading = partial(self._title, "configuration")
            step = ConfigurationStep(
                self._plan, answered.stored, answered.install, replan, keep=self._keep, heading=heading
            )
            plan = await self._ui.ask(step)
            if plan is None:
                return False
            if await self._make(plan):
                return True

    @staticmethod
    def _usual(answered: WizardState) -> Answers:
        """Return the answers without the texts that were changed by hand, which may be wrong still."""
        return replace(answered.answers, configuration="", install_configuration="")

    def _keep(self, stored: str, install: str) -> None:
        self._answered.stored, self._answered.install = stored, install

    # Making

    async def _make(self, plan: Plan) -> bool:
        """Ask for the last time, and make it; False where that was left."""
        ui = self._ui
        kept_for = ui.word(Suggest("host.make", "--from", "host:FILE"))
        start = "Start its installer, on a console" if plan.install else "Start it"
        fields = [
            Field("start", start, "yes", switch=True),
            Field(
                "save",
                "Keep the answers",
                needed=False,
                path=True,
                help=f"in a new file of the host, for {kept_for}; empty: they are not kept",
            ),
        ]
        lines = [f"! {warning}" for warning in plan.warnings]
        lines += [f"{disk.words}." for disk in plan.disks] or ["It has no disk."]
        lines += [f"{plan.unattended.words_of_disk}."] if plan.unattended else []
        begun: list[Job] = []

        async def attempt(values: Mapping[str, str]) -> bool:
            if path := values["save"]:
                text = answers_file.write(plan.answers)
                own = path == self._saved  # written before what failed then
                await host_files.write(ui.hypervisor.session, path, text, overwrite=own)
                self._saved = path
            work = partial(self._work, plan, bool(values["start"]))
            begun[:] = [ui.jobs.start("make", plan.name, work)]
            return await ended(begun[0])

        await ui.ask(FormDialog(f"Make {plan.name}?", fields, "Make", lines, attempt=attempt))
        return bool(begun) and begun[0].state in (JobState.RUNNING, JobState.DONE)

    async def _work(self, plan: Plan, start: bool, job: Job) -> str:
        ui = self._ui
        made = await self._making.make(
            plan, start=start, progress=ui.jobs.progress(job), watch=ui.open_console
        )
        job.shows = made.uuid
        job.warnings += [warning for warning in made.warnings if warning not in plan.warnings]
        if made.trouble is not None:
            ui.notify_error(made.trouble)
            return "made and stored, but not started"
        if not made.started:
            return "made and stored"
        return "made; its installer is running" if made.installs else "made and started"

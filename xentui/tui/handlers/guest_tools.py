"""A guest made by xen-create-image: what is asked, in two steps, with the defaults of the host's xen-tools.conf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from xentui.model.domain import Domain
from xentui.service.xen_tools.guests import MadeGuest, ToolOffer
from xentui.service.xen_tools.options import DIR, LVM, METHODS, STORAGES, Kind, Option, fitting
from xentui.service.xen_tools.request import check_value
from xentui.tui.context import UiContext
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.step import StepForm
from xentui.tui.handlers.work import Handler
from xentui.tui.jobs import Job, ended

_LABELS = {
    "dist": "Distribution",
    "fs": "File system",
    "image": "Images",
    "install-source": "Source",
    "ip": "IPv4 address",
    "lvm_thin": "Thin pool",
    "role": "Roles",
    "size": "Disk",
    "vcpus": "vCPUs",
}
_PATHS = (Kind.PATH, Kind.FOLDER, Kind.SOURCE)


async def _create(ui: UiContext, _domains: Sequence[Domain]) -> None:
    offer = await ui.hypervisor.xen_tools.offer()
    first: Mapping[str, str] | None = {
        "name": "",
        "place": next((offer.shown(name) for name in STORAGES if offer.shown(name)), "/srv/xen"),
        "method": offer.shown("install-method"),
    }
    second: Mapping[str, str] = {}
    while first is not None:
        first = await ui.ask(FormDialog("Create a guest with xen-create-image", _first(first), "Next"))
        if first is None:
            return
        kept: dict[str, str] = {}
        if await _ask_rest(ui, offer, first, {**second}, kept):
            return
        second = kept  # Esc leads back, with what was typed


def _first(values: Mapping[str, str]) -> list[Field]:
    return [
        Field("name", "Name", values["name"], help="it becomes the host name of the guest"),
        Field("place", "Disks in", values["place"], help="a folder of the host, or a volume group"),
        Field("method", "Installed by", values["method"], options=METHODS),
    ]


async def _ask_rest(
    ui: UiContext, offer: ToolOffer, first: Mapping[str, str], values: dict[str, str], kept: dict[str, str]
) -> bool:
    """Ask for what fits the first answers, and begin; ``kept`` takes what was typed.  False where it was left."""
    storage = DIR if first["place"].startswith("/") else LVM
    options = [option for option in fitting(storage, first["method"]) if option.form]

    async def attempt(answer: Mapping[str, str]) -> bool:
        given: dict[str, Sequence[str]] = {storage: (first["place"],), "install-method": (first["method"],)}
        for option in options:
            value = answer[option.dest]
            if value and value != offer.shown(option.name):
                given[option.name] = option.values(value)
        if "ip" not in given and not offer.shown("ip") and not offer.shown("dhcp"):
            given["dhcp"] = ("1",)
        return await _begin(ui, first["name"], given)

    fields = [_field(offer, option, values) for option in options]
    title = f"Create {first['name']}: disks in {first['place']}, by {first['method']}"
    return await ui.ask(StepForm(title, fields, "Create", attempt=attempt, keep=kept.update)) is not None


def _field(offer: ToolOffer, option: Option, values: Mapping[str, str]) -> Field:
    worked_out = option.name in offer.settings and offer.settings[option.name].computed
    about = {
        "ip": "empty: by DHCP",
        "dist": f"empty: the host's own; known: {', '.join(offer.distributions[:12])}" if worked_out else "",
        "install-source": option.summary,
        "role": option.summary,
    }.get(option.name, "")

    def check(value: str) -> None:
        for each in option.values(value):
            check_value(option, each)

    return Field(
        option.dest,
        _LABELS.get(option.name, option.name.replace("-", " ").capitalize()),
        values.get(option.dest, offer.shown(option.name)),
        help=about,
        path=option.kind in _PATHS,
        options=option.choices,
        needed=option.name in ("install-source", "size", "memory"),
        check=check,
    )


async def _begin(ui: UiContext, name: str, given: Mapping[str, Sequence[str]]) -> bool:
    async def work(job: Job) -> str:
        tools = ui.hypervisor.xen_tools
        made = await tools.create(name, given, progress=ui.jobs.progress(job))
        if made is None:
            return "nothing was done"
        job.shows = made.uuid
        job.warnings += made.warnings
        job.details += [*made.said, f"log on the host: {made.log}"]
        if made.password:
            ui.background(partial(_show_password, ui, made))
        return "made, and managed"

    return await ended(ui.jobs.start("create-image", name, work, by_itself=True))


async def _show_password(ui: UiContext, made: MadeGuest) -> None:
    """Show the root password; the log of xen-tools keeps it until somebody has said that they have it."""
    if await ui.show_secret(made.name, f"root password of {made.name}", made.password, made.log):
        await ui.hypervisor.xen_tools.forget_password(made)


HANDLERS: dict[str, Handler] = {"view.create-image": _create}

"""Memory, vCPUs, disks and network interfaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from xentui.config import format_disk, parse_disk
from xentui.model.configuration import describe_disk, describe_vif
from xentui.model.devices import Access, Disk, Vif
from xentui.model.domain import Domain
from xentui.model.sizes import EXAMPLES, memory_size, vcpu_count
from xentui.service import media
from xentui.service.devices import free_vdev
from xentui.service.resources import too_little
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog, RefusedAnswerError
from xentui.tui.editor.device_fields import (
    bridge_asked,
    disk_asked,
    disk_fields,
    disk_spec,
    new_image,
    vif_fields,
    vif_spec,
)
from xentui.tui.handlers.forms import Form
from xentui.tui.handlers.work import Begin, Handler, each
from xentui.tui.jobs import Job, ended


def _about(domain: Domain) -> list[str]:
    """Return where a change takes effect."""
    live = domain.domid is not None
    if domain.managed:
        return [
            "Takes effect now, and is stored as a new version." if live else "Is stored as a new version."
        ]
    return ["Takes effect now; the domain is transient, nothing is stored."]


async def _memory(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    later = _later(domain)
    fields = [
        Field(
            "memory",
            "Memory",
            f"{domain.target_mib}M",
            help=f"MiB, or with a suffix: {EXAMPLES}",
            check=memory_size,
        )
    ]
    if not domain.is_control:
        maximum = f"{domain.maxmem_mib or domain.target_mib}M"
        fields.append(
            Field("maximum", "Maximum", maximum, help="the maximum while it runs", check=memory_size)
        )

    async def attempt(answer: Mapping[str, str]) -> bool:
        memory = memory_size(answer["memory"])
        if reason := too_little(domain, memory) if memory != domain.target_mib else "":
            question = f"Only {memory} MiB for {domain.label}?"
            sentence = f"{reason[0].upper()}{reason[1:]}."
            if not await ui.ask(ConfirmDialog(question, [sentence], "Set it")):
                return False
        return await ended(_set_memory(ui, domain, answer, force=bool(reason)))

    title, check = f"Memory of {domain.label}", partial(_memory_fits, domain)
    await ui.ask(FormDialog(title, [*fields, *later], "Set", _about(domain), check=check, attempt=attempt))


def _set_memory(ui: UiContext, domain: Domain, answer: Mapping[str, str], *, force: bool) -> Job:
    memory = memory_size(answer["memory"])
    maximum_mib = memory_size(answer["maximum"]) if "maximum" in answer else 0

    async def act(domain: Domain, _job: Job) -> str:
        # What was left as it was shown is not set, whatever it is by now.
        resources = ui.hypervisor.resources
        done = []
        if maximum_mib > domain.maxmem_mib:
            await resources.set_maximum(domain, maximum_mib)
            done.append(f"maximum {maximum_mib} MiB")
        if memory != domain.target_mib:
            await resources.set_memory(domain, memory, force=force)
            done.append(f"memory {memory} MiB")
        if maximum_mib and maximum_mib < domain.maxmem_mib:
            await resources.set_maximum(domain, maximum_mib)
            done.append(f"maximum {maximum_mib} MiB")
        return ", ".join(done) or "nothing to change"

    async def store(domain: Domain, _job: Job) -> str:
        await ui.hypervisor.resources.store_memory(domain, memory, max(memory, maximum_mib))
        return f"memory {memory} MiB from the next start on"

    return each(ui, "memory", [domain], store if answer.get("later") else act)


def _later(domain: Domain) -> list[Field]:
    """Return the box that leaves what runs as it is; of a domain that has a next start of its own."""
    if not domain.managed or domain.domid is None:
        return []
    return [Field("later", "Only store it, for the next start", switch=True)]


def _memory_fits(domain: Domain, answer: Mapping[str, str]) -> None:
    """Raise RefusedAnswerError for more memory than the domain can have now, with what is possible instead."""
    memory = memory_size(answer["memory"])
    most = max(domain.maxmem_mib, memory_size(answer["maximum"])) if "maximum" in answer else 0
    if most and memory > most and not answer.get("later"):
        message = f"cannot set {memory} MiB: its maximum is {most} MiB"
        if "later" in answer:
            raise RefusedAnswerError(f"{message} while it runs", field="later", hint="check the box (Space)")
        raise RefusedAnswerError(message, field="maximum", hint="raise that too")


def _vcpus_fit(domain: Domain, answer: Mapping[str, str]) -> None:
    """Raise RefusedAnswerError for more vCPUs than the domain can have now, with what is possible instead."""
    count, most = int(answer["vcpus"]), domain.config.maxvcpus
    if domain.domid is not None and not domain.is_control and count > most and not answer.get("later"):
        message = f"cannot set {count} vCPUs: its maximum while it runs is {most}"
        if "later" in answer:
            raise RefusedAnswerError(message, field="later", hint="check the box (Space)")
        raise RefusedAnswerError(message, field="vcpus", hint=f"{most} at most")


async def _vcpus(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
    domain = domains[0]
    maximum = domain.config.maxvcpus
    note = f"at most {maximum} while it runs" if domain.domid is not None and not domain.is_control else ""
    field = Field("vcpus", "vCPUs", str(domain.vcpus), help=note, check=vcpu_count)

    async def attempt(answer: Mapping[str, str]) -> bool:
        count = int(answer["vcpus"])
        if not answer.get("later"):
            return await begin({"count": count})

        async def store(domain: Domain, _job: Job) -> str:
            await ui.hypervisor.resources.store_vcpus(domain, count)
            return f"{count} vCPUs from the next start on"

        return await ended(each(ui, "vcpus", [domain], store))

    title, check, fields = f"vCPUs of {domain.label}", partial(_vcpus_fit, domain), [field, *_later(domain)]
    await ui.ask(FormDialog(title, fields, "Set", _about(domain), check=check, attempt=attempt))


async def _disk_attach(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
    domain = domains[0]
    fields = disk_fields(Disk("", free_vdev(domain)), disk_asked(ui, refuses=True), folder="/srv/")

    def check(answer: Mapping[str, str]) -> None:
        vdev = answer["vdev"].removeprefix("/dev/")
        stored = domain.stored.disks if domain.stored else ()
        if any(disk.vdev == vdev for disk in (*domain.config.disks, *stored)):
            raise RefusedAnswerError(
                f"{domain.label} has a disk {vdev} already",
                field="vdev",
                hint=f"the next free device is {free_vdev(domain)}",
            )
        disk_spec(answer)
        new_image(answer)

    async def attempt(answer: Mapping[str, str]) -> bool:
        disk = replace(parse_disk(disk_spec(answer)), access=Access(answer["access"]))
        new = {"new": answer["size"], "preallocated": bool(answer["whole"])} if answer["size"] else {}
        return await begin({"words": [format_disk(disk)], **new})

    title = f"Attach a disk to {domain.label}"
    await ui.ask(FormDialog(title, fields, "Attach", _about(domain), check=check, attempt=attempt))


async def _disk_detach(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
    domain = domains[0]
    choices = [Choice(disk.vdev, disk.vdev, describe_disk(disk)) for disk in domain.config.disks]
    if not choices:
        ui.notify(f"{domain.label} has no disk", severity="warning")
        return
    title = f"Detach a disk from {domain.label}"
    await ui.ask(ChooseDialog(title, choices, attempt=lambda vdev: begin({"device": vdev})))


async def _medium(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    drives = {disk.vdev: disk for disk in media.drives(domain)}
    vdev: str | None = next(iter(drives))
    if len(drives) > 1:
        choices = [Choice(vdev, vdev, disk.target or "empty") for vdev, disk in drives.items()]
        vdev = await ui.ask(ChooseDialog(f"A CD drive of {domain.label}", choices))
    if vdev is None:
        return
    drive = drives[vdev]
    field = Field(
        "path",
        "Image",
        drive.target,
        path=True,
        needed=False,
        suggest="image",
        help="an image file of the host; empty ejects",
        check=partial(media.loaded, drive),
    )

    async def attempt(answer: Mapping[str, str]) -> bool:
        async def act(domain: Domain, _job: Job) -> str:
            now = await ui.hypervisor.devices.change_medium(domain, drive.vdev, answer["path"])
            return f"{now.target} is in {now.vdev}" if now.target else f"{now.vdev} is empty"

        return await ended(each(ui, "medium", [domain], act))

    title = f"Medium of drive {vdev} of {domain.label}"
    await ui.ask(FormDialog(title, [field], "Change", _about(domain), attempt=attempt))


async def _net_attach(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
    domain = domains[0]
    bridge = next((vif.bridge for vif in domain.config.vifs if vif.bridge), "")
    bridge = bridge or await ui.hypervisor.editing.usual_bridge()
    await ui.ask(
        FormDialog(
            f"Attach an interface to {domain.label}",
            vif_fields(Vif(bridge=bridge), bridge_asked(ui)),
            "Attach",
            _about(domain),
            check=vif_spec,
            attempt=lambda answer: begin({"words": [vif_spec(answer)]}),
        )
    )


async def _net_detach(ui: UiContext, domains: Sequence[Domain], begin: Begin) -> None:
    domain = domains[0]
    choices = [
        Choice(
            vif.mac or str(position if vif.devid is None else vif.devid),
            vif.mac or f"vif {position}",
            describe_vif(vif),
        )
        for position, vif in enumerate(domain.config.vifs)
    ]
    if not choices:
        ui.notify(f"{domain.label} has no network interface", severity="warning")
        return
    title = f"Detach an interface from {domain.label}"
    await ui.ask(ChooseDialog(title, choices, attempt=lambda device: begin({"device": device})))


HANDLERS: dict[str, Handler] = {"domain.memory": _memory, "domain.medium": _medium}
FORMS = {
    "domain.vcpus": Form(_vcpus, "vcpus"),
    "domain.disk-attach": Form(_disk_attach, "attach disk"),
    "domain.disk-detach": Form(_disk_detach, "detach disk"),
    "domain.net-attach": Form(_net_attach, "attach interface"),
    "domain.net-detach": Form(_net_detach, "detach interface"),
}

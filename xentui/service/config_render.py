"""A comparable configuration written as a configuration file of xl."""

from __future__ import annotations

from dataclasses import replace

from xentui import config as language
from xentui.model.configuration import DomainConfig, action_word, same_loader
from xentui.model.devices import Access, Disk
from xentui.model.libxl import DEFAULT_ACTIONS

DEFAULT_BIOS = "seabios"
BIOSES = ("rombios", DEFAULT_BIOS, "ovmf")


def render(config: DomainConfig) -> str:
    """Return the text of an xl.cfg(5) file that says what ``config`` says, defaults left out."""
    lines = [_pair("name", config.name), _pair("uuid", config.uuid), _pair("type", config.type)]
    for key, value in (
        ("bootloader", config.bootloader),
        ("kernel", config.kernel),
        ("ramdisk", config.ramdisk),
        ("cmdline", config.cmdline),
        *_firmware(config),
    ):
        if value:
            lines.append(_pair(key, value))
    if config.bootloader_args:
        lines.append(_list("bootloader_args", config.bootloader_args))
    lines.append(f"memory = {config.memory_kib // 1024}")
    if config.maxmem_kib > config.memory_kib:
        lines.append(f"maxmem = {config.maxmem_kib // 1024}")
    lines.append(f"vcpus = {config.vcpus}")
    if config.maxvcpus != config.vcpus:
        lines.append(f"maxvcpus = {config.maxvcpus}")
    lines.append(_list("disk", [language.format_disk(_for_xl(disk)) for disk in config.disks]))
    if shared := [disk.vdev for disk in config.disks if disk.access is Access.SHARED]:
        lines.append(language.sharing_note(shared))
    lines.append(_list("vif", [language.format_vif(vif) for vif in config.vifs]))
    for event, action in config.actions.items():
        if action != DEFAULT_ACTIONS.get(event):
            lines.append(_pair(event, action_word(action)))
    return "\n".join(line for line in lines if line) + "\n"


def _for_xl(disk: Disk) -> Disk:
    """Return a disk as xl can be told of it: it has no word for a shared one."""
    return replace(disk, access=Access.WRITE) if disk.access is Access.SHARED else disk


def _firmware(config: DomainConfig) -> tuple[tuple[str, str], ...]:
    """Return how xl is told the firmware of an HVM guest: a known one by name, any other by path."""
    if config.firmware == DEFAULT_BIOS:
        return ()
    return (("bios" if config.firmware in BIOSES else "firmware_override", config.firmware),)


def comparable(running: DomainConfig, stored: DomainConfig) -> DomainConfig:
    """``running`` without what the toolstack filled in by itself, so that only real differences show."""
    known = {vif.mac.lower(): vif for vif in stored.vifs if vif.mac}
    vifs = []
    for vif in running.vifs:
        mine = known.get(vif.mac.lower(), vif)
        vifs.append(
            replace(
                vif,
                devid=mine.devid if mine is not vif else None,
                type=mine.type if mine is not vif else "",
                bridge=vif.bridge if mine.bridge else "",
            )
        )
    if same_loader(stored, running):
        running = replace(running, bootloader=stored.bootloader, bootloader_args=stored.bootloader_args)
    return replace(running, vifs=tuple(vifs))


def _pair(key: str, value: str) -> str:
    return f"{key} = {_quoted(value)}" if value else ""


def _list(key: str, values: object) -> str:
    items = [f"    {_quoted(str(value))},\n" for value in values] if isinstance(values, list | tuple) else []
    return f"{key} = [\n{''.join(items)}]" if items else ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

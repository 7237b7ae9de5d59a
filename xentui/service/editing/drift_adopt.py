"""A running configuration taken into a stored text: only what differs is edited, all else stays as it is written."""

from __future__ import annotations

from xentui.config import Document
from xentui.errors import ConfigError, Suggest
from xentui.model.configuration import DomainConfig, action_word, differences
from xentui.service.config_render import BIOSES, DEFAULT_BIOS
from xentui.service.editing import drift_adopt_devices
from xentui.service.summary import summarise

_MIB = 1024
_LEAST = {"memory": 32, "vcpus": 1}
"""What xl gives a domain where nothing is said."""
_STRINGS = ("ramdisk", "bootloader")


def adopt_running(document: Document, running: DomainConfig) -> Document:
    """Return ``document`` with every value in which ``running`` differs.

    Memory is taken in whole MiB, as a file can say it.  Raises ConfigError for a text that has no configuration,
    and for values no file can hold.
    """
    for step in (_type, _plain, drift_adopt_devices.disks, drift_adopt_devices.vifs):
        # A step may change what the next has to look at: another type reads other keys.
        document = step(document, running, _apart(document, running))
    return document


def _apart(document: Document, running: DomainConfig) -> frozenset[str]:
    summary = summarise(document.text)
    if summary.config is None:
        raise ConfigError(
            f"the stored text is not a configuration: {summary.error}",
            source=document.source,
            hint=("mend it first, with ", Suggest("config.edit")),
        )
    return frozenset(item.field for item in differences(summary.config, running))


def _type(document: Document, running: DomainConfig, apart: frozenset[str]) -> Document:
    if "type" not in apart:
        return document
    document = document.set("type", running.type).remove("builder").remove("firmware")
    # What is no way to boot one type may be the way of another.
    for key in ("kernel", "ramdisk", "bootloader"):
        document = _string(document, key, getattr(running, key))
    return document


def _plain(document: Document, running: DomainConfig, apart: frozenset[str]) -> Document:
    if "name" in apart:
        document = document.set("name", running.name)
    if apart & {"memory_kib", "maxmem_kib"}:
        document = _amounts(
            document, ("memory", running.memory_kib // _MIB), ("maxmem", running.maxmem_kib // _MIB)
        )
    if apart & {"vcpus", "maxvcpus"}:
        document = _amounts(document, ("vcpus", running.vcpus), ("maxvcpus", running.maxvcpus))
    if "kernel" in apart:
        if running.type != "hvm":
            document = document.remove("firmware")  # it stands for a kernel
        document = _string(document, "kernel", running.kernel)
    for key in _STRINGS:
        if key in apart:
            document = _string(document, key, getattr(running, key))
    if "bootloader_args" in apart:
        words = list(running.bootloader_args)
        document = document.set("bootloader_args", words) if words else document.remove("bootloader_args")
    if "cmdline" in apart:
        document = _cmdline(document, running.cmdline)
    if "firmware" in apart:
        document = _firmware(document, running.firmware)
    for event, action in running.actions.items():
        if event in apart:
            document = document.set(event, action_word(action))
    return document


def _amounts(document: Document, now: tuple[str, int], most: tuple[str, int]) -> Document:
    """Return an amount and its maximum, which is the amount where it is not said."""
    key, amount = now
    if amount and document.number(key, _LEAST[key]) != amount:
        document = document.set(key, amount)
    top, maximum = most
    if (document.number(top) or amount) != maximum:
        document = document.set(top, maximum)
    return document


def _string(document: Document, key: str, value: str) -> Document:
    return document.set(key, value) if value else document.remove(key)


def _cmdline(document: Document, value: str) -> Document:
    """Return the kernel's command line, in ``root`` and ``extra`` as long as they can say it."""
    if document.string("cmdline") is None:
        root = document.string("root")
        lead = f"root={root} " if root is not None else ""
        if value.startswith(lead) and document.string("extra") is not None:
            attempt = document.set("extra", value.removeprefix(lead))
            config = summarise(attempt.text).config
            if config is not None and config.cmdline == value:
                return attempt
    return _string(document, "cmdline", value).remove("root").remove("extra")


def _firmware(document: Document, value: str) -> Document:
    if value and value not in BIOSES:
        return document.set("firmware_override", value)
    document = document.remove("firmware_override")
    if value == DEFAULT_BIOS and document.string("bios") is None:
        return document
    return _string(document, "bios", value)

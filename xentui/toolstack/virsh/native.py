"""Between xl.cfg and libvirt's XML, by libvirt's own conversion (``xen-xl``), and what that makes of a text.

Seen with libvirt 9.0.0 (``tests/recordings/libvirt/native.json``): an interface without an address gets none but
zeros and runs with it; a text without a uuid gets another one each time; a disk is given to a QEMU of its own (qdisk),
a device too, unless its backend is written out; and whatever libvirt has no word for is left out in silence.
"""

from __future__ import annotations

from dataclasses import replace

from xentui import config as language
from xentui.errors import CommandError, ConfigError
from xentui.hosts.base import Host
from xentui.toolstack.virsh import domain_xml, failures
from xentui.toolstack.virsh.client import Virsh
from xentui.toolstack.virsh.commands import LANGUAGE, on_device, virsh
from xentui.toolstack.virsh.scratch import files

_RENAMED = {
    "extra": "cmdline",
    "root": "cmdline",
    "bootloader_args": "bootargs",
    "vncviewer": "",
    "builder": "type",
}
_DEFAULT_SCRIPT = "vif-bridge"
_SOFT_RESET = "on_soft_reset"
_IMPLIED = frozenset(
    {"type", "builder", "maxmem", "maxvcpus", "sdl", "vnc", "vncunused", "parallel", "serial"}
)
"""What it does not write where it is the default."""


def prepared(text: str) -> str:
    """Return the text with the backend of disks on devices written out, as xl chooses it by itself.

    Raises ConfigError where it cannot be read, or has a disk that cannot.
    """
    document = language.parse(text)
    for index, spec in enumerate(document.strings("disk")):
        disk = language.parse_disk(spec)
        if disk.backendtype == "" and not disk.script and on_device(disk):
            told = replace(disk, backendtype="phy", prefix="")
            document = document.replace_item("disk", index, language.format_disk(told))
    return document.text


def as_run(text: str) -> str:
    """Return the text as its guest runs, which would seem to differ from what is kept of it else.

    libvirt writes out the script of an interface that is anyone's without one; and it has no word for a soft reset, at
    which its guests are destroyed, while those of xl are reset (seen with libvirt 9.0.0 on Xen 4.17).
    """
    try:
        document = language.parse(text).set(_SOFT_RESET, "destroy")
        if document.string("parallel") == "none":
            document = document.remove("parallel")  # it writes that of each HVM guest; xl has no such word
        for index, spec in enumerate(document.strings("vif")):
            vif = language.parse_vif(spec)
            if vif.script == _DEFAULT_SCRIPT:
                document = document.replace_item("vif", index, language.format_vif(replace(vif, script="")))
    except ConfigError:
        return text
    return document.text


def advice(text: str) -> tuple[str, ...]:
    """Return what is worth knowing of how libvirt runs the text, as sentences."""
    try:
        document = language.parse(text)
        disks = language.disks_of(document)
    except ConfigError:
        return ()
    found = []
    if served := [disk.vdev for disk in disks if disk.target and not disk.cdrom and not on_device(disk)]:
        found.append(
            f"libvirt gives {', '.join(served)} to a QEMU of its own (qdisk), not to a loop device as xl does"
        )
    if document.string(_SOFT_RESET) not in (None, "destroy"):
        found.append(
            "libvirt has no on_soft_reset: a guest that resets itself, as for a crash dump, is destroyed"
        )
    return tuple(found)


def left_out(text: str, again: str) -> tuple[str, ...]:
    """Return the parameters of ``text`` of which nothing is in ``again``, which libvirt made of it."""
    kept = set(language.parse(again).keys())
    return tuple(
        key
        for key in language.parse(text).keys()  # noqa: SIM118 - not a dict
        if key not in kept and _RENAMED.get(key, key) not in kept and key not in _IMPLIED
    )


class Native:
    """The conversions of one host."""

    def __init__(self, host: Host, virsh: Virsh) -> None:
        self._host = host
        self._virsh = virsh

    async def to_xml(self, text: str) -> str:
        """libvirt's XML for a text of xl's, with the identity that says.

        Raises ConfigError where libvirt cannot be given it, CommandError where it refuses it.
        """
        said = language.identity(language.parse(text))
        async with files(self._host, [prepared(text)]) as (path,):
            xml = await self._virsh.ask("domxml-from-native", LANGUAGE, path)
        try:
            root = domain_xml.domain(xml)
        except ValueError as error:
            raise _nonsense(f"what libvirt makes of the configuration cannot be read: {error}") from None
        if domain_xml.text_of(root, "name") != said.name or said.uuid not in (
            None,
            domain_xml.text_of(root, "uuid"),
        ):
            raise _nonsense("libvirt reads another name or uuid in the configuration than it says")
        if nameless := domain_xml.without_address(root):
            raise ConfigError(
                f"{nameless} of its interfaces would start without a MAC address: libvirt makes none",
                source=said.name,
                hint="write mac= for each interface",
            )
        return xml

    async def to_xl(self, documents: list[str]) -> tuple[str, ...]:
        """Return the text of xl's for each document, "" where libvirt cannot write it."""
        if not documents:
            return ()
        async with files(self._host, documents) as paths:
            texts = await self._virsh.ask_all(
                [("domxml-to-native", LANGUAGE, "--xml", path) for path in paths]
            )
        return tuple(as_run(text) if text else text for text in texts)

    async def verdict(self, path: str) -> tuple[str, str]:
        """Return what libvirt says of the file at ``path`` (its refusal, "": it takes it), and its own text for it."""
        done = await self._virsh.run("domxml-from-native", LANGUAGE, path)
        if done.exit_code != 0:
            failure = failures.explain(done)
            if not isinstance(failure, CommandError):
                raise failure
            errors = [word.removeprefix("error: ") for word in done.words]
            return (errors[-1] if errors else failure.message), ""
        (again,) = await self.to_xl([done.text])
        return "", again


def _nonsense(message: str) -> CommandError:
    return CommandError(message, argv=virsh("domxml-from-native", LANGUAGE, "FILE"), exit_code=0)

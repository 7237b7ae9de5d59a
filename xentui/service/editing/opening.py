"""Where an edit begins: a stored text, a running configuration, a file, nothing."""

from __future__ import annotations

from xentui.config.quoting import quote
from xentui.errors import ConfigError, NotAllowedError, StoreError
from xentui.model.domain import Domain
from xentui.service.boot import Boot
from xentui.service.editing.records import Draft
from xentui.service.readable import readable
from xentui.service.render import render
from xentui.service.session import Session

_BLANK = """\
# Only the name, memory and a way to boot are needed; xl.cfg(5) explains every setting.

name = {name}
type = "pv"              # pv, pvh (a kernel of its own) or hvm (whole machine, boots as a PC does)
memory = 512             # MiB at the start; `maxmem` lets it have more later
vcpus = 1

bootloader = "pygrub"    # boots what the guest's own boot menu says; or instead a kernel of the host:
# kernel = "/boot/vmlinuz"
# ramdisk = "/boot/initrd.img"
# extra = "root=/dev/xvda1 ro console=hvc0"

# Each disk: what it is on the host, its format, its name in the guest, r or w.
# disk = ["/dev/vg0/web1,raw,xvda,w"]
disk = []

# Each interface: key=value words; a MAC address is made where none is given.
# vif = ["bridge=xenbr0"]
vif = []
"""
_MOST_VERSIONS = 100_000


async def opened(session: Session, domain: Domain) -> Draft:
    """The draft of a domain: its stored text, or what a transient one runs.

    Of a damaged entry the newest version that can be read is taken, and said so.  Raises NotAllowedError for
    Domain-0 and for a transient domain whose configuration is not known, StoreError where nothing can be read.
    """
    if domain.is_control:
        raise NotAllowedError("cannot edit: it is Domain-0, the control domain", subject=domain.label)
    if domain.copy_of:
        raise NotAllowedError(
            f"cannot edit: it is a stopped copy of {domain.copy_of} that xl keeps",
            subject=domain.label,
            hint=f"`xentui edit {domain.copy_of}` edits the domain itself",
        )
    if not domain.managed:
        if domain.running is None:
            raise NotAllowedError(
                "cannot edit: it is transient, and the host does not tell its configuration",
                subject=domain.label,
            )
        notice = "it is transient: storing it makes it managed"
        return Draft(domain.uuid, domain.name, render(domain.running), notice=notice)
    try:
        return await stored(session, domain.uuid)
    except StoreError as error:
        if error.code != "damaged":
            raise
        return await _newest_readable(session, domain, error)


async def stored(session: Session, uuid: str) -> Draft:
    """The draft of a stored text; code ``damaged`` where it cannot be read."""
    entry = await session.store.read(uuid)
    source = entry.source.path if entry.source else ""
    notice = f"it was edited by hand since version {entry.version}" if entry.hand_edited else ""
    return Draft(uuid, entry.name, entry.text or "", entry.version, source, entry, notice)


def blank(name: str) -> Draft:
    """A new domain with little more than its name."""
    return Draft("", name, _BLANK.format(name=quote(name)))


async def file(files: Boot, path: str) -> Draft:
    """The draft of a configuration file of the host, converted where it is one of xm.

    Raises StoreError and ConfigError as reading it does.
    """
    source = await files.read_file(path)
    text, notice = source.text, ""
    changes: tuple[str, ...] = ()
    try:
        document, changes = readable(source.text, source=source.path)
        text = document.text if changes else text
    except ConfigError as error:
        # Opened all the same: an editor is where it can be mended.
        notice = " ".join(error.report())
    return Draft("", "", text, source=source.path, notice=notice, sha256=source.sha256, changes=changes)


async def _newest_readable(session: Session, domain: Domain, damage: StoreError) -> Draft:
    try:
        numbers = sorted({item.version for item in await session.store.history(domain.uuid)} - {0})
    except StoreError:
        numbers = []
    if not numbers:
        numbers = await _count(session, domain.uuid)
    for number in reversed(numbers):
        try:
            found = await session.store.read_version(domain.uuid, number)
        except StoreError:
            continue
        notice = (
            f"its store entry is damaged ({damage.message}); this is version {number}, the newest readable"
        )
        return Draft(domain.uuid, found.name or domain.name, found.text, number, domain.source, notice=notice)
    raise damage


async def _count(session: Session, uuid: str) -> list[int]:
    """The numbers of the versions there are, where the log cannot tell them."""
    for number in range(1, _MOST_VERSIONS):
        try:
            await session.store.read_version(uuid, number)
        except StoreError as error:
            if error.code == "missing":
                return list(range(1, number))
    return []

"""A configuration being edited: where it begins - a stored text, a running one, a file, nothing -, and who it is."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import field
from itertools import count

from xentui import config as language
from xentui.config.quoting import quote
from xentui.errors import ConfigError, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.service import identity
from xentui.service.config_convert import converted
from xentui.service.config_render import render
from xentui.service.config_source import ConfigSource
from xentui.service.legality import Action, require
from xentui.service.session import Session
from xentui.store import StoredDomain

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
vif = [{vif}]
"""
USUAL_BRIDGE = "xenbr0"
"""What xl takes for a bridge where none is named."""
_MOST_VERSIONS = 100_000


def _seed() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration being edited, as it was when it was opened.

    ``uuid`` is "" for a new domain; ``text`` what it began with; ``version`` the stored version that was (None: new
    or transient); ``source`` the file it was made from, ``sha256`` that of the file as read; ``entry`` what the store
    had then, by which a change made meanwhile is known; ``notice`` a sentence worth showing; ``changes`` what made a
    file of xm one of xl's.  ``seed`` decides the uuid and MAC addresses a text gets that lacks them, so that what is
    shown before storing is what is stored.
    """

    uuid: str
    name: str
    text: str
    version: int | None = None
    source: str = ""
    entry: StoredDomain | None = None
    notice: str = ""
    sha256: str = ""
    changes: tuple[str, ...] = ()
    seed: str = field(default_factory=_seed, compare=False, repr=False)

    @property
    def label(self) -> str:
        """How messages call it."""
        return self.name or self.source or "new domain"


async def opened(session: Session, domain: Domain) -> Draft:
    """Return the draft of a domain: its stored text, or what a transient one runs.

    Of a damaged entry the newest version that can be read is taken, and said so.  Raises NotAllowedError for
    Domain-0 and for a transient domain whose configuration is not known, StoreError where nothing can be read.
    """
    if domain.is_control:
        raise NotAllowedError("cannot edit: it is Domain-0, the control domain", subject=domain.label)
    if domain.by:
        require(domain, Action.EDIT)
    if domain.copy_of:
        raise NotAllowedError(
            f"cannot edit: it is a stopped copy of {domain.copy_of} that xl keeps",
            subject=domain.label,
            hint=(Suggest("config.edit", domain.copy_of), " edits the domain itself"),
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
        if error.code != StoreCode.DAMAGED:
            raise
        return await _newest_converted(session, domain, error)


async def stored(session: Session, uuid: str) -> Draft:
    """Return the draft of a stored text; code ``damaged`` where it cannot be read."""
    entry = await session.store.read(uuid)
    source = entry.source.path if entry.source else ""
    notice = f"it was edited by hand since version {entry.version}" if entry.hand_edited else ""
    return Draft(uuid, entry.name, entry.text or "", entry.version, source, entry, notice)


def blank(name: str, bridge: str) -> Draft:
    """Return a new domain with little more than its name, and an interface where there is a bridge for it."""
    vif = quote(f"bridge={bridge}") if bridge else ""
    return Draft("", name, _BLANK.format(name=quote(name), vif=vif))


async def file(origin: ConfigSource) -> Draft:
    """Return the draft of a configuration file, converted where it is one of xm.

    Raises StoreError and ConfigError as reading it does.
    """
    source = await origin.read()
    text, notice = source.text, ""
    changes: tuple[str, ...] = ()
    try:
        document, changes = converted(source.text, source=source.path)
        text = document.text if changes else text
    except ConfigError as error:
        # Opened all the same: an editor is where it can be mended.
        notice = " ".join(error.account())
    return Draft("", "", text, source=source.path, notice=notice, sha256=source.sha256, changes=changes)


async def _newest_converted(session: Session, domain: Domain, damage: StoreError) -> Draft:
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
    """Return the numbers of the versions there are, where the log cannot tell them."""
    for number in range(1, _MOST_VERSIONS):
        try:
            await session.store.read_version(uuid, number)
        except StoreError as error:
            if error.code == StoreCode.MISSING:
                return list(range(1, number))
    return []


def draft_uuid(draft: Draft) -> str:
    """Return the uuid of the draft's domain; of a new one it comes from the draft's seed."""
    made = (_bytes(draft, f"uuid {number}" if number else "uuid")[:16] for number in count())
    return draft.uuid or identity.sound_uuid(made)


def completed(draft: Draft, document: language.Document, uuid: str) -> language.Document:
    """Return ``document`` with the uuid and a MAC address per interface where missing, nothing else touched.

    An interface without an address takes the one its place had in the draft, unless another one has it now.
    """

    def made(number: int) -> str:
        return identity.mac_of(_bytes(draft, f"mac {number}"))

    return identity.complete(document, uuid, _former(draft), made=made)


def _former(draft: Draft) -> language.Document | None:
    try:
        return language.parse(draft.text)
    except ConfigError:
        return None


def _bytes(draft: Draft, purpose: str) -> bytes:
    return hashlib.sha256(f"{draft.seed} {purpose}".encode()).digest()

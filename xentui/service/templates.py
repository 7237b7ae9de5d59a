"""Templates: stored configurations that are never started, and the domains that are made of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import NotAllowedError, Suggest, UsageError
from xentui.frozen import dataclass
from xentui.model.devices import Access
from xentui.model.domain import Domain, Snapshot
from xentui.service.disk_holders import holders_of
from xentui.service.disk_use import is_here, others_of, path_of
from xentui.service.legality import Action, require_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xentui.hosts.base import Host
    from xentui.service.cloning import ClonePlan, Cloning
    from xentui.service.inventory import Inventory
    from xentui.service.live_and_stored import LiveAndStored
    from xentui.service.session import Session


@dataclass(frozen=True, slots=True)
class AskedValue:
    """A key whose value each new domain is asked for, what a form calls it, and what the template has."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class AskedDisk:
    """A disk of a template, its image there, and what a new domain gets for it where nobody says otherwise."""

    vdev: str
    path: str
    blank: language.DiskBlank


@dataclass(frozen=True, slots=True)
class AskedBlanks:
    """Everything that is asked of a domain made of a template, besides its name."""

    values: tuple[AskedValue, ...]
    disks: tuple[AskedDisk, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """As ``template`` takes them."""
        rules = [f"{disk.vdev}={disk.blank.word}" for disk in self.disks]
        return (*(value.key for value in self.values), *rules)


class Templates:
    """Makes templates of domains, and domains of templates.

    Raises NotAllowedError where the state forbids it, UsageError for words that make no sense, and what
    :class:`xentui.service.cloning.Cloning` does.
    """

    def __init__(
        self, session: Session, inventory: Inventory, changes: LiveAndStored, cloning: Cloning
    ) -> None:
        self._session = session
        self._inventory = inventory
        self._changes = changes
        self._cloning = cloning

    async def mark(self, domain: Domain, words: Iterable[str]) -> None:
        """Make a domain that is off a template that asks for these blanks, or have one ask for these: a new version."""
        blanks = language.read_blanks(words)
        domain = require_now(await self._inventory.poll(), domain, Action.TEMPLATE)
        known = [disk.vdev for disk in domain.stored.disks if disk.target] if domain.stored else []
        if unknown := next((vdev for vdev in blanks.disks if vdev not in known), ""):
            hint = f"it has {', '.join(known)}" if known else "it has none"
            raise UsageError("it has no such disk", subject=unknown, hint=hint)
        reason = "template" if domain.template else "made a template"

        def edit(document: language.Document) -> language.Document:
            return language.with_blanks(document, blanks)

        await self._changes.apply(domain, None, edit, reason, reverse=None, no_drift=True)

    async def unmark(self, domain: Domain) -> None:
        """Make a template a domain again: a new version."""
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, Action.TEMPLATE)
        require_template(domain)
        await require_no_dependents(self._session.host, snapshot, domain, "make a domain of it")

        def edit(document: language.Document) -> language.Document:
            return language.with_blanks(document, None)

        await self._changes.apply(domain, None, edit, "not a template any more", reverse=None, no_drift=True)

    async def asked(self, domain: Domain) -> AskedBlanks:
        """Return what each domain made of a template is asked for; raises ConfigError where its note makes no sense."""
        entry = await self._session.store.read(domain.uuid)
        document = language.parse(entry.text or "", source=domain.label)
        blanks = language.blanks_of(document)
        disks = [
            AskedDisk(disk.vdev, disk.target, blanks.disks.get(disk.vdev, language.DiskBlank()))
            for disk in language.disks_of(document)
            if disk.target
            and not disk.cdrom
            and (disk.access is not Access.READ or disk.vdev in blanks.disks)
        ]
        values = [
            AskedValue(key, language.SCHEMA[key].term, _shown(document.get(key))) for key in blanks.keys
        ]
        return AskedBlanks(tuple(values), tuple(disks))

    async def plan(self, domain: Domain, name: str, settings: Mapping[str, str]) -> ClonePlan:
        """Return what a domain made of a template would be; ``settings`` are values by key, and of disks by their
        names.
        """
        require_template(domain)
        usual = {disk.vdev: disk.blank for disk in (await self.asked(domain)).disks}
        vdevs = {disk.vdev for disk in domain.stored.disks} if domain.stored else set()
        blanks = {
            vdev: language.read_disk(value, usual.get(vdev))
            for vdev, value in settings.items()
            if vdev in vdevs
        }
        values = {key: value for key, value in settings.items() if key not in vdevs}
        return await self._cloning.plan(domain, name, values=values, blanks=blanks)


def _shown(value: language.PlainValue | None) -> str:
    """Return a value as it would be typed."""
    if value is None:
        return ""
    return (
        value if isinstance(value, str) else repr(list(value)) if not isinstance(value, int) else str(value)
    )


def require_template(domain: Domain) -> None:
    """Raise UsageError for a domain that is no template."""
    if not domain.template:
        raise UsageError(
            "is not a template",
            subject=domain.label,
            hint=(Suggest("domain.template", domain.label), " makes it one"),
        )


async def require_no_dependents(host: Host, snapshot: Snapshot, domain: Domain, what: str) -> None:
    """Raise NotAllowedError while a disk of a template is another domain's too, or what an image of one is based on."""
    disks = domain.stored.disks if domain.stored else ()
    own = {
        path_of(disk): disk
        for disk in disks
        if is_here(disk) and not disk.cdrom and disk.access is not Access.READ
    }
    if not own:
        return
    for path, names in (await holders_of(host, own, others_of(snapshot, domain.uuid))).items():
        if names:
            raise NotAllowedError(
                f"cannot {what}: its disk {path} is what {', '.join(names[:3])} needs too",
                subject=domain.label,
                hint="delete these first, or give them a disk of their own",
            )

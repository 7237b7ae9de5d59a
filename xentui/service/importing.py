"""Old domains into the store: files of xm, folders of them, and what xend had stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

from xentui import config as language
from xentui.config.convert import convert, name_of
from xentui.config.convert.xend import domains, from_domain, name_in
from xentui.config.sxp import looks_like_sxp
from xentui.errors import ConfigError, HostError, NotAllowedError, StoreError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.service.config_source import ConfigSource, HostFile, SourceFile, Text, named
from xentui.service.definitions import DefineResult, Definitions
from xentui.service.inventory import Inventory
from xentui.service.session import Session

MAX_FILES = 10_000
_XEND_FILE, _XEND_IMAGE = "config.sxp", "checkpoint.chk"
_EXAMPLES = ("xmexample", "xlexample")
_BOOT_KEYS = ("kernel", "bootloader", "builder", "type", "firmware", "firmware_override")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one domain of one file.

    ``defined`` where it was stored, with the changes among its warnings; ``error`` why it was not; ``already`` where
    it had been, from the same file with the same text; none of them where the file is none of a domain, ``skipped``
    says why then.
    """

    source: str
    name: str = ""
    defined: DefineResult | None = None
    error: XentuiError | None = None
    skipped: str = ""
    already: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A file to import, and what messages call it; ``named`` was given by the user, and must be a configuration."""

    path: str
    origin: ConfigSource
    named: bool


class Importing:
    """Stores converted configurations as managed domains."""

    def __init__(self, session: Session, inventory: Inventory, definitions: Definitions) -> None:
        self._session = session
        self._inventory = inventory
        self._definitions = definitions
        self._as_xm = False
        self._met: dict[str, tuple[str, str]] = {}

    async def run(
        self, paths: Sequence[str | Text], *, replace: bool = False, as_xm: bool = False
    ) -> AsyncIterator[Imported]:
        """Import files and folders of the host or this machine, or texts, one domain after the other; each outcome as
        it is known.

        A folder is one of files, or xend's (``/var/lib/xend/domains``).  Uuids are kept.  One domain that cannot be
        imported is in the way of no other.  Raises NotAllowedError in a read-only session, HostError when the host
        is gone.  ``as_xm`` says that files are xm's even if xl takes them.
        """
        self._session.require_writable()
        self._as_xm, self._met = as_xm, {}
        for path in paths:
            origin = named(self._session.host, path)
            try:
                found = await self._found(origin)
            except StoreError as error:
                yield Imported(origin.label, error=error)
                continue
            for file in found:
                async for outcome in self._file(file, replace=replace):
                    yield outcome

    async def _found(self, origin: ConfigSource) -> list[_Found]:
        if isinstance(origin, Text):
            return [_Found(origin.label, origin, named=True)]
        host = origin.host
        place = host.host_path(origin.path)
        kind = (await host.call(operations.stat, paths=[place]))[place]["kind"]
        if kind != "dir":
            return [_Found(origin.label, origin, named=True)]
        folder = replace(origin, path=origin.path.rstrip("/"))
        listing = await host.call(operations.list_dir, path=place, limit=MAX_FILES)
        names = {str(item["name"]): str(item["kind"]) for item in listing["entries"]}
        if names.get(_XEND_FILE) == "file":
            return [_below(folder, _XEND_FILE, named=True)]
        inner = {name: f"{place}/{name}/{_XEND_FILE}" for name, kind in names.items() if kind == "dir"}
        stored = await host.call(operations.stat, paths=sorted(inner.values())) if inner else {}
        found = []
        for name, kind in names.items():
            if kind == "dir" and stored[inner[name]]["kind"] == "file":
                found.append(_below(folder, f"{name}/{_XEND_FILE}", named=True))
            elif kind == "file" and not name.startswith(".") and not name.endswith("~"):
                found.append(_below(folder, name, named=False))
        return found

    async def _file(self, file: _Found, *, replace: bool) -> AsyncIterator[Imported]:
        """Yield the domains of one file."""
        base = file.path.rpartition("/")[2]
        if not file.named and base.startswith(_EXAMPLES):
            yield Imported(file.path, skipped="an example of the Xen packages")
            return
        try:
            source = await file.origin.read()
        except HostError:
            raise
        except XentuiError as error:
            yield _unfit(file, error)
            return
        try:
            items = domains(source.text, source=source.path) if looks_like_sxp(source.text) else None
        except ConfigError as error:
            yield Imported(file.path, error=error)
            return
        except Exception as error:  # noqa: BLE001 - the boundary: a fault over one file is in the way of no other
            yield Imported(file.path, error=_fault(error))
            return
        if items is None:
            yield await self._one(file, source, replace=replace)
            return
        image = await self._image(source.path) if source.on_host else ()
        for item in items:
            name = name_in(item) or name_of(file.path)
            try:
                made = from_domain(item, source=source.path)
            except ConfigError as error:
                yield Imported(file.path, name, error=error)
                continue
            except Exception as error:  # noqa: BLE001 - as above
                yield Imported(file.path, name, error=_fault(error))
                continue
            document = language.parse(made.text, source=f"{source.path}, converted")
            changes = (*(change.sentence(source.path) for change in made.changes), *image)
            yield await self._stored(file, document, source, changes, replace=replace)

    async def _image(self, path: str) -> tuple[str, ...]:
        """Return what to say of the memory image that lies beside a config.sxp of a suspended domain."""
        folder, _, base = path.rpartition("/")
        image = f"{folder}/{_XEND_IMAGE}"
        if (
            base != _XEND_FILE
            or (await self._session.host.call(operations.stat, paths=[image]))[image]["kind"] != "file"
        ):
            return ()
        return (f"{image}: xl cannot continue xend's memory image; the domain is imported as off",)

    async def _one(self, file: _Found, source: SourceFile, *, replace: bool) -> Imported:
        reading = partial(convert, as_xm=True) if self._as_xm else convert
        try:
            made = reading(source.text, source=source.path, name=name_of(file.path))
        except ConfigError as error:
            return _unfit(file, error)
        except Exception as error:  # noqa: BLE001 - as above
            return Imported(file.path, error=_fault(error))
        document = made.document
        if not file.named and not any(document.parts(key) for key in _BOOT_KEYS):
            return Imported(
                file.path, skipped="not the configuration of a domain: it does not say how to boot"
            )
        if made.changes:
            document = language.parse(made.text, source=f"{source.path}, converted")
        changes = tuple(change.sentence(source.path) for change in made.changes)
        return await self._stored(file, document, source, changes, replace=replace)

    def _require_once(self, document: language.Document, path: str) -> None:
        """What a dry run has not stored cannot be found there: raises NotAllowedError for a uuid it met already."""
        found = language.identity(document)
        former = self._met.setdefault(found.uuid, (found.name, path)) if found.uuid else (found.name, path)
        if former[0] != found.name:
            raise NotAllowedError(
                f"cannot store {path}: its uuid is that of {former[0]}, from {former[1]}",
                subject=found.name,
                hint="remove the line uuid = …: the domain gets a uuid of its own",
            )

    async def _stored(
        self,
        file: _Found,
        document: language.Document,
        source: SourceFile,
        changes: tuple[str, ...],
        *,
        replace: bool,
    ) -> Imported:
        name = document.string("name") or ""
        try:
            if self._session.dry_run:
                self._require_once(document, file.path)
            defined = await self._definitions.define(
                document, source, f"import {file.path}", replace=replace, changes=changes
            )
        except HostError:
            raise
        except XentuiError as error:
            if await self._is_stored(name, document, source):
                return Imported(file.path, name, already=True)
            return Imported(file.path, name, error=error)
        return Imported(file.path, name, defined=defined)

    async def _is_stored(self, name: str, document: language.Document, source: SourceFile) -> bool:
        """Return whether the domain was stored from that file before, and the file is what it was then."""
        uuid = language.identity(document).uuid
        for domain in (await self._inventory.glance()).domains:
            if domain.managed and domain.stored_name == name and uuid in (None, domain.uuid):
                origin = (await self._session.store.read(domain.uuid)).source
                return origin is not None and (origin.path, origin.sha256) == (source.path, source.sha256)
        return False


def _below(folder: HostFile, name: str, *, named: bool) -> _Found:
    """Return a file of a folder."""
    origin = replace(folder, path=f"{folder.path}/{name}")
    return _Found(origin.label, origin, named)


def _fault(error: Exception) -> XentuiError:
    """Return what to say of a file that the conversion has no answer to."""
    return XentuiError(
        f"the conversion failed ({type(error).__name__})",
        hint="This is a fault of xentui; the other files are imported.",
        details=(str(error),) if str(error) else (),
    )


def _unfit(file: _Found, error: XentuiError) -> Imported:
    """Return what becomes of a file that is not a configuration: in a folder there may be others beside those of
    domains.
    """
    if file.named or file.path.endswith(".cfg"):
        return Imported(file.path, error=error)
    return Imported(file.path, skipped=f"no configuration: {error.message}")

"""One writer of the store, and one set of rules for the names and uuids it is given."""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import xentui
from tests.sources import parsed
from tests.unit.service.conftest import Faulty
from xentui import config as language
from xentui.errors import NotAllowedError, StoreError
from xentui.service.hypervisor import Hypervisor
from xentui.store import StoredDomain

WRITES = {"create", "put", "restore", "delete", "undelete"}
"""What writes configurations of :class:`xentui.store.ManagedStore`."""


def writers() -> set[str]:
    """The modules that call a method of that name of something called ``store``."""
    found = set()
    root = Path(xentui.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if not (isinstance(node, ast.Attribute) and node.attr in WRITES):
                continue
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name.strip("_") in ("store", "managed_store"):
                found.add(path.relative_to(root).as_posix())
    return found


def test_only_the_repository_writes_configurations() -> None:
    assert writers() == {"service/repository.py"}


# one clash rule


async def new(it: Hypervisor, host: Faulty) -> None:
    await it.definitions.new(host.guest("file", name='"db"'))


async def imported(it: Hypervisor, host: Faulty) -> None:
    async for outcome in it.importing.run([host.guest("file", name='"db"')]):
        if outcome.error is not None:
            raise outcome.error


async def edited(it: Hypervisor, _host: Faulty) -> None:
    draft = await it.editing.open(await it.inventory.find("web"))
    await it.editing.store(draft, draft.text.replace('"web"', '"db"'))


async def edited_anew(it: Hypervisor, _host: Faulty) -> None:
    draft = it.editing.blank("db")
    await it.editing.store(draft, draft.text)


async def renamed(it: Hypervisor, _host: Faulty) -> None:
    await it.definitions.rename(await it.inventory.find("web"), "db")


async def taken_from_the_file(it: Hypervisor, host: Faulty) -> None:
    host.guest("web", name='"db"')
    await it.editing.drift.take_file(await it.inventory.find("web"))


async def restored(it: Hypervisor, _host: Faulty) -> None:
    await it.history.restore(await it.inventory.find("web"), 1)


async def undone(it: Hypervisor, _host: Faulty) -> None:
    await it.history.undo(await it.inventory.find("web"))


WAYS: dict[str, Callable[[Hypervisor, Faulty], Awaitable[None]]] = {
    "new": new,
    "import": imported,
    "edit": edited,
    "edit of a new domain": edited_anew,
    "rename": renamed,
    "file to stored": taken_from_the_file,
    "restore-version": restored,
    "undo": undone,
}


async def once_named_db(it: Hypervisor, host: Faulty) -> str:
    """A managed domain that was named ``db`` in its first version and is named ``web`` now; returns its uuid."""
    made = await it.definitions.new(host.guest("web", name='"db"'))
    await it.definitions.rename(await it.inventory.find("db"), "web")
    return made.uuid


@pytest.mark.parametrize("way", WAYS)
async def test_no_way_leads_to_a_name_that_another_domain_runs_under(
    host: Faulty, hypervisor: Hypervisor, way: str
) -> None:
    uuid = await once_named_db(hypervisor, host)
    await hypervisor.lifecycle.create(host.guest("other", name='"db"'))
    before = await hypervisor.session.store.list()
    with pytest.raises(
        NotAllowedError, match="a domain of that name is already running, as domain "
    ) as caught:
        await WAYS[way](hypervisor, host)
    assert caught.value.subject == "db"
    assert await hypervisor.session.store.list() == before
    assert (await hypervisor.inventory.find("web")).uuid == uuid


@pytest.mark.parametrize("way", WAYS)
async def test_no_way_leads_to_a_name_that_another_domain_is_stored_under(
    host: Faulty, hypervisor: Hypervisor, way: str
) -> None:
    await once_named_db(hypervisor, host)
    await hypervisor.definitions.new(host.guest("other", name='"db"'))
    with pytest.raises(NotAllowedError, match="a domain of that name is already stored"):
        await WAYS[way](hypervisor, host)


async def test_a_deleted_domain_does_not_come_back_beside_one_that_runs_under_its_name(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
    await hypervisor.lifecycle.create(host.guest("other", name='"web"'))
    for word in ("web", made.uuid):
        with pytest.raises(NotAllowedError, match="already running, as domain "):
            await hypervisor.definitions.undelete(word)
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    assert await hypervisor.definitions.undelete("web") == made.uuid


async def test_a_domain_that_was_deleted_while_it_runs_elsewhere_comes_back_as_what_runs(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    text = await hypervisor.history.text(await hypervisor.inventory.find("web"))
    await hypervisor.definitions.delete(await hypervisor.inventory.find("web"))
    Path(host.host_path("/etc/xen/web.cfg")).write_text(text)
    await hypervisor.lifecycle.create("/etc/xen/web.cfg")
    await hypervisor.definitions.undelete("web")
    domain = await hypervisor.inventory.find("web")
    assert (domain.uuid, domain.managed, domain.domid is not None) == (made.uuid, True, True)


async def test_what_runs_is_not_taken_over_under_a_name_that_is_stored(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.definitions.new(host.guest("web"))
    await hypervisor.definitions.new(host.guest("db"))
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    await host.run(["xl", "rename", "web", "db"])
    (domain,) = [item for item in (await hypervisor.inventory.poll()).domains if item.stored_name == "web"]
    with pytest.raises(
        NotAllowedError, match="cannot take over what runs: a domain of that name is already stored"
    ):
        await hypervisor.editing.drift.take_running(domain)


# one way to the next version


def more(line: str) -> Callable[[StoredDomain], language.Document]:
    return lambda entry: language.parse(f"{entry.text}{line}\n")


async def stored_by_another(host: Faulty, uuid: str) -> None:
    async with Hypervisor(host, user="eve@desk") as other:
        await other.repository.put(
            entry := await other.session.store.read(uuid), f"{entry.text}# theirs\n", reason="quick"
        )


async def test_an_edit_is_made_again_on_what_somebody_else_has_stored(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    seen = await hypervisor.session.store.read(made.uuid)
    theirs = [True]

    def edit(entry: StoredDomain) -> language.Document:
        return more("# mine")(entry)

    put = hypervisor.session.store.put

    async def raced(*args: object, **named: object) -> object:
        if theirs.pop() if theirs else False:
            await stored_by_another(host, made.uuid)
        return await put(*args, **named)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hypervisor.session.store, "put", raced)
        found = await hypervisor.repository.revise(seen, edit, reason="edit", over=True)
    assert (found.version, found.unchanged) == (3, False)
    assert found.text.endswith("# theirs\n# mine\n")


async def test_what_was_stored_since_is_a_conflict_that_says_with_whom(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    seen = await hypervisor.session.store.read(made.uuid)
    await stored_by_another(host, made.uuid)
    with pytest.raises(
        StoreError, match=r"eve@desk stored version 2 at .* \(quick\); yours began with version 1"
    ) as caught:
        await hypervisor.repository.revise(seen, more("# mine"), reason="edit")
    assert caught.value.code == "conflict"
    with pytest.raises(StoreError, match="eve@desk stored version 2"):
        await hypervisor.repository.put(seen, "# mine\n", reason="edit")


async def test_an_edit_that_changes_nothing_makes_no_version(host: Faulty, hypervisor: Hypervisor) -> None:
    made = await hypervisor.definitions.new(host.guest("web"))
    seen = await hypervisor.session.store.read(made.uuid)
    found = await hypervisor.repository.revise(
        seen, lambda entry: language.parse(entry.text or ""), reason="edit"
    )
    assert (found.version, found.unchanged) == (1, True)

"""What front ends edit configurations with."""

from __future__ import annotations

from xentui.model.domain import Domain
from xentui.service.boot import Boot, BootPlan
from xentui.service.editing import checking, files, opening
from xentui.service.editing.meaning import meaning
from xentui.service.editing.once import Once
from xentui.service.editing.records import Checked, Draft, Meaning, Stored
from xentui.service.editing.storing import Storing
from xentui.service.inventory import Inventory
from xentui.service.session import Session


class Editing:
    """Drafts, what a change means, and the ways out: store, boot once, write to a file.

    All raise NotAllowedError when the state forbids it or the session is read-only, ConfigError for a text xl
    would refuse, StoreError when the store or a file refuses, HostError when the host is gone; with nothing
    half-done.
    """

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._storing = Storing(session, inventory)
        self._once = Once(session, inventory)

    # Beginning

    async def open(self, domain: Domain) -> Draft:
        """The draft of a domain: its stored text, or what a transient one runs.

        Of a damaged entry the newest version that can be read; ``notice`` says so.
        """
        return await opening.opened(self._session, domain)

    def blank(self, name: str = "") -> Draft:
        """The draft of a new domain: little more than its name, with comments."""
        return opening.blank(name)

    async def open_file(self, path: str) -> Draft:
        """The draft of a configuration file of the host, found as ``new`` finds it."""
        return await opening.file(Boot(self._session, self._inventory), path)

    # Looking

    async def check(self, text: str, *, on_host: bool = True) -> Checked:
        """What is wrong with a text: what our linter finds and, with ``on_host``, what ``xl create -n`` says there.

        Changes nothing, and works in a read-only session.
        """
        return await checking.check(self._session.host, text, on_host=on_host)

    def meaning(self, draft: Draft, text: str, domain: Domain | None) -> Meaning:
        """What changes from the draft to ``text``; ``domain`` is the draft's as it is now, None for a new one."""
        return meaning(draft, text, domain)

    # The ways out

    async def store(self, draft: Draft, text: str, *, reason: str = "", overwrite: bool = False) -> Stored:
        """Store ``text`` as a new version of the draft's domain, or as a new managed domain.

        A uuid and MAC addresses are added where missing; an identical text makes no version.  Raises StoreError,
        code ``conflict``, where somebody else has stored meanwhile: with ``overwrite`` the text becomes the version
        after theirs.  Raises NotAllowedError for a name that is taken, as ``new`` does.
        """
        return await self._storing.store(draft, text, reason=reason, overwrite=overwrite)

    async def boot_once(
        self, draft: Draft, text: str, *, paused: bool = False, console: bool = False
    ) -> BootPlan:
        """Boot ``text`` without storing it: under the managed identity, marked one-off; a new name is transient.

        Returns the plan that was run.  With ``console`` the caller runs its argv on a terminal and then calls
        :meth:`settle`.
        """
        plan = await self._once.plan(draft, text, paused=paused, console=console)
        if not console:
            await self._once.run(plan)
        return plan

    async def settle(self, plan: BootPlan, exit_code: int, words: tuple[str, ...] = ()) -> None:
        """Note how a boot of :meth:`boot_once` ended that ran on a terminal; raises CommandError where it failed."""
        await self._once.settle(plan, exit_code, words)

    async def write_file(self, path: str, text: str, *, overwrite: bool = False) -> None:
        """Write ``text`` to a file of the host: whole or not at all, never over an existing one unless told to.

        A new file is owner-only, a replaced one keeps its mode.  Raises StoreError with code ``exists``.
        """
        await files.write(self._session, path, text, overwrite=overwrite)

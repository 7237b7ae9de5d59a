"""Migration: looks at both hosts, and has the source's send a domain to the other."""

from __future__ import annotations

from collections.abc import Collection

from xentui.errors import NotAllowedError
from xentui.hosts.reach import Reach
from xentui.model.domain import Domain
from xentui.service.following import Progress
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.plan import MigrationPlan, Mode


class Migrating:
    """Moves domains of the host ``source`` works on to others; it stands above two services, and belongs to neither."""

    def __init__(self, source: Hypervisor) -> None:
        self._source = source

    async def plan(
        self,
        domain: Domain,
        target: Hypervisor,
        mode: Mode = Mode.LIVE,
        *,
        reach: Reach | None = None,
        allow: Collection[str] = (),
    ) -> MigrationPlan:
        """Look at both hosts and tell what a migration of ``domain`` to ``target`` would meet; nothing is done.

        ``reach`` is how the source's host reaches the target's (default: as this machine does); a finding whose word is
        in ``allow`` and that may be allowed is not hard.  Raises NotAllowedError where the state of the domain forbids
        it in any case, HostError where one of the hosts does not answer.
        """
        raise NotImplementedError

    async def run(self, plan: MigrationPlan, progress: Progress | None = None) -> Domain | None:  # noqa: ARG002
        """Do what was planned; returns the domain as the target has it, None in a dry run.

        Raises NotAllowedError where the plan has a hard finding.
        """
        if plan.hard:
            raise NotAllowedError(
                f"cannot migrate: {plan.hard[0].why}", subject=plan.domain.label, hint=plan.hard[0].hint
            )
        raise NotImplementedError

"""The service on a simulated host, as in the tests beside; and a managed guest to edit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.unit.service.conftest import Faulty
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor

Make = Callable[..., Awaitable[Domain]]


@pytest.fixture
def managed(host: Faulty, hypervisor: Hypervisor) -> Make:
    """Store a guest and return it; with ``running=True`` start it too."""

    async def make(name: str = "web", *, running: bool = False, **settings: str) -> Domain:
        await hypervisor.definitions.new(host.guest(name, **settings))
        if running:
            await hypervisor.lifecycle.start(await hypervisor.inventory.find(name))
        return await hypervisor.inventory.find(name)

    return make

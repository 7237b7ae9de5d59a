"""What a guest could boot by instead, as the host has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from xentui import config as language
from xentui.hosts import operations
from xentui.service import boot_switch
from xentui.service.boot_switch import GRUB_FOLDERS, PV_GRUB, PVH_GRUB, BootSwitch

TEXT = "name = 'web'\nmemory = 128\nkernel = '/boot/vmlinuz'\n"


@pytest.mark.parametrize("name", [PVH_GRUB, PV_GRUB])
async def test_grub_is_offered_from_the_first_folder_that_has_it_and_the_host_is_asked_once(
    host: Faulty, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    host.simulator.furnish()
    for each in (PVH_GRUB, PV_GRUB):
        for folder in GRUB_FOLDERS:
            Path(host.host_path(f"{folder}/{each}")).unlink(missing_ok=True)
    for folder in GRUB_FOLDERS[1:]:
        place = Path(host.host_path(f"{folder}/{name}"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    asked: list[Any] = []
    real = host.call

    async def call(operation: Any, **arguments: Any) -> Any:
        asked.append(operation)
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", call)
    before = len(host.ran)
    offers = await boot_switch.offers(host, language.parse(TEXT), None, ())
    assert (asked, len(host.ran)) == ([operations.stat], before)
    found = {each.method: dict(each.settings).get("kernel") for each in offers if not each.reason}
    method, other = BootSwitch.PVH_GRUB, BootSwitch.PV_GRUB
    if name == PV_GRUB:
        method, other = other, method
    assert found[method] == f"{GRUB_FOLDERS[1]}/{name}"
    assert other not in found

"""Passwords in what the service says of a domain: comparisons, reasons, the audit log, a dry run."""

from __future__ import annotations

import pytest

from tests.unit.service.conftest import Faulty
from xentui.service.editing.bulk_change import Change
from xentui.service.hypervisor import Hypervisor

VFB = "['vnc=1,vncpasswd=hunter2']"


async def test_comparisons_tell_that_it_differs_and_not_what_it_is(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.definitions.new(host.guest("web", vfb=VFB, spicepasswd='"hunter2"'))
    domain = await hypervisor.inventory.find("web")
    draft = await hypervisor.editing.open(domain)
    stored = await hypervisor.editing.store(draft, draft.text.replace("hunter2", "geheim"))
    diff = "\n".join(await hypervisor.history.diff(domain, 1, 2))
    assert diff.count("passwd") == 4
    meant = hypervisor.editing.impact(draft, stored.text, domain)
    said = f"{diff} {meant}"
    assert "hunter2" not in said
    assert "geheim" not in said
    assert {item.field for item in meant.fields} >= {"frame buffers"}


def test_a_change_of_many_is_not_named_by_it() -> None:
    assert "hunter2" not in Change.set("vncpasswd", "hunter2").words
    assert "hunter2" not in Change.set("vfb", VFB).words


@pytest.mark.parametrize("dry_run", [False, True])
async def test_words_over_a_file_are_not_logged(
    host: Faulty, hypervisor: Hypervisor, *, dry_run: bool
) -> None:
    said: list[str] = []
    hypervisor.session.dry_run = dry_run
    hypervisor.session.announce = said.append
    hypervisor.session.observe = lambda ran: said.append(" ".join(ran.argv))
    await hypervisor.lifecycle.create(host.guest("web"), words=["vncpasswd=hunter2", f"vfb={VFB}"])
    assert any("vncpasswd" in line for line in said)
    assert "hunter2" not in "\n".join(said)

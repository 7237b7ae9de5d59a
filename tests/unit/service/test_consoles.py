"""Which of a guest's consoles is meant, as the host tells of them."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest

from xentui.model.consoles import ConsoleKind, GuestConsole, WhichConsole
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import consoles
from xentui.toolstack.base import Toolstack

SERIAL, PV = WhichConsole(ConsoleKind.SERIAL), WhichConsole(ConsoleKind.PV)
UNTOLD = Domain(uuid="5a6b5b6e-0000-4000-8000-000000000001", name="web", state=DomainState.RUNNING, domid=7)
"""A guest of which only `xl list` has told yet: its type is not known."""


def toolstack(*there: WhichConsole) -> Toolstack:
    """Return a toolstack whose guests have these consoles."""
    made = AsyncMock(spec=Toolstack)
    made.consoles.return_value = tuple(GuestConsole(each, "") for each in there)
    return made


@pytest.mark.parametrize("there, opened", [((SERIAL, PV), SERIAL), ((PV,), PV), ((), PV)])
def test_the_console_opened_by_itself_is_told_by_those_there_are(
    there: tuple[WhichConsole, ...], opened: WhichConsole
) -> None:
    assert consoles.first([GuestConsole(each, "") for each in there]) == opened


async def test_a_number_is_that_of_a_serial_port_before_the_type_is_known() -> None:
    second = WhichConsole(ConsoleKind.SERIAL, 1)
    assert await consoles.chosen(toolstack(SERIAL, second, PV), UNTOLD, None, 1) == second
    assert await consoles.chosen(toolstack(PV), UNTOLD, None, 0) == PV

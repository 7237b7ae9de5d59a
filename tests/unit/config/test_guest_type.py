"""The type of a guest is read in one place, as xl reads it."""

from __future__ import annotations

import pytest

from xentui.config import parse
from xentui.config.convert import convert
from xentui.config.guest_type import is_hvm, type_of
from xentui.config.libxl.reader import Reader
from xentui.config.libxl.translation import domain_type
from xentui.config.refusal import RefusedError

VALUES = (None, "", "h", "hv", "hvm", "hvm2", "p", "pv", "pvh", "pvhx", "g", "generic", "linux", "Hvm")


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("builder", VALUES)
def test_the_type_is_the_one_xl_takes(kind: str | None, builder: str | None) -> None:
    lines = [
        f"{key} = '{value}'" for key, value in (("type", kind), ("builder", builder)) if value is not None
    ]
    document = parse("\n".join(lines) + "\n")
    try:
        taken = domain_type(Reader(document))
    except RefusedError:
        return  # what xl refuses has none
    assert type_of(document) == taken
    assert is_hvm(document) == (taken == "hvm")


@pytest.mark.parametrize(
    "line", ["builder = ''", "type = ''", "type = 'h'", "builder = 'hv'", "type = 'pvh'"]
)
def test_a_timer_mode_is_kept_where_xl_takes_it(line: str) -> None:
    text = f"name = 'a'\nkernel = '/k'\ntimer_mode = 2\n{line}\n"
    assert "\ntimer_mode = 2\n" in convert(text).text


def test_a_timer_mode_goes_where_xl_refuses_it() -> None:
    assert "\ntimer_mode = 2\n" not in convert("name = 'a'\nkernel = '/k'\ntimer_mode = 2\n").text

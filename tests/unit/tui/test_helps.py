"""Nothing of a help is cut off at 80 columns."""

from __future__ import annotations

from functools import partial

import pytest

from tests.unit.tui.stage import NARROW, Stage, StageHost
from tests.unit.tui.test_form import editing, editor, section
from xentui.config import SCHEMA, parse
from xentui.tui.dialogs.base import Dialog
from xentui.tui.editor import devices
from xentui.tui.editor.field_words import help_of
from xentui.tui.editor.sections import ADD, METHOD, BootMethod, with_method

SECTION_OF = {"disk": "Disks", "vif": "Network", "vfb": "Graphics, console"}


def squeezed(text: str) -> str:
    """A text without blanks: wrapping puts some in, and takes some out."""
    return "".join(text.split())


def shown(it: Stage, widget_id: str) -> str:
    region = it.app.screen.query_one(widget_id).region
    return squeezed("\n".join(line[region.x : region.right] for line in it.lines[region.y : region.bottom]))


def reads(it: Stage, text: str) -> bool:
    """Whether the form shows a help, and all of it."""
    return shown(it, "#editor-help") == squeezed(text)


def offers(it: Stage, text: str) -> bool:
    """Whether a dialog shows a help, and all of it."""
    return squeezed(text) in "".join(squeezed(line) for line in inside(it))


async def test_the_help_of_every_field(host: StageHost) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        for name in (METHOD, ADD, *SCHEMA):
            text = help_of(name, editor(it).buffer.document)
            editor(it).about.show(text)
            await it.until(partial(reads, it, text))


@pytest.mark.parametrize("method", [BootMethod.DOMULOADER, BootMethod.PYGRUB])
async def test_the_example_of_the_boot_arguments(host: StageHost, method: BootMethod) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        screen = editor(it)
        screen.buffer.type(with_method(parse(screen.buffer.text), method).text)
        await section(it, "Boot")
        await it.press("down", "down")
        await it.shows(
            'such as ["--entry=0"]'
            if method is BootMethod.PYGRUB
            else 'such as ["--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"]'
        )


@pytest.mark.parametrize("rows", ["disk", "vif", "vfb"])
async def test_the_helps_of_every_row_dialog(host: StageHost, rows: str) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        document = editor(it).buffer.document
        assert document is not None
        await section(it, SECTION_OF[rows])
        editor(it).query_one(f"#rows-{rows}").focus()
        await it.press("a")
        await it.until(lambda: isinstance(it.app.screen, Dialog))
        fields = devices.fields(rows, "", document)
        for field in fields:
            await it.press("down" if field is not fields[0] else "home")
            await it.until(partial(offers, it, field.help))


def inside(it: Stage) -> list[str]:
    """What stands in the dialog, without its frame, labels apart."""
    region = it.app.screen.query_one(".dialog-body").region
    return [line[region.x + 22 : region.right] for line in it.lines[region.y : region.bottom]]

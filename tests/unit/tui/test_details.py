"""The lines of the detail pane."""

from __future__ import annotations

from typing import Any

from textual.app import App, ComposeResult

from tests.unit.tui.samples import domain
from xentui.commands.suggestions import as_verb
from xentui.model.configuration import Difference, DomainConfig
from xentui.model.state import DomainState
from xentui.tui.details import DetailLine, lines
from xentui.tui.widgets.detail_pane import ALL, DetailPane, pieces


def said(label: str, **fields: Any) -> list[str]:
    return [line.text for line in lines(domain(1, **fields), (), (), as_verb) if line.label == label]


def test_actions_are_written_as_in_a_configuration_file() -> None:
    config = DomainConfig(actions={"on_crash": "coredump_restart", "on_reboot": "restart_rename"})
    assert said("events", stored=config) == ["on_crash coredump-restart, on_reboot rename-restart"]


def test_drift_is_told_in_words_of_both_kinds() -> None:
    apart = (Difference("memory_kib", "131072", "65536"),)
    words = "the stored text has changed since it was made from /etc/xen/web.cfg"
    assert said("drift", text_changed=True, source="/etc/xen/web.cfg", differences=apart) == [
        words,
        "memory: stored 128 MiB, running 64 MiB",
    ]


def test_a_line_is_cut_at_the_edge_or_goes_on_below() -> None:
    text = "one two longer-than-the-rest"
    assert pieces(text, 12, whole=False) == ["one two lon…"]
    assert pieces(text, 21, whole=True) == ["one two", "longer-than-the-rest"]
    assert pieces(text, 40, whole=False) == [text]


def test_a_notice_words_the_command_that_helps_as_the_screen_does() -> None:
    half: dict[str, Any] = {"name": "web--incoming", "state": DomainState.PAUSED, "notice": "a half"}
    assert said("notice", **half) == ["a half; `migrate --mend web HOST` looks at both hosts"]
    assert said("notice", **half, copy_of="web") == ["a half"]
    assert said("notice", notice="saved") == ["saved"]


class OfDetails(App[None]):
    """A pane of four rows."""

    def compose(self) -> ComposeResult:
        pane = DetailPane()
        pane.styles.height = 4
        yield pane


def inside(pane: DetailPane) -> list[str]:
    """Return the rows in view."""
    return [pane.render_line(row).text.strip(" ↑↓") for row in range(4)]


async def test_whoever_went_to_the_end_sees_what_is_told_later() -> None:
    told = [DetailLine(f"label{number}", f"text{number}") for number in range(9)]
    async with OfDetails().run_test(size=(40, 4)) as pilot:
        pane = pilot.app.query_one(DetailPane)
        pane.show("web1", told[:2])
        pane.action_scroll(ALL)  # the host has not answered yet: all there is fits
        pane.show("web1", told[:8])
        assert inside(pane)[-1].endswith("text7")
        pane.action_scroll(-1)
        pane.show("web1", told)
        assert inside(pane)[-1].endswith("text6"), "who has gone up again stays"
        pane.action_scroll(1)
        pane.show("web2", told)
        assert inside(pane)[0] == "web2", "another domain is read from its top"

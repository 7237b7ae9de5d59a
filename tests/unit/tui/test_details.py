"""The lines of the detail pane."""

from __future__ import annotations

from typing import Any

from tests.unit.tui.samples import domain
from xentui.commands.suggestions import as_verb
from xentui.model.configuration import Difference, DomainConfig
from xentui.model.state import DomainState
from xentui.tui.details import lines
from xentui.tui.widgets.detail_pane import pieces


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

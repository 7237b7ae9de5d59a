"""The lines of the detail pane."""

from __future__ import annotations

from typing import Any

from tests.unit.tui.samples import domain
from xentui.model.configuration import Difference, DomainConfig
from xentui.tui.details import lines
from xentui.tui.widgets.detail_pane import pieces


def said(label: str, **fields: Any) -> list[str]:
    return [line.text for line in lines(domain(1, **fields), (), ()) if line.label == label]


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

"""Console logs go along with a domain to another host."""

from __future__ import annotations

from pathlib import Path

import pytest

from xentui.console.log_names import log_paths, transcript_path
from xentui.console.log_transfer import carry

UUID = "c0ffee00-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def log(host: str, text: str, suffix: str = "") -> Path:
    path = transcript_path(host, "web", UUID)
    path = path.with_name(path.name + suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_log_goes_along_with_its_older_files_and_times() -> None:
    parts = {"": "b", ".1": "a", ".times": "t", ".1.times": "u"}
    old = [log("xen1", text, suffix) for suffix, text in parts.items()]
    other = old[0].with_name("other-0badcafe.log")
    other.write_text("another's")
    with old[0].open("a") as written:
        (now,) = carry("xen1", "xen2", "web", UUID)
        written.write("c")
    found = {suffix: now.with_name(now.name + suffix).read_text() for suffix in parts}
    assert found == {**parts, "": "bc"}, "it is written on where it is"
    assert not any(path.exists() for path in old)
    assert other.exists()
    assert log_paths("xen2", "web", UUID) == [now]
    assert carry("xen1", "xen2", "web", UUID) == []


def test_a_log_of_an_earlier_stay_is_not_written_over() -> None:
    here, there = log("xen1", "now"), log("xen2", "then")
    assert carry("xen1", "xen2", "web", UUID) == []
    assert (here.read_text(), there.read_text()) == ("now", "then")


def test_nothing_happens_where_there_is_none_or_to_the_same_host() -> None:
    assert carry("xen1", "xen2", "web", UUID) == []
    path = log("xen1", "x")
    assert carry("xen1", "xen1", "web", UUID) == []
    assert path.exists()

"""What a child of the agent is given: what is compiled already, and the sources where that is not for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xentui.agent import remote

ENTRY = b"""
had = sorted(CODES)
from xentui.agent.store import names
print(len(had), names.__name__, hasattr(names, "CHANGED"), i.read().decode())
"""


def said(program: bytes) -> str:
    """What the child prints that is given a program, and something to read behind it."""
    argv = [sys.executable, "-I", "-X", "utf8", "-c", remote.JOB_BOOTSTRAP]
    return subprocess.run(argv, input=program + b"more", capture_output=True, check=True).stdout.decode()


def test_it_has_what_is_compiled_and_reads_what_follows() -> None:
    count = len(remote.modules("store.names"))
    assert said(remote.for_child(("store.names",), ENTRY)) == f"{count} xentui.agent.store.names False more\n"


def test_another_python_compiles_the_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that runs is not the one that is installed any more."""
    monkeypatch.setattr(sys, "version", "3.7.3 (of yesterday)")
    assert said(remote.for_child(("store.names",), ENTRY)) == "0 xentui.agent.store.names False more\n"


def test_what_is_compiled_is_of_the_source_that_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of a file that was put in its place meanwhile."""
    of = remote._source
    monkeypatch.setattr(remote, "_source", lambda name: of(name) + "\nCHANGED = True\n")
    assert said(remote.for_child(("store.names",), ENTRY)).split()[2] == "True"


def test_it_is_compiled_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What begins a job has no other version of it, whatever lies in the files since."""
    before = remote.for_child(("store.names",), ENTRY)
    monkeypatch.setattr(remote, "_code", None)
    assert remote.for_child(("store.names",), ENTRY) == before


def test_an_agent_compiles_nothing_as_it_begins_that_only_programs_of_jobs_run() -> None:
    programs = {
        "systems.system_tree",
        "systems.tool_output",
        "systems.system_setup",
        "netboot.tree_program",
        "netboot.tree_inspection",
        "netboot.tree_sources",
    }
    assert set(remote.modules(*remote.AGENT)) & programs == set()
    assert programs <= set(remote.modules(*remote.JOB))

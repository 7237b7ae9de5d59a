"""The verbs of a Ganeti cluster, on a master that answers as a real one did."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.unit.toolstack.ganeti.master import Master
from xentui.commands import run
from xentui.commands.context import Context
from xentui.commands.suggestions import as_command_line
from xentui.hosts.local import LocalHost
from xentui.service.hypervisor import Hypervisor


class Desk:
    """Somebody at a terminal; ``agrees`` is the answer to every question, None where nobody is there to be asked."""

    def __init__(self, hypervisor: Hypervisor) -> None:
        self.hypervisor = hypervisor
        self.agrees: bool | None = True
        self.out: list[str] = []
        self.notes: list[str] = []
        self.asked: list[str] = []

    async def type(self, line: str) -> int:
        """Run a command."""
        words = line.split()
        found = run.find_verb(" ".join(words[:2]))
        context = Context(
            self.hypervisor,
            self.out.append,
            self.notes.append,
            render=as_command_line(),
            confirm=None if self.agrees is None else self._answer,
        )
        return await run.run_verb(found, run.parse_verb(found, words[2:]), context)

    async def _answer(self, question: str, _about: Sequence[str] = ()) -> bool:
        self.asked.append(question)
        return bool(self.agrees)


@pytest.fixture
def master(tmp_path: Path) -> Master:
    return Master(tmp_path)


@pytest.fixture
async def desk(master: Master) -> AsyncIterator[Desk]:
    async with Hypervisor(master) as hypervisor:
        yield Desk(hypervisor)


async def test_the_list_has_nodes_and_statuses(desk: Desk) -> None:
    await desk.type("ganeti list")
    assert [line.split() for line in desk.out] == [
        ["Name", "Node", "Secondary", "Status", "Mem", "VCPUs", "Disks"],
        ["db1.lab", "node1.lab", "-", "ERROR_up", "128", "1", "diskless"],
        ["web1.lab", "node1.lab", "-", "running", "128", "1", "diskless"],
        ["web2.lab", "node1.lab", "-", "running", "128", "1", "diskless"],
    ]
    assert desk.notes == ["warning: db1.lab: runs, though it was to be down"]
    desk.out.clear()
    await desk.type("ganeti list --json")
    assert json.loads("\n".join(desk.out))[1]["status"] == "running"


async def test_one_instance_is_told_of_whole_with_its_console(desk: Desk) -> None:
    await desk.type("ganeti show web1")
    assert desk.out[0] == "- Instance name: web1.lab"
    assert desk.out[-1].startswith("- Console: ssh -oEscapeChar=none ")
    assert desk.out[-1].endswith("root@node1.lab '/usr/lib/ganeti/tools/xen-console-wrapper xl web1.lab'")


@pytest.mark.parametrize(
    ("typed", "command", "question"),
    [
        ("start web1", "gnt-instance start web1.lab", "start web1.lab?"),
        (
            "stop web1.lab --timeout 5",
            "gnt-instance shutdown --timeout=5 web1.lab",
            "stop web1.lab (after 5 s Ganeti ends a guest that has not shut down: "
            "what it has not written is lost then)?",
        ),
    ],
)
async def test_ganeti_is_handed_it_after_a_question(
    desk: Desk, master: Master, typed: str, command: str, question: str
) -> None:
    await desk.type(f"ganeti {typed}")
    assert desk.asked == [question]
    assert desk.notes[0] == f"run {command} on the master"
    assert desk.notes[-1].startswith("Waiting for job ")
    assert master.ran[-1] == command


@pytest.mark.parametrize("verb", ["start", "stop", "migrate", "failover"])
async def test_without_an_agreement_nothing_is_run(desk: Desk, master: Master, verb: str) -> None:
    desk.agrees = False
    assert await desk.type(f"ganeti {verb} web1") == 1
    assert "not confirmed" in desk.notes[-1]
    desk.agrees = None
    assert await desk.type(f"ganeti {verb} web1") == 2
    assert "add --yes" in desk.notes[-1]
    assert all(" list " in command for command in master.ran)


async def test_a_move_ganeti_finds_no_place_for_fails_in_its_words(desk: Desk) -> None:
    assert await desk.type("ganeti migrate web1") == 1
    assert "web1.lab: there is no place for it in the cluster" in desk.notes
    assert "Can't find any good node" in desk.notes[-1]
    assert await desk.type("ganeti failover web1") == 1
    assert "started on the node Ganeti chooses: what it has in memory is lost" in desk.asked[-1]


async def test_jobs_are_listed_and_followed(desk: Desk) -> None:
    await desk.type("ganeti jobs")
    assert [line.split() for line in desk.out] == [["Job", "Status", "What"]]
    assert "--all" in desk.notes[-1]
    await desk.type("ganeti jobs --all")
    assert ["4", "success", "INSTANCE_CREATE(db1.lab)"] in [line.split() for line in desk.out]
    await desk.type("ganeti job 4 --follow")
    assert desk.out[-1].endswith("adding disks to cluster config")
    assert await desk.type("ganeti job 999 -f") == 1
    assert "Can't load job file" in desk.notes[-1]


async def test_a_name_of_no_instance_is_refused(desk: Desk) -> None:
    assert await desk.type("ganeti start nobody") == 3


async def test_a_read_only_session_hands_nothing_over(master: Master) -> None:
    async with Hypervisor(master, read_only=True) as hypervisor:
        desk = Desk(hypervisor)
        assert await desk.type("ganeti start web1") == 1
        assert any("read-only" in note for note in desk.notes)


async def test_a_host_that_is_no_master_says_how_to_name_one(tmp_path: Path) -> None:
    async with Hypervisor(LocalHost(str(tmp_path), toolstack="xl")) as hypervisor:
        desk = Desk(hypervisor)
        assert await desk.type("ganeti list") == 2
        assert any("--host ganeti://" in note for note in desk.notes)

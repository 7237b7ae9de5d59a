"""What Ganeti prints, as a real 3.0.2 printed it, and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.unit.toolstack.ganeti.master import Master, answered
from xentui.errors import CommandError, HostError, NotAllowedError, StoreError, UsageError
from xentui.hosts.base import Completed
from xentui.hosts.choose import choose
from xentui.hosts.ssh import SshHost
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, reason_against
from xentui.settings import Settings
from xentui.toolstack.choose import toolstack_for
from xentui.toolstack.ganeti import commands, failures, parse
from xentui.toolstack.ganeti.parse import InstanceStatus
from xentui.toolstack.ganeti.toolstack import GanetiToolstack, domids
from xentui.toolstack.targets import Target
from xentui.toolstack.xl.toolstack import XlToolstack

LIST = " ".join(commands.INSTANCES)


@pytest.fixture
def master(tmp_path: Path) -> Master:
    return Master(tmp_path)


def test_the_instances_of_the_real_one_are_read() -> None:
    db, web1, web2 = parse.instances(answered(LIST).text)
    assert (web1.name, web1.uuid, web1.node, web1.secondaries) == (
        "web1.lab", "17303d71-2bc5-43c4-a083-97143a421e16", "node1.lab", (),
    )  # fmt: skip
    assert (web1.status, web1.memory_mib, web1.vcpus, web1.maxmem_mib) == (
        InstanceStatus.RUNNING,
        128,
        1,
        256,
    )
    assert (web1.hypervisor, web1.disk_template, web1.macs, web1.bridges) == (
        "xen-pvm", "diskless", ("aa:00:00:aa:e7:a1",), ("",),
    )  # fmt: skip
    assert (web1.kernel, web1.bootloader) == ("/srv/vmlinuz", "")
    assert web1.tags == ("env:web", "prod")
    assert (db.status.runs, db.status.sentence) == (True, "runs, though it was to be down")
    assert web2.status.sentence == ""


def test_what_it_does_not_know_is_not_guessed() -> None:
    db, _, web2 = parse.instances(answered(LIST, 1).text)
    assert (db.status, db.memory_mib, db.vcpus) == (InstanceStatus.ADMIN_DOWN, None, None)
    assert (web2.status, web2.status.runs) == (InstanceStatus.ERROR_DOWN, False)
    (node,) = parse.nodes(answered(" ".join(commands.NODES)).text)
    assert (node.name, node.role, node.memory_mib, node.instances, node.offline) == (
        "node1.lab",
        "M",
        None,
        3,
        False,
    )


def test_jobs_are_read() -> None:
    found = parse.jobs(answered(" ".join(commands.JOBS)).text)
    assert [(each.number, each.status, each.ended) for each in found[:2]] == [
        (1, "success", True),
        (2, "success", True),
    ]
    assert found[-1].summary == "INSTANCE_STARTUP(web2.lab)"


# Of the statuses only some were seen; the words of the others are those of constants.INSTST_ALL.
ROW = (
    "a.b|17303d71-2bc5-43c4-a083-97143a421e16|n1|n2,n3|{}|*|??|256|2|xen-hvm|/boot/k|-|os|drbd|"
    "None,aa:00:00:00:00:01|br0,None|"
)


@pytest.mark.parametrize("status", list(InstanceStatus))
def test_every_status_is_known(status: InstanceStatus) -> None:
    (found,) = parse.instances(ROW.format(status.value) + "\n")
    assert (found.status, found.secondaries, found.memory_mib) == (status, ("n2", "n3"), None)
    assert (found.macs, found.bridges) == (("", "aa:00:00:00:00:01"), ("br0", ""))


@pytest.mark.parametrize(
    "text",
    [
        "a|b\n",
        ROW.format("strange"),
        ROW.format("running").replace("17303d71", "x"),
        ROW.format("running").replace("a.b", "-f", 1),
        ROW.format("running").replace("a.b", "", 1),
    ],
)
def test_nonsense_is_no_instance(text: str) -> None:
    with pytest.raises((ValueError, UsageError)):
        parse.instances(text)


@given(st.text(alphabet=st.sampled_from("ab|,-?*\n\x1b9."), max_size=80))
def test_no_answer_leads_astray(text: str) -> None:
    for reader in (parse.instances, parse.nodes, parse.jobs):
        try:
            reader(text)
        except (ValueError, UsageError):
            continue


async def test_they_are_listed_as_managed_domains(master: Master, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xentui.toolstack.ganeti.toolstack._FRESH", 600.0)  # however slow the machine is
    async with Hypervisor(master) as hypervisor:
        snapshot = await hypervisor.inventory.poll()
    assert sorted(
        (each.name, each.state, each.managed, each.memory_mib, each.drift) for each in snapshot.domains
    ) == [(name, DomainState.RUNNING, True, 128, ()) for name in ("db1.lab", "web1.lab", "web2.lab")]
    assert not any(each.damaged or each.notice for each in snapshot.domains)
    assert snapshot.problems == ()
    assert master.ran.count(LIST) == 1  # a query of all nodes serves all questions of a look


async def test_one_that_is_down_is_off_and_off_means_nothing_is_run(master: Master) -> None:
    master.turn = 1
    async with Hypervisor(master) as hypervisor:
        domain = await hypervisor.inventory.find("db1.lab")
        assert (domain.state, domain.domid, domain.config.vifs[0].mac) == (
            DomainState.OFF, None, "aa:00:00:c1:f8:93",
        )  # fmt: skip
        for action in Action:
            reason = reason_against(domain, action)
            assert (
                action in (Action.CONSOLE, Action.WRITE_FILE)
                or "Ganeti" in reason
                or "no stopped copy" in reason
            ), action
        assert reason_against(domain, Action.WRITE_FILE) == ""
        with pytest.raises(NotAllowedError, match="Ganeti keeps it"):
            await hypervisor.lifecycle.start(domain)
        with pytest.raises((NotAllowedError, StoreError)):
            await hypervisor.definitions.delete(domain)
    assert all(command.startswith("gnt-") for command in master.ran)
    assert not any("start" in command for command in master.ran)


async def test_the_console_is_ganetis_own(master: Master) -> None:
    toolstack = GanetiToolstack(master)
    (first, *_) = await toolstack.domains()
    assert toolstack.console(Target(first.domid, first.uuid, first.name)) == [
        "gnt-instance",
        "console",
        first.name,
    ]


async def test_the_cluster_is_told_of_as_a_host(master: Master) -> None:
    toolstack = GanetiToolstack(master)
    assert (await toolstack.host_info()).xen_version == "Ganeti 3.0.2"
    assert (await toolstack.host_report()).startswith("Cluster name: cluster1.lab\n")


async def test_an_answer_that_makes_no_sense_is_an_error(master: Master) -> None:
    master.says[LIST] = Completed(tuple(commands.INSTANCES), 0, b"what\n", b"")
    with pytest.raises(CommandError, match="is not valid"):
        await GanetiToolstack(master).instances()


@pytest.mark.parametrize(
    ("command", "turn", "kind", "said"),
    [
        (
            "gnt-instance console --show-cmd nobody.lab",
            0,
            CommandError,
            "there is no such thing in the cluster",
        ),
        ("gnt-instance migrate -f web1.lab", 0, CommandError, "there is no place for it in the cluster"),
        ("gnt-instance start nobody.lab", 0, CommandError, "Selection filter does not match any instances"),
        ("gnt-instance modify --offline web2.lab", 0, CommandError, "its state does not allow that"),
        (
            "gnt-job watch 999",
            0,
            CommandError,
            "Job 999 failed: Error checking job status: Can't load job file",
        ),
        (LIST, 9, HostError, "Ganeti's master daemon does not answer"),
        ("gnt-nothing", 0, HostError, "there is no `gnt-nothing` on it"),
    ],
)
def test_its_failures_are_sentences(command: str, turn: int, kind: type[Exception], said: str) -> None:
    error = failures.explain(answered(command, turn), "web1.lab")
    assert isinstance(error, kind)
    assert error.message == said


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (  # seen on a machine without a cluster
            "Failure: prerequisites not met for this operation:\nerror type: wrong_input, error details:\n"
            "Cluster not initialized or this machine is not part of a cluster\n",
            "it is in no Ganeti cluster",
            "gnt-cluster init",
        ),
        (  # runtime.GetClient
            "Failure: prerequisites not met for this operation:\nerror type: wrong_input, error details:\n"
            "This is not the master node, please connect to node 'node2.lab' and rerun the command\n",
            "it is not the master of its cluster",
            "ganeti://node2.lab",
        ),
    ],
)
def test_a_host_that_is_no_master_says_so(words: str, said: str, hint: str) -> None:
    error = failures.explain(Completed(("gnt-instance", "list"), 1, b"", words.encode()))
    assert isinstance(error, HostError)
    assert error.message == said
    assert hint in error.plain_hint


@pytest.mark.parametrize("name", ["-f", "--all", "", "a b", "a;b", "a\n", "$(x)", "x" * 300])
def test_no_name_becomes_an_option(name: str) -> None:
    for make in (commands.start, commands.stop, commands.migrate, commands.failover, commands.info):
        with pytest.raises(UsageError):
            make(name)
    with pytest.raises(UsageError):
        commands.migrate("web1", name or "-")


def test_numbers_in_the_place_of_domids_are_the_same_in_every_look() -> None:
    first, second = (parse.instances(answered(LIST, turn).text) for turn in (0, 1))
    assert domids(first) == domids(second)
    assert len(set(domids(first).values())) == 3
    assert all(number > 0 for number in domids(first).values())


def test_the_address_of_a_master_chooses_the_toolstack() -> None:
    host = choose("ganeti://root@node1:2222", Settings()).host
    assert isinstance(host, SshHost)
    assert host.name == "ganeti://root@node1:2222"
    assert isinstance(toolstack_for(host), GanetiToolstack)
    assert isinstance(toolstack_for(choose("ssh://root@node1", Settings()).host), XlToolstack)
    with pytest.raises(UsageError):
        choose("ganeti://", Settings())

"""Setting up shared storage: what each step would do, what it does, and what it is refused for."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty, host, hypervisor
from tests.unit.service.test_lifecycle import managed
from xentui.errors import NotAllowedError, UsageError
from xentui.hosts.base import Completed
from xentui.service.host_check import mending
from xentui.service.host_check.mending import mend_lines
from xentui.service.hypervisor import Hypervisor
from xentui.service.storage import report, setup
from xentui.service.storage.setup import SetUpStep

__all__ = ["host", "hypervisor"]
HERE = os.uname().nodename
NODES = [(HERE, "10.0.0.1"), ("xen2", "10.0.0.2")]
DEVICE = "/dev/vg0/shared"


def real(host: Faulty, path: str) -> Path:
    return Path(host.host_path(path))


def device(host: Faulty, data: bytes = b"", *, size: int = 3 << 30) -> None:
    """A device with that at its beginning."""
    host.simulator.files.write(DEVICE, data or b"\0")
    os.truncate(real(host, DEVICE), size)


async def done(hypervisor: Hypervisor, steps: Awaitable[tuple[SetUpStep, ...]]) -> list[str]:
    """Do all steps; returns the copies that were kept."""
    return [
        copy
        for step in await steps
        for copy in await mending.apply_mend(hypervisor.session, step.mend, "test")
    ]


async def test_a_folder_is_exported_to_the_named_client_alone_and_the_old_file_is_kept(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    real(host, "/etc/exports").write_text("/old xen9(ro)")
    (step,) = await setup.nfs_export(hypervisor, "/srv/guests", "192.168.7.0/24")
    assert mend_lines(step.mend)[1:3] == [
        "+ /srv/guests 192.168.7.0/24(rw,sync,no_subtree_check,no_root_squash)",
        "run systemctl enable --now nfs-server",
    ]
    assert real(host, "/etc/exports").read_text() == "/old xen9(ro)", "nothing is done before it is agreed to"
    (copy,) = await done(hypervisor, setup.nfs_export(hypervisor, "/srv/guests", "192.168.7.0/24"))
    assert real(host, copy).read_text() == "/old xen9(ro)"
    assert real(host, "/etc/exports").read_text() == (
        "/old xen9(ro)\n/srv/guests 192.168.7.0/24(rw,sync,no_subtree_check,no_root_squash)\n"
    )
    assert host.ran[-1] == ("exportfs", "-ra")
    with pytest.raises(NotAllowedError, match="has it already"):
        await setup.nfs_export(hypervisor, "/srv/guests", "192.168.7.0/24")


async def test_blanks_and_signs_of_a_path_are_written_as_the_file_wants_them(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    real(host, '/srv/a b#"c').mkdir(parents=True)
    (step,) = await setup.nfs_export(hypervisor, '/srv/a b#"c', "xen2")
    assert step.mend.edits[0].new.startswith("/srv/a\\040b\\043\\042c xen2(")


@pytest.mark.parametrize("client", ["*", "", "a b", "a(rw)", "xen2,xen3", "@group", "-x", "a\nb"])
async def test_only_a_host_or_a_network_is_a_client(hypervisor: Hypervisor, client: str) -> None:
    with pytest.raises(UsageError):
        await setup.nfs_export(hypervisor, "/srv/guests", client)


@pytest.mark.parametrize("folder", ["srv", "/srv/../etc", "/srv/\033[2J", "/srv/a\nb", "/srv/none"])
async def test_only_a_folder_is_exported(hypervisor: Hypervisor, folder: str) -> None:
    with pytest.raises(UsageError):
        await setup.nfs_export(hypervisor, folder, "xen2")


async def test_a_last_line_that_goes_on_is_left_to_the_admin(host: Faulty, hypervisor: Hypervisor) -> None:
    real(host, "/etc/exports").write_text("/old xen9(ro) \\\n")
    with pytest.raises(NotAllowedError, match="backslash"):
        await setup.nfs_export(hypervisor, "/srv/guests", "xen2")


async def test_a_file_that_changes_before_it_is_agreed_to_is_not_written_over(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    (step,) = await setup.nfs_export(hypervisor, "/srv/guests", "xen2")
    real(host, "/etc/exports").write_text("/mine xen9(ro)\n")
    with pytest.raises(Exception, match="cannot change /etc/exports"):
        await mending.apply_mend(hypervisor.session, step.mend)
    assert real(host, "/etc/exports").read_text() == "/mine xen9(ro)\n"


async def test_a_folder_of_a_server_is_mounted_hard_now_and_at_boot(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    real(host, "/etc/fstab").write_text("/dev/vda1 / ext4 defaults 0 1\n")
    await done(hypervisor, setup.nfs_mount(hypervisor, "nas:/export/a b", "/srv/nfs"))
    assert ("mount", "-t", "nfs", "-o", "vers=4.2,hard,retry=0", "nas:/export/a b", "/srv/nfs") in host.ran
    assert real(host, "/etc/fstab").read_text().splitlines()[-1] == (
        "nas:/export/a\\040b /srv/nfs nfs vers=4.2,hard,_netdev,nofail 0 0"
    )
    found = {store.name: store for store in (await report.report(hypervisor)).stores}
    assert found["/srv/nfs"].source == "nas:/export/a b" and not found["/srv/nfs"].warnings
    with pytest.raises(NotAllowedError, match="is mounted there already"):
        await setup.nfs_mount(hypervisor, "nas:/other", "/srv/nfs")


@pytest.mark.parametrize("source", ["nas", "nas:relative", "-o:/x", "a b:/x", ":/x", "nas:/x\ny"])
async def test_only_a_folder_of_a_server_is_mounted(hypervisor: Hypervisor, source: str) -> None:
    with pytest.raises(UsageError):
        await setup.nfs_mount(hypervisor, source, "/srv/nfs")


def test_the_file_of_a_cluster_has_its_stanzas_in_the_first_column_and_tabs() -> None:
    text = setup.cluster_text("xen", [("a", "10.0.0.1"), ("b", "10.0.0.2")])
    assert text == (
        "cluster:\n\tnode_count = 2\n\theartbeat_mode = local\n\tname = xen\n\n"
        "node:\n\tip_port = 7777\n\tip_address = 10.0.0.1\n\tnumber = 0\n\tname = a\n\tcluster = xen\n\n"
        "node:\n\tip_port = 7777\n\tip_address = 10.0.0.2\n\tnumber = 1\n\tname = b\n\tcluster = xen\n"
    )


async def test_ocfs2_is_made_on_an_empty_device_once_its_name_is_typed_and_mounted(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    device(host)
    real(host, "/etc/default").mkdir(exist_ok=True)
    real(host, "/etc/default/o2cb").write_text("O2CB_ENABLED=false\nO2CB_TIMEOUT=31\n")
    asked = setup.ocfs2(hypervisor, DEVICE, "/srv/o", cluster="xen", nodes=NODES, format=True)
    steps = await asked
    assert [step.typed for step in steps] == ["", DEVICE, "", ""]
    assert "reboots itself" in steps[0].why
    for step in steps:
        await mending.apply_mend(hypervisor.session, step.mend)
    assert ("mkfs.ocfs2", "-T", "vmstore", "-N", "4", "-L", "xen", DEVICE) in host.ran
    assert ("mount", "-t", "ocfs2", DEVICE, "/srv/o") in host.ran
    assert real(host, "/etc/default/o2cb").read_text() == (
        "O2CB_ENABLED=true\nO2CB_TIMEOUT=31\nO2CB_BOOTCLUSTER=xen\n"
    )
    assert {store.kind for store in (await report.report(hypervisor)).stores} >= {"ocfs2"}


async def test_a_device_that_was_taken_while_it_was_asked_about_is_not_formatted(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    device(host)
    steps = await setup.ocfs2(hypervisor, DEVICE, "/srv/o", cluster="xen", nodes=NODES, format=True)
    (formatting,) = [step for step in steps if step.typed]
    device(host, b"data")
    with pytest.raises(NotAllowedError, match="is not known to be empty"):
        await setup.carry_out_step(hypervisor, formatting, "host")
    assert not [argv for argv in host.ran if argv[0].startswith("mkfs")]


async def ocfs2(hypervisor: Hypervisor) -> None:
    await setup.ocfs2(hypervisor, DEVICE, "/srv/o", cluster="xen", nodes=NODES, format=True)


async def test_nothing_is_made_where_anything_is_found(host: Faulty, hypervisor: Hypervisor) -> None:
    device(host, b"data")
    with pytest.raises(NotAllowedError, match="is not known to be empty"):
        await ocfs2(hypervisor)


@pytest.mark.parametrize("program", ["blkid", "wipefs"])
async def test_nothing_is_made_where_nobody_could_look(
    host: Faulty, hypervisor: Hypervisor, program: str
) -> None:
    device(host)
    host.answer = lambda argv: Completed(tuple(argv), 127, b"", b"") if argv[0] == program else None
    with pytest.raises(NotAllowedError, match="is not known to be empty"):
        await ocfs2(hypervisor)


async def test_nothing_is_begun_on_a_device_that_is_too_small_for_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """Seen on a real host: mkfs refuses it, when the cluster is there already."""
    device(host, size=1 << 30)
    with pytest.raises(NotAllowedError, match="is too small: 1024 MiB"):
        await ocfs2(hypervisor)


async def test_nothing_is_made_on_a_domains_disk(host: Faulty, hypervisor: Hypervisor) -> None:
    device(host)
    await managed(host, hypervisor, "web", disk=f"['phy:{DEVICE},xvda,w']")
    with pytest.raises(NotAllowedError, match="is a disk of web"):
        await ocfs2(hypervisor)


@pytest.mark.parametrize(
    ("cluster", "nodes"),
    [
        ("xen-1", NODES),
        ("x" * 17, NODES),
        ("xen", NODES[:1]),
        ("xen", [*NODES, NODES[0]]),
        ("xen", [("xen1", "10.0.0.1"), ("xen2", "10.0.0.2")]),
        ("xen", [NODES[0], ("xen2\n", "10.0.0.2")]),
        ("xen", [NODES[0], ("xen2", "10.0.0.2\n")]),
    ],
)
async def test_a_cluster_that_o2cb_would_not_take_is_refused(
    hypervisor: Hypervisor, cluster: str, nodes: list[tuple[str, str]]
) -> None:
    with pytest.raises(UsageError):
        await setup.ocfs2(hypervisor, DEVICE, "/srv/o", cluster=cluster, nodes=nodes)


async def test_another_cluster_is_not_written_over(host: Faulty, hypervisor: Hypervisor) -> None:
    await setup.nfs_export(hypervisor, "/srv/guests", "xen2")  # what is installed is there now
    real(host, "/etc/ocfs2/cluster.conf").write_text("cluster:\n\tname = other\n")
    with pytest.raises(NotAllowedError, match="another one"):
        await setup.ocfs2(hypervisor, DEVICE, "/srv/o", cluster="xen", nodes=NODES)


async def test_a_host_without_the_programs_says_which_package_has_them(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xentui.simulator.shared_storage._INSTALLED", ())
    with pytest.raises(NotAllowedError) as refused:
        await setup.nfs_mount(hypervisor, "nas:/x", "/srv/nfs")
    assert "no mount.nfs" in refused.value.message and "nfs-common" in refused.value.plain_hint


async def test_a_session_that_only_reads_sets_nothing_up(host: Faulty, hypervisor: Hypervisor) -> None:
    (step,) = await setup.nfs_export(hypervisor, "/srv/guests", "xen2")
    hypervisor.session.read_only = True
    with pytest.raises(NotAllowedError, match="read-only"):
        await mending.apply_mend(hypervisor.session, step.mend)
    assert not real(host, "/etc/exports").exists()

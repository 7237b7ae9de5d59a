"""argv of virsh: domains by uuid, nothing of the user's that could be an option, what it cannot be told refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xentui import config as language
from xentui.errors import ConfigError, NotAllowedError, UsageError, XentuiError
from xentui.model.devices import Access, Disk, Vif
from xentui.model.keys import GuestKey
from xentui.model.trigger import Trigger
from xentui.toolstack.argv import Argv
from xentui.toolstack.targets import StoredConfig, Target
from xentui.toolstack.virsh.commands import CANNOT, VIRSH, VirshCommands

U = "11111111-2222-4333-8444-000000000001"
VIRSH_OF = VirshCommands()
WEB = Target(7, U, "12", managed=True)
ONCE = Target(7, U, "12")
STORED = StoredConfig(U, "12", "")


def words(argv: Argv) -> str:
    """The argv behind what is the same of all."""
    assert tuple(argv[: len(VIRSH)]) == VIRSH
    return " ".join(argv[len(VIRSH) :])


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (VIRSH_OF.start(STORED), f"start {U}"),
        (VIRSH_OF.start(STORED, paused=True), f"start {U} --paused"),
        (VIRSH_OF.start(STORED, console=True), f"start {U} --console"),
        (VIRSH_OF.create("/tmp/x.xml", paused=True), "create /tmp/x.xml --paused"),
        (VIRSH_OF.shutdown(WEB), f"shutdown {U} --mode paravirt"),
        (VIRSH_OF.shutdown(WEB, acpi_fallback=True), f"shutdown {U}"),
        (VIRSH_OF.reboot(WEB), f"reboot {U}"),
        (VIRSH_OF.destroy(WEB), f"destroy {U}"),
        (VIRSH_OF.pause(WEB), f"suspend {U}"),
        (VIRSH_OF.unpause(WEB), f"resume {U}"),
        (VIRSH_OF.save(WEB, "/srv/web.save"), f"save {U} /srv/web.save"),
        (VIRSH_OF.restore("/srv/web.save", paused=True), "restore /srv/web.save --paused"),
        (VIRSH_OF.suspend(WEB, ""), f"managedsave {U}"),
        (VIRSH_OF.resume(STORED, "", paused=True), f"start {U} --paused"),
        (VIRSH_OF.set_memory(WEB, 96), f"setmem {U} 96MiB --live"),
        (VIRSH_OF.set_max_memory(WEB, 96), f"setmaxmem {U} 96MiB --live"),
        (VIRSH_OF.set_vcpus(WEB, 2), f"setvcpus {U} 2 --live"),
        (VIRSH_OF.detach_disk(WEB, "xvdb"), f"detach-disk {U} xvdb --live"),
        (VIRSH_OF.insert_medium(WEB, "hdc", "/a.iso"), f"change-media {U} hdc /a.iso --update --live"),
        (VIRSH_OF.eject_medium(WEB, "hdc"), f"change-media {U} hdc --eject --live"),
        (
            VIRSH_OF.detach_interface(WEB, "0", mac="00:16:3e:00:00:01"),
            f"detach-interface {U} bridge --mac 00:16:3e:00:00:01 --live",
        ),
        (VIRSH_OF.console(WEB), f"console {U}"),
        (
            VIRSH_OF.migrate(WEB, "xen2"),
            f"migrate --live --persistent --undefinesource --p2p --suspend {U} xen+ssh://root@xen2/system?no_tty=1",
        ),
        (
            VIRSH_OF.migrate(ONCE, "admin@xen2:2222", ssh="ssh -oBatchMode=yes -oServerAliveInterval=5"),
            f"migrate --live --persistent --undefinesource --p2p --suspend {U} xen+ssh://admin@xen2:2222/system?no_tty=1",
        ),
    ],
)
def test_argv(argv: Argv, wanted: str) -> None:
    assert words(argv) == wanted


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (
            "/dev/vg/data,raw,xvdb,rw",
            "/dev/vg/data xvdb --sourcetype block --driver phy --subdriver raw --targetbus xen",
        ),
        (
            "file:/srv/a.img,xvdb,w",
            "/srv/a.img xvdb --sourcetype file --driver phy --subdriver raw --targetbus xen",
        ),
        (
            "/dev/vg/data,raw,xvdb,rw,backendtype=qdisk",
            "/dev/vg/data xvdb --sourcetype file --driver qemu --subdriver raw --targetbus xen",
        ),
        (
            "/srv/a.qcow2,qcow2,hdb,r",
            "/srv/a.qcow2 hdb --sourcetype file --driver qemu --subdriver qcow2 --targetbus ide --mode readonly",
        ),
        (
            "/srv/a.iso,raw,hdc,cdrom",
            "/srv/a.iso hdc --sourcetype file --driver qemu --subdriver raw --targetbus ide --type cdrom"
            " --mode readonly",
        ),
    ],
)
def test_a_disk_in_virsh_s_words(spec: str, wanted: str) -> None:
    disk = language.parse_disk(spec)
    assert words(VIRSH_OF.attach_disk(WEB, disk)) == f"attach-disk {U} {wanted} --live"


def test_a_shared_disk_is_shareable() -> None:
    disk = Disk("/dev/vg/shared", "xvdb", access=Access.SHARED)
    assert words(VIRSH_OF.attach_disk(WEB, disk)).endswith("--mode shareable --live")


def test_an_interface_in_virsh_s_words() -> None:
    vif = Vif(mac="00:16:3e:00:00:01", bridge="xenbr0", model="e1000", vifname="v1", script="vif-route")
    assert words(VIRSH_OF.attach_interface(WEB, vif)) == (
        f"attach-interface {U} bridge xenbr0 --mac 00:16:3e:00:00:01 --model e1000 --script vif-route"
        " --target v1 --live"
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda: VIRSH_OF.attach_disk(WEB, Disk("iqn=x", "xvdb", script="block-iscsi")),
        lambda: VIRSH_OF.attach_disk(WEB, Disk("/a", "xvdb", backend="storage")),
        lambda: VIRSH_OF.attach_disk(WEB, Disk("/a", "xvdb", backendtype="tap")),
        lambda: VIRSH_OF.attach_disk(WEB, Disk("", "hdc", cdrom=True)),
        lambda: VIRSH_OF.attach_disk(WEB, Disk("--config", "xvdb")),
        lambda: VIRSH_OF.attach_disk(WEB, Disk("/a", "--config")),
        lambda: VIRSH_OF.attach_interface(WEB, Vif(bridge="xenbr0", rate="10Mb/s")),
        lambda: VIRSH_OF.attach_interface(WEB, Vif(bridge="--config")),
        lambda: VIRSH_OF.attach_interface(WEB, Vif(mac="00:16:3e:00:00:01")),
        lambda: VIRSH_OF.insert_medium(WEB, "hdc", "--print-xml"),
        lambda: VIRSH_OF.detach_interface(WEB, "0"),
    ],
)
def test_a_device_it_has_no_words_for_is_refused(ask: Callable[[], Argv]) -> None:
    with pytest.raises(ConfigError):
        ask()


@pytest.mark.parametrize(
    "host", ["", "-oProxyCommand=x", "a b", "xen2;id", "xen2/system?command=id", "$(id)"]
)
def test_a_host_that_would_be_more_than_a_part_of_a_uri_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="is not a host name"):
        VIRSH_OF.migrate(WEB, host)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: VIRSH_OF.migrate(WEB, "xen2", config="/tmp/a.cfg"),
        lambda: VIRSH_OF.migrate(WEB, "xen2", ssh="ssh -p 2222"),
        lambda: VIRSH_OF.start(STORED, words=["bootloader_args=['--entry=2']"]),
        lambda: VIRSH_OF.create("/tmp/x.xml", words=["memory=64"]),
        lambda: VIRSH_OF.trigger(WEB, Trigger.NMI),
        lambda: VIRSH_OF.sysrq(WEB, "s"),
        lambda: VIRSH_OF.send_key(WEB, GuestKey.CTRL_ALT_DELETE),
        lambda: VIRSH_OF.rename(WEB, "www"),
    ],
)
def test_what_it_cannot_be_told_is_refused_with_a_reason(ask: Callable[[], Argv]) -> None:
    with pytest.raises(XentuiError) as caught:
        ask()
    assert isinstance(caught.value, NotAllowedError | UsageError)
    assert "libvirt" in caught.value.message


def test_what_it_cannot_do_is_named_by_the_words_of_actions() -> None:
    from xentui.service.legality import Action

    assert set(CANNOT) <= {action.value for action in Action}

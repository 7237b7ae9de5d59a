"""argv of xl, as it is sent to a host."""

from __future__ import annotations

import pytest

from xentui.errors import ConfigError, UsageError
from xentui.model.consoles import ConsoleKind, WhichConsole
from xentui.model.devices import Disk, Vif
from xentui.model.keys import GuestKey
from xentui.model.trigger import Trigger
from xentui.toolstack.argv import Argv
from xentui.toolstack.targets import StoredConfig, Target
from xentui.toolstack.xl.commands import XlCommands

WEB = Target(7, "11111111-2222-3333-4444-000000000001", "web")
XL = XlCommands()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (XL.start(StoredConfig(WEB.uuid, "web", "/s/config.cfg"), console=True), "create -c /s/config.cfg"),
        (XL.create("/etc/xen/web", paused=True, words=["memory=64"]), "create -p /etc/xen/web memory=64"),
        (XL.shutdown(WEB, acpi_fallback=True), "shutdown -F 7"),
        (XL.reboot(WEB), "reboot 7"),
        (XL.destroy(WEB), "destroy 7"),
        (XL.pause(WEB), "pause 7"),
        (XL.unpause(WEB), "unpause 7"),
        (XL.trigger(WEB, Trigger.NMI), "trigger 7 nmi"),
        (XL.trigger(WEB, Trigger.SLEEP, vcpu=0), "trigger 7 sleep 0"),
        (XL.rename(WEB, "www"), "rename 7 www"),
        (XL.save(WEB, "/s/web.chk"), "save 7 /s/web.chk"),
        (XL.restore("/s/web.chk", paused=True), "restore -p /s/web.chk"),
        (XL.migrate(WEB, "root@xen2"), "migrate 7 root@xen2"),
        (XL.set_memory(WEB, 512), "mem-set 7 512m"),
        (XL.set_max_memory(WEB, 512), "mem-max 7 512m"),
        (XL.set_vcpus(WEB, 2), "vcpu-set 7 2"),
        (XL.detach_disk(WEB, "xvdb", force=True), "block-detach -f 7 xvdb"),
        (XL.insert_medium(WEB, "hdc", "/srv/cd.iso"), "cd-insert 7 hdc /srv/cd.iso"),
        (XL.eject_medium(WEB, "hdc"), "cd-eject 7 hdc"),
        (XL.attach_interface(WEB, Vif(mac="00:16:3e:00:00:01", bridge="xenbr0")),
         "network-attach 7 mac=00:16:3e:00:00:01 bridge=xenbr0"),
        (XL.detach_interface(WEB, "0"), "network-detach 7 0"),
        (XL.sysrq(WEB, "s"), "sysrq 7 s"),
        (XL.console(WEB), "console 7"),
        (XL.console(WEB, WhichConsole(ConsoleKind.SERIAL, 1)), "console -t serial -n 1 7"),
    ],
)  # fmt: skip
def test_a_domain_is_called_by_its_domid(argv: Argv, words: str) -> None:
    assert argv == ["xl", *words.split()]


def test_what_qemu_is_told_is_one_word() -> None:
    """xl refuses more arguments than two."""
    assert XL.send_key(WEB, GuestKey.BREAK)[1:] == ["qemu-monitor-command", "7", "chardev-send-break serial0"]
    assert XL.send_key(WEB, GuestKey.CTRL_ALT_DELETE)[-1] == "sendkey ctrl-alt-delete"


def test_a_disk_is_one_word() -> None:
    disk = Disk("/srv/a disk.img", "xvdb", "raw")
    assert XL.attach_disk(WEB, disk) == ["xl", "block-attach", "7", "/srv/a disk.img,raw,xvdb,w"]


@pytest.mark.parametrize("host", ["", "xen2;reboot", "$(reboot)", "-oProxyCommand=x", "a b", "xen2\n", "'x'"])
def test_a_host_that_means_something_to_a_shell_is_refused(host: str) -> None:
    """xl gives host and ssh command to a shell."""
    with pytest.raises(UsageError):
        XL.migrate(WEB, host)


def test_a_command_that_means_something_to_a_shell_is_refused() -> None:
    for ssh in ("ssh;reboot", "ssh $(reboot)", "ssh 'x'", "ssh\nreboot", "-x"):
        with pytest.raises(UsageError):
            XL.migrate(WEB, "xen2", ssh=ssh)


def test_a_migration_says_what_the_domain_is_to_have_there() -> None:
    argv = XL.migrate(WEB, "xen2", config="/s/config.cfg", ssh="ssh -oBatchMode=yes")
    assert argv == ["xl", "migrate", "-C", "/s/config.cfg", "-s", "ssh -oBatchMode=yes", "7", "xen2"]


def test_what_xl_has_no_words_for_is_refused() -> None:
    with pytest.raises(ConfigError):
        XL.attach_interface(WEB, Vif(bridge="a,b"))

"""What a real xl said when it failed, turned into a sentence and what to do next."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests import recordings
from tests.unit.hints import hint
from xentui.errors import CommandError, HostError
from xentui.hosts.base import Completed
from xentui.hosts.sim import SimHost
from xentui.toolstack.choose import toolstack_for
from xentui.toolstack.xl.failures import explain, failed as has_failed


def failed(*words: str, code: int = 1, argv: tuple[str, ...] = ("xl", "create", "/x.cfg")) -> Completed:
    return Completed(argv, code, b"", "\n".join(words).encode())


@pytest.mark.parametrize(
    ("recording", "what", "happened", "todo"),
    [
        ("create-refused", "create: name-of-dom0", "a domain of that name is running", "another name"),
        ("create-refused", "create: missing-disk", "disks does not exist", "disk = "),
        ("create-refused", "create: missing-kernel", "kernel or its ramdisk cannot be read", "`kernel`"),
        ("create-refused", "create: missing-ramdisk", "kernel or its ramdisk cannot be read", "`ramdisk`"),
        ("create-refused", "create: not-a-kernel", "Xen cannot boot its kernel", "`type`"),
        ("create-refused", "create: too-much-memory", "not enough free memory", "`xentui info`"),
        ("create-refused", "create: too-little-memory", "for its kernel and ramdisk", "raise `memory`"),
        ("create-refused", "create: missing-bridge", "bridge of an interface does not exist", "bridge="),
        ("create-refused", "create: bad-boot-image", "boot loader could not read", "log"),
        ("create-refused", "create: missing-loader", "boot loader could not be run", "`bootloader`"),
        ("create-refused", "dry run: no name", "does not accept the configuration", "the setting"),
        ("create-refused", "dry run: unknown on_crash", "does not accept the configuration", "the setting"),
        ("create-refused", "a setting that is malformed", "does not accept the configuration", "the line"),
        ("create-refused", "missing file", "cannot be read or written", "path"),
        ("lifecycle", "create again: the name is taken", "a domain of that name is running", "another name"),
        ("lifecycle", "list DIRECT", "disappeared meanwhile", "`xentui list`"),
        ("lifecycle", "destroy of an unknown domid", "disappeared meanwhile", "`xentui list`"),
        ("lifecycle", "shutdown of an unknown domid", "disappeared meanwhile", "`xentui list`"),
        ("lifecycle", "save of an unknown domid", "disappeared meanwhile", "`xentui list`"),
        ("lifecycle", "mem-set of an unknown domid", "disappeared meanwhile", "`xentui list`"),
        ("lifecycle", "dump-core of an unknown domid", "disappeared meanwhile", "`xentui list`"),
        ("lifecycle", "a second console client", "somebody else is attached", "one client"),
        ("save-restore", "restore while it runs", "a domain of that name is running", "another name"),
        ("save-restore", "save into a missing folder", "cannot be read or written", "folder"),
        ("devices", "mem-set '8g'", "above its maximum", "mem-max"),
        ("devices", "mem-max '100'", "above its maximum", "lower the memory"),
        ("devices", "vcpu-set '64'", "fewer CPUs than that", "the host's CPUs"),
        ("devices", "vcpu-set --ignore-host", "room for fewer CPUs", "`maxvcpus`"),
        ("devices", "block-attach, the wiki's form with a domid", "not one xl knows", "without /dev/"),
        ("devices", "block-attach of a device that exists", "already has that device", "another"),
        ("devices", "block-attach of a missing file", "disks does not exist", "paths"),
        ("devices", "block-attach of a missing device", "disks does not exist", "paths"),
        ("devices", "network-attach to a missing bridge", "bridge of an interface does not exist", "bridge="),
        ("devices", "mem-set 'much'", "not a size xl accepts", "512M"),
        ("devices", "block-detach again", "has no such device", "block-list"),
        ("devices", "network-detach of an unknown number", "has no such device", "network-list"),
    ],
)
def test_what_xl_said_is_told_in_a_sentence(recording: str, what: str, happened: str, todo: str) -> None:
    said = recordings.answer(recording, what)
    assert said.exit_code != 0
    done = Completed(said.argv, said.exit_code, said.stdout.encode(), said.stderr.encode())
    error = explain(done, "web1")
    assert isinstance(error, CommandError)
    assert happened in error.message
    assert todo in hint(error)
    assert error.subject == "web1"
    assert (error.argv, error.exit_code) == (said.argv, said.exit_code)
    last = [line for line in said.stderr.splitlines() if line.strip()][-1]
    assert error.details[-1] == last.rstrip(), "the tool's own words are kept"


@pytest.mark.parametrize(
    ("words", "happened"),
    [
        ("Failed to find an unused loop device", "loop device"),
        ("losetup /dev/loop3 /srv/a.img failed", "loop device"),
        ("File /srv/a.img is read-only, and so I will not", "read-only on the host"),
        ("Device /dev/vg/a is mounted in a guest domain,", "in use elsewhere"),
        ("File /srv/a.img is loopback-mounted through /dev/loop0,", "in use elsewhere"),
        ("/dev/vg/a does not exist.", "disks does not exist"),
        ("/srv/a.img is not a block device.", "not a block device"),
        ("something else", "a script that connects its devices failed"),
    ],
)
def test_what_the_script_of_a_disk_said(words: str, happened: str) -> None:
    """The words are those of tools/hotplug/Linux/block, in the frame libxl gives a script's words."""
    frame = "libxl: error: libxl_device.c:1337:device_hotplug_child_death_cb: script: "
    status = "libxl: error: libxl_exec.c:117:libxl_report_child_exitstatus: /etc/xen/scripts/block add [1160]"
    error = explain(failed(f"{status} exited with error status 1", frame + words), "web1")
    assert happened in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("words", "happened"),
    [
        ("File has wrong magic number - corrupt or for a different tool?", "not a memory image"),
        (
            "libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading header from /x",
            "not a memory image",
        ),
        ("Can't open restore file: No such file or directory", "cannot be read"),
    ],
)
def test_what_is_said_of_a_file_that_cannot_be_restored(words: str, happened: str) -> None:
    error = explain(failed(words, argv=("xl", "restore", "/x")), "/x")
    assert happened in error.message
    assert error.hint


def test_a_lock_that_another_user_has_made_first_is_said_for_one() -> None:
    """As Xen 4.17 answered under Debian's fs.protected_regular=2: /var/lock is anybody's to make files in."""
    words = "xenconsole: Could not open /var/lock/xenconsole.4: Permission denied"
    error = explain(failed(words, code=13, argv=("xl", "console", "4")), "web1")
    assert "another user of the host has made the lock file" in error.message
    assert "remove that file" in hint(error)
    assert error.details == (words,)


def test_a_domain_that_failed_to_be_built_did_not_go_away() -> None:
    """What libxl says of clearing it away again is no reason of its own."""
    error = explain(failed("flux capacitor empty", "libxl__destroy_domid: Domain 21:Non-existant domain"))
    assert "failed with status" in error.message


def test_words_nobody_knows_are_shown_with_the_exact_command() -> None:
    error = explain(failed("flux capacitor empty", code=9, argv=("xl", "create", "/a b.cfg")), "web1")
    assert isinstance(error, CommandError)
    assert error.message == "`xl create '/a b.cfg'` failed with status 9"
    assert error.details == ("flux capacitor empty",)


def test_of_words_nobody_knows_the_first_error_is_told_at_once() -> None:
    """What comes behind it is what libxl does to clear away."""
    error = explain(
        failed(
            "libxl: error: libxl_dm.c:3131:device_model_launch: Domain 7:device model did not start",
            "libxl: error: libxl_domain.c:1183:libxl__destroy_domid: Domain 7:Non-existant domain",
            argv=("xl", "restore", "-p", "/srv/web1.save"),
        ),
        "web1",
    )
    assert isinstance(error, CommandError)
    assert error.message == "`xl restore` failed: device model did not start"
    assert error.argv == ("xl", "restore", "-p", "/srv/web1.save")


def test_a_script_that_was_killed_for_its_time_is_said_to_be() -> None:
    """As a host under load says it (Xen 4.17): libxl gives a script 40 s."""
    said = "killing execution of /etc/xen/scripts/block add because of timeout"
    error = explain(failed(f"libxl: error: libxl_aoutils.c:539:async_exec_timeout: {said}"), "web1")
    assert "took longer than libxl waits" in error.message
    assert error.hint == "look at the load of the host, and try again"


@pytest.mark.parametrize(
    ("done", "happened", "todo"),
    [
        (failed("xl: command not found", code=127), "no `xl` on the host", "xen-utils"),
        (failed(code=127), "no `xl` on the host", "xen-utils"),
        (
            failed(
                "xencall: error: Could not obtain handle on privileged command interface: Permission denied"
            ),
            "not allowed to access the hypervisor",
            "root",
        ),
        (
            failed("ERROR:  Can't find hypervisor information in sysfs!"),
            "not allowed to access the hypervisor",
            "dom0",
        ),
    ],
)
def test_a_host_without_xen_or_root_is_the_hosts_fault(done: Completed, happened: str, todo: str) -> None:
    error = explain(done)
    assert isinstance(error, HostError)
    assert happened in error.message
    assert todo in hint(error)


def test_only_the_last_words_are_kept_and_none_reach_the_terminal_raw() -> None:
    error = explain(failed(*[f"line {number}" for number in range(100)], "\x1b[31mred\x07" + "x" * 10_000))
    assert len(error.details) <= 12
    assert error.details[-2] == "line 99"
    assert "\x1b" not in error.details[-1]
    assert len(error.details[-1]) <= 500


@given(st.binary(max_size=2000), st.integers(1, 255))
def test_whatever_a_tool_says_there_is_a_sentence(stderr: bytes, code: int) -> None:
    error = explain(Completed(("xl",), code, b"", stderr))
    assert error.message
    text = "".join(error.account())
    assert not [character for character in text if unicodedata.category(character) in ("Cc", "Zl", "Zp")]


@pytest.mark.parametrize("verb", ["pause", "unpause", "trigger"])
def test_a_verb_whose_exit_status_tells_nothing_fails_by_its_words(verb: str) -> None:
    said = b"libxl: error: libxl_domain.c:2207:libxl_send_trigger: Domain 1:Send trigger 'reset' failed: Function not"
    assert has_failed(Completed(("xl", verb, "1"), 0, b"", said))
    assert not has_failed(Completed(("xl", verb, "1"), 0, b"", b"libxl: warning: slow\n"))
    assert not has_failed(Completed(("xl", "mem-set", "1", "64m"), 0, b"", said)), "its status tells"


@pytest.mark.parametrize("event", ["reset", "init", "power", "sleep", "s3resume"])
async def test_a_trigger_that_xen_does_not_have_is_told(tmp_path: Path, event: str) -> None:
    host = SimHost(tmp_path / "sim")
    xl = toolstack_for(host)
    guest = max(await xl.domains(), key=lambda domain: domain.domid)
    done = await host.run(["xl", "trigger", str(guest.domid), event])
    assert (done.exit_code, xl.failed(done)) == (0, True)
    assert xl.explain(done).message == "Xen has no such event for a guest of its type"
    await host.close()


def test_a_reboot_by_a_button_that_xen_does_not_have_is_told() -> None:
    """`xl reboot -F` of a guest without PV drivers never works (recorded on Xen 4.17)."""
    (entry,) = [entry for entry in recordings.entries("hvm") if entry["what"] == "reboot -F without drivers"]
    done = Completed(tuple(entry["argv"]), entry["exit"], b"", "".join(entry["stderr"]).encode())
    assert (
        explain(done).message
        == "its guest has no PV drivers to ask for a reboot, and Xen has no reset button"
    )

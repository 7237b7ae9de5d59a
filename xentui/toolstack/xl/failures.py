"""What a failed command means: xl's own words turned into a sentence and what to do next."""

from __future__ import annotations

import re
import shlex

from xentui.errors import HostError, Suggest, XentuiError
from xentui.hosts.base import Completed
from xentui.model.sizes import EXAMPLES
from xentui.text import lines
from xentui.toolstack.argv import masked_words
from xentui.toolstack.known_failures import WORDS_KEPT, Known, explained, plain_words

_DEAF = ("pause", "unpause", "trigger", "sysrq")
"""Verbs of xl that end with status 0 whatever libxl has said."""
_MONITOR = "qemu-monitor-command"
"""Ends with status 0 whatever QEMU has said; to what it has done it says nothing."""

_FRAME = r"^(?:\S+\.c:\d+:\w+: )?(?:Domain \d+: ?)?"
"""What stands between ``libxl: error:`` and its words: file, line, function and domain."""
_NO_HYPERVISOR = r"privileged command interface|cannot open libxc handle|hypervisor information in sysfs"
_KNOWN: Known = (
    (
        r'Domain with name "?.*"? already exists',
        "a domain of that name is running already",
        (Suggest("host.list"), " shows it; choose another name or stop that one"),
    ),
    (
        r"segment \w+ too large",
        "its memory is too small for its kernel and ramdisk",
        "raise `memory` in its configuration",
    ),
    (
        r"failed to free memory|not enough memory|Cannot allocate memory|Out of memory|free_mem|setting up.*memory",
        "the host has not enough free memory for it",
        (
            Suggest("host.info"),
            " shows free memory; stop a domain, lower `memory`, or give Domain-0 less",
        ),
    ),
    (
        r"bootloader \[\d+\] exited with error status 255",
        "the boot loader could not be run",
        "check the program that `bootloader` names: is it on the host?",
    ),
    (
        r"bootloader failed - consult logfile|bootloader \[\d+\] exited",
        "the boot loader could not read the guest's disk",
        "look at the log it names; `xl create -c` shows its screen",
    ),
    (
        r"xc_dom_(?:kernel|ramdisk)_file failed",
        "its kernel or its ramdisk cannot be read on the host",
        "check the paths in `kernel` and `ramdisk`",
    ),
    (
        r"no loader found|Invalid kernel",
        "Xen cannot boot its kernel as that type of guest",
        "check `kernel` and `type`",
    ),
    (
        r"Could not find bridge device",
        "the bridge of an interface does not exist on the host",
        "`ip link show type bridge` there lists them; check `bridge=` in `vif = [...]`",
    ),
    (
        r"Device .* not connected|Unknown device",
        "the domain has no such device",
        (Suggest("domain.block-list"), " and ", Suggest("domain.network-list"), " show what it has"),
    ),
    (
        r"[Dd]isk '?.*'? *(?:could not be found|does not exist)|failed to stat|No such file or directory: .*disk"
        r"|script: \S+ (?:link )?does not exist",
        "one of its disks does not exist on the host",
        "check the paths in `disk = [...]`",
    ),
    (
        r"Device .* is mounted|loopback-mounted",
        "one of its disks is in use elsewhere",
        "detach it there first",
    ),
    (
        r"script: \S+ is not a block device",
        "one of its disks is not a block device",
        "write `file:` instead of `phy:` for an image file",
    ),
    (
        r"File .* is read-only, and so",
        "one of its disks is read-only on the host",
        "make the file writable, or give the disk the mode `r`",
    ),
    (
        r"unused loop device|losetup .*failed",
        "the host could not make a loop device for an image file",
        "`losetup -a` there lists those in use; detach one, or load the loop module with a larger max_loop",
    ),
    (
        r"Invalid or unsupported virtual disk identifier",
        "the guest device name is not one xl knows",
        "write xvdb, hdb or sdb, without /dev/",
    ),
    (
        r"[Cc]hardev '?serial0'? not found",
        'it has no serial line: serial = "pty" is missing in its configuration',
        "put it there; it counts from the next start",
    ),
    (
        r"QMP socket|qmp-libxl|monitor command failed|qemu_monitor_command",
        "its QEMU does not answer, which has its keyboard and serial line",
        "where it has none (a PV guest), send it a sysrq",
    ),
    (r"device already exists", "the domain already has that device", "choose another guest device"),
    (
        r"(?s)sending ACPI reset button event.*Send trigger 'reset' failed",
        "its guest has no PV drivers to ask for a reboot, and Xen has no reset button",
        "reboot it from within, or destroy and start it",
    ),
    (
        r"PV control interface not available",
        "the guest has no PV drivers, so it cannot be asked to shut down",
        "press its power button with `-F`, shut it down from inside, or destroy it",
    ),
    (
        r"didn't acknowledge control request",
        "the guest did not accept the request",
        "it may still be booting, or hang: look at its console, try again, or destroy it",
    ),
    (
        r"memory_dynamic_max must be less|memory_static_max must be greater",
        "its memory would be above its maximum",
        (
            "raise the maximum with ",
            Suggest("domain.mem-max"),
            " first, or lower the memory before the maximum",
        ),
    ),
    (
        r"however maxcpus is",
        "the domain was started with room for fewer CPUs",
        "raise `maxvcpus` in its configuration and start it anew",
    ),
    (r"overcommm?mitt?ing", "the host has fewer CPUs than that", "ask for at most the host's CPUs"),
    (
        r"Could not read tty from store",
        "it has no console yet",
        "it is still being built, or its boot loader has just ended: try again in a moment",
    ),
    (
        r"has no libxenlight|libxentoollog makes|libxl gives no context|libxl_domain_resume answers",
        "its guest, stopped for a save, could not be continued",
        "the host needs its own libxenlight for it (Debian: libxenmisc4.17 or similar); destroying it ends the guest",
    ),
    (
        r"Could not open \S*/xenconsole\.\d+: Permission denied",
        "another user of the host has made the lock file of its console, and xenconsole does not open it",
        "see whose it is (`ls -l`), and remove that file on the host",
    ),
    (
        r"Could not lock",
        "somebody else is attached to that console",
        "one client at a time: ask them to leave",
    ),
    (
        r"is an invalid domain identifier|Domain '?\d+'? does not exist|unable to get domain type for domid"
        r"|unable to find domain info for domain|maybe this domain does not exist|destroy failed \(rc=-21\)"
        r"|Could not get info for domain \(3 = |Pausing domain: No such process"
        r"|(?m:^(?!.*destroy_domid).*Non-existant domain)|Send trigger '\w+' failed: No such process",
        "the domain has disappeared meanwhile",
        (Suggest("host.list"), " shows what is there now"),
    ),
    (
        r"Not destroying domain 0|Can't specify Domain-0",
        "that is not possible with Domain-0, the host's own system",
        "",
    ),
    (
        r"Unable to wake up: guest is not in suspended state",
        "it is not asleep: there is nothing to wake",
        "",
    ),
    (
        r"Send trigger '\w+' failed(?:: Function not implemented|: Invalid argument|, rc=-6)",
        "Xen has no such event for a guest of its type",
        "`nmi` reaches any guest, the others an HVM guest at most",
    ),
    (
        r"failed to enable logdirty|logdirty",
        "the host cannot track the guest's memory while it moves",
        "",
    ),
    (
        r"config parsing error",
        "xl does not accept the configuration",
        "correct the line it names",
    ),
    (
        r"Domain name must be specified|Neither kernel nor bootloader specified|Unknown on_\w+ action"
        r"|Invalid domain type|Failed to parse UUID|maxvcpus < vcpus",
        "xl does not accept the configuration",
        "correct the setting it names",
    ),
    (
        r"invalid memory size",
        "that is not a size xl accepts",
        f"write MiB, or a suffix: {EXAMPLES}",
    ),
    (
        r"wrong magic number|truncated reading header",
        "it is not a memory image saved by xl",
        ("give a file that ", Suggest("domain.save"), " wrote"),
    ),
    (
        r"Can't open restore file",
        "the memory image cannot be read on the host",
        "check its path",
    ),
    (
        r"Failed to read config file|Failed to open temp file",
        "a file cannot be read or written on the host",
        "check its path and its folder",
    ),
    (
        r"killing execution of \S*/scripts/\S+ \w+ because of timeout",
        "a script that connects its devices took longer than libxl waits for it, 40 s",
        "look at the load of the host, and try again",
    ),
    (
        r"scripts/(?:block|vif)\S* \w+ \[\d+\] exited with error|Hotplug scripts not working"
        r"|hotplug.*timed out",
        "a script that connects its devices failed on the host",
        "its messages are above, or in /var/log/xen/xen-hotplug.log on the host",
    ),
    (r"No space left on device", "the file system is full", "free some space and try again"),
)


def failed(done: Completed) -> bool:
    """Return whether a command has failed, by its exit status or, where that is always 0, by what libxl has said."""
    if done.exit_code != 0:
        return True
    verb = done.argv[1] if len(done.argv) > 1 else ""
    if verb == _MONITOR and done.stdout.strip():
        return True
    return verb in _DEAF and any("libxl: error:" in word for word in done.words)


def explain(done: Completed, subject: str = "") -> XentuiError:
    """Return the error for a command that ended with a status other than 0.

    HostError where the fault is the host's (no xl, no root, no hypervisor), else CommandError with argv, exit
    code, the tool's own words, and a sentence where the words are known.
    """
    said: tuple[str, ...] | list[str] = done.words
    if not said and done.argv[1:2] == (_MONITOR,):
        said = lines(done.text)
    words = plain_words(said)
    text = "\n".join(words)
    program = done.argv[0] if done.argv else "command"
    if done.exit_code == 127 and ("not found" in text or not text):
        return HostError(
            f"there is no `{program}` on the host",
            hint="is it a Xen dom0? xl comes with xen-utils and is in /usr/sbin",
            details=words[-WORDS_KEPT:],
        )
    if re.search(_NO_HYPERVISOR, text):
        return HostError(
            f"`{program}` is not allowed to access the hypervisor",
            hint="xl needs root on a Xen dom0: log in as root there, or use sudo (`sudo = true` of the host)",
            details=words[-WORDS_KEPT:],
        )
    return explained(done, words, _KNOWN, _said(done, words), subject)


def _said(done: Completed, words: tuple[str, ...]) -> str:
    """Return the command, and the first of its words that speak of an error: what follows is mostly its clearing
    away.
    """
    command = masked_words(done.argv)
    errors = (word.partition("error: ")[2] for word in words if "error: " in word)
    reason = next((re.sub(_FRAME, "", error).strip() for error in errors if error.strip()), "")
    if reason:
        return f"`{shlex.join(command[:2])}` failed: {reason}"
    return f"`{shlex.join(command)}` failed with status {done.exit_code}"

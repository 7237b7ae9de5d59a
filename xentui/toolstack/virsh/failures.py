"""What a failed ``virsh`` means: its own words turned into a sentence and what to do next."""

from __future__ import annotations

import shlex

from xentui.errors import HostError, Suggest, XentuiError
from xentui.hosts.base import Completed
from xentui.model.answers import ConsoleTrouble
from xentui.toolstack.argv import masked_words
from xentui.toolstack.known_failures import WORDS_KEPT, Known, explained, plain_words
from xentui.toolstack.virsh.commands import VIRSH

_ERROR = "error: "
_OF_MIGRATIONS: Known = (
    (
        r"Failed to send migration data",
        "the other host did not take its memory to the end",
        "enough memory there, and a line that holds, are what it takes; `/var/log/libvirt/libxl` there tells more",
    ),
    (
        r"Domain is not running on destination host",
        "the other host could not make it run",
        "a bridge or a disk that is missing there: `/var/log/libvirt/libxl` there tells more",
    ),
    (
        r"unable to connect to server at",
        "its memory does not get to the other host, which takes it by TCP beside ssh",
        "open the ports 49152 to 49215 there for this host",
    ),
    (
        r"domain '[^']*' is already active",
        "libvirt on the other host believes that it has it",
        "`systemctl restart libvirtd` (or virtxend) there; its guests run on meanwhile",
    ),
    (
        r"End of file while reading data|Cannot recv data|client socket is closed",
        "the line to libvirt on the other host broke",
        "",
    ),
)
"""Before all others where `virsh migrate` has failed."""
_KNOWN: Known = (
    (
        r"failed to connect to the hypervisor|Failed to connect socket|End of file while reading data"
        r"|Cannot recv data",
        "libvirt does not answer on the host",
        '`systemctl status libvirtd` there, or of virtxend, tells why; xl answers without it (`toolstack = "xl"`)',
    ),
    (
        r"failed to get domain|Domain not found",
        "the domain has disappeared meanwhile, or libvirt does not know it",
        (Suggest("host.list"), " shows what is there now"),
    ),
    (r"[Dd]omain is already (?:active|running)", "it is running already", ""),
    (
        r"domain is not running|domain '[^']*' not running",
        "it is not running",
        (Suggest("host.list"), " shows what is there now"),
    ),
    (r"not paused", "it is not paused", ""),
    (
        r"is already defined with uuid|already exists with uuid",
        "libvirt keeps another domain of that name or uuid",
        "choose another name",
    ),
    (
        r"Active console session exists",
        "somebody else is attached to that console",
        "one client at a time: ask them to leave",
    ),
    (
        r"exceeds maximum|greater than max allowable",
        "it was started with room for less",
        "raise the maximum in its configuration and start it anew",
    ),
    (
        r"network device with mac .* already exists|target \S+ already exists",
        "the domain already has that device",
        "choose another guest device",
    ),
    (
        r"p2p migration is not supported",
        "the libvirt of the host cannot move a guest by itself",
        "it needs libvirt 3.1 or newer with its Xen driver",
    ),
    (
        r"[Nn]ot enough memory|Failed to balloon|failed to free memory",
        "the host has not enough free memory for it",
        (Suggest("host.info"), " shows free memory; stop a domain, or lower `memory`"),
    ),
    (
        r"config parsing error|configuration file syntax error|xml error|XML error|unsupported configuration"
        r"|\(domain_definition\)",
        "libvirt does not accept the configuration",
        "correct the setting it names",
    ),
    (
        r"cannot read domain image|image magic is incorrect|Failed to restore domain",
        "it is not a memory image that libvirt saved",
        ("give a file that ", Suggest("domain.save"), " wrote on this host"),
    ),
    (
        r"not supported by the connection driver|unsupported flags|argument unsupported",
        "the host's libvirt cannot do that with a Xen guest",
        "",
    ),
    (
        r"cannot acquire state change lock|timed out during operation",
        "libvirt is still busy with another request for that domain",
        "wait for it to end, and try again",
    ),
)


def failed(done: Completed) -> bool:
    """Return whether a command has failed; its exit status tells, of all its commands."""
    return done.exit_code != 0


def explain(done: Completed, subject: str = "") -> XentuiError:
    """Return the error for a command that failed.

    HostError where there is no virsh on the host; a libvirt that does not answer is a CommandError: the host does.
    """
    words = plain_words(done.words)
    text = "\n".join(words)
    if done.exit_code == 127 and ("No such file" in text or "not found" in text or not text):
        return HostError(
            "there is no `virsh` on the host",
            hint='it comes with libvirt-clients; `toolstack = "xl"` of the host in config.toml does without',
            details=words[-WORDS_KEPT:],
        )
    known = (*_OF_MIGRATIONS, *_KNOWN) if done.argv[len(VIRSH) : len(VIRSH) + 1] == ("migrate",) else _KNOWN
    return explained(done, words, known, _said(done, words), subject)


def console_trouble(words: tuple[str, ...] | list[str]) -> ConsoleTrouble | None:
    """Return what the last words of ``virsh console`` say (libxl_driver.c libxlDomainOpenConsole)."""
    if any("Active console session exists" in word for word in words):
        return ConsoleTrouble.HELD
    if any("is not using a PTY" in word or "cannot find character device" in word for word in words):
        return ConsoleTrouble.NOT_YET
    return None


def _said(done: Completed, words: tuple[str, ...]) -> str:
    """Return the command, and the last of its words that speak of an error: the first is what it was to do."""
    verb = f"virsh {done.argv[len(VIRSH)]}" if len(done.argv) > len(VIRSH) else "virsh"
    errors = [word.removeprefix(_ERROR) for word in words if word.startswith(_ERROR)]
    if errors:
        return f"`{verb}` failed: {errors[-1]}"
    return f"`{shlex.join(masked_words(done.argv))}` failed with status {done.exit_code}"

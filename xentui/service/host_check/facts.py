"""What the checks read, all of it at once: one turn of the agent, and beside it what the toolstack and ``df`` say."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from xentui.errors import FarAgentError, HostError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.domain import Domain
from xentui.service.concurrency import answer_or_error
from xentui.text import lines

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from xentui.service.hypervisor import Hypervisor

OS_RELEASE = "/etc/os-release"
CAPABILITIES = "/proc/xen/capabilities"
HYPERVISOR = "/sys/hypervisor/type"
CPU_INFO = "/proc/cpuinfo"
LOOP_CONTROL = "/dev/loop-control"
LOOP_MODULE = "/sys/module/loop"
MAX_LOOP = "/sys/module/loop/parameters/max_loop"
BRIDGES = "/sys/class/net/*/bridge"
SWITCH = "/var/run/openvswitch/db.sock"
XL_CONF = "/etc/xen/xl.conf"
XEND = "/etc/xen/xend-config.sxp"
GRUB_CONFIGS = ("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg")
GRUB_ENVIRONMENTS = ("/boot/grub/grubenv", "/boot/grub2/grubenv")
GRUB_ENTRIES = "/boot/loader/entries/*.conf"
GRUB_DEFAULTS = "/etc/default/grub"
GRUB_PARTS = "/etc/default/grub.d/*.cfg"
XEN_IMAGES = "/boot/xen*"
SETTINGS = (
    "/etc/default/xen",
    "/etc/sysconfig/xencommons",
    "/etc/sysconfig/xenconsoled",
    "/etc/conf.d/xenconsoled",
)
SSHD = "/etc/ssh/sshd_config"
SSHD_PARTS = "/etc/ssh/sshd_config.d/*.conf"
PYGRUB = (
    "/usr/lib/xen-*/bin/pygrub",
    "/usr/lib/xen/bin/pygrub",
    "/usr/libexec/xen/bin/pygrub",
    "/usr/bin/pygrub",
)
PYTHON = ("/usr/bin/python3", "/usr/local/bin/python3")
UPDATE_GRUB = "/usr/sbin/update-grub"
SYSTEMD = "/run/systemd/system"
XENDOMAINS = (
    "/etc/rc[2-5].d/S*xendomains",
    "/etc/systemd/system/*.wants/xendomains.service",
    "/etc/runlevels/*/xendomains",
)
XENDOMAINS_INSTALLED = (
    "/etc/init.d/xendomains",
    "/usr/lib/systemd/system/xendomains.service",
)
XEN_TOOLS = "/usr/bin/xen-create-image"
DAEMONS = (
    "xenstored",
    "oxenstored",
    "xenconsoled",
    "sshd",
    *(TIMEKEEPERS := ("chronyd", "ntpd", "systemd-timesyn", "openntpd")),
)
PACKAGES = (
    "xen", "xen-hypervisor*", "xen-utils-[0-9]*", "xen-tools*", "xen-runtime", "xen-qemu", "qemu-system-xen",
    "qemu-system-x86*", "grub-xen-host", "grub-xen-bin", "grub2-x86_64-xen",
)  # fmt: skip
RPM_PACKAGES = (
    "xen", "xen-hypervisor", "xen-runtime", "xen-tools", "qemu-x86", "qemu-system-x86-core", "grub2-x86_64-xen",
)  # fmt: skip
_TEXTS = (
    OS_RELEASE, CAPABILITIES, HYPERVISOR, CPU_INFO, MAX_LOOP, XL_CONF, XEND, *GRUB_CONFIGS, *GRUB_ENVIRONMENTS,
    GRUB_ENTRIES, GRUB_DEFAULTS, GRUB_PARTS, *SETTINGS, SSHD, SSHD_PARTS, *PYGRUB,
)  # fmt: skip
_THERE = (
    LOOP_CONTROL, LOOP_MODULE, BRIDGES, SWITCH, XEN_IMAGES, *PYTHON, UPDATE_GRUB, SYSTEMD, *XENDOMAINS,
    *XENDOMAINS_INSTALLED, XEN_TOOLS,
)  # fmt: skip
_PROC, _DPKG, _APK = "/proc", "/var/lib/dpkg/status", "/lib/apk/db/installed"
_SYSTEM_FOLDERS = ("/", "/var/lib/xen")
_PATIENCE = 60.0
"""Seconds a host may take for one of the answers."""
_DF_PATIENCE = 15.0
"""Seconds for ``df``, which waits for a file server that is gone for good."""
_ENTRIES = 1000

_Answer = TypeVar("_Answer")


class UnansweredError(HostError):
    """A part of what was asked was not answered in time; the rest may have been."""


@dataclass(frozen=True, slots=True)
class Space:
    """A file system: where it is mounted, its size and what is free of it, in bytes; ``of`` is what lies there."""

    mount: str
    size: int
    free: int
    of: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of a host.

    ``texts`` by path, ``troubles`` why one could not be read; ``there`` what each pattern found; ``daemons`` how each
    that runs was started; ``packages`` versions by name; ``python`` the version that answered, "" where none did and
    ``unread`` says why; ``skew`` how many seconds its clock is ahead of this machine's at least, negative where it is
    behind; ``report`` what the toolstack says of the host, or ``silent`` why it says nothing; ``domains``
    those there are, None where that is not known; ``spaces`` the file systems, or ``no_spaces`` why they are not known.
    """

    texts: Mapping[str, str]
    troubles: Mapping[str, str]
    there: Mapping[str, tuple[str, ...]]
    daemons: Mapping[str, str]
    packages: Mapping[str, str]
    python: str
    skew: float
    unread: str
    report: Mapping[str, str]
    silent: str
    domains: tuple[Domain, ...] | None
    spaces: tuple[Space, ...]
    no_spaces: str

    @property
    def control(self) -> bool:
        """Whether it is a Xen control domain."""
        return "control_d" in self.texts.get(CAPABILITIES, "") or bool(self.report)

    def found(self, *patterns: str) -> tuple[str, ...]:
        """Return what any of the patterns found."""
        return tuple(path for pattern in patterns for path in self.there.get(pattern, ()))

    def text(self, *paths: str) -> tuple[str, str] | None:
        """Return the first of the files that could be read: its path and its text."""
        return next(((path, self.texts[path]) for path in paths if path in self.texts), None)

    def trouble(self, *paths: str) -> str:
        """Return why the first of the files that are there, or the first at all, could not be read."""
        if self.unread:
            return self.unread
        told = [f"{path}: {self.troubles[path]}" for path in paths if path in self.troubles]
        return next(
            (each for each in told if "no such file" not in each.lower()),
            told[0] if told else "it was not read",
        )

    @property
    def distribution(self) -> frozenset[str]:
        """The distribution by its id, and those it is like, as os-release has them."""
        return distribution_ids(self.texts.get(OS_RELEASE, ""))

    @property
    def distribution_name(self) -> str:
        """The distribution as it calls itself."""
        return assignments(self.texts.get(OS_RELEASE, "")).get("PRETTY_NAME", "")


async def gather(hypervisor: Hypervisor) -> Facts:
    """Read a host; what does not answer is told as such, and only a host out of reach altogether raises HostError."""
    host = hypervisor.host
    path = host.host_path
    began = time.time()
    asked = host.call(
        operations.host_facts,
        texts=[path(each) for each in _TEXTS],
        there=[path(each) for each in _THERE],
        proc=path(_PROC),
        daemons=list(DAEMONS),
        dpkg=path(_DPKG),
        apk=path(_APK),
        packages=list(PACKAGES),
    )
    agent, report, snapshot = await asyncio.gather(
        _tried(asked),
        _tried(hypervisor.session.toolstack.host_report()),
        _tried(hypervisor.inventory.poll()),
    )
    if isinstance(agent, HostError) and not isinstance(agent, FarAgentError | UnansweredError):
        raise agent  # nothing is there; where only its Python is not, the rest is
    ended = time.time()
    domains = None if isinstance(snapshot, XentuiError) else tuple(snapshot.domains)
    shown = host.shown
    answer: Mapping[str, Any] = (
        {} if isinstance(agent, XentuiError) or not isinstance(agent, Mapping) else agent
    )
    texts = {shown(path): text for path, text in _strings(answer.get("texts")).items()}
    packages = _strings(answer.get("packages"))
    asks_rpm = not packages and _has_rpm(texts.get(OS_RELEASE, ""))
    spaces, by_rpm = await asyncio.gather(
        _tried(_spaces(hypervisor, domains or ())),
        _tried(_rpm(hypervisor) if asks_rpm else _nothing()),
    )
    patterns = {host.host_path(each): each for each in _THERE}
    return Facts(
        texts=texts,
        troubles={shown(path): text for path, text in _strings(answer.get("troubles")).items()},
        there={
            patterns.get(pattern, pattern): tuple(shown(path) for path in found if isinstance(path, str))
            for pattern, found in _table(answer.get("there")).items()
            if isinstance(found, list)
        },
        daemons=_strings(answer.get("processes")),
        packages=packages if isinstance(by_rpm, XentuiError) else {**packages, **by_rpm},
        python=str(answer.get("python", "")),
        skew=_skew(answer.get("time"), began, ended),
        unread=agent.headline
        if isinstance(agent, XentuiError)
        else ("" if answer else "the host's answer is not valid"),
        report={} if isinstance(report, XentuiError) else pairs(report),
        silent=report.headline if isinstance(report, XentuiError) else "",
        domains=domains,
        spaces=() if isinstance(spaces, XentuiError) else spaces,
        no_spaces=spaces.headline if isinstance(spaces, XentuiError) else "",
    )


def _tried(work: Awaitable[_Answer]) -> Awaitable[_Answer | XentuiError]:
    late = UnansweredError(f"no answer within {_PATIENCE:g} s", hint="the host hangs or is very busy")
    return answer_or_error(work, _PATIENCE, late)


def _skew(told: object, began: float, ended: float) -> float:
    """Return by how many seconds a clock is outside of the time in which it was asked."""
    if not isinstance(told, int | float) or not math.isfinite(told):
        return 0.0
    return min(told - began, 0.0) or max(told - ended, 0.0)


def _has_rpm(os_release: str) -> bool:
    return bool(distribution_ids(os_release) & {"suse", "opensuse", "fedora", "rhel", "centos"})


async def _nothing() -> dict[str, str]:
    return {}


async def _rpm(hypervisor: Hypervisor) -> dict[str, str]:
    """Return the packages of Xen and their versions where no list of them is a text; rpm says of each whether it is
    there.
    """
    argv = ["rpm", "-q", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\\n", *RPM_PACKAGES]
    done = await hypervisor.host.run(argv, timeout=_PATIENCE)
    rows = (line.split(" ") for line in lines(done.text))
    return {row[0]: row[1][:200] for row in rows if len(row) == 2 and row[0] in RPM_PACKAGES}


async def _spaces(hypervisor: Hypervisor, domains: Iterable[Domain]) -> tuple[Space, ...]:
    """Return the file systems below the store, images, and what the toolstack writes."""
    wanted = {hypervisor.host.store_root: "the store", **dict.fromkeys(_SYSTEM_FOLDERS, "the system")}
    for domain in domains:
        for disk in domain.config.disks:
            folder = disk.target.rpartition("/")[0]
            if folder.startswith("/") and not folder.startswith("/dev") and len(wanted) < _ENTRIES:
                wanted.setdefault(folder, "images")
    done = await hypervisor.host.run(["df", "-Pk", *wanted], timeout=_DF_PATIENCE)
    rows = [row for line in lines(done.text)[1:] if (row := _row(line))]
    if not rows:
        words = "; ".join(done.words[:2])
        raise XentuiError(
            f"`df` says nothing of {', '.join(list(wanted)[:3])}" + (f" ({words})" if words else "")
        )
    named: dict[str, list[str]] = {}
    for number, (path, what) in enumerate(wanted.items()):
        under = [mount for mount, _size, _free in rows if f"{path}/".startswith(f"{mount.rstrip('/')}/")]
        # A row for each path, in their order; where one is missing, df leaves its row out.
        mount = rows[number][0] if len(rows) == len(wanted) else max(under, key=len, default="")
        if what not in named.setdefault(mount, []):
            named[mount].append(what)
    return tuple(
        Space(mount, size, free, " and ".join(named.get(mount, ["the system"])))
        for mount, (size, free) in {mount: (size, free) for mount, size, free in rows}.items()
    )


def _row(line: str) -> tuple[str, int, int] | None:
    """Return mount point, size and what is free, in bytes, of a row of ``df -Pk``."""
    words = line.split()
    numbers = [number for number, word in enumerate(words) if number and word.endswith("%")]
    at = numbers[0] if numbers else 0  # a device or a mount point may have blanks in its name
    if at < 4 or not (words[at - 3].isdigit() and words[at - 1].isdigit()):
        return None
    return " ".join(words[at + 1 :]), int(words[at - 3]) * 1024, int(words[at - 1]) * 1024


def distribution_ids(os_release: str) -> frozenset[str]:
    """Return the distribution by its id, and those it is like (os-release(5))."""
    values = assignments(os_release)
    return frozenset(f"{values.get('ID', '')} {values.get('ID_LIKE', '')}".lower().split())


def assignments(text: str) -> dict[str, str]:
    """Return what a file of shell assignments sets, as far as no shell is needed to know; comments are left out."""
    found: dict[str, str] = {}
    for line in lines(text):
        name, equals, value = line.strip().partition("=")
        if equals and name.replace("_", "").isalnum() and not line.lstrip().startswith("#"):
            value = value.strip()
            if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]:
                value = value[1:-1]
            found[name] = value
    return found


def pairs(report: str) -> dict[str, str]:
    """Return what a report in lines of ``key : value`` says."""
    rows = (line.partition(":") for line in lines(report))
    return {key.strip(): value.strip() for key, colon, value in rows if colon}


def _table(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _strings(value: object) -> dict[str, str]:
    return {
        key: item for key, item in _table(value).items() if isinstance(key, str) and isinstance(item, str)
    }

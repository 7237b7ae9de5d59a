"""What is asked of xen-create-image, checked before it runs: it says little of what it does not understand."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence

from xentui.config import check_name
from xentui.errors import Suggest, UsageError
from xentui.frozen import dataclass
from xentui.model.sizes import MIB, size_in_bytes
from xentui.service.xen_tools.options import (
    ALWAYS,
    BY_NAME,
    COPY,
    DIR,
    LVM,
    METHODS,
    NOT_DRIVEN,
    OPTIONS,
    TAR,
    Kind,
    Option,
)
from xentui.service.xen_tools.settings_file import PATH, Setting

ON, OFF = "1", "0"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = re.compile(rf"(?=.{{1,200}}\Z){_LABEL}(?:\.{_LABEL})*")
# It hands its values to a shell, without quotes.
_SAFE = re.compile(r"[A-Za-z0-9_./:,@%+=~-]+")
_SAFE_WORDS = re.compile(r"[A-Za-z0-9_./:,@%+=~ -]+")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_DISK_SIZE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?[GM]b?", re.I)
_MEMORY = re.compile(r"[0-9]{1,7}[GM]b?", re.I)
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", re.I)
_URL = re.compile(r"(?:https?|ftp|file|copy)://?[A-Za-z0-9_./:@%+~\[\]-]+")


@dataclass(frozen=True, slots=True)
class Request:
    """A guest to be made: its ``name``, and ``given``, the options that were chosen by name (flags as "1" and "0").

    ``settings`` are those of the host's xen-tools.conf, which count where nothing is chosen.
    """

    name: str
    given: Mapping[str, Sequence[str]]
    settings: Mapping[str, Setting]

    def value(self, name: str) -> str:
        """Return what an option comes to; "" where it comes to nothing, or to what xen-tools alone knows."""
        if name in self.given:
            return ",".join(self.given[name])
        setting = self.settings.get(name)
        if setting is not None:
            return "" if setting.computed else setting.value
        return BY_NAME[name].built_in if name in BY_NAME else ""

    def is_on(self, name: str) -> bool:
        """Return whether a flag is on."""
        return self.value(name) not in ("", OFF)

    @property
    def storage(self) -> str:
        """Where its disks lie: in a folder or a volume group; raises UsageError where nothing says so."""
        for source in (self.given, self.settings):
            for storage in (DIR, LVM):
                if source.get(storage):
                    return storage
        raise UsageError(
            "needs a place for its disks",
            subject=self.name,
            hint=f"--dir=FOLDER or --lvm=GROUP; {PATH} can set one for all",
        )

    @property
    def method(self) -> str:
        """How its system is installed."""
        return self.value("install-method")

    @property
    def config(self) -> str:
        """The file of configuration that is written."""
        return f"{self.value('output') or '/etc/xen'}/{self.name}{self._extension}"

    @property
    def _extension(self) -> str:
        setting = self.settings.get("extension")
        return ".cfg" if setting is None else setting.value

    @property
    def folder(self) -> str:
        """The folder of its images; "" where its disks are volumes."""
        return f"{self.value(DIR).rstrip('/')}/domains/{self.name}" if self.storage == DIR else ""

    @property
    def disks(self) -> tuple[str, ...]:
        """The images or volumes that are made."""
        names = ("disk",) if self.is_on("noswap") else ("disk", "swap")
        if self.storage == DIR:
            return tuple(f"{self.folder}/{each}.img" for each in names)
        return tuple(f"/dev/{self.value(LVM)}/{self.name}-{each}" for each in names)

    @property
    def room(self) -> int:
        """How many bytes are taken at once."""
        if self.storage == LVM or self.value("image") != "full":
            return 0
        sizes = ("size",) if self.is_on("noswap") else ("size", "swap")
        return sum(int(size_in_bytes(self.value(each)) or 0) for each in sizes)

    @property
    def log(self) -> str:
        """The file in which xen-tools keeps what it has done."""
        return f"/var/log/xen-tools/{self.name}.log"

    def argv(self) -> list[str]:
        """Return the command."""
        words = ["xen-create-image", f"--hostname={self.name}"]
        if self.storage not in self.given:
            words.append(f"--{self.storage}={self.value(self.storage)}")
        for option in OPTIONS:
            for value in self.given.get(option.name, ()):
                if option.kind is Kind.FLAG:
                    # Off is what it is anyway, where it cannot be turned off; --nodhcp would turn DHCP on.
                    if value == ON or option.off:
                        words.append(f"--{'' if value == ON else 'no'}{option.name}")
                else:
                    words.append(f"--{option.name}={value}")
        return [*words, *ALWAYS]

    def require_sound(self) -> None:
        """Raise UsageError for what xen-tools would refuse, pass over, or do otherwise than one thinks."""
        if not _HOSTNAME.fullmatch(self.name):
            raise UsageError(
                "is not a host name", subject=self.name, hint="letters, digits and hyphens, with dots between"
            )
        check_name(self.name)
        for name in self.given:
            if name not in BY_NAME:
                raise UsageError(
                    "is not an option of xen-create-image that xentui passes on", subject=f"--{name}"
                )
        self._require_storage()
        method = self.method
        if method not in METHODS:
            raise UsageError(
                "is not a method that xentui uses", subject=method, hint=f"one of {', '.join(METHODS)}"
            )
        for option in OPTIONS:
            for value in self.given.get(option.name, ()):
                if not option.fits(self.storage, method):
                    raise UsageError(
                        f"means nothing with {self._unfit(option, method)}", subject=f"--{option.name}"
                    )
                self._require_value(option, value)
        for name in ("size", "swap", "memory", "output", "template"):
            setting = self.settings.get(name)
            if name not in self.given and setting is not None and not setting.computed:
                self._require_own(name, setting.value)
        self._require_network()
        if method in (TAR, COPY) and not self.value("install-source"):
            raise UsageError(
                f"is needed with --install-method={method}",
                subject="--install-source",
                hint="an archive for tar, a folder for copy",
            )

    def _unfit(self, option: Option, method: str) -> str:
        return f"--{self.storage}" if self.storage not in option.storages else f"--install-method={method}"

    def _require_storage(self) -> None:
        if DIR in self.given and LVM in self.given:
            raise UsageError("is either --dir or --lvm", subject=self.name)
        storage = self.storage
        setting = self.settings.get(storage)
        if storage not in self.given and setting is not None:
            if setting.computed:
                raise UsageError(
                    f"{PATH} has a command for it", subject=storage, hint=f"give --{storage} by its name"
                )
            self._require_own(storage, setting.value)
        for name in NOT_DRIVEN:
            # A place that is given takes the place of these, but for the partitions.
            if name in self.settings and (name == "partitions" or storage not in self.given):
                raise UsageError(
                    f"{PATH} sets it, which xentui does not drive",
                    subject=name,
                    hint="give --dir or --lvm"
                    if name != "partitions"
                    else (
                        "run xen-create-image by hand, then ",
                        Suggest("host.new", "FILE"),
                        " what it has written",
                    ),
                )

    def _require_own(self, name: str, value: str) -> None:
        """Check what the host's settings say."""
        option = BY_NAME.get(name)
        try:
            if option is not None:
                self._require_value(option, value)
            elif not _SAFE.fullmatch(value):
                raise UsageError("has characters a shell would take for its own", subject=name)
        except UsageError as error:
            raise UsageError(f"{error.message} ({PATH})", subject=error.subject, hint=error.hint) from error

    def _require_value(self, option: Option, value: str) -> None:
        """Raise UsageError for a value that an option cannot have."""
        check_value(option, value)
        setting = self.settings.get(option.name)
        if option.kind is Kind.FLAG and value == OFF and not option.off and setting is not None:
            raise UsageError(f"{PATH} turns it on, and it cannot be turned off", subject=f"--{option.name}")

    def _require_network(self) -> None:
        """Either DHCP or an address; what the settings say of the other is not to be overridden in xen-tools 4.9."""
        dhcp, ip = "dhcp" in self.given, "ip" in self.given
        if dhcp and ip:
            raise UsageError("is either --dhcp or --ip", subject=self.name)
        if ip and "dhcp" in self.settings:
            raise UsageError(
                f"{PATH} sets dhcp, and the guest would use that whatever else is said",
                subject="--ip",
                hint="take that line out there",
            )
        if ip and "ip" in self.settings:
            raise UsageError(
                f"{PATH} sets an address, and takes no other", subject="--ip", hint="take it out there"
            )
        if dhcp and _HOLDS_ADDRESS.match(self.settings.get("ip", Setting("")).value):
            raise UsageError(f"{PATH} sets an address", subject="--dhcp", hint="take it out there")
        if not self.is_on("dhcp") and not self.value("ip"):
            raise UsageError("needs an address, or DHCP", subject=self.name, hint="--dhcp or --ip=ADDRESS")


_HOLDS_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]")


def check_value(option: Option, value: str) -> None:
    """Raise UsageError for a value that an option cannot have, whatever else is chosen."""
    subject = f"--{option.name}={value}" if option.kind is not Kind.FLAG else f"--{option.name}"
    safe = _SAFE_WORDS if option.kind is Kind.WORDS else _SAFE
    if not safe.fullmatch(value):
        raise UsageError(
            "is empty, or has characters that xen-tools hands to a shell as they are",
            subject=subject,
            hint="letters, digits and _ . / : , @ % + = ~ - are safe",
        )
    if (problem := _problem(option, value)) is not None:
        raise UsageError(problem[0], subject=subject, hint=problem[1])


def _problem(option: Option, value: str) -> tuple[str, str] | None:
    """Return why an option cannot have a value, and what it can have; None where it can."""
    if option.kind is Kind.NUMBER:
        fits = re.fullmatch(r"[0-9]{1,5}", value) is not None and option.least <= int(value) <= option.most
        return None if fits else (f"is not a number from {option.least} to {option.most}", "")
    if option.kind is Kind.CHOICE:
        return (
            None
            if value in option.choices
            else ("is not a value of it", f"one of {', '.join(option.choices)}")
        )
    known = _CHECKS.get(option.kind)
    return None if known is None or known[0](value) else known[1:]


def _is_path(value: str) -> bool:
    return value.startswith("/") and ".." not in value.split("/")


def _is_disk_size(value: str) -> bool:
    """Return whether it is whole MiB: xen-tools gives dd a 1024th of it, in whole KiB."""
    size = size_in_bytes(value) if _DISK_SIZE.fullmatch(value) else None
    return size is not None and size > 0 and size % MIB == 0


def _is_memory(value: str) -> bool:
    return _MEMORY.fullmatch(value) is not None and bool(size_in_bytes(value))


def _is_address(value: str) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True


_PATH_WORDS = ("is not an absolute path", "for example /srv/xen")
_ADDRESS_WORDS = ("is not an IPv4 address", "for example 192.168.1.20")
_CHECKS: Mapping[Kind, tuple[Callable[[str], bool], str, str]] = {
    Kind.FLAG: (lambda value: value in (ON, OFF), "is on or off", ""),
    Kind.NAME: (lambda value: _NAME.fullmatch(value) is not None, "is not a name", ""),
    Kind.PATH: (_is_path, *_PATH_WORDS),
    Kind.FOLDER: (_is_path, *_PATH_WORDS),
    Kind.SOURCE: (_is_path, *_PATH_WORDS),
    Kind.DISK_SIZE: (_is_disk_size, "is not a size in whole MiB", "its unit is needed: 4G, 512M"),
    Kind.MEMORY: (_is_memory, "is not a size of memory", "its unit is needed: 512M, 2G"),
    Kind.ADDRESS: (_is_address, *_ADDRESS_WORDS),
    Kind.ADDRESSES: (lambda value: value == "auto" or _is_address(value), *_ADDRESS_WORDS),
    Kind.MAC: (
        lambda value: _MAC.fullmatch(value) is not None,
        "is not a MAC address",
        "for example 00:16:3e:00:00:01",
    ),
    Kind.URL: (
        lambda value: _URL.fullmatch(value) is not None,
        "is not an address",
        "for example http://deb.debian.org/debian",
    ),
    Kind.ROLES: (
        lambda value: all(_is_role(part) for part in value.split(",")),
        "is not a list of roles",
        "names separated by commas",
    ),
}


def _is_role(part: str) -> bool:
    return _NAME.fullmatch(part) is not None or _is_path(part)

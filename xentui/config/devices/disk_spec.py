"""The disk specification as xl scans it (xl-disk-configuration(5), libxlu_disk_l.l), field by field.

At each place the longest rule wins, as in the generated scanner.  What :func:`scan` returns still tells an
absent target from an empty one; :mod:`xentui.config.devices.disk` makes a model Disk of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from xentui.config.numbers import c_atoi
from xentui.config.refusal import RefusedError, printable

FORMATS = ("raw", "qcow", "qcow2", "vhd", "qed", "empty")
BACKEND_TYPES = ("phy", "tap", "qdisk", "standalone")
TAPDISK_HINTS = {
    "vmdk": "Convert the image, for example with qemu-img convert -O raw, and write file:….",
    "remus": "Write the disk without it; `xl remus` replicates a running domain.",
    "ram": "Put the disk into a file or a block device.",
    "log": "Put the disk into a file or a block device.",
}
"""What to do about a disk of xm with a driver of tapdisk that xl has nothing for."""
FLAGS = ("direct-io-safe", "discard", "no-discard", "colo", "no-colo")
_ACCESS = {"r": False, "ro": False, "rw": True, "w": True, "": True}
_PREFIX_FORMATS = ("raw", "qcow", "qcow2", "vhd")
_PREFIX_SCRIPTS = ("iscsi", "nbd", "enbd", "drbd")
_PREFIX_DROPPED = ("tapdisk", "tap", "tap2", "aio", "ioemu", "file", "phy")
_STRINGS = ("backend", "vdev", "script", "colo-host", "colo-export", "active-disk", "hidden-disk")

_BLANK = re.compile(r"[ \t]+")
_PREFIX = re.compile(r"([a-z][a-z0-9]*):")
_FLAG = re.compile(
    r"(cdrom|devtype=cdrom|devtype=disk|direct-io-safe|discard|no-discard|colo|no-colo)(?:,|\Z)"
)
_SETTING = re.compile(
    r"(format|devtype|access|backend|backendtype|specification|vdev|script|colo-host|colo-port|colo-export"
    r"|active-disk|hidden-disk)=([^,]*),?"
)
_UNKNOWN = re.compile(r"[a-z][-a-z0-9]*=[^,],?")
_POSITIONAL = re.compile(r"[^=,]*,|[^=,]+")
MAX_LENGTH = 16_384


@dataclass(slots=True)
class DiskSpec:
    """The fields of one disk while it is read; None is "not said"."""

    target: str | None = None
    vdev: str | None = None
    format: str | None = None
    readwrite: bool = True
    shared: bool = False
    cdrom: bool = False
    backend: str | None = None
    backendtype: str | None = None
    script: str | None = None
    specification: str | None = None
    prefixes: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)


class _StopError(Exception):
    """The scanner gives up at this place."""


class _Scanner:
    def __init__(self, source: str, allow_shared: bool) -> None:
        self.disk = DiskSpec()
        self.words: list[str] = []
        self.problem = ""
        self._source = source
        self._allow_shared = allow_shared
        self._access_set = False
        self._spec = ""
        self._settings: dict[str, Callable[[str], None]] = {
            "format": self._set_format,
            "access": self._set_access,
            "backendtype": self._set_backend_type,
            "specification": self._set_specification,
            "colo-port": self._set_colo_port,
        }

    def scan(self, spec: str) -> None:
        self._spec = spec
        position = 0
        try:
            while position < len(spec):
                position = self._step(position)
        except _StopError:
            pass

    def finish(self) -> DiskSpec:
        disk = self.disk
        if not self.words:
            if disk.format is None:
                disk.format = "raw"
            if disk.cdrom:
                disk.readwrite = False
                disk.shared = False
                if not disk.target:
                    disk.format = "empty"
            if disk.vdev is None:
                self.error("no vdev specified", None)
            elif disk.target is None and not disk.cdrom:
                self.error("no target specified (and device not removable)", None)
        return disk

    def error(self, message: str, near: str | None) -> None:
        where = "" if near is None else f": near `{near}'"
        if not self.words:
            self.problem = message + ("" if near is None else f": near '{printable(near)}'")
        self.words.append(
            f"{self._source}: config parsing error in disk specification: {message}{where} in `{self._spec}'"
        )

    def _step(self, position: int) -> int:  # noqa: PLR0911 - one return a rule
        spec = self._spec
        if match := _BLANK.match(spec, position):
            return match.end()
        if match := _PREFIX.match(spec, position):
            if self._prefix(match.group(1)):
                return match.end()
            following = spec[match.end() : match.end() + 1]
            if not (following.isascii() and (following.isdigit() or following.islower())):
                self.error("unknown deprecated disk prefix", match.group())
                raise _StopError
        if match := _FLAG.match(spec, position):
            self._flag(match.group(1))
            return match.end()
        if spec.startswith("target=", position):
            self._set_string("target", spec[position + 7 :].removesuffix(","))
            return len(spec)
        if match := _SETTING.match(spec, position):
            self._setting(match.group(1), match.group(2), match.group())
            return match.end()
        if match := _UNKNOWN.match(spec, position):
            self.error("unknown parameter", match.group())
            return match.end()
        if match := _POSITIONAL.match(spec, position):
            self._positional(match.group().removesuffix(","))
            return match.end()
        # A lone '=' at the very end goes unnoticed in xl: its scanner waits for more, and the text is over.
        if position < len(spec) - 1:
            self.error("bad disk syntax", spec[position:])
        raise _StopError

    def _prefix(self, name: str) -> bool:
        if name in _PREFIX_FORMATS:
            self._set_format(name)
        elif name in _PREFIX_SCRIPTS:
            self._set_string("script", f"block-{name}")
        elif name not in _PREFIX_DROPPED:
            return False
        self.disk.prefixes.append(name)
        return True

    def _flag(self, name: str) -> None:
        if name in ("cdrom", "devtype=cdrom"):
            self.disk.cdrom = True
        elif name == "devtype=disk":
            self.disk.cdrom = False
        else:
            self.disk.flags.pop(name[3:] if name.startswith("no-") else f"no-{name}", None)
            self.disk.flags[name] = ""

    def _setting(self, key: str, value: str, text: str) -> None:
        if key == "devtype":
            self.error("unknown value for type", text)
        elif key in self._settings:
            self._settings[key](value)
        elif key in _STRINGS[:3]:
            self._set_string(key, value)
        elif self.disk.flags.get(key):
            self.error(f"{key} respecified", value)
        else:
            self.disk.flags[key] = value

    def _set_string(self, name: str, value: str) -> None:
        if getattr(self.disk, name):
            self.error(f"{name} respecified", value)
        else:
            setattr(self.disk, name, value)

    def _set_format(self, value: str) -> None:
        name = value or "raw"
        if name not in FORMATS:
            self.error("unknown value for format", value)
        elif self.disk.format not in (None, name):
            self.error("format respecified", value)
        else:
            self.disk.format = name

    def _set_access(self, value: str) -> None:
        if value == "w!" and self._allow_shared:
            self.disk.readwrite = self.disk.shared = True
        elif value not in _ACCESS:
            self.error("unknown value for access", value)
        else:
            self.disk.readwrite, self.disk.shared = _ACCESS[value], False

    def _set_backend_type(self, value: str) -> None:
        if value not in BACKEND_TYPES:
            self.error("unknown value for backendtype", value)
        elif self.disk.backendtype not in (None, value):
            self.error("backend respecified", value)
        else:
            self.disk.backendtype = value

    def _set_specification(self, value: str) -> None:
        if value not in ("xen", "virtio"):
            self.error("unknown value for specification", value)
        elif self.disk.specification not in (None, value):
            self.error("specification respecified", value)
        else:
            self.disk.specification = value

    def _set_colo_port(self, value: str) -> None:
        if not c_atoi(value):
            self.error("unknown value for colo_port", value)
        else:
            self.disk.flags["colo-port"] = str(c_atoi(value))

    def _positional(self, text: str) -> None:
        disk = self.disk
        if self.words:
            return
        if disk.target is None:
            disk.target = text
        elif not disk.prefixes and disk.format is None:
            if not disk.target and ":" in text:
                self._vdev_and_type(text)
                disk.format = "empty"
            else:
                self._set_format(text)
        elif disk.vdev is None:
            if ":" in text:
                self._vdev_and_type(text)
            else:
                disk.vdev = text
        elif not self._access_set:
            self._access_set = True
            self._set_access(text)
        else:
            self.error("too many positional parameters", text)
            raise _StopError

    def _vdev_and_type(self, text: str) -> None:
        vdev, _, kind = text.rpartition(":")
        self._set_string("vdev", vdev)
        if kind in ("cdrom", "disk"):
            self.disk.cdrom = kind == "cdrom"
        else:
            self.error("unknown deprecated type", kind)


def scan(
    specs: tuple[str, ...], *, source: str, line: int = 0, column: int = 0, allow_shared: bool = False
) -> DiskSpec:
    """Read one disk from one or more specifications, as ``xl block-attach`` joins its arguments.

    ``allow_shared`` takes xm's access ``w!``.  Raises RefusedError with xl's words.
    """
    scanner = _Scanner(source, allow_shared)
    for spec in specs:
        if len(spec) > MAX_LENGTH or "\n" in spec or "\0" in spec:
            raise RefusedError(
                "a disk specification has a line end in it or is absurdly long",
                source=source,
                line=line,
                column=column,
                hint="Write the specification on one line.",
            )
        scanner.scan(spec)
        if scanner.words:
            break
    disk = scanner.finish()
    if scanner.words:
        raise RefusedError(
            f"disk '{printable(specs[-1] if len(specs) == 1 else ' '.join(specs))}': {scanner.problem}",
            source=source,
            line=line,
            column=column,
            hint=_hint(scanner.problem),
            words=scanner.words,
        )
    return disk


def _hint(problem: str) -> str:
    if problem.startswith("unknown value for access"):
        if "w!" in problem:
            return "xl has no 'w!'; write 'w', and share the disk only with a cluster file system."
        return "Access is r, ro, w or rw."
    if problem.startswith("unknown value for format"):
        return (
            "Write TARGET,FORMAT,VDEV,ACCESS (format raw, qcow, qcow2, vhd or qed) or phy:TARGET,VDEV,ACCESS."
        )
    driver = problem.removeprefix("unknown deprecated disk prefix: near '").rstrip(":'")
    if problem.startswith(("unknown deprecated disk prefix", "bad disk syntax", "target respecified")):
        usual = "Write a target with ':', ',' or '=' in it as target=…, at the end of the specification."
        return TAPDISK_HINTS.get(driver, usual)
    if problem.startswith("no vdev"):
        return "Say what the guest calls the disk, for example vdev=xvda."
    return "See xl-disk-configuration(5); for example 'phy:/dev/vg0/web,xvda,w'."

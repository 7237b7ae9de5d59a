"""Debian and Ubuntu as a guest's system: what it consists of, where it comes from, and who has signed it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from xentui.errors import UsageError
from xentui.frozen import dataclass
from xentui.service.making.answers import GuestSource
from xentui.service.making.building.apt_sources import AptSource

_SUITE = re.compile(r"[a-z][a-z0-9.-]{0,40}\Z")
_MIRROR = re.compile(r"(?:https?://[A-Za-z0-9.\[\]:-]+|file://)/[!-~]{0,300}\Z|https?://[A-Za-z0-9.-]+\Z")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]{0,100}\Z")
MOST_PACKAGES = 200
_OLD = ("buster", "bullseye", "bookworm", "oldstable", "oldoldstable")
_OLD_UBUNTU = ("bionic", "focal", "jammy")
_ROLLING = ("sid", "unstable", "experimental", "testing")


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of packages for apt: its usual mirror and suite ("" for none), and the keys of its archive."""

    id: str
    mirror: str
    suite: str
    components: tuple[str, ...]
    keyring: str
    keys_package: str

    def packages(self, suite: str, arch: str) -> list[str]:
        """Return what makes a guest that boots, asks DHCP and can be logged in to, besides what is essential."""
        if self.id == "ubuntu":
            resolver = [] if suite in _OLD_UBUNTU else ["systemd-resolved"]
            return ["linux-image-virtual", "initramfs-tools", "systemd-sysv", "udev", *resolver, "iproute2"]
        dhcp = "isc-dhcp-client" if suite in _OLD else "dhcpcd-base"
        kernel = f"linux-image-cloud-{arch}"
        return [kernel, "initramfs-tools", "systemd-sysv", "udev", "ifupdown", dhcp, "iproute2"]


DISTRIBUTIONS = {
    "debian": Distribution(
        "debian",
        "http://deb.debian.org/debian",
        "stable",
        ("main",),
        "/usr/share/keyrings/debian-archive-keyring.gpg",
        "debian-archive-keyring",
    ),
    "ubuntu": Distribution(
        "ubuntu",
        "http://archive.ubuntu.com/ubuntu",
        "",
        ("main", "universe"),
        "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
        "ubuntu-keyring",
    ),
}


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Where a guest's packages come from: the sources, the one with its essential packages first, and the keys."""

    suite: str
    mirror: str
    sources: tuple[AptSource, ...]
    keyring: str

    @property
    def components(self) -> tuple[str, ...]:
        """The components of the first."""
        return self.sources[0].components


def package_source(source: GuestSource, known: Distribution, host: Sequence[AptSource]) -> PackageSource:
    """Return where packages come from: as it is answered, else as the host's own do, else the distribution's usual
    mirror.

    Raises UsageError for what is not a suite and no mirror.
    """
    usual = [each for each in host if _is_base(each, known)]
    suite = source.suite or next((each.suite for each in usual), known.suite)
    if not suite:
        raise UsageError(f"the suite of {known.id} is needed", subject="source", hint="such as noble")
    if not _SUITE.match(suite):
        raise UsageError("is not a suite", subject=suite, hint="such as bookworm")
    if source.mirror and not _MIRROR.match(source.mirror):
        raise UsageError(
            "is not a mirror", subject=source.mirror, hint="such as http://deb.debian.org/debian"
        )
    if source.keyring and not source.keyring.startswith("/"):
        raise UsageError("its path is not absolute", subject=source.keyring)
    own = next((each for each in usual if each.suite == suite), usual[0] if usual else None)
    mirror = source.mirror or (own.uri if own is not None else known.mirror)
    keyring = (
        source.keyring or (own.keyring if own is not None and not source.mirror else "") or known.keyring
    )
    components = own.components if own is not None and not source.mirror else known.components
    sources = [AptSource(mirror, suite, components)]
    if not source.mirror and own is not None:
        sources += [each for each in host if each.suite in _beside(suite) and _is_of(each, known)]
    elif not source.mirror and known.id == "debian" and suite not in _ROLLING:
        sources.append(AptSource("http://deb.debian.org/debian-security", f"{suite}-security", components))
    unique = {each.line: each for each in sources}
    return PackageSource(suite, mirror, tuple(unique.values()), keyring)


def _is_of(each: AptSource, known: Distribution) -> bool:
    return known.id in each.uri.lower() and "main" in each.components and bool(_MIRROR.match(each.uri))


def _is_base(each: AptSource, known: Distribution) -> bool:
    """Return whether a source has the essential packages of a distribution: no updates, no backports, no security."""
    return (
        _is_of(each, known) and "-" not in each.suite and "/" not in each.suite and "security" not in each.uri
    )


def _beside(suite: str) -> tuple[str, ...]:
    return f"{suite}-updates", f"{suite}-security", f"{suite}/updates"


def sound_packages(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of packages, each once; raises UsageError for what is none."""
    found = tuple(dict.fromkeys(names))
    if wrong := next((name for name in found if not _PACKAGE.match(name)), ""):
        raise UsageError("is not a package name", subject=wrong, hint="small letters, digits, + - and .")
    if len(found) > MOST_PACKAGES:
        raise UsageError(f"are more than {MOST_PACKAGES} packages", subject="packages")
    return found

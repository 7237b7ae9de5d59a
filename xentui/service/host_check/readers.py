"""The programs that read guests' disks as root: what is known to be wrong with them.

Sources: Xen's security advisories.  XSA-443 (CVE-2023-34325, October 2023): a guest's XFS makes pygrub run what it
wants; fixed in 4.18.0, 4.17.3, 4.16.6 and 4.15.6, which brought pygrub's ``--runas`` too.  XSA-497 (July 2026, five
CVEs): the same of an ISO 9660 with Rock Ridge; Debian's 4.17.7+13 has the fix, and of others only their packagers know,
as fixes are not told by Xen's own version.
"""

from __future__ import annotations

import re

from xentui.service.host_check.facts import Facts
from xentui.service.host_check.report_line import Finding, fault, note, ok, unknown

_FIXED_443 = {(4, 15): 6, (4, 16): 6, (4, 17): 3}
_FIRST_WITHOUT_443 = (4, 18)
_OLD, _NEW = "XSA-443", "XSA-497"
_WHY = "pygrub reads guests' disks as root of the host: a malicious guest can become root here"
_DEBIAN_497 = (4, 17, 7, 13)
"""The first of Debian's packages that is known to have the fix."""


def pygrub(facts: Facts) -> Finding:
    """Return whether the boot loader program has holes that guests can use."""
    found = next(((path, text) for path, text in facts.texts.items() if path.endswith("/bin/pygrub")), None)
    if found is None:
        if facts.unread:
            return unknown(facts.unread)
        return ok("is not installed, so it does not read guests' disks")
    path, text = found
    users = (
        None
        if facts.domains is None
        else [domain.label for domain in facts.domains if _uses(domain.config.bootloader)]
    )
    version = facts.report.get("xen_version", "")
    holes = []
    if "runas" not in text and not _has_443(version):
        holes.append(_OLD)
    package = next(
        (value for name, value in facts.packages.items() if re.fullmatch(r"xen-utils-[0-9.]+", name)), ""
    )
    if holes:
        return fault(
            f"has no fix of {', '.join(holes)} ({path})",
            _WHY,
            "update Xen's tools; until then boot with grub-xen (PVH) or a kernel of the host",
        )
    if _debian_497(package):
        return ok(f"has the fixes of {_OLD} and {_NEW} (xen-utils {package})")
    if users == []:
        return note(
            f"has the fix of {_OLD}; whether of {_NEW}, only its packager knows; no domain here uses it", _WHY
        )
    return unknown(
        f"whether it has the fix of {_NEW}: not by the version {version or 'of Xen'}",
        _WHY,
        "look for XSA-497 in the change log of the package of Xen's tools",
    )


def _uses(bootloader: str) -> bool:
    return bootloader.rpartition("/")[2] == "pygrub"


def _has_443(version: str) -> bool:
    """Return whether a release of Xen has the fix of XSA-443."""
    numbers = [int(word) for word in re.findall(r"\d{1,6}", version)[:3]]
    if len(numbers) < 2:
        return False
    branch = (numbers[0], numbers[1])
    if branch >= _FIRST_WITHOUT_443:
        return True
    least = _FIXED_443.get(branch)
    return least is not None and len(numbers) > 2 and numbers[2] >= least


def _debian_497(package: str) -> bool:
    """Return whether a package of Debian is known to have the fix of XSA-497: ``4.17.7+13-g…``, or one after it."""
    match = re.match(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})\+(\d{1,6})-g", package)
    if match is None:
        return False
    numbers = tuple(int(word) for word in match.groups())
    return numbers[:2] == _DEBIAN_497[:2] and numbers >= _DEBIAN_497

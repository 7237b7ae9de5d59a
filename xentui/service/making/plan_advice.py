"""What there is to say about a plan: why the guest boots as it does, and what is odd about the answers."""

from __future__ import annotations

import re

from xentui.service.making import first_boot, sources
from xentui.service.making.answers import Answers, Display, SourceKind

_SERVED = re.compile(r"(?:^|\s)(?:preseed/)?(?:url|file)=")
"""What tells Debian's installer where its answers are, by somebody's own words."""


def serves_answers(answers: Answers) -> bool:
    """Return whether the kernel line tells Debian's installer where its answers are."""
    return _SERVED.search(answers.source.extra) is not None


def served(answers: Answers) -> list[str]:
    """Return how answers reach an installer that reads them from no disk."""
    if serves_answers(answers):
        return []
    words = "auto=true priority=critical url=http://…"
    return [
        "Debian's installer takes a preseed from no disk, and its initrd is not a file of the host here: install "
        f"from a kernel and its initrd, or from a netboot tree; or serve it by http, with {words} on its kernel line"
    ]


def first_boot_oddities(answers: Answers) -> tuple[str, ...]:
    """Return what is odd about what a guest is told at its first boot."""
    if answers.source.kind is not SourceKind.CLOUD:
        return ()
    return first_boot.check(answers.first_boot, name=answers.name, interfaces=len(answers.interfaces))


def shown_nowhere(answers: Answers, found: sources.FoundSource) -> list[str]:
    """Return what is odd about how a guest is looked at."""
    on_screen = answers.source.kind in (SourceKind.ISO, SourceKind.NETWORK) and found.type == "hvm"
    if on_screen and answers.display is Display.CONSOLE:
        return ["what boots a PC is usually shown on its screen only, and it has none: choose VNC to see it"]
    return []


def reasons(answers: Answers, found: sources.FoundSource, grub: str) -> list[str]:
    """Return why it boots as it does."""
    if answers.source.kind.builds and found.kernel:
        return [f"it boots with {found.kernel} of the host"]
    if found.type == "hvm":
        boots = "it boots from its first disk, as a PC does"
    elif found.type == "pvh" and grub:
        boots = "it boots with the host's GRUB for PVH, which shows the guest's own menu"
    else:
        boots = "it boots with pygrub, which reads the guest's own boot menu"
    if not answers.source.kind.installs:
        return [boots]
    return [
        f"once installed, {boots}",
        "when its installer has ended, the host boots the stored configuration",
    ]

"""Which consoles a guest has, which of them is meant, and what is missing where none works."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.errors import NotAllowedError, Suggest
from xentui.frozen import dataclass
from xentui.model.consoles import ConsoleKind, GuestConsole, WhichConsole
from xentui.model.domain import Domain
from xentui.toolstack.base import Toolstack
from xentui.toolstack.targets import target

_PV_CONSOLES = ("hvc", "xvc", "xencons")
"""How the names of Xen's own consoles begin in a Linux guest; the last two are those of old kernels."""
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a guest's console is silent for: ``missing`` from its configuration, ``because`` in a clause, and advice."""

    missing: str
    because: str
    advice: str

    @property
    def brief(self) -> str:
        """What fits beside a console."""
        return f"silent: {self.missing} is missing"

    @property
    def sentence(self) -> str:
        """All of it."""
        return f"{self.because} ({self.missing} is missing): {self.advice}"


NO_SERIAL = Lacking(
    'serial = "pty"',
    "it has no serial port, this is its PV console",
    'put serial = "pty" into its configuration and console=ttyS0 into its kernel\'s command line, or console=hvc0 there'
    " for this one",
)


async def of(toolstack: Toolstack, domain: Domain) -> tuple[GuestConsole, ...] | None:
    """Return the consoles of a running domain; None where the host does not tell, or it does not run."""
    return await toolstack.consoles(target(domain)) if domain.domid is not None else None


def usual(domain: Domain) -> ConsoleKind:
    """Return what ``xl console`` opens by itself: the serial port of an HVM guest, the PV console of any other."""
    return ConsoleKind.SERIAL if domain.config.type == "hvm" else ConsoleKind.PV


def lacking(domain: Domain, consoles: Sequence[GuestConsole] | None) -> Lacking | None:
    """Return what is missing for the console that is opened by itself to be spoken on; None where nothing is known to
    be.

    xenconsole shows an HVM guest without a serial port its PV console, without a word (tools/console/client/main.c).
    """
    if domain.config.type == "hvm":
        return NO_SERIAL if consoles is not None and not _has_serial_port(consoles) else None
    words = domain.config.cmdline.split()
    named = [word.removeprefix("console=") for word in words if word.startswith("console=")]
    if not named or any(name.startswith(_PV_CONSOLES) for name in named):
        return None
    told = ", ".join(f"console={name}" for name in named)[:_LONGEST]
    return Lacking(
        "console=hvc0",
        f"its kernel speaks on {told}",
        "put console=hvc0 into its kernel's command line (extra in its configuration)",
    )


def _has_serial_port(consoles: Sequence[GuestConsole]) -> bool:
    return any(each.which.kind is ConsoleKind.SERIAL for each in consoles)


def asks_for(domain: Domain) -> bool:
    """Return whether something may be found to be missing for the console it opens by itself."""
    return domain.config.type == "hvm" or lacking(domain, None) is not None


def first(consoles: Sequence[GuestConsole]) -> WhichConsole:
    """Return the console that is opened by itself, of those there are.

    Only an HVM guest has a serial port: where there is one, the guest's type need not be known (yet) to tell.
    """
    serial = WhichConsole(ConsoleKind.SERIAL)
    return serial if any(each.which == serial for each in consoles) else WhichConsole(ConsoleKind.PV)


async def chosen(
    toolstack: Toolstack, domain: Domain, kind: ConsoleKind | None, number: int | None
) -> WhichConsole | None:
    """Return the console that is meant; None where neither kind nor number is given.

    Raises NotAllowedError where the domain has none such: xenconsole would show another one, or wait in vain.
    """
    if kind is None and number is None:
        return None
    consoles = await of(toolstack, domain)
    serial = consoles is not None and _has_serial_port(consoles)
    which = WhichConsole(kind or (ConsoleKind.SERIAL if serial else usual(domain)), number or 0)
    if consoles is None or any(each.which == which for each in consoles):
        return which
    raise NotAllowedError(
        f"cannot open its console {which}: {why_none(domain, which)}",
        subject=domain.label,
        hint=(Suggest("console.open", domain.label, "--list"), " shows those it has"),
    )


def why_none(domain: Domain, which: WhichConsole) -> str:
    """Return why a domain has no such console."""
    if which.kind is ConsoleKind.PV:
        if which.number:
            return 'channel = ["connection=pty,name=…"] is missing in its configuration'
        return "it has none yet"
    if domain.config.type != "hvm":
        return f"a {domain.config.type.upper()} guest has no serial port"
    if which.number:
        return 'it has fewer serial ports (serial = ["pty", "pty"] in its configuration makes two)'
    return 'serial = "pty" is missing in its configuration'

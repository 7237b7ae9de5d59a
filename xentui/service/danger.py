"""What cannot be taken back: one table of the actions that lose something, for all front ends.

An action that is in it asks first and names what is lost; one that is not – a pause, an edit, a new version, a delete
that ``undelete`` brings back – asks nothing of a single domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from xentui.errors import Hint, Render, worded
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.model.keys import SYSRQ, GuestKey
from xentui.model.migration import AWAY
from xentui.model.state import DomainState
from xentui.model.trigger import Trigger
from xentui.service.domain_notices import hint_of
from xentui.service.legality import Action, against_key, against_trigger, reason_against
from xentui.text import plain


class Question(Protocol):
    """What somebody is asked before something is lost for good; who is to type ``typed`` agrees by nothing else."""

    @property
    def question(self) -> str:
        """What is asked."""

    @property
    def losses(self) -> tuple[str, ...]:
        """What would be lost, in sentences."""

    @property
    def typed(self) -> str:
        """What is to be typed; "" where a yes is enough."""

    @property
    def hint(self) -> Hint:
        """What could be done before, or instead; "" where there is nothing."""


@dataclass(frozen=True, slots=True)
class Danger:
    """What an action would lose, a sentence a domain; ``transient`` are those that could be made managed before.

    ``how`` is what else decides what is lost: which event a trigger sends.
    """

    action: Action
    domains: tuple[Domain, ...]
    losses: tuple[str, ...]
    transient: tuple[Domain, ...] = ()
    how: str = ""
    typed: str = ""
    hint: Hint = ""

    @property
    def question(self) -> str:
        """What is asked."""
        if self.action is Action.CLEAR and all(domain.copy_of for domain in self.domains):
            many = f"{len(self.domains)} stopped copies"
            return f"Clear {many if len(self.domains) > 1 else f'the stopped copy {self.domains[0].label}'}?"
        what = self.domains[0].label if len(self.domains) == 1 else f"{len(self.domains)} domains"
        return f"{_WORDS[self.action].format(self.how)} {what}?"


def told(found: Question, render: Render) -> list[str]:
    """Return the lines above a question: a loss each, and what could be done instead, worded by ``render``."""
    hint = worded(found.hint, render)
    return [*found.losses, *([f"→ {hint}"] if hint else [])]


def of(action: Action, domains: Sequence[Domain], how: str = "") -> Danger | None:
    """Return what ``action`` would lose of those domains it is possible on; None where that can be taken back."""
    deciding, loss = _DECIDED.get(action), _LOSSES.get(action)
    if deciding is not None and how:
        loss = lambda domain: deciding(domain, how)  # noqa: E731
    if loss is None:
        return None
    told = [(domain, loss(domain)) for domain in domains if not reason_against(domain, action)]
    losing = [(domain, sentence) for domain, sentence in told if sentence]
    if not losing:
        return None
    return Danger(
        action,
        tuple(domain for domain, _ in losing),
        tuple(f"{domain.label}: {sentence}" for domain, sentence in losing),
        tuple(domain for domain, _ in losing if action in _KEEPING and _could_be_kept(domain)),
        how,
        hint=next((hint for domain, _ in losing if (hint := _instead(action, domain))), ""),
    )


def _instead(action: Action, domain: Domain) -> Hint:
    """Return what tells whether a guest runs on another host, before half of a migration ends here, or is let run."""
    asked = (action is Action.DESTROY and domain.half == AWAY) or action is Action.UNPAUSE
    return hint_of(domain) if asked else ""


def _could_be_kept(domain: Domain) -> bool:
    return (
        not (domain.managed or domain.copy_of)
        and domain.domid is not None
        and domain.state is not DomainState.DYING
    )


def _destroyed(domain: Domain) -> str:
    if domain.copy_of:
        return f"ends, and with it what {domain.copy_of} had in its memory"
    if domain.half == AWAY:
        return (
            "the guest that was stopped here to run on another host ends for good; if it does not run there, what was "
            "in its memory is lost"
        )
    if domain.domid is None:
        return "its saved memory is discarded; the next start boots it afresh"
    if domain.managed:
        return "ends at once, as if its power was cut; its configuration stays stored"
    return "ends at once, as if its power was cut, and its configuration is lost: it is transient"


def _shut_down(domain: Domain) -> str:
    return "" if domain.managed else "is transient: once it has stopped, its configuration is lost"


def _started(domain: Domain) -> str:
    if domain.saved_to:
        return f"{plain(domain.saved_to)}, which has its memory, is of no use once it has booted afresh"
    if domain.memory_image != "checkpoint.resuming":
        return ""
    return "its saved memory is lost: after a boot it no longer matches its disks"


def _cleared(domain: Domain) -> str:
    if domain.copy_of:
        return _destroyed(domain)
    what = "its stopped copy ends" if domain.copies == 1 else f"its {domain.copies} stopped copies end"
    return f"{what}, and with that what was in memory"


def _let_run(domain: Domain) -> str:
    """Return what is asked before a guest is let run that may be half of a migration: it arrives under its own name."""
    if not domain.maybe_half:
        return ""
    return (
        "has never run here: if it has come from another host, that one may still run it, and two running copies "
        "destroy its disks"
    )


def _written(domain: Domain) -> str:
    return (
        f"what {domain.source} says now is lost: it was changed since it was stored"
        if domain.file_changed
        else ""
    )


def _triggered(domain: Domain, how: str) -> str:
    event = Trigger(how)
    return "" if against_trigger(domain, event) else _EVENTS.get(event, "")


def _requested(_domain: Domain, how: str) -> str:
    return SYSRQ[how].loss


def _pressed(domain: Domain, how: str) -> str:
    key = GuestKey(how)
    return "" if against_key(domain, key) else _KEYS.get(key, "")


_LOSSES: Mapping[Action, Callable[[Domain], str]] = {
    Action.DESTROY: _destroyed,
    Action.CLEAR: _cleared,
    Action.SHUTDOWN: _shut_down,
    Action.START: _started,
    Action.UNPAUSE: _let_run,
    Action.WRITE_FILE: _written,
}
_DECIDED: Mapping[Action, Callable[[Domain, str], str]] = {
    Action.TRIGGER: _triggered,
    Action.SYSRQ: _requested,
    Action.SEND_KEY: _pressed,
}
"""Where what is lost depends on what is sent."""
_WORDS = {
    Action.DESTROY: "Destroy",
    Action.CLEAR: "Clear the copies of",
    Action.SHUTDOWN: "Shut down",
    Action.START: "Start",
    Action.UNPAUSE: "Let run",
    Action.WRITE_FILE: "Overwrite the file of",
    Action.TRIGGER: "Send {} to",
    Action.SYSRQ: "Send sysrq {} to",
    Action.SEND_KEY: "Send {} to",
}
_EVENTS = {
    Trigger.NMI: "a system that does not expect it treats it as a hardware fault and crashes; a boot loader restarts",
    Trigger.POWER: "its power button is pressed: it powers off if its system responds to that",
}
_KEYS = {
    GuestKey.CTRL_ALT_DELETE: "most systems reboot, or offer to, when these keys are pressed",
    GuestKey.CTRL_ALT_BACKSPACE: "a graphical session ends, where its display server heeds these keys",
}
_KEEPING = frozenset({Action.DESTROY, Action.SHUTDOWN})
"""Actions that can make a transient domain managed first."""

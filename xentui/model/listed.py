"""What a toolstack tells of the domains there are."""

from __future__ import annotations

from dataclasses import replace

from xentui.frozen import dataclass
from xentui.model.configuration import DomainConfig
from xentui.model.state import DomainState
from xentui.text import is_odd, shown_name


@dataclass(frozen=True, slots=True)
class ListedDomain:
    """A domain the hypervisor holds; memory in MiB, time in seconds; uuid "" where the toolstack does not tell.

    ``name`` is as it is shown, ``odd`` whether that is not what it is (:func:`xentui.text.shown_name`).
    ``asleep``: the guest was stopped for its memory to be saved (its shutdown reason is suspend).
    ``by`` is another engine of the host, which has started it and has it still ("": this one).
    """

    name: str
    domid: int
    memory_mib: int
    vcpus: int
    state: DomainState
    cpu_seconds: float
    uuid: str = ""
    odd: bool = False
    asleep: bool = False
    by: str = ""

    def named(self, name: str) -> ListedDomain:
        """Return the same domain under the name that its details tell, which is the true one."""
        return (
            self
            if self.name == name and not self.odd
            else replace(self, name=shown_name(name), odd=is_odd(name))
        )


@dataclass(frozen=True, slots=True)
class RunningDetails:
    """What takes longer to learn of a domain: its configuration in force, and its name, letter for letter.

    ``ties`` are the parameters by which it has devices of its host, or what cannot be sent to another.
    Of two looks that tell the same of a domain the details are one object.
    """

    name: str
    config: DomainConfig
    ties: tuple[str, ...] = ()

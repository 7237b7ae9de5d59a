"""What the commands of a toolstack are about: domains, their stored configurations, memory images."""

from __future__ import annotations

from dataclasses import fields

from xentui.errors import NotAllowedError
from xentui.frozen import dataclass
from xentui.model.domain import Domain


@dataclass(frozen=True, slots=True)
class Target:
    """A running domain, by every name that an engine may use for it: xl uses the domid, libvirt the uuid.

    ``managed`` says that it is stored, which a command that ends or moves it may have to consider.
    """

    domid: int
    uuid: str
    name: str
    managed: bool = False


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """A managed domain that is to be started, and the file with its configuration ("": the engine has its own)."""

    uuid: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class JobCommands:
    """The commands of a save or resume job (:mod:`xentui.agent.jobs.memory_jobs`), with ``{domid}`` and ``{path}`` as
    placeholders.

    ``list`` prints the output of ``xl list -v``, for one domain if a domid follows.  ``restore`` leaves the guest
    paused: it is unpaused when its image is marked as used up.
    """

    list: tuple[str, ...]
    save: tuple[str, ...]
    restore: tuple[str, ...]
    unpause: tuple[str, ...]
    destroy: tuple[str, ...]

    def by_name(self) -> dict[str, tuple[str, ...]]:
        """Return each argv by what it does, as the agent wants them."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class EngineMove:
    """The commands of a job whose engine migrates guests itself (:mod:`xentui.agent.migration.engine_jobs`).

    ``argv`` moves the guest, and leaves it paused on the target: the job unpauses it when the source no longer defines
    it.  ``here`` and ``there`` are the words before those of the engine's client on the source, about the source and
    about the target; ``folders`` of the source contain its definitions.  ``jobs`` lists the guests; ``hold``,
    ``let_go`` and ``end`` pause, unpause and destroy the guest without the engine, which refuses commands on a half
    whose connection is broken.
    """

    argv: tuple[str, ...]
    here: tuple[str, ...]
    there: tuple[str, ...]
    folders: tuple[str, ...]
    jobs: JobCommands
    hold: tuple[str, ...]
    let_go: tuple[str, ...]
    end: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrainCommands:
    """The commands of a drain or undrain job (:mod:`xentui.agent.drain.drain_arguments`), as argv.

    ``jobs`` lists the domains; ``details`` prints the output of ``xl list -l``, for one domain if a domid follows;
    ``info`` that of ``xl info``; ``named``, with a name, fails if no domain has it.  With a uuid, ``kept`` prints that
    of virsh's dominfo, ``unlink`` removes the autostart of a domain, and ``link`` restores it (all empty: xentui's own
    store does it).
    """

    jobs: JobCommands
    details: tuple[str, ...]
    info: tuple[str, ...]
    named: tuple[str, ...]
    kept: tuple[str, ...] = ()
    unlink: tuple[str, ...] = ()
    link: tuple[str, ...] = ()


def target(domain: Domain) -> Target:
    """Return the target of a command on ``domain``; raises NotAllowedError if it is not running."""
    if domain.domid is None:
        raise NotAllowedError("cannot do that: it has no domid", subject=domain.label)
    return Target(domain.domid, domain.uuid, domain.name, domain.managed)

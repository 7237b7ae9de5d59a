"""Which actions a domain allows in its present state, and the reason when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from xentui.errors import Hint, NotAllowedError, Suggest
from xentui.model.domain import Domain, Snapshot
from xentui.model.job import INSTALL, HostJob
from xentui.model.keys import GuestKey
from xentui.model.state import DomainState as S
from xentui.model.trigger import Trigger
from xentui.service import lookup
from xentui.service.mend_command import mend_hint


class Action(StrEnum):
    """What a user can do to one domain."""

    START = "start"
    INSTALL = "install"
    SHUTDOWN = "shutdown"
    REBOOT = "reboot"
    DESTROY = "destroy"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    TRIGGER = "trigger"
    SYSRQ = "sysrq"
    SEND_KEY = "send-key"
    SUSPEND = "suspend"
    RESUME = "resume"
    SAVE = "save"
    CLEAR = "clear"
    DELETE = "delete"
    CLONE = "clone"
    MIGRATE = "migrate"
    RENAME = "rename"
    MEM_SET = "mem-set"
    MEM_MAX = "mem-max"
    VCPU_SET = "vcpu-set"
    BLOCK_ATTACH = "block-attach"
    BLOCK_DETACH = "block-detach"
    CD_INSERT = "cd-insert"
    CD_EJECT = "cd-eject"
    NETWORK_ATTACH = "network-attach"
    NETWORK_DETACH = "network-detach"
    CONSOLE = "console"
    AUTOSTART = "autostart"
    EDIT = "edit"
    WRITE_FILE = "write-file"
    TEMPLATE = "template"


_STATES = {
    S.RUNNING: "it is running",
    S.BLOCKED: "it is running",
    S.PAUSED: "it is paused",
    S.SHUTDOWN: "it has shut down but is kept (destroy removes it)",
    S.CRASHED: "it has crashed and is kept (destroy removes it)",
    S.DYING: "it is dying: its resources are being freed",
    S.SUSPENDED: "it is suspended (resume it, or destroy it to drop the saved memory)",
    S.OFF: "it is off",
}

_CONTROL = "it is Domain-0, the control domain"
_ASLEEP = "its guest was stopped for a save that did not complete (unpause continues it)"

_LIVE = frozenset({S.RUNNING, S.BLOCKED, S.PAUSED})
_AWAKE = frozenset({S.RUNNING, S.BLOCKED})
_HELD = frozenset({S.RUNNING, S.BLOCKED, S.PAUSED, S.SHUTDOWN, S.CRASHED})

_ALLOWED: Mapping[Action, frozenset[S]] = {
    Action.START: frozenset({S.OFF}),
    Action.INSTALL: frozenset({S.OFF}),
    Action.SHUTDOWN: _AWAKE,
    Action.REBOOT: _AWAKE,
    Action.DESTROY: _HELD | {S.DYING, S.SUSPENDED},
    Action.PAUSE: _AWAKE,
    Action.UNPAUSE: frozenset({S.PAUSED}),
    Action.TRIGGER: _AWAKE,
    Action.SYSRQ: _AWAKE,
    Action.SEND_KEY: _AWAKE,
    Action.SUSPEND: _LIVE,
    Action.RESUME: frozenset({S.SUSPENDED}),
    Action.SAVE: _LIVE,
    Action.CLEAR: frozenset(S),
    Action.DELETE: frozenset({S.OFF}),
    Action.CLONE: frozenset({S.OFF, S.SUSPENDED}),
    Action.MIGRATE: _AWAKE | {S.OFF},
    Action.RENAME: _HELD | {S.OFF},
    Action.MEM_SET: _LIVE | {S.OFF},
    Action.MEM_MAX: _LIVE | {S.OFF},
    Action.VCPU_SET: _LIVE | {S.OFF},
    Action.BLOCK_ATTACH: _LIVE | {S.OFF},
    Action.BLOCK_DETACH: _LIVE | {S.OFF},
    Action.CD_INSERT: _LIVE | {S.OFF},
    Action.CD_EJECT: _LIVE | {S.OFF},
    Action.NETWORK_ATTACH: _LIVE | {S.OFF},
    Action.NETWORK_DETACH: _LIVE | {S.OFF},
    Action.CONSOLE: _LIVE,
    Action.AUTOSTART: frozenset(S),
    Action.EDIT: frozenset(S),
    Action.WRITE_FILE: frozenset(S),
    Action.TEMPLATE: frozenset({S.OFF}),
}

_MANAGED_ONLY = frozenset(
    {
        Action.START,
        Action.INSTALL,
        Action.SUSPEND,
        Action.RESUME,
        Action.DELETE,
        Action.CLONE,
        Action.AUTOSTART,
        Action.EDIT,
        Action.WRITE_FILE,
        Action.TEMPLATE,
    }
)
_CONTROL_DOMAIN = frozenset({Action.MEM_SET, Action.VCPU_SET, Action.BLOCK_ATTACH, Action.BLOCK_DETACH})
_PHRASES: Mapping[Action, str] = {
    Action.SYSRQ: "send a sysrq",
    Action.SEND_KEY: "send a key",
    Action.CONSOLE: "open the console",
    Action.AUTOSTART: "start it with the host",
    Action.WRITE_FILE: "write the file",
    Action.CD_INSERT: "insert a medium",
    Action.CD_EJECT: "eject a medium",
    Action.TEMPLATE: "make it a template",
}
_TRANSIENT = "it is transient (storing an edit makes it managed)"
_HALF = "it is half of a migration, and only both hosts can tell which half is alive"
_ON_A_HALF = frozenset({Action.CONSOLE, Action.WRITE_FILE})
_BOOTING = {
    "boot loader": "it is booting, and its boot loader is still running (its menu may be waiting for a choice)",
    "build": "it is booting: xl is building it",
}
_WAKING = frozenset({Action.UNPAUSE, Action.RESUME})
_BESIDE_A_JOB = frozenset({Action.CONSOLE, Action.EDIT, Action.AUTOSTART})
_NOT_IN_AN_INSTALL = frozenset(
    {
        *(Action.START, Action.INSTALL, Action.SUSPEND, Action.RESUME, Action.SAVE, Action.DELETE),
        Action.MIGRATE,
    }
)
"""What would take a domain from under the job that sees it through its install; all else its installer takes."""
_WHILE_BOOTING = _BESIDE_A_JOB | {Action.DESTROY, Action.WRITE_FILE}
_BUTTONS = frozenset({Trigger.POWER, Trigger.SLEEP, Trigger.S3RESUME})
_NOT_OF_A_TEMPLATE = frozenset(
    {Action.START, Action.INSTALL, Action.RESUME, Action.MIGRATE, Action.AUTOSTART, Action.DESTROY}
)
_TEMPLATE = "it is a template, which is never started"
_CD = frozenset({Action.CD_INSERT, Action.CD_EJECT})
_NEEDS_TEXT = (_MANAGED_ONLY | {Action.MIGRATE}) - {
    *(Action.DELETE, Action.RESUME, Action.EDIT, Action.AUTOSTART),
}


def phrase(action: Action) -> str:
    """Return the action as a verb in a sentence."""
    return _PHRASES.get(action, action.value)


def reason_against(domain: Domain, action: Action) -> str:
    """Return why ``action`` is not possible on ``domain`` now, as the rest of a sentence; "" when it is possible."""
    if (
        never := _against_kind(domain, action)
        or _against_job(domain, action)
        or _against_move(domain, action)
    ):
        return never
    if domain.booting and action not in _WHILE_BOOTING:
        return _BOOTING[domain.booting]
    if action is Action.DESTROY and domain.state is S.OFF and domain.memory_image:
        return ""
    woken = (domain.asleep and action in _WAKING) or (action is Action.MIGRATE and _is_left(domain))
    saved = bool(domain.saved_to) and action is Action.RESUME
    if domain.state not in _ALLOWED[action] and not woken and not saved:
        return _ASLEEP if domain.asleep else _STATES[domain.state]
    return _against_entry(domain, action)


def _against_job(domain: Domain, action: Action) -> str:
    """Return which job in progress forbids an action, as a reason; "" if none does."""
    job = domain.job
    return job.sentence if job is not None and job.under_way and not _beside(job, action) else ""


def _against_move(domain: Domain, action: Action) -> str:
    """Return what forbids an action on a half-migrated domain, whose guest may run on another host."""
    if action in _ON_A_HALF or domain.state in _AWAKE or (action is Action.MIGRATE and _is_left(domain)):
        return ""
    if domain.half:
        # Destroyed, it runs nowhere but where it runs already: what may be lost is asked about.
        return "" if action is Action.DESTROY else _HALF
    if domain.moving is not None and (domain.domid is None or domain.asleep):
        return domain.moving.sentence
    return ""


def _is_left(domain: Domain) -> bool:
    """Return whether a domain was left by a broken migration, which takes a comparison of both hosts to clean up."""
    return bool(domain.half) or domain.moving is not None


def _beside(job: HostJob, action: Action) -> bool:
    """Return whether an action is possible while a job works on the domain."""
    return action not in _NOT_IN_AN_INSTALL if job.kind == INSTALL else action in _BESIDE_A_JOB


def _against_entry(domain: Domain, action: Action) -> str:
    """Return why the stored entry of a domain forbids an action that its state allows."""
    if action in _MANAGED_ONLY and not domain.managed:
        return _TRANSIENT
    if domain.damaged and action in _NEEDS_TEXT:
        return f"its store entry is damaged ({domain.damaged})"
    return _against_media(domain) if action in _CD else ""


def _against_kind(domain: Domain, action: Action) -> str:
    """Return what forbids an action on this kind of domain in any state."""
    if domain.is_control and action not in _CONTROL_DOMAIN:
        return _CONTROL
    if domain.copy_of and action not in (Action.DESTROY, Action.CLEAR):
        return f"it is a stopped copy of {domain.copy_of} that xl keeps (destroy removes it)"
    if lacking := _against_engine(domain, action):
        return lacking
    if action is Action.DELETE and not domain.managed:
        return _TRANSIENT
    if action is Action.CLEAR and not (domain.copies or domain.copy_of):
        return "it has no stopped copy that xl keeps"
    return _against_template(domain, action)


def _against_template(domain: Domain, action: Action) -> str:
    """Return what forbids an action on a template, or to make one."""
    if domain.template:
        return _TEMPLATE if action in _NOT_OF_A_TEMPLATE else ""
    if action is Action.TEMPLATE and domain.autostart:
        return "it starts with the host (turn its autostart off first)"
    return ""


def _against_engine(domain: Domain, action: Action) -> str:
    """Return why the engine of its host forbids an action."""
    if domain.by:
        return (
            f"it was started by {domain.by}, and two engines on one guest undo each other (use {domain.by})"
        )
    return domain.cannot.get(action, "")


def _against_media(domain: Domain) -> str:
    if domain.domid is not None and domain.running is None:
        return "its devices have not been read yet"
    if not any(disk.cdrom for disk in domain.config.disks):
        return "it has no CD drive"
    if domain.domid is not None and domain.config.type != "hvm":
        return "while it runs only an HVM domain can change the medium of a drive"
    return ""


def against_trigger(domain: Domain, event: Trigger) -> str:
    """Return why ``domain`` cannot receive an event, in any state; "" if it can, or if its type is not known yet."""
    if event not in _BUTTONS or domain.running is None or domain.running.type == "hvm":
        return ""
    return f"it is a {domain.running.type.upper()} guest: only an HVM guest has buttons, and takes `{event}`"


def against_key(domain: Domain, key: GuestKey) -> str:
    """Return why ``domain`` does not have a key, in any state; "" if it has, or if its type is not known yet."""
    if domain.running is None or domain.running.type == "hvm":
        return ""
    kind = domain.running.type.upper()
    if key is GuestKey.BREAK:
        return f"a {kind} guest has no serial line to break: on its console Ctrl-O and a letter are a sysrq"
    if key is GuestKey.CTRL_ALT_DELETE:
        return f"a {kind} guest has no keyboard: `reboot` has the same effect on it"
    return f"a {kind} guest has no keyboard"


def possible(domain: Domain) -> frozenset[Action]:
    """Return all actions possible on ``domain`` now."""
    return frozenset(action for action in Action if not reason_against(domain, action))


def require(domain: Domain, action: Action) -> None:
    """Raise NotAllowedError, with reason and hint, unless ``action`` is possible on ``domain`` now."""
    if reason := reason_against(domain, action):
        sentence = f"cannot {phrase(action)}: {reason}"
        raise NotAllowedError(sentence, subject=domain.label, hint=_hint(domain, action))


def require_managed(domain: Domain, what: str) -> None:
    """Raise NotAllowedError if ``what`` needs a stored configuration and ``domain`` has none."""
    if never := _against_kind(domain, Action.EDIT):
        raise NotAllowedError(f"cannot {what}: {never}", subject=domain.label)
    if not domain.managed:
        raise NotAllowedError(
            f"cannot {what}: it is transient, nothing of it is stored",
            subject=domain.label,
            hint=(Suggest("config.edit", domain.label), " makes it managed"),
        )


def require_now(snapshot: Snapshot, domain: Domain, action: Action) -> Domain:
    """Return ``domain`` from a fresh snapshot, if ``action`` is possible on it then.

    A domain shown in a dialog may have been started, stopped or deleted before the user answered.  Raises as
    :func:`require`, and NoSuchDomainError or StoreError as :func:`xentui.service.lookup.require_again`.
    """
    found = lookup.require_again(snapshot, domain)
    require(found, action)
    return found


def require_domid(domain: Domain, action: Action) -> int:
    """Return the domid of a domain on which ``action`` is possible; raises as :func:`require`."""
    require(domain, action)
    if domain.domid is None:
        raise NotAllowedError(f"cannot {phrase(action)}: it has no domid", subject=domain.label)
    return domain.domid


def _hint(domain: Domain, action: Action) -> Hint:
    name = domain.label
    if domain.is_control or domain.copy_of or (action in _MANAGED_ONLY and not domain.managed):
        return ""
    if domain.job is not None and domain.job.under_way:
        return (Suggest("domain.show", name), " tells how far it is")
    if domain.booting:
        return (Suggest("console.open", name), " shows how far it is")
    if domain.asleep or domain.half:
        return _onward(domain)
    if domain.state is S.SUSPENDED:
        return Suggest("domain.resume", name)
    return _first(domain, action)


def _onward(domain: Domain) -> Hint:
    """Return how a stopped guest is resumed; half of a migration only by a comparison of both hosts."""
    if not domain.half:
        return (Suggest("domain.unpause", domain.label), " continues it")
    to = domain.moving.to if domain.moving is not None else ""
    return mend_hint(domain.label, to)


def _first(domain: Domain, action: Action) -> Hint:
    """Return what would make the action possible."""
    name = domain.label
    if domain.template:
        return (Suggest("host.make", "NAME", "--template", name), " makes a domain of it")
    if domain.state is S.OFF and action in (Action.CONSOLE, Action.SAVE, Action.SUSPEND):
        return (Suggest("domain.start", name), " first")
    if domain.state is S.PAUSED and action in (Action.SHUTDOWN, Action.REBOOT):
        return (Suggest("domain.unpause", name), " first: a paused guest cannot react to the request")
    if action is Action.MIGRATE and domain.state is S.PAUSED:
        return (Suggest("domain.unpause", name), " first, or shut it down: one that is off is moved, too")
    if action is Action.CLONE:
        return (
            Suggest("domain.shutdown", "-w", name),
            " or ",
            Suggest("domain.suspend", name),
            " first: a copy of disks that are being written to is torn",
        )
    return (Suggest("domain.shutdown", "-w", name), " first") if action is Action.DELETE else ""

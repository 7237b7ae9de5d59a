"""What may be done to a domain in which state, written out: every action, every state, every kind of domain."""

from __future__ import annotations

import pytest

from xentui.errors import NotAllowedError
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.model.job import HostJob, HostJobState
from xentui.model.state import DomainState
from xentui.service.legality import Action, possible, reason_against, require

STATES = "rbpscdS-"
"""The letters of the states, see :attr:`DomainState.letter`."""
REASONS = {
    ".": "",
    "r": "it is running",
    "p": "it is paused",
    "k": "it has shut down but is kept (destroy removes it)",
    "c": "it has crashed and is kept (destroy removes it)",
    "g": "it is dying: its resources are being freed",
    "z": "it is suspended (resume it, or destroy it to drop the saved memory)",
    "o": "it is off",
    "t": "it is transient (storing an edit makes it managed)",
    "!": "its store entry is damaged (log.jsonl: is missing)",
    "0": "it is Domain-0, the control domain",
    "a": "its guest was stopped for a save that did not complete (unpause continues it)",
    "j": "it is being suspended on the host, 40 % (asked for by joe)",
    "y": "it is a stopped copy of web that xl keeps (destroy removes it)",
    "n": "it has no stopped copy that xl keeps",
}
# Damaged is a managed domain whose store entry is.  Asleep is paused for a save that came to nothing; working is a
# running one that is being suspended; a copy is one that rename-restart has left, and copies has such; saved is off and
# was saved to a file; image is off beside a memory image that is none to resume from.
TABLE = """
                managed  damaged  transi Dom0 asleep, working, copy,
                rbpscdS- rbpscdS- rbpscd   r  copies, saved, image
start           rrpkcgz. rrpkcgz! rrpkcg   0   a  j  y  r  .  .
install         rrpkcgz. rrpkcgz! rrpkcg   0   a  j  y  r  .  .
shutdown        ..pkcgzo ..pkcgzo ..pkcg   0   a  j  y  .  o  o
reboot          ..pkcgzo ..pkcgzo ..pkcg   0   a  j  y  .  o  o
destroy         .......o .......o ......   0   .  j  .  .  o  .
pause           ..pkcgzo ..pkcgzo ..pkcg   0   a  j  y  .  o  o
unpause         rr.kcgzo rr.kcgzo rr.kcg   0   .  j  y  r  o  o
trigger         ..pkcgzo ..pkcgzo ..pkcg   0   a  j  y  .  o  o
sysrq           ..pkcgzo ..pkcgzo ..pkcg   0   a  j  y  .  o  o
send-key        ..pkcgzo ..pkcgzo ..pkcg   0   a  j  y  .  o  o
suspend         ...kcgzo !!!kcgzo tttkcg   0   .  j  y  .  o  o
resume          rrpkcg.o rrpkcg.o rrpkcg   0   .  j  y  r  .  o
save            ...kcgzo ...kcgzo ...kcg   0   .  j  y  .  o  o
clear           nnnnnnnn nnnnnnnn nnnnnn   0   n  n  .  .  n  n
delete          rrpkcgz. rrpkcgz. tttttt   0   a  j  y  r  .  .
clone           rrpkcg.. rrpkcg!! rrpkcg   0   a  j  y  r  .  .
migrate         ..pkcgz. !!pkcgz! ..pkcg   0   a  j  y  .  .  .
rename          .....gz. .....gz. .....g   0   .  j  y  .  .  .
mem-set         ...kcgz. ...kcgz. ...kcg   .   .  j  y  .  .  .
mem-max         ...kcgz. ...kcgz. ...kcg   0   .  j  y  .  .  .
vcpu-set        ...kcgz. ...kcgz. ...kcg   .   .  j  y  .  .  .
block-attach    ...kcgz. ...kcgz. ...kcg   .   .  j  y  .  .  .
block-detach    ...kcgz. ...kcgz. ...kcg   .   .  j  y  .  .  .
cd-insert       ...kcgz. ...kcgz. ...kcg   0   .  j  y  .  .  .
cd-eject        ...kcgz. ...kcgz. ...kcg   0   .  j  y  .  .  .
network-attach  ...kcgz. ...kcgz. ...kcg   0   .  j  y  .  .  .
network-detach  ...kcgz. ...kcgz. ...kcg   0   .  j  y  .  .  .
console         ...kcgzo ...kcgzo ...kcg   0   .  .  y  .  o  o
autostart       ........ ........ tttttt   0   .  .  y  .  .  .
edit            ........ ........ tttttt   0   .  .  y  .  .  .
write-file      ........ !!!!!!!! tttttt   0   .  j  y  .  .  .
template        rrpkcgz. rrpkcgz! rrpkcg   0   a  j  y  r  .  .
"""
MEDIA = {
    ("hvm", DomainState.RUNNING): "",
    ("hvm", DomainState.OFF): "",
    ("pv", DomainState.OFF): "",
    ("pv", DomainState.RUNNING): "while it runs only an HVM domain can change the medium of a drive",
    ("pvh", DomainState.PAUSED): "while it runs only an HVM domain can change the medium of a drive",
}


def configuration(kind: str = "hvm", *, cdrom: bool = True) -> DomainConfig:
    """A configuration with one drive."""
    return DomainConfig(type=kind, disks=(Disk(target="/srv/a.iso", vdev="hdc", cdrom=cdrom),))


def guest(state: DomainState, **fields: object) -> Domain:
    """A managed HVM domain with a CD drive, and other ``fields``."""
    config = configuration()
    known: dict[str, object] = {
        "domid": 4 if state.exists else None,
        "managed": True,
        "stored": config,
        "running": config if state.exists else None,
    }
    return Domain("web", "u", state, **{**known, **fields})  # type: ignore[arg-type]


def cases() -> list[tuple[str, Domain]]:
    """The domains of the table's columns, in their order."""
    job = HostJob("1", "suspend", "u", "web", "joe", 0.0, HostJobState.RUNNING, 40)
    states = sorted(DomainState, key=lambda state: STATES.index(state.letter))
    transient: dict[str, object] = {"managed": False, "stored": None}
    return [
        *((f"managed {state}", guest(state)) for state in states),
        *((f"damaged {state}", guest(state, damaged="log.jsonl: is missing")) for state in states),
        *((f"transient {state}", guest(state, **transient)) for state in states if state.exists),
        ("Domain-0", guest(DomainState.RUNNING, domid=0, **transient)),
        ("asleep", guest(DomainState.PAUSED, asleep=True)),
        ("working", guest(DomainState.RUNNING, job=job)),
        ("copy", guest(DomainState.SHUTDOWN, copy_of="web", **transient)),
        ("copies", guest(DomainState.RUNNING, copies=2)),
        ("saved", guest(DomainState.OFF, saved_to="/srv/web.save")),
        ("image", guest(DomainState.OFF, memory_image="checkpoint.resuming")),
    ]


def rows() -> dict[str, str]:
    """The letters of the table by action."""
    lines = [line.split(maxsplit=1) for line in TABLE.strip().split("\n")[2:]]
    return {name: letters.replace(" ", "") for name, letters in lines}


def test_the_table_has_every_action_and_every_state() -> None:
    assert list(rows()) == [action.value for action in Action]
    assert {letter for row in rows().values() for letter in row} == set(REASONS)
    assert {state.letter for state in DomainState} == set(STATES)


@pytest.mark.parametrize("action", Action)
def test_what_is_allowed_and_why_not(action: Action) -> None:
    row = rows()[action.value]
    found = {name: reason_against(domain, action) for name, domain in cases()}
    assert found == {name: REASONS[letter] for (name, _), letter in zip(cases(), row, strict=True)}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case[0])
def test_what_is_possible_is_not_refused(case: tuple[str, Domain]) -> None:
    _, domain = case
    for action in Action:
        if action in possible(domain):
            require(domain, action)
        else:
            with pytest.raises(NotAllowedError, match=r"^cannot "):
                require(domain, action)


@pytest.mark.parametrize("case", MEDIA, ids=" ".join)
@pytest.mark.parametrize("action", [Action.CD_INSERT, Action.CD_EJECT])
def test_a_medium_is_changed_where_that_can_work(case: tuple[str, DomainState], action: Action) -> None:
    kind, state = case
    config = configuration(kind)
    domain = guest(state, stored=config, running=config if state.exists else None)
    assert reason_against(domain, action) == MEDIA[case]


@pytest.mark.parametrize("action", [Action.CD_INSERT, Action.CD_EJECT])
def test_a_medium_needs_a_drive_that_is_known(action: Action) -> None:
    none = configuration(cdrom=False)
    assert reason_against(guest(DomainState.OFF, stored=none), action) == "it has no CD drive"
    assert reason_against(guest(DomainState.RUNNING, running=none), action) == "it has no CD drive"
    assert (
        reason_against(guest(DomainState.RUNNING, running=None), action)
        == "its devices have not been read yet"
    )

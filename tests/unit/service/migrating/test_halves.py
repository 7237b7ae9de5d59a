"""What is left of a migration, in every state both hosts can be in: two copies never run, and none is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, strategies as st

from xentui.commands import describe
from xentui.model.domain import Domain, Snapshot
from xentui.model.migration import AWAY, INCOMING, Move, MoveState
from xentui.model.state import DomainState
from xentui.service.migrating.halves import Broken, MendStep, judge

UUID = "c0ffee00-0000-4000-8000-000000000001"
AWAKE = (DomainState.RUNNING, DomainState.BLOCKED)
STATES = st.sampled_from(
    [DomainState.RUNNING, DomainState.BLOCKED, DomainState.PAUSED, DomainState.SHUTDOWN, DomainState.CRASHED]
)


@st.composite
def held(draw: st.DrawFn, mark: str) -> Domain | None:
    """What one host may hold of the domain."""
    if not draw(st.booleans()):
        return None
    asleep = mark == AWAY and draw(st.booleans())
    state = DomainState.SHUTDOWN if asleep else draw(STATES)
    name = "web" + draw(st.sampled_from(["", mark]))
    seconds = 0.0 if draw(st.booleans()) else 7.5
    return Domain(name, UUID, state, domid=7, asleep=asleep, cpu_seconds=seconds)


MOVES = st.sampled_from([None, *(Move("xen2", "", state) for state in MoveState)])


def snapshots(
    here: Domain | None, there: Domain | None, move: Move | None, *, stored: bool
) -> tuple[Snapshot, Snapshot]:
    ours = here
    if stored:
        off = Domain("web", UUID, DomainState.OFF)
        ours = replace(here or off, managed=True, stored_name="web", moving=move)
    found = [tuple(each for each in (one,) if each is not None) for one in (ours, there)]
    return Snapshot("xen1", 0.0, found[0]), Snapshot("xen2", 0.0, found[1])


@given(held(AWAY), held(INCOMING), MOVES, st.booleans())
def test_no_step_is_unsafe_in_any_state(
    here: Domain | None, there: Domain | None, move: Move | None, stored: bool
) -> None:
    ours, theirs = snapshots(here, there, move, stored=stored)
    broken = judge(UUID, ours, theirs)
    for number, step in enumerate(broken.steps):
        _is_safe(step, broken.steps[:number], here, there)
    both = here is not None and there is not None and here.state in AWAKE and there.state in AWAKE
    assert not (broken.steps and broken.stuck)
    assert bool(broken.stuck) or not both


def _is_safe(step: MendStep, before: tuple[MendStep, ...], here: Domain | None, there: Domain | None) -> None:
    gone_there = there is None or MendStep.DROP_THERE in before
    if step is MendStep.WAKE_HERE:
        assert here is not None
        assert here.asleep
        assert gone_there, "it would run twice"
    elif step is MendStep.DROP_THERE:
        assert there is not None
        assert (there.state, there.cpu_seconds) == (DomainState.PAUSED, 0.0), (
            "it may have run: its data would be lost"
        )
    elif step is MendStep.DROP_HERE:
        assert here is not None
        assert here.asleep or here.state not in (*AWAKE, DomainState.PAUSED), "it may be what is to be kept"
        assert there is not None
        assert there.state in AWAKE, "the guest would be lost"
    elif step is MendStep.STAY_HERE:
        assert gone_there, "the host would start it beside itself"
    elif step is MendStep.HAND_OVER:
        assert here is None or MendStep.DROP_HERE in before


@given(held(AWAY), MOVES, st.booleans())
def test_what_is_mended_is_not_mended_again(here: Domain | None, move: Move | None, stored: bool) -> None:
    ours, theirs = snapshots(here, None, move, stored=stored)
    broken = judge(UUID, ours, theirs)
    if MendStep.HAND_OVER in broken.steps:
        return
    after = here
    if after is not None and MendStep.WAKE_HERE in broken.steps:
        after = replace(after, state=DomainState.RUNNING, asleep=False)
    if after is not None and MendStep.NAME_HERE in broken.steps:
        after = replace(after, name="web")
    again = judge(UUID, *snapshots(after, None, None, stored=stored))
    assert again.steps == ()


def test_it_says_what_there_is() -> None:
    asleep = Domain("web--migratedaway", UUID, DomainState.SHUTDOWN, domid=4, asleep=True)
    half = Domain("web--incoming", UUID, DomainState.PAUSED, domid=9)
    broken = judge(UUID, *snapshots(asleep, half, Move("xen2", "", MoveState.GOING), stored=True))
    assert isinstance(broken, Broken)
    assert (broken.name, broken.destroys) == ("web", True)
    assert [step.name for step in broken.steps] == ["DROP_THERE", "WAKE_HERE", "NAME_HERE", "STAY_HERE"]
    assert "never run" in broken.why


def test_what_may_have_run_on_a_host_that_has_lost_it_is_woken_after_a_warning_only() -> None:
    """The target had leave to let it run, and its power was cut: nobody knows whether it ran."""
    asleep = Domain("web--migratedaway", UUID, DomainState.SHUTDOWN, domid=4, asleep=True)
    half = Domain("web--incoming", UUID, DomainState.PAUSED, domid=9)
    move = Move("xen2", "", MoveState.GOING)
    lost = judge(UUID, *snapshots(asleep, None, move, stored=True))
    assert [step.name for step in lost.steps] == ["WAKE_HERE", "NAME_HERE", "STAY_HERE"]
    assert "damages their file systems" in lost.doubt
    assert judge(UUID, *snapshots(asleep, half, move, stored=True)).doubt == "", "its half has never run"
    assert judge(UUID, snapshots(asleep, None, move, stored=True)[0], None).doubt, "nor of a dead host"
    # Destroyed here instead, it is off, and stays.
    off = judge(UUID, *snapshots(None, None, move, stored=True))
    assert ([step.name for step in off.steps], off.doubt) == (["STAY_HERE"], "")


def test_what_has_arrived_and_is_off_there_is_not_said_to_be_nowhere() -> None:
    off = Domain("web", UUID, DomainState.OFF, managed=True, stored_name="web")
    there = judge(UUID, Snapshot("xen1", 0.0, ()), Snapshot("xen2", 0.0, (off,)))
    assert (there.why, there.steps, there.nothing) == ("its guest runs on neither host", (), False)
    assert judge(UUID, Snapshot("xen1", 0.0, ()), Snapshot("xen2", 0.0, ())).nothing


def test_the_list_has_a_word_for_what_is_left() -> None:
    half = Domain("web--incoming", UUID, DomainState.PAUSED, domid=9)
    off = Domain("web", UUID, DomainState.OFF, managed=True, moving=Move("xen2", "", MoveState.GONE))
    assert (describe.notes(half), describe.notes(off)) == (["half-migration"], ["moving"])

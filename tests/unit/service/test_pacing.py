"""How often a host is looked at: an idle screen takes a twentieth of its time at most."""

from __future__ import annotations

import pytest

from xentui.service.pacing import Pacing, retry_pause

SHARE = 0.05


def paced(*looks: float, details: float = 0.0, turn: float = 0.0) -> Pacing:
    pacing = Pacing(3.0)
    pacing.turned(turn)
    for seconds in looks if len(looks) > 1 else looks * 3:
        pacing.looked(seconds)
    if details:
        pacing.read_details(details)
    return pacing


@pytest.mark.parametrize(
    ("look", "details", "sample"), [(0.02, 0.03, 0.003), (0.4, 0.5, 0.06), (2.0, 8.0, 0.3), (4.6, 31.7, 0.7)]
)
def test_an_idle_screen_takes_a_twentieth_of_a_host(look: float, details: float, sample: float) -> None:
    pacing = paced(look, details=details)
    shares = [
        look / (look + pacing.list_pause()),
        details / (details + pacing.details_pause(changed=False)),
        sample / pacing.load_seconds(),
        look / (look + pacing.info_pause()),
    ]
    assert sum(shares) <= SHARE, shares


def test_a_quick_host_is_looked_at_every_three_seconds() -> None:
    pacing = paced(0.03, details=0.05)
    assert (pacing.list_pause(), pacing.load_seconds()) == (3.0, 1)


def test_a_slow_line_is_no_slow_host() -> None:
    assert paced(0.65, turn=0.3).list_pause() == 3.0
    assert paced(0.65, turn=0.001).list_pause() > 20.0


def test_a_look_that_others_have_kept_waiting_does_not_count() -> None:
    assert paced(0.05, 9.0, 9.0).list_pause() == 3.0
    assert paced(0.05, *[9.0] * 9).list_pause() == 3.0
    assert paced(0.05, *[9.0] * 10).list_pause() > 100.0


def test_the_first_looks_say_little_of_what_one_costs() -> None:
    """Programs were not in memory yet, and the screen itself was being made."""
    assert paced(9.0, 9.0).list_pause() == 9.0
    assert paced(9.0, 9.0, 9.0).list_pause() > 100.0


def test_configurations_are_read_seldom_unless_something_changes() -> None:
    pacing = paced(0.4, details=2.0)
    assert pacing.details_pause(changed=False) > 300.0
    assert 2.0 < pacing.details_pause(changed=True) < 10.0
    assert paced(0.01, details=0.01).details_pause(changed=True) < 0.1


def test_domains_that_loop_take_half_of_a_slow_host_at_most() -> None:
    assert paced(4.0).burst_pause() == 4.0
    assert paced(0.01).burst_pause() == 0.1
    assert paced(60.0).burst_pause() == 10.0


def test_a_host_that_fails_is_tried_less_and_less_often_and_not_by_all_at_once() -> None:
    for failures, middle in enumerate([3.0, 6.0, 12.0, 24.0, 48.0, 60.0, 60.0]):
        pauses = {retry_pause(failures, 3.0) for _ in range(20)}
        assert all(0.8 * middle <= pause <= 1.2 * middle for pause in pauses)
        assert len(pauses) > 1
    assert retry_pause(3, 120.0) >= 96.0


@pytest.mark.parametrize(("interval", "pause"), [(3.0, 15.0), (30.0, 150.0)])
def test_of_many_hosts_each_is_asked_for_its_figures_as_seldom_as_it_is_looked_at(
    interval: float, pause: float
) -> None:
    assert Pacing(interval).info_pause() == pause

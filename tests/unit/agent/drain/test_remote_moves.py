"""What another host says of its guests, and what a job is told of those it brings home: nothing of it is trusted."""

from __future__ import annotations

from typing import Any

import pytest

from xentui.agent.drain import guest_moves, preconditions, remote_moves, undrain_arguments
from xentui.agent.drain.preconditions import Destination, SkippedError
from xentui.agent.errors import AgentError

UUID = "11111111-2222-3333-4444-000000000001"
_COMMANDS = {name: ["xl", name] for name in ("list", "save", "restore", "unpause", "destroy")}
_PLACE: dict[str, Any] = {
    "reach": [],
    "prefix": [],
    "info": ["xl", "info"],
    "list": ["xl", "list", "-v"],
    "named": ["xl", "domid"],
    "need": 1024,
    "spare": 0,
    "files": ["/srv/web.img"],
    "name": "web",
}
_SOURCE = {
    "reach": ["ssh", "b"],
    "prefix": [],
    "root": "/var/lib/xentui",
    "auto": "/etc/xen/auto",
    "name": "b",
}


def move(**changes: Any) -> dict[str, Any]:
    """A step that brings a guest home, and what is wrong with it."""
    step = {
        "does": "move",
        "uuid": UUID,
        "name": "web",
        "to": "a",
        "domid": 3,
        "guest": {},
        "kept": [],
        "link": [],
        "migration": {"argv": ["xl", "migrate", "3", "a"], "to": "a", "address": "root@a"},
        "commands": _COMMANDS,
        "place": _PLACE,
        "source": _SOURCE,
    }
    return {"steps": [{**step, **changes}], "details": ["xl", "list", "-l"]}


def test_a_step_is_kept_as_far_as_it_is_known() -> None:
    found = undrain_arguments.checked(move(other="x"))
    assert "other" not in found["steps"][0]
    assert (found["steps"][0]["source"], found["keep_going"]) == (_SOURCE, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"does": "burn"},
        {"does": "shutdown"},
        {"uuid": "../../etc"},
        {"name": "x\x1b[31m"},
        {"domid": -1},
        {"domid": True},
        {"link": "xl"},
        {"sha256": "0" * 63},
        {"source": {**_SOURCE, "root": "var"}},
        {"source": {**_SOURCE, "auto": "/etc\0"}},
        {"source": {**_SOURCE, "reach": "ssh b"}},
        {"place": {**_PLACE, "need": 1.5}},
        {"place": {**_PLACE, "files": ["web.img"]}},
        {"migration": {"argv": "xl migrate"}},
        {"does": "start", "argv": []},
        {
            "does": "start",
            "argv": ["xl"],
            "named": ["xl"],
            "mark": {},
            "disks": [{"path": "a", "file": "/a"}],
        },
        {"does": "settled", "why": "x\n"},
    ],
)
def test_a_step_that_makes_no_sense_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(AgentError) as caught:
        undrain_arguments.checked(move(**changes))
    assert caught.value.code == "invalid"


def test_no_guest_is_dealt_with_twice() -> None:
    told = move()
    with pytest.raises(AgentError, match="twice"):
        undrain_arguments.checked({**told, "steps": told["steps"] * 2})


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"state": "burning"},
        {"state": "ended", "end": "0"},
        {"state": "ended", "end": {"exit": True}},
        {"state": "ended", "end": {"exit": 1, "error": {}}},
        {"state": "running", "phases": [["copying"]]},
        {"state": "running", "phases": [["x\x1b[31m", 1.0]]},
        {"state": "running", "phases": [["copying", "inf"]]},
        {"state": "running", "phases": {"copying": 1}},
    ],
)
def test_a_look_that_makes_no_sense_is_an_error(told: Any) -> None:
    with pytest.raises(AgentError):
        remote_moves.checked_look(told)


def test_a_look_is_bounded() -> None:
    told = remote_moves.checked_look({"state": "running", "phases": [["copying", 1]] * 1000, "said": 3})
    assert (len(told["phases"]), told["end"], told["said"]) == (50, None, "3")


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ({"exit": 1, "then": "the guest still runs here"}, "it broke; the guest still runs here"),
        ({"exit": 130, "then": "x"}, "the migration was stopped; x"),
        ({"exit": 1, "error": {"message": "full"}, "then": ""}, "full"),
        ({"exit": 0, "then": "its stored data stays here"}, "it runs on a, and its stored data stays here"),
        (None, "its move was left without an end: {mend} looks at a too"),
    ],
)
def test_a_move_that_has_not_ended_well_says_how(end: Any, why: str) -> None:
    with pytest.raises(AgentError) as caught:
        guest_moves.require_arrived({"end": end, "said": "it broke"}, "a")
    assert caught.value.message == why


def test_too_late_to_stop_is_no_failure() -> None:
    guest_moves.require_arrived({"end": {"exit": 0, "then": guest_moves.TOO_LATE}}, "a")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"uuids": [UUID]}, "a has a domain of that uuid meanwhile"),
        ({"names": [UUID]}, "a has a domain of that name meanwhile"),
        ({"files": {UUID: "2"}}, "its disks are others on a meanwhile"),
        ({"free": 1023}, "a has 0 MiB free, and it takes 1"),
    ],
)
def test_a_place_is_compared_with_the_first_look(changes: dict[str, Any], why: str) -> None:
    first: dict[str, Any] = {"free": 1024, "uuids": [], "names": [], "files": {UUID: "1"}}
    place = Destination("a")
    place.keep(first)
    place.require(UUID, _PLACE, first)
    with pytest.raises(SkippedError) as caught:
        place.require(UUID, _PLACE, {**first, **changes})
    assert str(caught.value) == why
    with pytest.raises(AgentError):
        preconditions.checked({**first, "free": "much"})

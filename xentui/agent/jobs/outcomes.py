"""What has come of each guest of a job that deals with one after the other: ``outcomes.json`` in the job's folder.

It lists all guests of the job from its start, in order, so that everybody sees what is left.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Dict, List, Mapping, Optional, Sequence, cast

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio

if TYPE_CHECKING:
    from xentui.agent.protocol.job_answers import OutcomeAnswer

FILE = "outcomes.json"
WAITING, DOING, DONE, SKIPPED, FAILED = "waiting", "doing", "done", "skipped", "failed"
_STATES = (WAITING, DOING, DONE, SKIPPED, FAILED)
_TEXTS = ("uuid", "name", "does", "to", "state", "why", "job")
#: Stands in a reason, behind ``: ``, for the command that ends what a migration has left: each front end words it.
MEND = "{mend}"
_LIMIT = 8 << 20
_WHY = 400


def new(uuid: str, name: str, does: str, to: str) -> Dict[str, str]:
    """Return the outcome of a guest that nothing was done with yet."""
    return {"uuid": uuid, "name": name, "does": does, "to": to, "state": WAITING, "why": "", "job": ""}


def read(place: str) -> List[OutcomeAnswer]:
    """Return the outcomes of a job; empty where they cannot be read."""
    try:
        found = json.loads(fsio.read_bounded(os.path.join(place, FILE), _LIMIT))
        if all(each["state"] in _STATES for each in found):
            return [cast("OutcomeAnswer", {key: str(each[key]) for key in _TEXTS}) for each in found]
    except (OSError, AgentError, ValueError, TypeError, KeyError, RecursionError):
        pass
    return []


def data(found: Sequence[Mapping[str, object]]) -> bytes:
    """Return the outcomes as they are kept."""
    return json.dumps(found).encode("ascii")


def write(place: str, found: Sequence[Mapping[str, object]]) -> None:
    """Keep the outcomes of a job in the place of those that were kept."""
    staged = os.path.join(place, f"{FILE}.new")
    fsio.discard(staged)
    fsio.write_new(staged, data(found))
    os.rename(staged, os.path.join(place, FILE))
    fsio.sync_folder(place)


def words(text: str) -> str:
    """Return a reason as it is kept: on one line, and not too long."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_WHY].strip()


def reason(outcome: OutcomeAnswer) -> str:
    """Return why a guest was left, without what helps."""
    return outcome["why"].partition(f": {MEND}")[0]


def percent(found: List[OutcomeAnswer]) -> Optional[int]:
    """Return how many of a hundred guests are dealt with; None where there is none."""
    dealt = sum(each["state"] not in (WAITING, DOING) for each in found)
    return 100 * dealt // len(found) if found else None


def under_way(found: List[OutcomeAnswer]) -> Optional[OutcomeAnswer]:
    """Return the guest that is being dealt with."""
    return next((each for each in found if each["state"] == DOING), None)


def left(found: List[OutcomeAnswer]) -> Optional[OutcomeAnswer]:
    """Return the first guest that was to be dealt with and could not."""
    return next((each for each in found if each["state"] in (FAILED, SKIPPED)), None)

"""What has become of a migrated domain, by what its host still shows of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xentui.agent.errors import AgentError
from xentui.agent.host.domain_list import ListRow
from xentui.agent.jobs import records
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration import live_jobs

UUID = "11111111-2222-4333-8444-000000000001"
HELD = ("--pssd", "---s-d", "--p--d")
"""What ``xl list`` shows of domains that were destroyed, and whose memory is held by a back end."""


class Work(JobWork):
    """A job whose domain is shown as told, at these phases."""

    def __init__(self, folder: Path, letters: str, phases: tuple[str, ...]) -> None:
        self.root, self.place = str(folder / "store"), str(folder)
        self.record = {"domid": 5, "uuid": UUID, "auto": "", "migration": {"to": "", "address": "xen2"}}
        self.row = ListRow(5, letters, 1.0, UUID)
        self.told: tuple[int, str] | None = None
        (folder / records.PHASES).write_text(json.dumps([[name, 1.0] for name in phases]))

    def domain(self, domid: int) -> ListRow | None:
        return self.row

    def end(self, code: int, then: str = "", failure: AgentError | None = None) -> None:
        self.told = (code, then)


@pytest.mark.parametrize("letters", HELD)
@pytest.mark.parametrize(
    ("phases", "told"),
    [
        (("copying", "transferred", "permitted", "started"), (0, "")),
        (("copying", "transferred", "permitted"), (1, live_jobs.VANISHED)),
        (("copying",), (1, "the guest has ended here meanwhile, and runs nowhere")),
    ],
)
def test_one_that_was_destroyed_and_stays_in_the_list_is_not_said_to_run_or_sleep_here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    letters: str,
    phases: tuple[str, ...],
    told: tuple[int, str],
) -> None:
    monkeypatch.setattr(live_jobs, "_DYING_SECONDS", 0.0)
    work = Work(tmp_path, letters, phases)
    live_jobs._judge(work, 0 if told[0] == 0 else 1)
    assert work.told == told

"""The line is cut in the middle of suspend, resume, save and restore: at few of the points `tests.xen.cuts` tries."""

from __future__ import annotations

from tests.xen import cuts
from tests.xen.conftest import LabHost

POINTS, SEED = 2, 3


def test_a_cut_line_loses_no_guest_and_no_image(clean_host: LabHost) -> None:
    """Nor does it leave a notice, or a domain that cannot be gone on with."""
    tried = cuts.run(clean_host, POINTS, SEED)
    assert tried.losses == []
    assert tried.points == dict.fromkeys(cuts.VERBS, POINTS)

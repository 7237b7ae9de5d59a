"""What a look at the host asks for besides the stored domains, in one answer: a turn costs on a slow line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.agent import autostart, jobs, xendomains
from xentui.agent.arguments import PATH
from xentui.agent.operations import store_operation

if TYPE_CHECKING:
    from xentui.agent.answers import SurroundingsAnswer


@store_operation("surroundings", auto_dir=PATH)
def surroundings(root: str, *, auto_dir: str) -> SurroundingsAnswer:
    """``auto``: what starts with the host; ``jobs``: those under way, or interrupted; ``ended``: how many seconds ago
    one last ended; ``spent``: the suspended domains that xendomains has resumed with the host; ``kept``: the files of
    those it saved, by uuid.
    """
    return {
        "auto": autostart.list_autostart(root, auto_dir=auto_dir),
        "jobs": jobs.unfinished(root),
        "ended": jobs.since_end(root),
        "spent": xendomains.spent(root),
        "kept": xendomains.kept(auto_dir),
    }

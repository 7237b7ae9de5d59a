"""What a look at the host asks for, in one answer: a turn costs on a slow line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Dict, Union

from xentui.agent.drain import drain_record
from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.inventory import listing
from xentui.agent.jobs import progress
from xentui.agent.memory import xendomains
from xentui.agent.protocol.arguments import CACHE, FLAG, PATH, STRING, optional
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import audit, autostart

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import LookAnswer, SurroundingsAnswer


@store_operation(
    "look", auto_dir=PATH, cache=optional(CACHE), summaries=optional(FLAG), after=optional(STRING)
)
def look(
    root: str,
    *,
    auto_dir: str,
    cache: Union[str, Dict[str, str], None] = None,
    summaries: bool = False,
    after: str = "",
) -> LookAnswer:
    """Return the stored domains, as :func:`xentui.agent.inventory.listing.list_domains` tells them, and what is
    ``around`` them then.

    The last part of the list has that: what :func:`surroundings` tells, ``refused`` where it cannot be told; and of how
    many seconds the part ``took``.
    """
    began = time.monotonic()
    answer: LookAnswer = {}
    answer.update(listing.list_domains(root, cache=cache, summaries=summaries, after=after))  # type: ignore[typeddict-item]
    if not answer.get("next") and not answer.get("forgotten"):
        try:
            answer["around"] = surroundings(root, auto_dir=auto_dir)
        except AgentError as error:
            answer["refused"] = error.to_json()
        except OSError as error:
            answer["refused"] = from_os_error(error).to_json()
    answer["took"] = time.monotonic() - began
    return answer


@store_operation("surroundings", auto_dir=PATH)
def surroundings(root: str, *, auto_dir: str) -> SurroundingsAnswer:
    """``auto``: what starts with the host; ``jobs``: those under way, or interrupted; ``ended``: how many seconds ago
    one last ended; ``spent``: the suspended domains that xendomains has resumed with the host; ``kept``: the files of
    those it saved, by uuid; ``boot``: what tells this boot of the host from all others; ``drain``: how
    far it is emptied.
    """
    return {
        "auto": autostart.list_autostart(root, auto_dir=auto_dir),
        "jobs": progress.unfinished(root),
        "ended": progress.since_end(root),
        "spent": xendomains.spent(root),
        "kept": xendomains.kept(auto_dir),
        "boot": audit.boot_id(),
        "drain": drain_record.brief(root),
    }

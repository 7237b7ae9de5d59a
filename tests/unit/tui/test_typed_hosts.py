"""Which host a typed name is for."""

from __future__ import annotations

from xentui.commands.run import find_verb
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.tui.typed_hosts import by_host

WEB = Domain("web1", "c0ffee00-0000-4000-8000-000000000001", DomainState.OFF)


def test_what_stands_behind_a_name_may_be_an_address() -> None:
    hosts = {"ssh://root@xen1": [WEB], "ssh://root@xen2": [WEB]}
    assert by_host(find_verb("start"), ["web1@ssh://root@xen2"], hosts) == {"ssh://root@xen2": ["web1"]}

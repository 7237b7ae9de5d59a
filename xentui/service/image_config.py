"""The configuration in a memory image: what its guest goes on with, whatever is stored of the domain by now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.hosts.base import Host
from xentui.toolstack.xl.save_file import HEAD_LIMIT, HEAD_USUAL, head_length, saved_config


async def config_of(host: Host, target: str) -> Mapping[str, Any] | None:
    """The configuration in the file ``target`` (as the agent calls it), libxl's JSON object; None where none is read.

    Raises StoreError where there is no such file.
    """
    head = await host.call("read_head", path=target, limit=HEAD_USUAL)
    if len(head) < head_length(head) <= HEAD_LIMIT:
        head = await host.call("read_head", path=target, limit=head_length(head))
    return saved_config(head)

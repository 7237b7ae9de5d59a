"""What a host's own xenconsoled has logged of a guest, where it does (xenconsoled --log=guest; off by default)."""

from __future__ import annotations

from xentui.errors import NotAllowedError, StoreCode, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.text import plain

FOLDER = "/var/log/xen/console"
LIMIT = 16 << 20
"""Bytes that are read, of a longer log the last."""
SWITCHING_ON = (
    'for it to log guests: XENCONSOLED_ARGS="--log=guest" in /etc/default/xen (Debian), or XENCONSOLED_TRACE=guest in'
    " /etc/default/xencommons or /etc/sysconfig/xencommons, and xenconsoled restarted, at the next start of the host"
    " at the latest; its logs grow until logrotate takes care of them (SIGHUP reopens)"
)


def path_of(name: str) -> str:
    """Return the log of a guest of that name; raises NotAllowedError for a name that is not a part of a file's."""
    if not name or "/" in name or "\0" in name:
        raise NotAllowedError("xenconsoled logs no guest of such a name", subject=plain(name, 60))
    return f"{FOLDER}/guest-{name}.log"


async def read(host: Host, name: str) -> tuple[str, bytes]:
    """Return the path of the log of a guest and its last bytes, 16 MiB at most.

    Raises NotAllowedError where there is none, with how to have one, and as the host does.
    """
    path = path_of(name)
    try:
        return path, await host.call(operations.read_tail, path=host.host_path(path), limit=LIMIT)
    except StoreError as error:
        if error.code != StoreCode.MISSING:
            raise
        raise NotAllowedError(
            "the host's xenconsoled has logged nothing of it", subject=name, hint=SWITCHING_ON
        ) from error

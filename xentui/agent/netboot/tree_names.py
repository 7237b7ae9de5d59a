"""The addresses of netboot trees and the paths in them, checked: those are an admin's words, these a server's."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from typing import Optional

from xentui.agent.errors import AgentError

#: Of the folder of a job that fetches: what that is.
SPEC = "tree.json"
#: Seconds for a look, and for all that is fetched.
LOOK, FETCH = 40.0, 6 * 3600.0
#: The largest file that is fetched, in bytes.
LARGEST = 2 << 30
#: What a path in a tree, or one that a tree tells of, may be long.
_PATH = 500
_NFS = re.compile(r"nfs://([A-Za-z0-9_.\[\]:-]{1,255}?)(/[^\0\n]{0,500})\Z")


def checked_url(url: str) -> str:
    """Return an address of HTTP; code ``invalid`` for any other, and for one with a password."""
    try:
        found = urllib.parse.urlsplit(url)
        _port = found.port
    except ValueError:
        raise AgentError("invalid", "is not an address", url) from None
    if found.scheme not in ("http", "https") or not found.hostname or found.query or found.fragment:
        raise AgentError("invalid", "is not an address of a folder: http://HOST/FOLDER or https://…", url)
    if found.username is not None or found.password is not None:
        raise AgentError(
            "invalid", "contains a name or a password, which the configuration would reveal", found.hostname
        )
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 1000:
        raise AgentError(
            "invalid",
            "contains characters that an address cannot have: write them as %20 and so on",
            url[:100],
        )
    return url


def sound_path(path: str) -> Optional[str]:
    """Return a path in a tree as the tree tells it, relative to it; None for one that leads out, or is not a path."""
    if not path or len(path) > _PATH or not path.isprintable():
        return None
    found = posixpath.normpath(path.lstrip("/"))
    return None if found.startswith("..") or found == "." else found


def plain(text: str, limit: int = 200) -> str:
    """Words of somebody else, for a sentence."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:limit]).strip()


def nfs_of(url: str) -> str:
    """Return what mount(8) is given for ``nfs://HOST/FOLDER``; "" for an address of another kind.

    Code ``invalid`` for one that is none.
    """
    if not url.startswith("nfs://"):
        return ""
    found = _NFS.match(url)
    if not found or found[1].startswith("-") or not url.isprintable():
        raise AgentError("invalid", "is not an address of a folder: nfs://HOST/FOLDER", url)
    return f"{found[1]}:{found[2].rstrip('/') or '/'}"

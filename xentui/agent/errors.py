"""How the agent fails: one exception with a code that crosses the wire."""

from __future__ import annotations

import errno
from typing import Dict, Optional

#: What each code means; the codes are part of the protocol.
CODES = {
    "exists": "a name, uuid or file is already taken",
    "missing": "no such entry, version or file",
    "conflict": "the entry has changed since the caller read it",
    "damaged": "an entry cannot be used as it is",
    "full": "no room on the file system, or a size limit of it",
    "permission": "not allowed, or owned by somebody else",
    "untrusted": "another user could exchange what is written there",
    "io": "the file system failed",
    "uncertain": "the file system failed, and failed again when the change was taken back: it may be stored or not",
    "busy": "held by another process, or in a state that forbids it",
    "invalid": "an argument or a file of the wrong kind",
    "large": "more data than the caller, or the agent, allows",
    "internal": "a fault in the agent itself",
}

_BY_ERRNO: Dict[int, str] = {
    errno.EEXIST: "exists",
    errno.ENOTEMPTY: "exists",
    errno.ENOENT: "missing",
    errno.ENXIO: "missing",
    errno.ENODEV: "missing",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EACCES: "permission",
    errno.EPERM: "permission",
    errno.EROFS: "permission",
    errno.ENOTDIR: "invalid",
    errno.EISDIR: "invalid",
    errno.EINVAL: "invalid",
    errno.ENAMETOOLONG: "invalid",
    errno.ELOOP: "invalid",
    errno.EAGAIN: "busy",
    errno.EBUSY: "busy",
    errno.ETXTBSY: "busy",
}
_WORDS = {errno.EFBIG: "the file system, or a limit of the user, allows no file that large"}
"""What the system's own words leave open."""


class AgentError(Exception):
    """An operation was refused or failed, and changed nothing; with code ``uncertain`` it may have.

    Arguments: ``code`` is a key of :data:`CODES`; ``message`` one sentence without a final stop; ``path`` the
    file or folder it happened to, empty where there is none.
    """

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path

    def to_json(self) -> Dict[str, str]:
        """Return the error as it crosses the wire."""
        return {"code": self.code, "message": self.message, "path": self.path}


def from_os_error(error: OSError, path: Optional[str] = None) -> AgentError:
    """Translate an OSError, naming the file it happened to."""
    code = _BY_ERRNO.get(error.errno or 0, "io")
    where = path if path is not None else error.filename
    if isinstance(where, bytes):
        where = where.decode("utf-8", "surrogateescape")
    reason = _WORDS.get(error.errno or 0) or error.strerror or str(error) or "input/output error"
    return AgentError(code, reason[:1].lower() + reason[1:], str(where) if isinstance(where, str) else "")


def failure_of(error: Exception) -> AgentError:
    """Return what went wrong, of an error of the agent or of the system."""
    return error if isinstance(error, AgentError) else from_os_error(error)  # type: ignore[arg-type]

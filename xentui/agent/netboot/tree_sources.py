"""Where a netboot tree lies: on a server of HTTP, or in a folder, which for NFS is mounted for as long as it is read.

What a server says is somebody else's: each answer is bounded in size and time, redirections are few and lead to HTTP
only, from HTTPS to nothing else.  What is in a folder is read with that folder for root, so that no link leads out.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import posixpath
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any, Iterator, Optional

from xentui.agent.errors import AgentError
from xentui.agent.netboot.tree_names import checked_url, plain

#: Seconds without a byte, redirections of one request, requests of one look.
SILENT, _REDIRECTS, _REQUESTS = 20.0, 5, 60
_CHUNK = 1 << 18
#: The kinds of answers that say there is no such file.
_ABSENT = (403, 404, 410)


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = _REDIRECTS

    def redirect_request(  # noqa: PLR0917 - as urllib has it
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        """Follow to HTTP and HTTPS only, and from HTTPS not back."""
        to = urllib.parse.urlsplit(newurl)
        if to.scheme not in ("http", "https") or (req.type == "https" and to.scheme != "https"):
            raise AgentError(
                "invalid", f"it redirects to {to.scheme or 'nothing'}, which is not followed", req.full_url
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Return one that knows HTTP, with the proxies and the certificates of the host, and no files and no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "xentui")]
    return opener


class OpenTreeFile:
    """A file of a tree, open: its size in bytes (None where that is not told), and its data."""

    def __init__(self, file: IO[bytes], size: Optional[int], path: str) -> None:
        self._file = file
        self.size = size
        self._path = path

    def __enter__(self) -> "OpenTreeFile":
        return self

    def __exit__(self, *_why: object) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def chunks(self, limit: int) -> Iterator[bytes]:
        """Yield its data, at most ``limit`` bytes; code ``large`` where there are more, ``io`` where they break off."""
        done = 0
        while True:
            try:
                piece = self._file.read(_CHUNK)
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise AgentError("io", f"the connection broke: {_words(error)}", self._path) from None
            if not piece:
                break
            done += len(piece)
            if done > limit:
                raise AgentError("large", f"is longer than {limit} bytes", self._path)
            yield piece
        if self.size is not None and done != self.size:
            raise AgentError("io", f"it ends after {done} of {self.size} bytes", self._path)


class HttpTree:
    """A tree below an address of HTTP; ``deadline`` is until when (time.monotonic) it may be asked."""

    def __init__(self, url: str, deadline: float) -> None:
        checked_url(url)
        self._base = url if url.endswith("/") else url + "/"
        self._deadline = deadline
        self._opener = _opener()
        self._left = _REQUESTS

    def spelt(self, path: str) -> str:
        """Return the address of a file of it; ``..`` is a folder above."""
        return urllib.parse.urljoin(self._base, urllib.parse.quote(path, safe="/~+:@!$&,;="))

    def open(self, path: str) -> Optional[OpenTreeFile]:
        """Return a file of the tree; None where there is none.  Raises AgentError where the server is not to be had."""
        where = self.spelt(path)
        left = self._deadline - time.monotonic()
        self._left -= 1
        if left <= 0 or self._left < 0:
            raise AgentError("io", "the server takes too long to answer", where)
        request = urllib.request.Request(  # noqa: S310 - the opener knows HTTP only
            where, headers={"Accept-Encoding": "identity"}
        )
        try:
            answer = self._opener.open(request, timeout=min(SILENT, left))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _ABSENT:
                return None
            raise AgentError(
                "io", f"the server answers {error.code} {plain(str(error.reason))}", where
            ) from None
        except (OSError, ValueError) as error:  # URLError is an OSError
            raise AgentError("io", f"it cannot be fetched: {_words(error)}", where) from None
        except http.client.HTTPException as error:
            raise AgentError("io", f"the server sends invalid data: {type(error).__name__}", where) from None
        return OpenTreeFile(answer, _length(answer), where)


def _length(answer: Any) -> Optional[int]:
    text = answer.headers.get("Content-Length") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class FolderTree:
    """A tree in a folder that is this process's root."""

    def __init__(self, shown: str) -> None:
        self._shown = shown.rstrip("/")

    def spelt(self, path: str) -> str:
        """Return how a file of it is called for people."""
        return f"{self._shown}/{path}"

    def open(self, path: str) -> Optional[OpenTreeFile]:
        """Return a file of the tree; None where there is none."""
        where = posixpath.normpath("/" + path)
        try:
            place = os.open(where, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise AgentError("io", (error.strerror or "cannot be read").lower(), self.spelt(path)) from None
        try:
            status = os.fstat(place)
            if not stat.S_ISREG(status.st_mode):
                return None
            # No pipe and no device: to open it waits for nobody.
            fd = os.open(where, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        finally:
            os.close(place)
        return OpenTreeFile(os.fdopen(fd, "rb"), os.fstat(fd).st_size, self.spelt(path))


def read(tree: Any, path: str, limit: int) -> Optional[bytes]:
    """Return a small file of a tree; None where there is none, or it is no small one."""
    file = tree.open(path)
    if file is None:
        return None
    with file:
        try:
            return b"".join(file.chunks(limit))
        except AgentError as error:
            if error.code == "large":
                return None
            raise


def _words(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    found = reason if isinstance(reason, BaseException) else error
    words = getattr(found, "strerror", None) or str(reason or found) or type(found).__name__
    return plain(str(words))

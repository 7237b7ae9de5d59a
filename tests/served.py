"""A small server of HTTP for what is fetched: files by their path, and functions that answer as servers should not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

Handler = Callable[["Served"], None]


class Served(BaseHTTPRequestHandler):
    """Answers with what a test has put there: bytes, or a function that talks to the client itself."""

    files: ClassVar[dict[str, bytes | Handler]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """A file, or 404."""
        self.asked.append(self.path)
        found = self.files.get(self.path)
        if callable(found):
            found(self)
        elif found is None:
            self.send_error(404)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """A server that has nothing yet; its address."""
    Served.files, Served.asked = {}, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody ask the proxy of this machine."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

"""A host that runs the agent in a thread, a store on it, and a quick folder to run transactions in."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xentui import agent
from xentui.errors import StoreCode, StoreError
from xentui.store import ManagedStore


class AgentHost:
    """As much of a host as the store needs."""

    def __init__(self, root: Path) -> None:
        self.store_root = str(root)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        """Run the operation as the local host does."""
        self.calls.append((operation, arguments))
        try:
            return await asyncio.to_thread(agent.dispatch, self.store_root, operation, arguments)
        except agent.AgentError as error:
            raise StoreError(error.message, code=StoreCode.of(error.code), subject=error.path) from error

    def host_path(self, path: str) -> str:
        """The host's own files lie beside the store."""
        return f"{self.store_root}-files{path}"

    def shown(self, text: str) -> str:
        return text


@pytest.fixture
def host(ground: Path) -> AgentHost:
    """A host with no store yet."""
    return AgentHost(ground / "lib" / "xentui")


@pytest.fixture
def store(host: AgentHost) -> ManagedStore:
    """The store of that host."""
    return ManagedStore(host)  # type: ignore[arg-type]


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder in memory where there is one: what is flushed does not matter to a killed process."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="xentui-store-", dir=place) as folder:
        yield Path(folder)

"""Asking the agent of a host for what concerns its store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from xentui.errors import StoreError
from xentui.hosts.base import FileAgent
from xentui.store import reading
from xentui.store.hints import explained

if TYPE_CHECKING:
    from xentui.hosts.operations import AgentCall, P

T = TypeVar("T")
Answer = TypeVar("Answer")
AUTO_FOLDER = "/etc/xen/auto"


class StoreClient:
    """Calls operations of one host's agent, and reads their answers."""

    def __init__(self, host: FileAgent) -> None:
        self._host = host

    async def _call(
        self,
        operation: AgentCall[P, Answer],
        read: Callable[[Answer], T],
        *_: P.args,
        **arguments: P.kwargs,
    ) -> T:
        try:
            answer = await self._host.call(operation, *_, **arguments)
        except StoreError as error:
            raise explained(error, operation, arguments) from error
        try:
            return read(answer)
        except reading.NONSENSE as error:
            raise reading.ill_formed(error) from error

    @property
    def _auto_folder(self) -> str:
        """Where what starts with the host lies for the agent."""
        return self._host.host_path(AUTO_FOLDER)

    def config_path(self, uuid: str) -> str:
        """Return where the current configuration of a domain lies on the host."""
        return f"{self._host.store_root}/domains/{uuid}/config.cfg"

    def image_path(self, uuid: str, name: str = "checkpoint.chk") -> str:
        """Return where a memory image of a domain lies on the host."""
        return f"{self._host.store_root}/domains/{uuid}/{name}"


def nothing(_answer: object) -> None:
    """Read an answer that tells nothing."""


def each(read: Callable[[Answer], T]) -> Callable[[Iterable[Answer]], tuple[T, ...]]:
    """Read an answer that is a list, item by item."""
    return lambda answer: tuple(read(item) for item in answer)

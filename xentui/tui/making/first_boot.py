"""What a cloud image is told, made of what was typed into the wizard."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from xentui.service.config_source import HOST, LOCAL, named
from xentui.service.making import FirstBoot
from xentui.service.making.password_hash import hashed
from xentui.service.making.ssh_keys import sound_key, sound_keys
from xentui.text import lines

if TYPE_CHECKING:
    from xentui.hosts.base import Host


class FirstBootAnswers:
    """Reads the files that were named, and hashes a password once."""

    def __init__(self) -> None:
        self._password = ("", "")

    async def made(self, host: Host, values: Mapping[str, str], own: tuple[str, ...]) -> FirstBoot:
        """Return what the values of the form say; ``own`` are the keys where neither they nor anything else lets one
        in.

        Raises XentuiError where a file cannot be read, and for what is not a key or password.
        """
        told = defaultdict(str, values)  # the form of a system that is made has few of them
        keys = await self._keys(host, told["key"]) if told["key"] else ()
        password = await self._hash(told["password"]) if told["password"] else ""
        path = told["user-data"]
        user_data = (await named(host, path, "user-data").read()).text if path else ""
        return FirstBoot(
            user=told["user"],
            keys=keys or (() if password or user_data else own),
            password=password,
            hostname=told["hostname"],
            address=told["address"],
            gateway=told["gateway"],
            dns=tuple(told["dns"].replace(",", " ").split()),
            user_data=user_data,
        )

    @staticmethod
    async def _keys(host: Host, word: str) -> tuple[str, ...]:
        if word.startswith(("/", "~", LOCAL, HOST)):
            return sound_keys(lines((await named(host, word, "file of SSH keys").read()).text))
        return (sound_key(word),)

    async def _hash(self, password: str) -> str:
        if password != self._password[0]:
            self._password = (password, await asyncio.to_thread(hashed, password))
        return self._password[1]

"""What a cloud image is told at its first boot, from the words of a command line."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.commands.files import own_file
from xentui.errors import UsageError
from xentui.service.config_source import decoded
from xentui.service.making import Answers, FirstBoot, SourceKind
from xentui.service.making.password_hash import hashed
from xentui.service.making.ssh_keys import own_keys, sound_keys
from xentui.text import lines

if TYPE_CHECKING:
    from xentui.commands.context import Context

_OPTIONS = ("user", "ssh_key", "password_file", "hostname", "address", "gateway", "dns", "user_data")
_MADE = ("ssh_key", "password_file", "hostname")


async def first_boot_of(context: Context, args: argparse.Namespace, answers: Answers) -> FirstBoot:
    """Return what the answers say, and over it what the words do; the keys of whoever asks where nobody could log in.

    Raises UsageError for words that mean nothing here.
    """
    told = answers.first_boot
    given = [name for name in _OPTIONS if getattr(args, name)]
    if answers.source.kind is not SourceKind.CLOUD:
        # A system that is made is told no more than who logs in, and what it is called.
        wrong = [name for name in given if not (answers.source.kind.builds and name in _MADE)]
        if wrong:
            word = f"--{wrong[0].replace('_', '-')}"
            raise UsageError("is for cloud images only", subject=word, hint="--cloud PATH is one")
        if not answers.source.kind.builds:
            return told
    if args.ssh_key:
        told = replace(told, keys=await _keys(context, args.ssh_key))
    if args.password_file:
        told = replace(told, password=await _password(context, args.password_file))
    if args.user_data:
        told = replace(
            told, user_data=decoded(await own_file(context, args.user_data, "user-data"), args.user_data)
        )
    told = replace(
        told,
        user=args.user or told.user,
        hostname=args.hostname or told.hostname,
        address=args.address or told.address,
        gateway=args.gateway or told.gateway,
        dns=tuple(filter(None, args.dns.split(","))) if args.dns else told.dns,
    )
    if not (told.keys or told.password or told.user_data):
        told = replace(told, keys=await asyncio.to_thread(own_keys))
    return told


async def _keys(context: Context, word: str) -> tuple[str, ...]:
    if word.startswith(("ssh-", "ecdsa-", "sk-")) and " " in word:
        return sound_keys([word])
    return sound_keys(lines(decoded(await own_file(context, word, "file of SSH keys"), word)))


async def _password(context: Context, word: str) -> str:
    """Return the hash of the password in a file; what is in it is told nowhere."""
    data = await own_file(context, word)
    try:
        first = next(iter(lines(data[:4096].decode("utf-8"))), "")
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8 text", subject=word, hint="write the password alone into it") from None
    return await asyncio.to_thread(hashed, first.rstrip("\r"))

"""What xl and this package say of one configuration, and whether it is the same."""

from __future__ import annotations

import json
from dataclasses import dataclass

from xentui.config import RefusedError, parse, translate
from xentui.errors import ConfigError

CRASH = 128 + 11
"""The exit status of a shell after a program that read where nothing is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What xl or this package says of one configuration."""

    exit_code: int
    config: object
    words: tuple[str, ...]


def xl_answer(exit_code: int, stdout: str, stderr: str) -> Answer:
    """The answer of an ``xl create -n``."""
    words = [line for line in stderr.split("\n") if line and not line.startswith("Parsing config from")]
    return Answer(exit_code, json.loads(stdout) if exit_code == 0 else None, tuple(words))


def our_answer(name: str, text: str, cpus: int) -> Answer:
    """What this package makes of the same text."""
    try:
        translation = translate(parse(text, source=name), host_cpus=cpus, host_nodes=1)
    except RefusedError as error:
        words = [line for word in error.words for line in word.split("\n")]
        return Answer(error.exit_code, None, tuple(words))
    except ConfigError as error:
        return Answer(1, None, (error.message,))
    words = [line for word in translation.warnings for line in word.split("\n")]
    return Answer(0, translation.config, tuple(words))


def _without_rubbish(json: object) -> object:
    """What xl printed without what it could not name: for a policy it never set it prints null."""
    if isinstance(json, list):
        return [_without_rubbish(item) for item in json]
    if isinstance(json, dict):
        return {key: _without_rubbish(value) for key, value in json.items() if value is not None}
    return json


def compare(ours: Answer, theirs: Answer) -> str:
    """How two answers differ, "" when they agree.

    After its first syntax error xl goes on and may find more; only the first line is compared then.  Of a program that
    crashes it is not compared how.
    """
    if ours.exit_code == CRASH and theirs.exit_code > 128:
        return ""
    if ours.exit_code != theirs.exit_code:
        return f"exit {ours.exit_code} here, {theirs.exit_code} from xl; {ours.words} / {theirs.words}"
    if ours.exit_code == 0:
        mine, other = ours.config, theirs.config
        assert isinstance(mine, dict)
        assert isinstance(other, dict)
        if "uuid" not in mine["c_info"]:
            other["c_info"].pop("uuid", None)
        hvm = other["b_info"].get("type.hvm", {})
        hvm.pop("ms_vm_genid", None)
        other = _without_rubbish(other)
        if json.dumps(mine) != json.dumps(other):
            return f"JSON differs:\n  here {json.dumps(mine)}\n  xl   {json.dumps(other)}"
    syntax = any("config parsing error near" in line for line in theirs.words)
    mine_lines = [line.rstrip() for line in (ours.words[:1] if syntax else ours.words)]
    their_lines = [line.rstrip() for line in (theirs.words[:1] if syntax else theirs.words)]
    if mine_lines != their_lines:
        return f"words differ:\n  here {mine_lines}\n  xl   {their_lines}"
    return ""

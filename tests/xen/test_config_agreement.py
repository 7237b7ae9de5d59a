"""The configuration language agrees with a real xl: same files accepted, same first complaint, same JSON.

Generated configurations go to the lab host in batches and through ``xl create -n`` there.  ``XENTUI_LAB_SSH``
is the command that reaches the host (``ssh -p 2222 root@…``), ``XENTUI_AGREEMENT`` how many configurations
(300), ``XENTUI_AGREEMENT_SEED`` where the generator begins.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import tarfile
from dataclasses import dataclass

import pytest

from tests.unit.config.generator import Generator
from xentui.config import RefusedError, parse, translate
from xentui.errors import ConfigError

pytestmark = pytest.mark.xen

_LOOP = """\
for f in *.cfg; do
    xl create -n "$f" >"$f.out" 2>"$f.err" </dev/null
    echo $? >"$f.rc"
done
xl info nr_cpus >cpus.out
"""
_BATCH = 250


@dataclass(frozen=True, slots=True)
class Answer:
    """What xl or this package says of one configuration."""

    exit_code: int
    config: object
    words: tuple[str, ...]


def test_xl_and_this_package_agree() -> None:
    command = os.environ.get("XENTUI_LAB_SSH")
    if not command:
        pytest.skip("XENTUI_LAB_SSH is not set")
    count = int(os.environ.get("XENTUI_AGREEMENT", "300"))
    generator = Generator(int(os.environ.get("XENTUI_AGREEMENT_SEED", "1")))
    texts = [generator.configuration() for _ in range(count)]
    differences = []
    for start in range(0, count, _BATCH):
        batch = {f"{start + index:05}.cfg": text for index, text in enumerate(texts[start : start + _BATCH])}
        answers, cpus = ask_xl(shlex.split(command), batch)
        for name, text in batch.items():
            difference = compare(our_answer(name, text, cpus), answers[name])
            if difference:
                differences.append(f"{name}: {difference}\n{text}")
    assert not differences, f"{len(differences)} of {count} differ:\n\n" + "\n----\n".join(differences[:20])


def ask_xl(command: list[str], files: dict[str, str]) -> tuple[dict[str, Answer], int]:
    """Run ``xl create -n`` on every file on the host, in one connection; also the number of its CPUs."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in {**files, "loop": _LOOP}.items():
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    folder = f"/root/agreement/{os.getpid()}"
    script = (
        f"rm -rf {folder} && mkdir -p {folder} && cd {folder} && tar xf - && sh loop"
        f" && tar cf - *.out *.err *.rc; cd / && rm -rf {folder}"
    )
    done = subprocess.run([*command, script], input=packed.getvalue(), capture_output=True, check=True)
    answers: dict[str, Answer] = {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        results = {member.name: _read(archive, member) for member in archive.getmembers()}
    for name in files:
        lines = results[f"{name}.err"].split("\n")
        words = [line for line in lines if line and not line.startswith("Parsing config from")]
        code = int(results[f"{name}.rc"])
        config = json.loads(results[f"{name}.out"]) if code == 0 else None
        answers[name] = Answer(code, config, tuple(words))
    return answers, int(results["cpus.out"].split()[-1])


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    stream = archive.extractfile(member)
    return "" if stream is None else stream.read().decode("utf-8", "replace")


def our_answer(name: str, text: str, cpus: int) -> Answer:
    """What this package makes of the same text."""
    try:
        translation = translate(parse(text, source=name), host_cpus=cpus)
    except RefusedError as error:
        words = [line for word in error.words for line in word.split("\n")]
        return Answer(error.exit_code, None, tuple(words))
    except ConfigError as error:
        return Answer(1, None, (error.message,))
    words = [line for word in translation.warnings for line in word.split("\n")]
    return Answer(0, translation.config, tuple(words))


def _stale_rate(theirs: Answer) -> int:
    """After how many lines xl took an interface's rate for too large only because a number before was; 0 if not.

    It looks at an errno of then (docs/configuration.md): a deviation on purpose.
    """
    before = False
    for number, line in enumerate(theirs.words):
        if before and "rate overflow in" in line:
            return number
        before = before or "Numerical result out of range" in line
    return 0


def compare(ours: Answer, theirs: Answer) -> str:
    """How two answers differ, "" when they agree.

    After its first syntax error xl goes on and may find more; only the first line is compared then.
    """
    if ours.words != theirs.words and (stale := _stale_rate(theirs)):
        return "" if ours.words[:stale] == theirs.words[:stale] else f"{ours.words} / {theirs.words}"
    if ours.exit_code != theirs.exit_code:
        return f"exit {ours.exit_code} here, {theirs.exit_code} from xl; {ours.words} / {theirs.words}"
    if ours.exit_code == 0:
        mine, other = ours.config, theirs.config
        assert isinstance(mine, dict)
        assert isinstance(other, dict)
        if "uuid" not in mine["c_info"]:
            other["c_info"].pop("uuid", None)
        if json.dumps(mine) != json.dumps(other):
            return f"JSON differs:\n  here {json.dumps(mine)}\n  xl   {json.dumps(other)}"
    syntax = any("config parsing error near" in line for line in theirs.words)
    mine_lines = [line.rstrip() for line in (ours.words[:1] if syntax else ours.words)]
    their_lines = [line.rstrip() for line in (theirs.words[:1] if syntax else theirs.words)]
    if mine_lines != their_lines:
        return f"words differ:\n  here {mine_lines}\n  xl   {their_lines}"
    return ""

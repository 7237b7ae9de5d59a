"""The configuration language agrees with a real xl: same files accepted, same first complaint, same JSON.

Generated configurations go to the lab host in batches and through ``xl create -n`` there.  ``XENTUI_LAB_SSH``
is the command that reaches the host (``ssh -p 2222 root@…``), ``XENTUI_AGREEMENT`` how many configurations
(300), ``XENTUI_AGREEMENT_SEED`` where the generator begins.
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import tarfile

import pytest

from tests.unit.config.agreement import Answer, compare, our_answer, xl_answer
from tests.unit.config.generator import Generator

pytestmark = pytest.mark.xen

_LOOP = """\
for f in *.cfg; do
    xl create -n "$f" >"$f.out" 2>"$f.err" </dev/null
    echo $? >"$f.rc"
done
xl info nr_cpus >cpus.out
"""
_BATCH = 250


# The same comparison runs on any machine, with the xl that tests/oracle unpacks.
@pytest.mark.long
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
        code = int(results[f"{name}.rc"])
        answers[name] = xl_answer(code, results[f"{name}.out"], results[f"{name}.err"])
    return answers, int(results["cpus.out"].split()[-1])


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    stream = archive.extractfile(member)
    return "" if stream is None else stream.read().decode("utf-8", "replace")

"""CPU time of ``xentui list`` on a local host, beyond the ``xl`` calls it makes.

Run as ``python -m benchmarks.cli_list``; exits 1 where the limit is passed: 150 ms, or on a slower or busy
machine the same share of ``import asyncio``, which takes 80 ms where the limit was set.  The tools are shell
scripts that print recorded answers.  Compiled modules are kept in a folder of the benchmark's own, as an
installed package has them.  Baselines of the same run: an empty Python, ``import asyncio``, and the tools by
themselves.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.recorded import RecordedHost

LIMIT_MS = 150.0
LIMIT_IMPORTS = LIMIT_MS / 80.0
ROUNDS = 15
USUAL, MANY = 13, 2_000


def cpu_ms(argv: list[str], environment: dict[str, str]) -> float:
    """User and system time of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def prepare(folder: Path, domains: int, *, managed: bool) -> dict[str, str]:
    """A folder of tools that answer for so many domains; returns the environment to use them in."""
    host = RecordedHost(folder, domains)
    if managed:
        host.manage_all()
    tools = folder / "bin"
    tools.mkdir()
    (tools / "answer-v").write_bytes(host.listing)
    (tools / "answer-l").write_bytes(host.configs)
    for tool, script in (("xl", f'exec cat "{tools}/answer$2"'), ("xenstore-watch", "exit 0")):
        (tools / tool).write_text(f"#!/bin/sh\n{script}\n")
        (tools / tool).chmod(0o755)
    settings = folder / "config" / "xentui"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(f'store = "{host.store_root}"\n')
    return {
        **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled"),
    }


def main() -> int:
    python = sys.executable
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as folder:
        environments = {}
        for domains, managed in ((USUAL, True), (MANY, False)):
            place = Path(folder) / str(domains)
            place.mkdir()
            environments[domains] = prepare(place, domains, managed=managed)
        usual, many = environments[USUAL], environments[MANY]
        xentui = [python, "-m", "xentui", "--host", "local"]
        cases = {
            "python -c pass": ([python, "-c", "pass"], usual),
            "python -c 'import asyncio'": ([python, "-c", "import asyncio"], usual),
            f"xl list -v, xl list -l; {USUAL}": (["sh", "-c", "xl list -v; xl list -l"], usual),
            f"xentui list; {USUAL}": ([*xentui, "list"], usual),
            f"xl list -v, xl list -l; {MANY:,}": (["sh", "-c", "xl list -v; xl list -l"], many),
            f"xentui list; {MANY:,}": ([*xentui, "list"], many),
            f"xentui list --json; {MANY:,}": ([*xentui, "list", "--json"], many),
        }
        used: dict[str, list[float]] = {name: [] for name in cases}
        for argv, environment in cases.values():
            cpu_ms(argv, environment)  # compiles, reads the store for the first time
        for _ in range(ROUNDS):
            for name, (argv, environment) in cases.items():
                used[name].append(cpu_ms(argv, environment))
    print(f"{'CPU time (ms)':36} {'least':>8} {'median':>8}")
    for name, figures in used.items():
        print(f"{name:36} {min(figures):8.1f} {statistics.median(figures):8.1f}")
    least = {name: min(figures) for name, figures in used.items()}
    beyond = least[f"xentui list; {USUAL}"] - least[f"xl list -v, xl list -l; {USUAL}"]
    print(f"{'beyond xl':36} {beyond:8.1f}")
    imports = least["python -c 'import asyncio'"]
    print(f"{'... in imports of asyncio':36} {beyond / imports:8.2f}")
    passed = beyond <= LIMIT_MS or beyond <= LIMIT_IMPORTS * imports
    print(f"within {LIMIT_MS:.0f} ms, or {LIMIT_IMPORTS:.2f} imports of asyncio: {'yes' if passed else 'NO'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

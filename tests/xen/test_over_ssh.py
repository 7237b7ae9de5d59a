"""Several xentui at once on one store over real SSH, connections that die, and what is said then."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

from tests.xen.conftest import LabHost


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    """Start a xentui command on the lab's host."""
    return subprocess.Popen(
        [sys.executable, "-m", "xentui", "--host", os.environ["XENTUI_LAB_HOST"], *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )


def run(*words: str, **environment: str) -> tuple[int, str, str]:
    """Run one to its end: status, output, errors."""
    process = start(*words, **environment)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def guest(host: LabHost, name: str, file: str) -> str:
    """Write a small configuration; returns its path."""
    host.write(f"/etc/xen/{file}", f'name = "{name}"\nmemory = 128\nkernel = "/srv/guests/vmlinuz"\n')
    return f"/etc/xen/{file}"


def test_one_name_is_stored_once_and_all_others_are(clean_host: LabHost) -> None:
    """Three processes store a domain of their own, three more race for one name: one wins.

    They are more than fit through one connection (sshd's MaxSessions is 10), and fewer than sshd's MaxStartups
    with those that then log in themselves.
    """
    own_paths = [guest(clean_host, f"own{number}", f"own{number}.cfg") for number in range(3)]
    race_paths = [guest(clean_host, "prize", f"prize{number}.cfg") for number in range(3)]
    assert run("list")[0] == 0  # the connection is there, or each of the six would log in first
    own = [start("new", path) for path in own_paths]
    race = [start("new", path) for path in race_paths]
    for process in own:
        _, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
    results = []
    for process in race:
        process.communicate(timeout=240)
        results.append(process.returncode)
    assert sorted(results) == [0, 1, 1]
    listed = json.loads(run("list", "--json")[1])
    names = sorted(item["name"] for item in listed if item["managed"])
    assert names == ["own0", "own1", "own2", "prize"]


def test_a_process_killed_in_the_middle_leaves_the_store_whole(clean_host: LabHost) -> None:
    """The far agent sees its connection end, before or after its transaction."""
    path = guest(clean_host, "cut", "cut.cfg")
    for number in range(4):
        process = start("new", path)
        try:
            process.wait(timeout=0.6 + 0.4 * number)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
    status, out, err = run("list", "--json")
    assert status == 0, err
    found = [item for item in json.loads(out) if item["managed"]]
    assert len(found) <= 1
    if found:
        assert json.loads(run("show", "cut", "--json")[1])["damaged"] is None
        assert len(json.loads(run("history", "cut", "--json")[1])) == 1
    else:
        assert run("new", path)[0] == 0


def test_what_is_said_when_the_host_cannot_be_reached() -> None:
    """One sentence, what to do, no traceback."""
    ssh = os.environ["XENTUI_SSH"]
    unknown = ssh.replace("StrictHostKeyChecking=accept-new", "StrictHostKeyChecking=yes").replace(
        "HostKeyAlias=xentui-lab", "HostKeyAlias=never-seen"
    )
    # Of a pipe that is closed before it has written to it ssh tells nothing at the level of errors.
    telling = ssh.replace("LogLevel=ERROR", "LogLevel=INFO")
    for command, words in (
        (unknown, "host key"),
        (f"{telling} -o ProxyCommand=false", "the host closed the connection|the connection was cut"),
        (f"{ssh} -p 1", "nothing answers"),
    ):
        status, _, err = run(
            "list", XENTUI_SSH=command, XDG_RUNTIME_DIR="", XDG_CACHE_HOME="/tmp/xentui-test-ssh"
        )
        assert status == 1, err
        assert re.search(words, err), err
        assert "→" in err
        assert "Traceback" not in err

"""``convert`` as a command of its own: text, changes, exit statuses; no host is looked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

XM = "name = 'web'\nmemory = 2 * 64\nkernel = '/boot/vmlinuz'\ndisk = ['phy:/dev/vg/web,xvda,w!']\n"
XL = (
    "name = 'web'\nmemory = 128\nkernel = '/boot/vmlinuz'\ndisk = ['phy:/dev/vg/web,xvda,w']\n"
    '# xentui: shared disks: xvda\non_crash = "restart"\n'
)


def xentui(*words: str, stdin: bytes = b"", home: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {
        "HOME": str(home),
        "PATH": "/nonexistent",
        "EDITOR": "/bin/true",
        "PYTHONPATH": os.getcwd(),
        "XENTUI_SSH": "/bin/false",
    }
    return subprocess.run(
        [sys.executable, "-m", "xentui", *words],
        input=stdin,
        env=environment,
        capture_output=True,
        check=False,
    )


def test_the_text_goes_to_standard_output_and_the_changes_to_standard_error(tmp_path: Path) -> None:
    (tmp_path / "web.cfg").write_text(XM)
    done = xentui("convert", str(tmp_path / "web.cfg"), home=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (0, XL)
    told = done.stderr.decode().splitlines()
    assert len(told) == 4
    assert told[0].startswith(f"{tmp_path}/web.cfg:2: 2 * 64 → 128 (")
    assert told[1].startswith(f"{tmp_path}/web.cfg:4: ")
    assert told[2].startswith(f"{tmp_path}/web.cfg: added: # xentui: shared disks: xvda (")
    assert told[3].startswith(f'{tmp_path}/web.cfg: added: on_crash = "restart" (')
    assert [path.name for path in tmp_path.iterdir()] == ["web.cfg"]


def test_standard_input(tmp_path: Path) -> None:
    done = xentui("convert", "-", stdin=XM.encode(), home=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (0, XL)
    assert done.stderr.startswith(b"standard input:2: ")


def test_a_password_that_is_lost_is_an_error(tmp_path: Path) -> None:
    text = b"(domain (name a) (memory 64) (on_crash restart) (image (hvm (vnc 1) (vncpasswd (a b)))))"
    done = xentui("convert", "-", stdin=text, home=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, b'name = "a"')
    assert b"\nerror: standard input:1: taken out: (image (hvm (vncpasswd " in done.stderr


def test_a_file_of_xl_comes_back_byte_for_byte_and_nothing_is_told(tmp_path: Path) -> None:
    text = XL.encode() + "# hübsch  \n\n\n".encode()
    done = xentui("convert", "-", stdin=text, home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, text, b"")


def test_json_has_text_changes_and_problems(tmp_path: Path) -> None:
    done = xentui(
        "convert",
        "--json",
        "-",
        "--name",
        "other",
        stdin=b"kernel='/k'\nbuilder='linux'\nfoo=1\n",
        home=tmp_path,
    )
    said = json.loads(done.stdout)
    assert said["text"] == (
        'kernel=\'/k\'\ntype = "pv"\nfoo=1\nname = "other"\nmemory = 128\non_crash = "restart"\n'
    )
    assert said["changes"][0] | {"reason": ""} == {
        "line": 2, "before": "builder='linux'", "after": 'type = "pv"', "reason": "", "error": False,
    }  # fmt: skip
    assert said["changes"][1]["line"] is None
    assert [(item["severity"], item["line"], item["key"]) for item in said["problems"]] == [
        ("warning", 3, "foo")
    ]
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (b"import os\n", 1, b"standard input:1:1: the file needs Python to run: `import`"),
        (b"memory = \n", 1, b"standard input:1:10: expected a quoted string"),
        (b"\xff\n", 1, b"not valid UTF-8"),
        (b"kernel = '/k'\n", 1, b"error: standard input, converted: the configuration has no domain name"),
        (b"#" * 2_000_000, 1, b"longer than"),
    ],
)
def test_what_cannot_be_converted(text: bytes, status: int, words: bytes, tmp_path: Path) -> None:
    done = xentui("convert", "-", stdin=text, home=tmp_path)
    assert done.returncode == status
    assert words in done.stderr


def test_exit_statuses(tmp_path: Path) -> None:
    assert xentui("convert", home=tmp_path).returncode == 2
    assert xentui("convert", "--nonsense", "-", home=tmp_path).returncode == 2
    missing = xentui("convert", str(tmp_path / "none"), home=tmp_path)
    assert (missing.returncode, missing.stdout) == (1, b"")
    assert b"no such file" in missing.stderr
    assert xentui("convert", str(tmp_path), home=tmp_path).returncode == 1


def test_files_of_the_host_and_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "web.cfg").write_text(XM)
    done = xentui("convert", f"local:{tmp_path}/web.cfg", home=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (0, XL)
    done = xentui("--host", "sim", "new", f"local:{tmp_path}/web.cfg", home=tmp_path)
    assert b"web: stored" in done.stderr
    file = tmp_path / ".local/state/xentui/sim/root/etc/xen/far.cfg"
    file.write_text(XM)
    done = xentui("--host", "sim", "convert", "host:/etc/xen/far.cfg", home=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (0, XL)
    done = xentui("convert", f"{tmp_path}/nothing.cfg", home=tmp_path)
    assert f"host:{tmp_path}/nothing.cfg" in done.stderr.decode()


def test_standard_input_is_stored_imported_and_edited(tmp_path: Path) -> None:
    for verb in ("new", "import"):
        text = XM.replace("'web'", f"'{verb}'").encode()
        done = xentui("--host", "sim", verb, "-", stdin=text, home=tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"{verb}: ".encode() in done.stderr
    shown = xentui("--host", "sim", "config", "new", home=tmp_path).stdout
    again = shown.replace(b"memory = 128", b"memory = 130")
    done = xentui("--host", "sim", "edit", "new", "--text", "-", stdin=again, home=tmp_path)
    assert b"new: stored as version 2" in done.stderr, done.stderr


def test_standard_input_is_bounded(tmp_path: Path) -> None:
    done = xentui("--host", "sim", "new", "-", stdin=b"#" * (2 << 20), home=tmp_path)
    assert (done.returncode, b"longer than 1 MiB" in done.stderr) == (1, True)


def test_the_shell_has_no_standard_input_for_a_file(tmp_path: Path) -> None:
    done = xentui("--host", "sim", "shell", stdin=b"new -\nname = 'web'\n", home=tmp_path)
    assert b"there is no standard input to read here" in done.stderr

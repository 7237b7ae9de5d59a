"""Netboot trees on a server of HTTP: found, fetched, checked, and servers that lie, hang and break off."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.served import Handler, Served, serving, without_proxies
from xentui import agent
from xentui.agent.errors import AgentError
from xentui.agent.jobs import control, launch
from xentui.agent.jobs.worker import JobWork
from xentui.agent.netboot import tree_inspection, tree_jobs, tree_names, tree_sources
from xentui.agent.store import layout

JOB, UUID = "c" * 32, "12345678-1111-4222-8333-123456789abc"
KERNEL, RAMDISK = b"MZ a kernel" * 5000, b"a ram disk" * 9000
DEBIAN = (("linux", "initrd.gz"), ("debian-installer/amd64/linux", "debian-installer/amd64/initrd.gz"))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that has nothing yet."""
    without_proxies(monkeypatch)
    with serving() as address:
        yield address


def tree(url: str) -> tree_sources.HttpTree:
    return tree_sources.HttpTree(url, time.monotonic() + 30)


def look(url: str, pairs: tuple[tuple[str, str], ...] = DEBIAN) -> dict[str, Any]:
    return tree_inspection.look(tree(url), list(pairs), "x86_64")


def put(files: dict[str, bytes | Handler]) -> None:
    Served.files.update(files)


# Found


def test_the_first_pair_that_is_there_is_taken_with_its_sizes(server: str) -> None:
    put({"/d/debian-installer/amd64/linux": KERNEL, "/d/debian-installer/amd64/initrd.gz": RAMDISK})
    found = look(f"{server}/d")
    assert [(file["path"], file["size"], file["sha256"]) for file in found["files"]] == [
        ("debian-installer/amd64/linux", len(KERNEL), ""),
        ("debian-installer/amd64/initrd.gz", len(RAMDISK), ""),
    ]
    assert found["sums"] == ""


@pytest.mark.parametrize("below", ["/debian/current/images/netboot/", "/debian/current/images/", "/debian/"])
def test_debians_checksums_are_found_in_the_folder_they_lie_in(server: str, below: str) -> None:
    base = "/debian/current/images/"
    names = ("netboot/debian-installer/amd64/linux", "netboot/debian-installer/amd64/initrd.gz")
    put({base + names[0]: KERNEL, base + names[1]: RAMDISK})
    sums = f"{'0' * 64}  ./netboot/other\n{digest(KERNEL)}  ./{names[0]}\n{digest(RAMDISK)}  ./{names[1]}\n"
    put({f"{base}SHA256SUMS": sums.encode()})
    pair = tuple((base + name).removeprefix(below) for name in names)
    found = look(server + below, ((pair[0], pair[1]),))
    assert [file["sha256"] for file in found["files"]] == [digest(KERNEL), digest(RAMDISK)]
    assert found["sums"].endswith("SHA256SUMS")


def test_the_checksums_of_another_tree_count_for_nothing(server: str) -> None:
    put({"/d/linux": KERNEL, "/d/initrd.gz": RAMDISK, "/SHA256SUMS": f"{'0' * 64}  ./linux\n".encode()})
    assert look(f"{server}/d")["sums"] == ""


def test_a_treeinfo_says_where_they_are_and_what_they_are(server: str) -> None:
    info = f"""
[general]
family = Fedora
version = 40
arch = x86_64
[images-x86_64]
kernel = images/pxeboot/vmlinuz
initrd = images/pxeboot/initrd.img
[checksums]
images/pxeboot/vmlinuz = sha256:{digest(KERNEL)}
images/pxeboot/initrd.img = sha256:{digest(RAMDISK)}
"""
    put(
        {
            "/f/.treeinfo": info.encode(),
            "/f/images/pxeboot/vmlinuz": KERNEL,
            "/f/images/pxeboot/initrd.img": RAMDISK,
        }
    )
    found = look(f"{server}/f")
    assert [file["sha256"] for file in found["files"]] == [digest(KERNEL), digest(RAMDISK)]
    assert (found["family"], found["version"], found["sums"]) == ("Fedora", "40", ".treeinfo")


def test_suses_checksums_lie_in_the_root_of_its_tree(server: str) -> None:
    names = ("boot/x86_64/loader/linux", "boot/x86_64/loader/initrd")
    put({f"/s/{names[0]}": KERNEL, f"/s/{names[1]}": RAMDISK})
    put({"/s/CHECKSUMS": f"{digest(KERNEL)}  {names[0]}\n{digest(RAMDISK)}  {names[1]}\n".encode()})
    assert look(f"{server}/s", (names,))["sums"] == "CHECKSUMS"


@pytest.mark.parametrize(
    "info",
    [
        b"\xff\xfe no ini",
        b"[images-x86_64]\nkernel = ../../etc/passwd\ninitrd = /../x\n",
        b"[images-x86_64]\nkernel = a\n",
        b"[images-x86_64\n",
        b"x" * (1 << 20),
    ],
    ids=["binary", "leads out", "half", "broken", "large"],
)
def test_a_treeinfo_that_makes_no_sense_is_passed_over(server: str, info: bytes) -> None:
    put({"/f/.treeinfo": info, "/f/linux": KERNEL, "/f/initrd.gz": RAMDISK})
    assert look(f"{server}/f")["files"][0]["path"] == "linux"
    assert not [path for path in Served.asked if "passwd" in path]


def test_a_tree_without_any_is_refused_with_what_was_looked_for(server: str) -> None:
    put({"/d/linux": KERNEL})
    with pytest.raises(AgentError) as refused:
        look(f"{server}/d")
    assert refused.value.code == "missing"
    assert "linux with initrd.gz" in refused.value.message


# Servers


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h/x",
        "file:///etc",
        "http://",
        "http://me:pw@h/x",
        "http://h/a b",
        "http://h/?x",
        "http://h:99999999/",
        "h",
    ],
)
def test_what_is_no_address_of_a_tree_is_refused(url: str) -> None:
    with pytest.raises(AgentError) as refused:
        tree_names.checked_url(url)
    assert refused.value.code == "invalid"
    assert "pw" not in f"{refused.value.message} {refused.value.path}"


def test_a_redirection_to_a_file_is_not_followed(server: str) -> None:
    def away(to: Served) -> None:
        to.send_response(302)
        to.send_header("Location", "file:///etc/passwd")
        to.end_headers()

    put({"/d/.treeinfo": away})
    with pytest.raises(AgentError) as refused:
        look(f"{server}/d")
    assert "file" in refused.value.message


def test_a_circle_of_redirections_comes_to_an_end(server: str) -> None:
    def again(to: Served) -> None:
        to.send_response(302)
        to.send_header("Location", to.path + "x")
        to.end_headers()

    class Everywhere(dict[str, bytes | Handler]):
        def get(self, _path: str, _default: object = None) -> Handler:
            return again

    Served.files = Everywhere()
    with pytest.raises(AgentError) as refused:
        look(f"{server}/d")
    assert refused.value.code == "io"
    assert len(Served.asked) < 20


def test_nobody_there_is_told_in_the_words_of_the_system() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(AgentError) as refused:
        look(f"http://127.0.0.1:{port}/d")
    assert (refused.value.code, refused.value.message) == ("io", "it cannot be fetched: Connection refused")


def test_a_server_that_says_nothing_is_given_up(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_sources, "SILENT", 0.2)
    quiet = threading.Event()
    put({"/d/.treeinfo": lambda _to: bool(quiet.wait(20))})  # type: ignore[dict-item]
    with pytest.raises(AgentError) as refused:
        look(f"{server}/d")
    quiet.set()
    assert refused.value.code == "io"


def test_a_look_asks_only_so_often(server: str) -> None:
    many = tuple((f"k{number}", "i") for number in range(40))
    put({f"/d/k{number}": b"x" for number in range(40)})
    with pytest.raises(AgentError):
        look(f"{server}/d", many)
    assert len(Served.asked) <= 61


def test_the_look_of_a_host_is_made_by_a_child(server: str) -> None:
    put({"/d/linux": KERNEL, "/d/initrd.gz": RAMDISK})
    told = tree_jobs.look_at_tree(
        url=f"{server}/d", pairs={"pairs": [list(pair) for pair in DEBIAN]}, arch="x86_64"
    )
    assert [file["size"] for file in told["files"]] == [len(KERNEL), len(RAMDISK)]
    with pytest.raises(AgentError) as refused:
        tree_jobs.look_at_tree(url=f"{server}/e", pairs={"pairs": [["a", "b"]]}, arch="x86_64")
    assert refused.value.code == "missing"


# Fetched


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A store."""
    found = str(tmp_path / "store")
    agent.dispatch(found, "list", {})
    return found


def wanted(url: str, *, sha256: str = "", size: int | None = len(KERNEL)) -> dict[str, Any]:
    files = [{"name": "linux", "path": "linux", "size": size, "sha256": sha256}]
    return {"url": url, "digest": "e" * 32, "files": files}


def fetched(root: str, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    """A job done here; its exit status, what it says of what is left, and its log."""
    work = begun(root, told, monkeypatch)
    tree_jobs.fetch(work)
    return ended(root)


def begun(root: str, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> JobWork:
    monkeypatch.setattr(launch, "spawn", lambda place, lock, task: None)
    tree_jobs.start_tree_job(root, job=JOB, tree=told)
    return JobWork(root, JOB)


def ended(root: str) -> tuple[int, str, str]:
    told = control.look_job(root, job=JOB)
    end = told["end"]
    assert end is not None
    return end["exit"], end["then"], told["said"]


def trees(root: str) -> list[str]:
    return sorted(path.name for path in (Path(root) / tree_jobs.FOLDER).iterdir())


def test_what_is_fetched_has_its_folder_when_it_is_whole(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put({"/d/linux": KERNEL})
    told = wanted(f"{server}/d", sha256=digest(KERNEL))
    code, _then, said = fetched(root, told, monkeypatch)
    assert code == 0, said
    assert trees(root) == [told["digest"]]
    assert (Path(root) / "trees" / told["digest"] / "linux").read_bytes() == KERNEL
    assert digest(KERNEL) in said


@pytest.mark.parametrize(
    ("served", "words"),
    [
        (KERNEL[:-1] + b"!", "its checksum is not the tree's"),
        (KERNEL + b"more", "bytes now, and had"),
        (None, "there is no such file any more"),
    ],
    ids=["another", "longer", "gone"],
)
def test_what_is_not_what_was_seen_leaves_nothing(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch, served: bytes | None, words: str
) -> None:
    put({"/d/linux": served} if served is not None else {})
    code, then, said = fetched(root, wanted(f"{server}/d", sha256=digest(KERNEL)), monkeypatch)
    assert (code, then, trees(root)) == (1, "nothing is left of it", [])
    assert words in said


def test_a_line_that_breaks_off_is_told_and_leaves_nothing(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(to: Served) -> None:
        to.send_response(200)
        to.send_header("Content-Length", str(len(KERNEL)))
        to.end_headers()
        to.wfile.write(KERNEL[:1000])

    put({"/d/linux": half})
    code, _then, said = fetched(root, wanted(f"{server}/d"), monkeypatch)
    assert code == 1 and "1000 of" in said
    assert trees(root) == []


def breaks_off(to: Served) -> None:
    """Sends a chunk that is shorter than it says, and no more."""
    to.send_response(200)
    to.send_header("Transfer-Encoding", "chunked")
    to.end_headers()
    to.wfile.write(b"%x\r\n" % len(KERNEL) + KERNEL[:1000])


def test_one_that_breaks_off_within_a_chunk_is_told_as_well(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put({"/d/linux": breaks_off})
    code, then, said = fetched(root, wanted(f"{server}/d", size=None), monkeypatch)
    assert (code, then, trees(root)) == (1, "nothing is left of it", [])
    assert said.startswith(f"E: {server}/d/linux: the connection broke: ") and "Traceback" not in said


def test_so_it_is_in_a_look(server: str) -> None:
    put({"/d/.treeinfo": breaks_off})
    with pytest.raises(AgentError) as refused:
        look(f"{server}/d")
    assert (refused.value.code, refused.value.path) == ("io", f"{server}/d/.treeinfo")
    assert refused.value.message.startswith("the connection broke: ")


def test_an_answer_that_is_no_http_is_told(server: str) -> None:
    def nonsense(to: Served) -> None:
        to.wfile.write(b"nonsense\r\n\r\n")

    put({"/d/.treeinfo": nonsense})
    with pytest.raises(AgentError) as refused:
        look(f"{server}/d")
    assert (refused.value.code, refused.value.message) == (
        "io",
        "the server sends invalid data: BadStatusLine",
    )


def test_a_fetch_is_cancelled_and_leaves_nothing(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins, goes_on = threading.Event(), threading.Event()

    def slow(to: Served) -> None:
        to.send_response(200)
        to.send_header("Content-Length", str(len(KERNEL)))
        to.end_headers()
        to.wfile.write(KERNEL[:1000])
        to.wfile.flush()
        begins.set()
        goes_on.wait(60)

    put({"/d/linux": slow})
    work = begun(root, wanted(f"{server}/d"), monkeypatch)
    fetching = threading.Thread(target=tree_jobs.fetch, args=[work])
    fetching.start()
    assert begins.wait(60)
    control.cancel_job(root, job=JOB)
    fetching.join()
    goes_on.set()
    assert ended(root)[:2] == (130, "it was cancelled: nothing is left of it")
    assert trees(root) == []


def test_the_program_that_fetches_is_gone_however_it_ends(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(argv: list[str], *_given: object, **_more: object) -> int:
        assert os.path.isfile(argv[4])
        ran.append(argv[4])
        raise OSError(5, "Input/output error")

    ran: list[str] = []
    work = begun(root, wanted("http://127.0.0.1/d"), monkeypatch)
    monkeypatch.setattr(work, "execute", broken)
    with pytest.raises(OSError, match="Input"):
        tree_jobs.fetch(work)
    assert ran and not os.path.exists(ran[0])


def test_what_is_there_already_is_not_fetched_again(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = wanted(f"{server}/d")
    (Path(root) / "trees" / told["digest"]).mkdir(parents=True)
    with pytest.raises(AgentError) as refused:
        begun(root, told, monkeypatch)
    assert refused.value.code == "exists"


def test_what_no_domain_names_for_a_month_is_taken_away(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put({"/d/linux": KERNEL})
    named, unnamed, new = ("a" * 32, "b" * 32, "d" * 32)
    for name in (named, unnamed, new):
        folder = Path(root) / "trees" / name
        folder.mkdir(parents=True)
        (folder / "linux").write_bytes(b"x")
    text = f"name = 'web'\nuuid = '{UUID}'\nkernel = '{root}/trees/{named}/linux'\n"
    agent.dispatch(root, "create", {"uuid": UUID, "name": "web", "text": text})
    monkeypatch.setattr(tree_jobs, "_UNUSED", -100.0)
    assert layout.domains(root)
    begun(root, wanted(f"{server}/d"), monkeypatch)
    assert [name for name in trees(root) if not name.startswith(".")] == [named]


def _large(_monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "config.cfg").write_bytes(b"#" * (2 << 20))


def _no_file(_monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "config.cfg").unlink()
    os.mkfifo(folder / "config.cfg")


def _many(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    monkeypatch.setattr(tree_jobs, "_SCAN", 1)


def _closed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def scandir(path: Any) -> Any:
        if str(path) == str(folder):
            raise PermissionError(13, "Permission denied", str(path))
        return of(path)

    of = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)


@pytest.mark.parametrize("hide", [_large, _no_file, _many, _closed])
def test_where_a_text_cannot_be_read_nothing_is_taken_away(
    server: str, root: str, monkeypatch: pytest.MonkeyPatch, hide: Callable[[pytest.MonkeyPatch, Path], None]
) -> None:
    """It may name any of them."""
    put({"/d/linux": KERNEL})
    (Path(root) / "trees" / ("a" * 32)).mkdir(parents=True)
    agent.dispatch(root, "create", {"uuid": UUID, "name": "web", "text": "name = 'web'\n"})
    monkeypatch.setattr(tree_jobs, "_UNUSED", -100.0)
    hide(monkeypatch, Path(layout.entry(root, UUID)))
    begun(root, wanted(f"{server}/d"), monkeypatch)
    assert [name for name in trees(root) if not name.startswith(".")] == ["a" * 32]


def test_memory_images_and_logs_name_no_tree(server: str, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be of any size."""
    put({"/d/linux": KERNEL})
    (Path(root) / "trees" / ("a" * 32)).mkdir(parents=True)
    agent.dispatch(root, "create", {"uuid": UUID, "name": "web", "text": "name = 'web'\n"})
    for name in ("checkpoint.chk", "checkpoint.part-0123", "checkpoint.resuming"):
        (Path(layout.entry(root, UUID)) / name).write_bytes(bytes(2 << 20))
    with open(Path(layout.entry(root, UUID)) / "log.jsonl", "ab") as log:
        log.write(b" " * (2 << 20))
    monkeypatch.setattr(tree_jobs, "_UNUSED", -100.0)
    begun(root, wanted(f"{server}/d"), monkeypatch)
    assert [name for name in trees(root) if not name.startswith(".")] == []


@pytest.mark.parametrize(
    "more",
    [
        {"digest": "../x"},
        {"files": []},
        {"files": [{"name": "../x", "path": "a", "size": 1, "sha256": ""}]},
        {"files": [{"name": "x", "path": "../a", "size": 1, "sha256": ""}]},
        {"files": [{"name": "x", "path": "a", "size": 1 << 40, "sha256": ""}]},
        {"files": [{"name": "x", "path": "a", "size": 1, "sha256": "z"}]},
        {"url": "file:///etc"},
    ],
    ids=json.dumps,
)
def test_a_fetch_that_makes_no_sense_is_not_begun(
    root: str, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    with pytest.raises(AgentError) as refused:
        begun(root, {**wanted("http://127.0.0.1/d"), **more}, monkeypatch)
    assert refused.value.code == "invalid"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("nfs://server/srv/tree/", "server:/srv/tree"),
        ("nfs://[fe80::1]/t", "[fe80::1]:/t"),
        ("nfs://server/", "server:/"),
        ("http://server/", ""),
    ],
)
def test_what_mount_is_given_for_an_address_of_nfs(url: str, place: str) -> None:
    assert tree_names.nfs_of(url) == place


@pytest.mark.parametrize("url", ["nfs://server", "nfs://-o/x", "nfs://a b/x", "nfs://h/a\nb", "nfs:///x"])
def test_what_is_no_address_of_nfs_is_refused(url: str) -> None:
    with pytest.raises(AgentError):
        tree_names.nfs_of(url)

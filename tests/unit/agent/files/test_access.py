"""Looking at and writing files on the host: bounded, never hanging, never half."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent import steps
from xentui import agent

WEB1 = "11111111-2222-3333-4444-000000000001"


def call(operation: str, root: Path = Path("/nonexistent/store"), **arguments: Any) -> Any:
    return steps.dispatch(str(root), operation, arguments)


def refusal(operation: str, **arguments: Any) -> str:
    with pytest.raises(agent.AgentError) as refused:
        call(operation, **arguments)
    assert refused.value.message
    return refused.value.code


def test_a_file_is_read_up_to_its_limit(ground: Path) -> None:
    path = ground / "web1.cfg"
    path.write_bytes(b"12345")
    assert call("read_file", path=str(path), limit=5) == b"12345"
    assert refusal("read_file", path=str(path), limit=4) == "large"
    assert call("read_file", path="/proc/self/stat").startswith(str(os.getpid()).encode())
    assert refusal("read_file", path=str(ground / "none")) == "missing"
    assert refusal("read_file", path=str(ground)) == "invalid"


def test_what_would_block_or_never_end_is_not_read(ground: Path) -> None:
    os.mkfifo(ground / "pipe")
    assert refusal("read_file", path=str(ground / "pipe")) == "invalid"
    assert refusal("read_tail", path=str(ground / "pipe")) == "invalid"
    assert refusal("read_file", path="/dev/zero") == "invalid"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(ground / "socket"))
        assert refusal("read_file", path=str(ground / "socket")) in ("missing", "invalid")


def test_the_tail_of_a_log(ground: Path) -> None:
    path = ground / "log"
    path.write_bytes(b"one\ntwo\nthree\n")
    assert call("read_tail", path=str(path), limit=6) == b"three\n"
    assert call("read_tail", path=str(path), limit=600) == b"one\ntwo\nthree\n"
    assert call("read_tail", path=str(path), limit=0) == b""


def test_the_head_of_an_image(ground: Path) -> None:
    path = ground / "image"
    path.write_bytes(b"magic, then much more")
    assert call("read_head", path=str(path), limit=5) == b"magic"
    assert call("read_head", path=str(path)) == b"magic, then much more"
    assert refusal("read_head", path=str(ground)) == "invalid"


def test_one_file_has_one_identity_by_whatever_path(ground: Path) -> None:
    for name in ("a", "b"):
        (ground / name).write_bytes(b"")
    (ground / "link").symlink_to("a")
    os.link(ground / "a", ground / "hard")
    (ground / "sub").mkdir()
    paths = [str(ground / name) for name in ("a", "link", "hard", "sub/../a", "b", "none")]
    a, link, hard, around, b, none = (item.get("identity") for item in call("stat", paths=paths).values())
    assert a == link == hard == around
    assert a
    assert b not in (a, None)
    assert none is None


def test_what_paths_are(ground: Path) -> None:
    image = ground / "disk.img"
    with image.open("wb") as file:
        file.truncate(1 << 30)
    (ground / "link").symlink_to(image)
    paths = [str(image), str(ground / "link"), str(ground), str(ground / "none"), "/dev/null", "a\nb"]
    found = call("stat", paths=paths)
    assert list(found) == paths
    assert [item["kind"] for item in found.values()] == ["file", "file", "dir", "missing", "other", "missing"]
    sparse = found[str(image)]
    assert (sparse["size"], sparse["allocated"] < 1 << 20, sparse["readable"]) == (1 << 30, True, True)
    assert found[paths[3]]["error"]


@pytest.mark.skipif(not os.path.exists("/dev/loop0") or os.geteuid() != 0, reason="needs a block device")
def test_a_block_device_tells_its_size() -> None:
    found = call("stat", paths=["/dev/loop0"])["/dev/loop0"]
    assert found["kind"] == "block"
    assert found["size"] is None or found["size"] >= 0
    assert found["identity"] == "block 7:0"


def test_a_folder_is_listed_in_order_and_bounded(ground: Path) -> None:
    for name in ("b", "a", "c"):
        (ground / name).write_text(name)
    (ground / "d").symlink_to("nowhere")
    found = call("list_dir", path=str(ground))
    assert [(item["name"], item["kind"]) for item in found["entries"]] == [
        ("a", "file"),
        ("b", "file"),
        ("c", "file"),
        ("d", "missing"),
    ]
    assert not found["truncated"]
    found = call("list_dir", path=str(ground), limit=2)
    assert ([item["name"] for item in found["entries"]], found["truncated"]) == (["a", "b"], True)
    assert refusal("list_dir", path=str(ground / "none")) == "missing"


def test_paths_are_completed(ground: Path) -> None:
    (ground / "web1.cfg").write_text("")
    (ground / "web-images").mkdir()
    (ground / ".hidden").write_text("")
    base = str(ground)
    assert call("complete", prefix=f"{base}/we") == [f"{base}/web-images/", f"{base}/web1.cfg"]
    assert call("complete", prefix=f"{base}/") == [f"{base}/web-images/", f"{base}/web1.cfg"]
    assert call("complete", prefix=f"{base}/.") == [f"{base}/.hidden"]
    assert call("complete", prefix=f"{base}/we", limit=1) == [f"{base}/web-images/"]
    assert call("complete", prefix=f"{base}/none/x") == []


def test_a_name_that_is_not_utf8_survives_the_way_there_and_back(ground: Path) -> None:
    (ground / os.fsdecode(b"caf\xe9")).write_bytes(b"x")
    (path,) = call("complete", prefix=f"{ground}/caf")
    assert call("read_file", path=path) == b"x"


def test_a_file_is_written_whole_and_never_over_another_by_accident(ground: Path) -> None:
    path = ground / "new.cfg"
    call("write_file", path=str(path), data=b"one")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"one", 0o600)
    assert refusal("write_file", path=str(path), data=b"two") == "exists"
    path.chmod(0o644)
    (ground / "link").symlink_to("new.cfg")
    call("write_file", path=str(ground / "link"), data=b"two", exclusive=False)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"two", 0o644)
    assert (ground / "link").is_symlink()
    assert sorted(os.listdir(ground)) == ["link", "new.cfg"]
    assert refusal("write_file", path=str(ground / "none" / "x"), data=b"") == "missing"
    assert refusal("write_file", path=str(ground) + "/", data=b"") == "invalid"
    assert refusal("write_file", path=str(ground), data=b"", exclusive=False) == "invalid"
    assert refusal("write_file", path=str(ground / "x"), data="text") == "invalid"
    (ground / "loose").symlink_to("nowhere")
    assert refusal("write_file", path=str(ground / "loose"), data=b"") == "exists"


def test_only_memory_images_of_the_store_are_removed(ground: Path) -> None:
    root = ground / "store"
    call("create", root, uuid=WEB1, name="web1", text="name = 'web1'\n")
    image = Path(call("checkpoint_begin", root, uuid=WEB1))
    os.utime(image, (1_000_000, 1_000_000))  # of a save that has long ended
    outside = ground / "checkpoint.chk"
    outside.write_text("")
    folder = root / "domains" / WEB1
    for path in (
        outside,
        folder / "config.cfg",
        folder / "versions" / ".." / "log.jsonl",
        root / "checkpoint.chk",
        folder / ".." / ".." / ".." / "checkpoint.chk",
    ):
        with pytest.raises(agent.AgentError) as refused:
            call("remove_file", root, path=str(path))
        assert refused.value.code == "permission"
    call("remove_file", root, path=str(image))
    assert not image.exists()
    assert outside.exists()


def test_autostart_leaves_the_files_of_the_admin_alone(ground: Path) -> None:
    root, auto = ground / "store", ground / "auto"
    call("create", root, uuid=WEB1, name="web1", text="name = 'web1'\n")
    target = str(root / "domains" / WEB1 / "config.cfg")
    auto.mkdir()
    (auto / "web1").write_text("mine")
    (auto / "10-db").symlink_to("/nonexistent/db.cfg")
    (auto / ".dot").write_text("")
    with pytest.raises(agent.AgentError) as refused:
        call("link_autostart", root, auto_dir=str(auto), name="web1", target=target)
    assert refused.value.code == "exists"
    with pytest.raises(agent.AgentError) as refused:
        call("link_autostart", root, auto_dir=str(auto), name="x", target=str(auto / "web1"))
    assert refused.value.code == "invalid"
    (auto / "20-web1").symlink_to(target)
    (auto / "30-web1").symlink_to(f"../store/domains/{WEB1}/config.cfg")
    found = call("list_autostart", root, auto_dir=str(auto))
    assert [(item["file"], item["uuid"], item["broken"]) for item in found] == [
        ("10-db", None, True),
        ("20-web1", WEB1, False),
        ("30-web1", WEB1, False),
        ("web1", None, False),
    ]
    assert len(call("unlink_autostart", root, auto_dir=str(auto), uuid=WEB1)) == 2
    assert sorted(os.listdir(auto)) == [".dot", "10-db", "web1"]
    assert call("list_autostart", root, auto_dir=str(ground / "none")) == []


def test_a_link_of_an_earlier_life_is_replaced(ground: Path) -> None:
    root, auto = ground / "store", ground / "auto"
    call("create", root, uuid=WEB1, name="web1", text="name = 'web1'\n")
    auto.mkdir()
    other = WEB1.replace("1111", "ffff", 1)
    (auto / "web1").symlink_to(root / "domains" / other / "config.cfg")
    target = str(root / "domains" / WEB1 / "config.cfg")
    call("link_autostart", root, auto_dir=str(auto), name="web1", target=target)
    assert os.readlink(auto / "web1") == target


def test_a_link_goes_only_once_the_domain_has_another(ground: Path) -> None:
    root, auto = ground / "store", ground / "auto"
    call("create", root, uuid=WEB1, name="web1", text="name = 'web1'\n")
    target = str(root / "domains" / WEB1 / "config.cfg")
    for name in ("web1", "front"):
        call("link_autostart", root, auto_dir=str(auto), name=name, target=target)
        assert os.listdir(auto) == [name]
    (auto / "mine").write_text("mine")
    (auto / "old").symlink_to(target)
    with pytest.raises(agent.AgentError) as refused:
        call("link_autostart", root, auto_dir=str(auto), name="mine", target=target)
    assert refused.value.code == "exists"
    assert sorted(os.listdir(auto)) == ["front", "mine", "old"]
    call("link_autostart", root, auto_dir=str(auto), name="front", target=target)
    assert sorted(os.listdir(auto)) == ["front", "mine"]


def test_the_link_of_another_stored_domain_is_left_alone(ground: Path) -> None:
    """Under a name that is not its own xendomains would not know what it has saved itself."""
    root, auto = ground / "store", ground / "auto"
    web2 = WEB1.replace("1111", "ffff", 1)
    call("create", root, uuid=WEB1, name="web1", text="name = 'web1'\n")
    call("create", root, uuid=web2, name="web2", text="name = 'web2'\n")
    targets = {uuid: str(root / "domains" / uuid / "config.cfg") for uuid in (WEB1, web2)}
    call("link_autostart", root, auto_dir=str(auto), name="web2", target=targets[WEB1])
    with pytest.raises(agent.AgentError, match="the stored domain web1") as refused:
        call("link_autostart", root, auto_dir=str(auto), name="web2", target=targets[web2])
    assert refused.value.code == "conflict"
    assert os.readlink(auto / "web2") == targets[WEB1]
    call("delete", root, uuid=WEB1)
    call("link_autostart", root, auto_dir=str(auto), name="web2", target=targets[web2])
    assert os.readlink(auto / "web2") == targets[web2]


def test_a_torn_audit_line_stays_alone(ground: Path) -> None:
    root = ground / "store"
    call("audit_append", root, record={"verb": "one"})
    with (root / "audit.jsonl").open("ab") as log:
        log.write(b'{"verb": "to')
    call("audit_append", root, record={"verb": "three", "argv": ["a\nb", "\udcff"]})
    assert [item["verb"] for item in call("audit_tail", root)] == ["one", "three"]
    with pytest.raises(agent.AgentError) as refused:
        call("audit_append", root, record={"text": "x" * 70_000})
    assert refused.value.code == "large"
    with pytest.raises(agent.AgentError) as refused:
        call("audit_append", root, record={"bad": {1, 2}})
    assert refused.value.code == "invalid"
    assert call("audit_tail", root, limit=0) == []


def test_the_end_of_a_long_audit_log_is_read_without_its_beginning(ground: Path) -> None:
    root = ground / "store"
    call("audit_append", root, record={"verb": "first"})
    with (root / "audit.jsonl").open("ab") as log:
        log.write((b'{"verb": "many", "pad": "' + b"x" * 1000 + b'"}\n') * 5000)
    call("audit_append", root, record={"verb": "last"})
    found = call("audit_tail", root, limit=100_000)
    assert found[-1]["verb"] == "last"
    assert {item["verb"] for item in found} == {"many", "last"}


def test_the_agent_imports_nothing_of_xentui_but_itself_and_nothing_heavy() -> None:
    listed = "import sys, xentui.agent; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    own = {name for name in loaded if name.startswith("xentui")}
    assert all(name == "xentui" or name.startswith("xentui.agent") for name in own)
    heavy = {"inspect", "dataclasses", "asyncio", "shutil", "tempfile", "subprocess", "pathlib", "datetime"}
    assert not loaded & heavy

"""Where the text of a configuration comes from."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from xentui.errors import ConfigError, StoreError
from xentui.service.config_source import FILE_LIMIT, HostFile, Text, decoded, named
from xentui.service.hypervisor import Hypervisor


async def test_a_file_is_read_with_its_place_and_digest(host: Faulty) -> None:
    path = host.guest("web")
    data = Path(host.host_path(path)).read_bytes()
    found = await HostFile(host, path).read()
    assert found.path == host.host_path(path)
    assert found.text.encode() == data
    assert found.sha256 == hashlib.sha256(data).hexdigest()


async def test_only_a_bare_name_is_looked_for_in_etc_xen(host: Faulty) -> None:
    path = host.guest("web")
    assert (await HostFile(host, "web.cfg").read()).path == host.host_path(path)
    with pytest.raises(StoreError) as caught:
        await HostFile(host, "./web.cfg").read()
    assert (caught.value.code, caught.value.subject) == ("missing", "./web.cfg")


async def test_what_cannot_be_read_where_it_is_named_is_not_looked_for_elsewhere(
    host: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.guest("web")
    monkeypatch.chdir(tmp_path)
    Path("web.cfg").mkdir()
    with pytest.raises(StoreError, match="cannot be read") as caught:
        await HostFile(host, "web.cfg").read()
    assert caught.value.code != "missing"


async def test_what_is_no_text_is_refused_at_its_line(host: Faulty) -> None:
    path = host.guest("web")
    Path(host.host_path(path)).write_bytes(b"name = 'web'\nmemory = \xff\n")
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        await HostFile(host, path).read()
    assert caught.value.line == 2


async def test_a_text_is_read_as_what_it_is_called() -> None:
    found = await Text("name = 'web'\n", "new domain").read()
    assert (found.path, found.text) == ("new domain", "name = 'web'\n")


GUEST = 'name = "here"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\n'


async def test_a_file_of_this_machine_is_named_as_such(host: Faulty, tmp_path: Path) -> None:
    (tmp_path / "here.cfg").write_text(GUEST)
    origin = named(host, f"local:{tmp_path}/here.cfg")
    found = await origin.read()
    assert (found.path, found.text, found.on_host) == (f"local:{tmp_path}/here.cfg", GUEST, False)
    with pytest.raises(StoreError) as caught:
        await named(host, f"local:{tmp_path}/nothing.cfg").read()
    assert caught.value.subject == f"local:{tmp_path}/nothing.cfg"


async def test_the_home_folder_is_known(
    host: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "here.cfg").write_text(GUEST)
    assert (await named(host, "local:~/here.cfg").read()).text == GUEST


async def test_a_file_of_this_machine_is_offered_where_the_host_has_none(
    host: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The simulated host has the user's own files too, but in /etc.
    monkeypatch.setattr(os.path, "isfile", lambda path: path == "/etc/xen/here.cfg")
    with pytest.raises(StoreError) as caught:
        await named(host, "/etc/xen/here.cfg").read()
    assert caught.value.plain_hint == "this machine has a file of that name: local:/etc/xen/here.cfg"
    with pytest.raises(StoreError) as caught:
        await named(host, "/etc/xen/nothing.cfg").read()
    assert "local:" not in caught.value.plain_hint


async def test_a_bare_name_of_this_machine_is_not_looked_for_in_etc_xen(
    host: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="cannot be read"):
        await named(host, "local:web.cfg").read()


async def test_what_is_stored_from_elsewhere_has_no_file_on_the_host_to_drift_from(
    host: Faulty, hypervisor: Hypervisor, tmp_path: Path
) -> None:
    (tmp_path / "here.cfg").write_text(GUEST)
    await hypervisor.definitions.new(f"local:{tmp_path}/here.cfg")
    domain = await hypervisor.inventory.find("here")
    assert (domain.source, domain.drift) == ("", ())
    (version,) = await hypervisor.history.versions(domain)
    assert version.reason == f"new local:{tmp_path}/here.cfg"
    text = GUEST.replace("here", "typed")
    await hypervisor.definitions.new(Text(text, "standard input"))
    assert (await hypervisor.inventory.find("typed")).source == ""


async def test_a_file_of_this_machine_boots_from_a_text_on_the_host(
    host: Faulty, hypervisor: Hypervisor, tmp_path: Path
) -> None:
    (tmp_path / "here.cfg").write_text(GUEST)
    plan = await hypervisor.lifecycle.create(f"local:{tmp_path}/here.cfg")
    assert (plan.kind, plan.name) == ("transient", "here")
    (argv,) = [argv for argv in host.ran if argv[1] == "create"]
    assert not [word for word in argv if str(tmp_path / "here.cfg") in word], "xl cannot read it there"


async def test_folders_of_this_machine_are_imported(
    host: Faulty, hypervisor: Hypervisor, tmp_path: Path
) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.cfg").write_text(GUEST.replace("here", name))
    (folder / "notes.txt").write_text("nothing of a domain")
    outcomes = [item async for item in hypervisor.importing.run([f"local:{folder}/", Text(GUEST, "input")])]
    made = {item.source: item.defined.name for item in outcomes if item.defined}
    assert made == {f"local:{folder}/one.cfg": "one", f"local:{folder}/two.cfg": "two", "input": "here"}


def test_what_is_too_long_is_no_configuration() -> None:
    with pytest.raises(ConfigError, match="1 MiB"):
        decoded(b"#" * (FILE_LIMIT + 1), "standard input")

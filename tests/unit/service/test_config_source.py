"""Where the text of a configuration comes from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from xentui.errors import ConfigError, StoreError
from xentui.service.config_source import HostFile, Text


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

"""config.toml and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from xentui import settings
from xentui.settings import NamedHost, Settings, SettingsError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where config.toml belongs; not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("XENTUI_SSH", raising=False)
    (tmp_path / "xentui").mkdir()
    return tmp_path / "xentui" / "config.toml"


def test_everything_has_a_default(file: Path) -> None:
    assert settings.config_file() == str(file)
    assert settings.load() == Settings(default_host="", store="", hosts={}, ssh="ssh")


def test_everything_can_be_set(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("""
default_host = "xen1"
store = "/srv/here"

[hosts.xen1]
address = "ssh://root@xen1.example.org"
store = "/srv/there"
ssh = "ssh -J jump"

[hosts."rack 2"]
address = "ssh://rack2"
""")
    monkeypatch.setenv("XENTUI_SSH", "ssh -v")
    assert settings.load() == Settings(
        default_host="xen1",
        store="/srv/here",
        hosts={
            "xen1": NamedHost("ssh://root@xen1.example.org", "/srv/there", "ssh -J jump"),
            "rack 2": NamedHost("ssh://rack2"),
        },
        ssh="ssh -v",
    )


def test_other_hosts_may_reach_one_by_another_address(file: Path) -> None:
    table = '[hosts.b]\naddress = "ssh://b"\n'
    file.write_text(f'{table}migration = {{ address = "root@10.0.0.2", ssh = "ssh -p 2222" }}\n')
    assert settings.load().hosts["b"] == NamedHost(
        "ssh://b", migration_address="root@10.0.0.2", migration_ssh="ssh -p 2222"
    )
    for wrong in ('"10.0.0.2"', '{ ssh = "ssh" }', "{ address = 7 }", '{ address = "b", port = 22 }'):
        file.write_text(f"{table}migration = {wrong}\n")
        assert "migration" in settings.load().problems["b"].message, wrong


def test_the_bell_may_be_kept_quiet(file: Path) -> None:
    assert settings.load().bell
    file.write_text("bell = false\n")
    assert not settings.load().bell
    file.write_text('bell = "no"\n')
    with pytest.raises(SettingsError):
        settings.load()


def test_an_empty_variable_is_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XENTUI_SSH", "")
    assert settings.load().ssh == "ssh"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("default_host = ", "is not TOML"),
        ("default_host = 3", "`default_host` should be a string"),
        ("store = []", "`store` should be a string"),
        ("hosts = 3", "[hosts.xen1]"),
        ("default_hots = 'xen1'", "no setting `default_hots`"),
        ("[host.xen1]\naddress = 'ssh://x'", "no setting `host`"),
        ("[hosts.local]\naddress = 'ssh://x'", "[hosts.local] would hide"),
        ("[hosts.sim]\naddress = 'ssh://x'", "[hosts.sim] would hide"),
        ("[hosts.'sim:a']\naddress = 'ssh://x'", "[hosts.sim:a] would hide"),
        ("[hosts.'ssh://a']\naddress = 'ssh://x'", "[hosts.ssh://a] would hide"),
        ("#" * ((1 << 20) + 1), "larger than 1 MiB"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert caught.value.subject == str(file)
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("[hosts]\nxen1 = 'ssh://xen1'", "[hosts.xen1] needs address", "add that line"),
        ("[hosts.xen1]\nstore = '/x'", "[hosts.xen1] needs address", "add that line"),
        ("[hosts.xen1]\naddress = 3", "[hosts.xen1] needs address", "add that line"),
        ("[hosts.xen1]\naddress = 'ssh://x'\nssh = 3", "`ssh` should be a string", "ssh = "),
        ("[hosts.xen1]\naddress = 'ssh://x'\nstroe = '/x'", "no setting `stroe` in [hosts.xen1]", "`store`"),
        ("[hosts.xen1]\naddress = 'ssh://x'\nqqq = '/x'", "no setting `qqq` in [hosts.xen1]", "known are"),
    ],
)
def test_a_mistake_in_one_host_is_told_where_that_host_is_meant(
    file: Path, text: str, says: str, hint: str
) -> None:
    file.write_text(f"{text}\n[hosts.xen2]\naddress = 'ssh://xen2'\n")
    loaded = settings.load()
    assert loaded.host("xen2") == NamedHost("ssh://xen2")
    assert loaded.host("xen3") is None
    with pytest.raises(SettingsError) as caught:
        loaded.host("xen1")
    assert caught.value.subject == str(file)
    assert says in caught.value.message
    assert hint in caught.value.plain_hint


def test_a_misspelt_key_is_told_with_the_nearest_one(file: Path) -> None:
    file.write_text("default_hots = 'xen1'")
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert caught.value.hint == "did you mean `default_host`?"


def test_a_file_that_is_no_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load()


def test_a_folder_in_its_place(file: Path) -> None:
    file.mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load()


def test_folders_without_the_xdg_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    assert settings.config_file() == "/home/me/.config/xentui/config.toml"
    assert settings.state_folder() == Path("/home/me/.local/state/xentui")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert settings.state_folder() == Path("/state/xentui")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 3000,
        "a = " + "{b=" * 3000,
        "a = " + "9" * 5000,
        "a = 9999-99-99",
        "a." * 5000 + "b = 1",
    ],
)
def test_a_file_that_no_parser_likes_is_a_sentence(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert str(file) in refused.value.headline
    assert len(refused.value.headline) < 400

"""Which host is meant, and which one where none is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.hints import hint
from xentui.errors import UsageError
from xentui.hosts import choose, local
from xentui.hosts.choose import HostChoice
from xentui.hosts.local import LocalHost
from xentui.hosts.reach import Reach
from xentui.hosts.sim import SimHost
from xentui.hosts.ssh import SshHost
from xentui.settings import NamedHost, SettingProblem, Settings, SettingsError

HOSTS = {
    "xen1": NamedHost("ssh://root@xen1:2222", "/srv/store", "ssh -J jump"),
    "xen2": NamedHost("ssh://xen2"),
    "here": NamedHost("local", "/srv/here"),
    "same": NamedHost("local"),
    "play": NamedHost("sim:play"),
    "odd": NamedHost("ftp://x"),
    "far": NamedHost("ssh://far", migration_address="root@10.0.0.2", migration_ssh="ssh -i /root/.ssh/xen"),
}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of the user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def chosen(wanted: str = "", **settings: object) -> HostChoice:
    return choose.choose(wanted, Settings(hosts=HOSTS, **settings))  # type: ignore[arg-type]


def on_a_dom0(monkeypatch: pytest.MonkeyPatch, why: str = "") -> None:
    monkeypatch.setattr(choose, "why_xl_cannot_answer", lambda sudo: why)


def test_by_itself_it_is_this_dom0_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_dom0(monkeypatch)
    choice = chosen(store="/srv/store")
    assert isinstance(choice.host, LocalHost)
    assert (choice.notice, choice.host.name, choice.host.store_root) == ("", "local", "/srv/store")


@pytest.mark.parametrize("dom0", [False, True])
def test_a_machine_without_xen_is_handed_on_to_be_checked(
    monkeypatch: pytest.MonkeyPatch, dom0: bool
) -> None:
    on_a_dom0(monkeypatch, "xl needs root here")
    monkeypatch.setattr("xentui.hosts.choose.is_dom0", lambda: dom0)
    assert (chosen().here is None) == dom0


def test_elsewhere_it_is_the_simulator_and_it_says_why(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    on_a_dom0(monkeypatch, "this machine is not a Xen dom0")
    choice = chosen()
    assert isinstance(choice.host, SimHost)
    assert choice.notice == "this machine is not a Xen dom0: using the simulator"
    assert choice.host.store_root == str(state / "xentui" / "sim" / "store")
    assert not (state / "xentui").exists(), "choosing a host touches nothing"


def test_the_default_of_the_settings_comes_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_dom0(monkeypatch)
    choice = chosen(default_host="xen1")
    assert isinstance(choice.host, SshHost)
    assert (choice.host.name, choice.notice) == ("xen1", "")
    assert chosen("local", default_host="xen1").host.name == "local"


def test_a_named_host_has_its_own_store_and_ssh() -> None:
    host = chosen("xen1", ssh="ssh -v").host
    assert host.store_root == "/srv/store"
    argv = host.pty_argv(["xl", "list"])
    assert argv[:3] == ["ssh", "-J", "jump"]
    assert argv[argv.index("-p") + 1] == "2222"
    assert "root@xen1" in argv


def test_what_a_named_host_does_not_say_is_as_for_all() -> None:
    host = chosen("xen2", ssh="ssh -v").host
    assert (host.name, host.store_root) == ("xen2", "/var/lib/xentui")
    assert host.pty_argv(["xl"])[:2] == ["ssh", "-v"]


@pytest.mark.parametrize(
    ("wanted", "reach"),
    [
        ("xen1", Reach("root@xen1", "ssh -p 2222")),
        ("ssh://admin@xen3?sudo", Reach("root@xen3")),
        ("play", Reach("sim-play")),
        ("local", Reach(f"root@{os.uname().nodename}")),
        ("far", Reach("root@10.0.0.2", "ssh -i /root/.ssh/xen")),
    ],
)
def test_other_hosts_reach_one_as_root_or_as_is_said(wanted: str, reach: Reach) -> None:
    assert chosen(wanted).host.reach == reach


@pytest.mark.parametrize(
    ("ssh", "begins"),
    [
        ("", "ssh -oBatchMode=yes "),
        ("ssh -p 22", "ssh -oBatchMode=yes "),
        ("/usr/bin/ssh -p 22", "/usr/bin/ssh -oBatchMode=yes "),
        ("sudo -n ssh -p 22", "sudo -n ssh -oBatchMode=yes "),
    ],
)
def test_what_keeps_it_from_asking_is_an_option_of_ssh_itself(ssh: str, begins: str) -> None:
    assert " ".join(Reach("root@xen1", ssh).command).startswith(begins)


def test_an_address_needs_no_name() -> None:
    host = chosen("ssh://admin@[::1]:22").host
    assert (host.name, host.store_root) == ("ssh://admin@[::1]:22", "/var/lib/xentui")


@pytest.mark.parametrize(
    ("wanted", "name", "store"),
    [("local", "local", "/srv/all"), ("same", "same", "/srv/all"), ("here", "here", "/srv/here")],
)
def test_this_machine_by_any_name(wanted: str, name: str, store: str) -> None:
    host = chosen(wanted, store="/srv/all").host
    assert isinstance(host, LocalHost)
    assert (host.name, host.store_root) == (name, store)


def test_simulated_hosts_have_a_folder_each(state: Path) -> None:
    assert chosen("sim").host.store_root == str(state / "xentui" / "sim" / "store")
    assert chosen("sim:b").host.store_root == str(state / "xentui" / "sim-b" / "store")
    assert chosen("play").host.name == "play"
    assert chosen("sim:b").host.name == "sim:b"


@pytest.mark.parametrize("wanted", ["xen3", "odd", "http://xen1", "SSH://xen1 ", "-x"])
def test_what_is_no_host_is_told_with_those_there_are(wanted: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(wanted)
    assert "xen1" in hint(caught.value)
    assert "ssh://[user@]host[:port]" in hint(caught.value)


def test_a_host_with_a_problem_is_in_the_way_of_no_other() -> None:
    settings = Settings(
        hosts=HOSTS, problems={"bad": SettingProblem('[hosts.bad] needs address = "ssh://…"')}
    )
    assert choose.choose("xen2", settings).host.name == "xen2"
    with pytest.raises(SettingsError, match="needs address"):
        choose.choose("bad", settings)


@pytest.mark.parametrize("wanted", ["sim:x/../../../etc", "sim:a/b", "sim:", "sim:.", "sim:\n", "simulator"])
def test_a_simulated_host_cannot_lie_outside_the_state_folder(wanted: str) -> None:
    with pytest.raises(UsageError):
        chosen(wanted)


@pytest.mark.parametrize(
    ("dom0", "has_xl", "why"),
    [
        (False, True, "not a Xen dom0"),
        (True, False, "no xl"),
        (True, True, ""),
    ],
)
def test_why_xl_would_not_answer_here(
    dom0: bool, has_xl: bool, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if has_xl:
        (tmp_path / "xl").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(local, "is_dom0", lambda: dom0)
    monkeypatch.setattr("os.path.exists", lambda path: False)
    assert why in local.why_xl_cannot_answer()
    assert bool(local.why_xl_cannot_answer()) is bool(why)


def test_without_root_xl_would_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xl").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(local, "is_dom0", lambda: True)
    monkeypatch.setattr("os.path.exists", lambda path: path == "/dev/xen/privcmd")
    real = os.access
    monkeypatch.setattr("os.access", lambda path, mode: path != "/dev/xen/privcmd" and real(path, mode))
    assert "xl needs root here" in local.why_xl_cannot_answer()
    assert local.why_xl_cannot_answer(sudo=True) == ""

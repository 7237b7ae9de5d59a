"""Which hosts are meant: lists, groups, names of ssh's configuration, inventories."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from xentui.errors import UsageError, XentuiError
from xentui.hosts.choose import named_beside
from xentui.hosts.naming import ssh_config
from xentui.hosts.naming.groups import known, wanted_hosts
from xentui.hosts.naming.inventory import AnsibleInventory
from xentui.hosts.naming.open_hosts import open_hosts
from xentui.settings import NamedHost, Settings, SettingsError, load


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home, with nothing of ssh in it."""
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    monkeypatch.setattr(ssh_config, "home_folder", lambda: folder)
    monkeypatch.setattr(ssh_config, "_SYSTEM", tmp_path / "etc-ssh")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "xentui").mkdir(parents=True)
    return folder


def configured(home: Path, text: str) -> Settings:
    """The settings of a config.toml."""
    (home.parent / "config" / "xentui" / "config.toml").write_text(text)
    return load()


def names(hosts: str = "", groups: str = "", given: Settings | None = None) -> list[str]:
    return [host.name for host in wanted_hosts(hosts, groups, given or Settings()).hosts]


XEN1 = Settings(hosts={"xen1": NamedHost("ssh://root@xen1"), "a,b": NamedHost("ssh://ab")})


def test_hosts_are_named_with_commas_between() -> None:
    assert names("sim:a,sim:b") == ["sim:a", "sim:b"]
    assert names("xen1, ssh://root@xen2", given=XEN1) == ["xen1", "ssh://root@xen2"]
    assert names("a,b", given=XEN1) == ["a,b"]


@pytest.mark.parametrize(
    "wrong", ["sim:a,", ",sim:a", "nowhere", "sim:a,-oProxyCommand=x", "ssh://-x", "sim:a,a b"]
)
def test_what_is_no_host_is_refused(wrong: str, home: Path) -> None:
    with pytest.raises(UsageError):
        names(wrong)


@pytest.mark.parametrize("host", ["xen$(id)", "xen`id`", "xen;id", "xen|id", "x&y", "x>y", "x'y", "{x}"])
def test_no_shell_character_comes_as_far_as_ssh(host: str, home: Path) -> None:
    (home / ".ssh" / "config").write_text(f'Host "{host}"\n')
    for named in (f"ssh://{host}", host):
        with pytest.raises(UsageError):
            names(named)
    with pytest.raises(UsageError):
        names(groups="ssh-config:*")
    inventory = home / "hosts"
    inventory.write_text(f'xen1 ansible_host="{host}"\n')
    with pytest.raises(UsageError, match="xen1 has no address"):
        names(groups=f"inventory:{inventory}")


def test_names_of_ssh_are_those_of_its_host_lines_that_are_no_patterns(home: Path) -> None:
    (home / ".ssh" / "config").write_text(
        'Host xen1 xen2 *.example.org !xen9\n  HostName 192.0.2.1\nHOST = "xen3" # the old one\n'
        "Include more/*.conf ~/other\nMatch host xen4\nHost xen?\nHost 'open\n"
    )
    (home / ".ssh" / "more").mkdir()
    (home / ".ssh" / "more" / "1.conf").write_text("Host rack-1\nInclude ../config\n")
    (home / "other").write_bytes(b"Host other\nHost \xff\xfe\n")
    assert ssh_config.names()[:5] == ("xen1", "xen2", "xen3", "rack-1", "other")
    assert names("xen2") == ["xen2"]
    assert names(groups="ssh-config:xen*") == ["xen1", "xen2", "xen3"]
    assert known("rack-1", Settings()) is not None
    assert known("rack-9", Settings()) is None


def test_an_include_of_itself_ends(home: Path) -> None:
    (home / ".ssh" / "config").write_text("Host a\nInclude config\nInclude config\n")
    assert ssh_config.names() == ("a",)


def test_another_configuration_that_ssh_is_given_is_read(home: Path) -> None:
    (home / "other").write_text("Host other\n")
    assert ssh_config.names(f"ssh -F {home}/other") == ("other",)
    assert ssh_config.names(f"ssh -F{home}/other -v") == ("other",)


INVENTORY = """\
# hosts of the first room
lone:2222
[xen]
xen[01:03] ansible_user=root   ; not a comment to Ansible, but a word
""".replace("   ; not a comment to Ansible, but a word", "   # by cable")


def test_an_inventory_has_groups_children_ranges_and_addresses(home: Path) -> None:
    path = home / "hosts.ini"
    path.write_text(
        INVENTORY
        + "xen03 ansible_host=192.0.2.3 ansible_port=2200\n[racks:children]\nxen\nold\n[old]\nrack-[a:c]-[1:3:2]\n"
        "[old:vars]\nansible_user = admin\nansible_become=true\n[all:vars]\nansible_user=nobody\n"
    )

    def addresses(group: str) -> list[str]:
        return [host.address for host in wanted_hosts("", f"inventory:{path}{group}", Settings()).hosts]

    assert addresses("#xen") == ["ssh://root@xen01", "ssh://root@xen02", "ssh://root@192.0.2.3:2200"]
    assert addresses("#old")[:2] == ["ssh://admin@rack-a-1?sudo", "ssh://admin@rack-a-3?sudo"]
    assert len(addresses("#racks")) == 9
    assert addresses("")[0] == "ssh://nobody@lone:2222"
    assert addresses("#ungrouped") == ["ssh://nobody@lone:2222"]


def test_groups_that_many_groups_lead_to_are_read_once(home: Path) -> None:
    """Forty times two ways to one group are more than anyone can walk."""
    lines = ["[g0]", "a"]
    for n in range(1, 41):
        lines += [f"[{side}{n}:children]\ng{n - 1}" for side in ("l", "r")]
        lines += [f"[g{n}:children]\nl{n}\nr{n}"]
    path = home / "hosts.ini"
    path.write_text("\n".join(lines) + "\n")
    assert names(groups=f"inventory:{path}#g40") == ["a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[xen\n", "line 1 is not a section"),
        ("a\n[x:children]\ny\n", "line 3 names a group that is nowhere: y"),
        ("[x:children]\ny\n[y:children]\nx\n", "puts a group below itself"),
        (
            "[x:children]\ng0\n"
            + "".join(f"[g{n}:children]\ng{n + 1}\n" for n in range(2000))
            + "[g2000]\na\n",
            "puts groups more than 100 deep",
        ),
        ("a\n\nb 'open\n", "line 3 has a quotation mark"),
        ("a ansible_host\n", "line 1 sets nothing"),
        ("xen[9:1]\n", "line 1 has a range of none"),
        ("xen[1:999999999]\n", "line 1 has a range of none, or of too many"),
        ("x[1:999][1:999]\n", "line 1 stands for more than"),
        ("-oProxyCommand=x\n", "line 1 is not a host"),
        ("a\x1b[2J\n", "line 1 is too long, or has control characters"),
        ("#!/bin/sh\n", "is a program"),
        ("a ansible_port=ssh\n", "a has no port"),
        ("a: {b: c}\n", "line 1"),
    ],
)
def test_a_bad_line_of_an_inventory_is_named(text: str, said: str, home: Path) -> None:
    path = home / "hosts.ini"
    path.write_text(text)
    group = "#x" if "[x:" in text else ""
    with pytest.raises(UsageError) as raised:
        names(groups=f"inventory:{path}{group}")
    assert raised.value.subject == str(path)
    assert said in raised.value.message


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(alphabet=string.ascii_letters + string.digits + "[]:=#;'\" \n\t-._\x00é", max_size=200))
@example(text="[a:children]\na")
@example(text="x[1:2:0]")
def test_whatever_an_inventory_holds_it_is_read_or_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(text)
    try:
        for host in AnsibleInventory(str(path)).hosts():
            assert not host.name.startswith("-")
            assert not set(host.name) & set("`'\"$\\;&<>|(){} ")
    except UsageError as error:
        assert error.subject == str(path)


def test_groups_of_config_toml_are_lists_of_all_that(home: Path) -> None:
    (home / ".ssh" / "config").write_text("Host rack-1 rack-2\n")
    (home.parent / "config" / "xentui" / "hosts.ini").write_text("[xen]\nxen[7:8]\n")
    given = configured(
        home,
        '[groups]\nracks = ["ssh-config:rack-*"]\nall = ["sim:a", "group:racks", "inventory:hosts.ini#xen", "sim:a"]\n',
    )
    assert names(groups="all", given=given) == ["sim:a", "rack-1", "rack-2", "xen7", "xen8"]
    assert names("sim:b", "racks", given) == ["sim:b", "rack-1", "rack-2"]


@pytest.mark.parametrize(
    ("groups", "said", "line"),
    [
        ('a = ["sim:a",\n  "xen77"]', "[groups] a: xen77: is not a host", 3),
        ('a = ["ssh-config:none*"]', "is not a host of ssh's configuration", 2),
        ('a = ["inventory:nowhere.ini"]', "cannot be read", 2),
        ('a = ["group:b"]', "b: is not a group of hosts", 2),
        ('a = ["ssh://-x"]', "is not an SSH address", 2),
    ],
)
def test_what_is_wrong_in_a_group_is_told_with_file_and_line(
    groups: str, said: str, line: int, home: Path
) -> None:
    given = configured(home, f"[groups]\n{groups}\n")
    with pytest.raises(SettingsError) as raised:
        names(groups="a", given=given)
    assert said in raised.value.message
    assert raised.value.subject.endswith(f"config.toml:{line}")


def test_a_group_in_itself_and_one_that_is_none_are_refused(home: Path) -> None:
    given = configured(home, '[groups]\na = ["group:b"]\nb = ["group:a"]\n')
    for group in ("a", "c", ""):
        with pytest.raises(XentuiError):
            names("sim:a" if group else "", group or ",", given)


@pytest.mark.parametrize("wrong", ['groups = "xen1"', '[groups]\na = "xen1"', "[groups]\na = [1]"])
def test_groups_of_another_kind_are_refused(wrong: str, home: Path) -> None:
    with pytest.raises(SettingsError, match="group"):
        configured(home, wrong)


def test_two_names_of_one_address_are_one_host_and_told(home: Path) -> None:
    given = Settings(
        hosts={"xen1": NamedHost("ssh://root@192.0.2.1"), "one": NamedHost("ssh://192.0.2.1:22?sudo")}
    )
    wanted = wanted_hosts("xen1,one,ssh://192.0.2.1:2222", "", given)
    assert [host.name for host in wanted.hosts] == ["xen1", "ssh://192.0.2.1:2222"]
    assert wanted.notices == ("one is xen1 by another name: it is listed once",)


def test_a_host_of_an_inventory_is_found_there_by_those_beside_it(home: Path) -> None:
    (home / ".ssh" / "config").write_text("Host xen2 xen9\n")
    inventory = home / "hosts"
    inventory.write_text(
        "[web]\nxen1 ansible_host=192.0.2.1\n[db]\nxen2 ansible_host=192.0.2.2 ansible_user=admin ansible_port=2222\n"
    )
    mine = Settings(hosts={"xen3": NamedHost("ssh://root@xen3")})
    first = open_hosts(wanted_hosts("", f"inventory:{inventory}#web", mine), mine).choices[0].host
    for host in (first, named_beside(first, "xen2", mine).host):
        told = {word: named_beside(host, word, mine).host for word in ("xen1", "xen2", "xen3", "xen9", "sim")}
        assert {word: found.reach.address for word, found in told.items()} == {
            "xen1": "root@192.0.2.1",
            "xen2": "root@192.0.2.2",
            "xen3": "root@xen3",
            "xen9": "root@xen9",
            "sim": told["sim"].reach.address,
        }
        assert all(found.name == word for word, found in told.items())
        with pytest.raises(UsageError, match="is not a host"):
            named_beside(host, "xen4", mine)

"""What xend of a host is set to, and how that is changed."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.config.test_xend_config import SHIPPED
from tests.unit.service.conftest import Faulty
from xentui.commands.verbs.xend import KEYS
from xentui.config import xend_settings as settings
from xentui.errors import ConfigError, NoAgentError, NotAllowedError, StoreError, UsageError
from xentui.hosts.base import Completed
from xentui.service import host_check
from xentui.service.host_check.facts import XEND as PATH
from xentui.service.host_check.mending import mend_lines
from xentui.service.hypervisor import Hypervisor
from xentui.service.xend import changes, status

# What `xm info -c` prints of Xen 4.0 to 4.4: the attributes of its options, and the entries of the file (main.py).
XM = """\
config_default                        : /etc/xen/xend-config.sxp
config_path                           : /etc/xen/xend-config.sxp
xend-relocation-server                : yes
xend-relocation-hosts-allow           : ^localhost$ ^localhost\\.localdomain$
network-script                        : network-bridge
vncpasswd                             :
xend_relocation_port_default          : 8002
"""
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100000A:1F42 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 0100000A:1F42 0200000A:C001 01 00000000:00000000 00:00000000 00000000     0        0 3 1
"""


class Old(Faulty):
    """A simulated host with a xend, and without Python for the agent where ``agentless``."""

    agentless = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.says: dict[str, str] = {
            "xm info -c": XM,
            "test -x /etc/init.d/xend": "",
            "/etc/init.d/xend restart": "",
        }
        self.commands: list[str] = []
        self.owner = "0 644 regular file"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(SHIPPED)

    @property
    def file(self) -> Path:
        return Path(self.host_path(PATH))

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        line = " ".join(argv)
        self.commands.append(line)
        if line in self.says:
            return Completed(tuple(argv), 0, self.says[line].encode(), b"")
        if self.agentless and PATH in line and argv[0] in ("head", "cp", "dd", "mv", "rm", "cat", "stat"):
            return self._by_hand(argv, stdin)
        return await super().run(argv, stdin=stdin, timeout=timeout)

    def _by_hand(self, argv: Sequence[str], stdin: bytes) -> Completed:
        """The few commands of a system that change a file."""
        words = [word.removeprefix("of=") for word in argv if word.startswith(("/", "of="))]
        paths = [Path(self.host_path(word)) for word in words]
        out = b""
        if argv[0] in ("head", "cat"):
            out = paths[0].read_bytes()
        elif argv[0] == "stat" and len(paths) == 1 and not paths[0].exists():
            return Completed(tuple(argv), 1, b"", b"stat: cannot statx\n")
        elif argv[0] == "stat":
            out = f"0 755 directory\n{self.owner}\n".encode()
        elif argv[0] == "cp":
            paths[1].write_bytes(paths[0].read_bytes())
        elif argv[0] == "dd":
            paths[0].write_bytes(stdin)
        elif argv[0] == "mv":
            paths[0].replace(paths[1])
        else:
            for path in paths:
                path.unlink()
        return Completed(tuple(argv), 0, out, b"")

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        if self.agentless:
            raise NoAgentError("there is no Python for xentui's agent")
        return await super().call(operation, **arguments)


@pytest.fixture
async def hypervisor(tmp_path: Path) -> AsyncIterator[Hypervisor]:
    async with Hypervisor(Old(tmp_path / "sim")) as made:
        yield made


@pytest.fixture
def host(hypervisor: Hypervisor) -> Old:
    assert isinstance(hypervisor.host, Old)
    return hypervisor.host


async def test_it_is_read_as_xend_reads_it(host: Old) -> None:
    look = await status.look(host)
    assert {value.setting.key: value.text for value in look.values} == {
        "server": "yes",
        "port": "8002",
        "address": "",
        "hosts-allow": r"^localhost$ ^localhost\.localdomain$",
        "ssl": "no",
        "ssl-server": "no",
        "ssl-port": "8003",
    }
    assert look.own == {
        "xend-relocation-server": "yes",
        "xend-relocation-hosts-allow": r"^localhost$ ^localhost\.localdomain$",
    }
    assert (look.silent, look.listens, look.restart) == ("", None, ("/etc/init.d/xend", "restart"))
    assert look.cautions == ()


async def test_a_host_without_xend_says_so(host: Old) -> None:
    host.file.unlink()
    with pytest.raises(StoreError, match="there is no xend on this host"):
        await status.look(host)


async def test_what_xm_reads_otherwise_is_said(host: Old) -> None:
    host.says["xm info -c"] = XM.replace(": yes", ": no")
    (caution,) = (await status.look(host)).cautions
    assert "xm reads 'no'" in caution


async def test_xm_that_is_not_there_is_no_failure(host: Old) -> None:
    del host.says["xm info -c"]
    look = await status.look(host)
    assert look.own is None
    assert "not found" in look.silent


@pytest.mark.parametrize(
    ("server", "tcp", "listens", "words"),
    [
        ("yes", TCP, ("10.0.0.1:8002",), None),
        ("no", TCP, ("10.0.0.1:8002",), "something still listens"),
        ("yes", TCP.replace("1F42", "1F43"), ("10.0.0.1:8003",), None),
        ("yes", TCP.replace("1F42", "0051"), (), "nothing listens at the port"),
        ("no", "nonsense\n1: x y 0A\n", (), None),
    ],
)
async def test_what_listens_shows_what_xend_really_does(
    host: Old, server: str, tcp: str, listens: tuple[str, ...], words: str | None
) -> None:
    host.says["cat /proc/net/tcp"] = tcp
    host.says["xm info -c"] = ""
    host.file.write_text(f"(xend-relocation-server {server})\n(xend-relocation-hosts-allow '^x$')\n")
    look = await status.look(host)
    assert look.listens == listens
    assert len(look.cautions) == bool(words)
    assert all((words or "") in caution for caution in look.cautions)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(xend-relocation-server yes)", "every host that reaches the port"),
        ("(xend-relocation-server maybe)", "'maybe' is not yes or no: xend does not start with it"),
        ("(xend-relocation-port 80000)", "'80000' is not a port"),
        ("(xend-relocation-port (1 2))", "is a list"),
        ("(xend-relocation-hosts-allow '(a')", "not a regular expression"),
        (
            "(xend-relocation-hosts-allow 'a\\.b$')",
            "drops what follows a single backslash and reads 'a\\\\b$'",
        ),
        ("(xend-relocation-port 1)\n(xend-relocation-port 2)", "on line 2 has no effect"),
        (
            "(xend-relocation-server yes)(xend-relocation-address localhost)(xend-relocation-hosts-allow x$)",
            "no other host can reach the port",
        ),
    ],
)
async def test_what_is_wrong_is_said(host: Old, text: str, words: str) -> None:
    host.file.write_text(text)
    assert [each for each in (await status.look(host)).cautions if words in each]


async def test_a_file_xend_would_not_read_is_refused(host: Old) -> None:
    host.file.write_text("(xend-relocation-server yes")
    with pytest.raises(ConfigError, match="not closed"):
        await status.look(host)


@pytest.mark.parametrize("agentless", [False, True])
async def test_a_change_keeps_a_copy_and_every_other_byte(
    hypervisor: Hypervisor, host: Old, agentless: bool
) -> None:
    host.agentless = agentless
    host.file.write_bytes(b"# caf\xe9\n" + SHIPPED.encode())
    mend = changes.planned(await status.look(host), {"hosts-allow": r"^xen2\.example\.org$", "port": "8002"})
    assert mend is not None
    assert mend_lines(mend)[1:] == [
        r"- (xend-relocation-hosts-allow '^localhost$ ^localhost\\.localdomain$')",
        r"+ (xend-relocation-hosts-allow '^xen2\\.example\\.org$')",
        "xend uses this after a restart.",
    ]
    (copy,) = await changes.changed(hypervisor.session, mend)
    assert re.fullmatch(re.escape(PATH) + r"\.xentui-\d{8}-\d{6}", copy)
    assert Path(host.host_path(copy)).read_bytes() == b"# caf\xe9\n" + SHIPPED.encode()
    expected = SHIPPED.replace(r"'^localhost$ ^localhost\\.localdomain$')", r"'^xen2\\.example\\.org$')", 2)
    assert host.file.read_bytes() == b"# caf\xe9\n" + expected.encode()
    assert sorted(path.name for path in host.file.parent.glob("xend-config*")) == [PATH[9:], copy[9:]]


@pytest.mark.parametrize("agentless", [False, True])
async def test_of_two_changes_in_a_second_both_old_files_are_kept(
    hypervisor: Hypervisor, host: Old, monkeypatch: pytest.MonkeyPatch, agentless: bool
) -> None:
    monkeypatch.setattr(time, "strftime", lambda *_: ".xentui-20260101-120000")
    host.agentless = agentless
    before: list[str] = []
    kept: list[str] = []
    for port in ("8102", "8202", "8302"):
        mend = changes.planned(await status.look(host), {"port": port})
        assert mend is not None
        before.append(host.file.read_text())
        kept += await changes.changed(hypervisor.session, mend)
    assert [copy.removeprefix(PATH) for copy in kept] == [
        ".xentui-20260101-120000",
        ".xentui-20260101-120000-2",
        ".xentui-20260101-120000-3",
    ]
    assert [Path(host.host_path(copy)).read_text() for copy in kept] == before


@pytest.mark.parametrize("agentless", [False, True])
async def test_a_file_that_has_changed_meanwhile_is_left_alone(
    hypervisor: Hypervisor, host: Old, agentless: bool
) -> None:
    host.agentless = agentless
    mend = changes.planned(await status.look(host), {"server": "no"})
    assert mend is not None
    host.file.write_text("# somebody else's\n")
    with pytest.raises(StoreError, match="has changed meanwhile"):
        await changes.changed(hypervisor.session, mend)
    assert host.file.read_text() == "# somebody else's\n"
    assert len(list(host.file.parent.glob("xend-config*"))) == 1


@pytest.mark.parametrize(
    "owner", ["1000 644 regular file", "0 666 regular file", "0 777 symbolic link", "nonsense"]
)
async def test_without_an_agent_a_file_others_can_exchange_is_left_alone(
    hypervisor: Hypervisor, host: Old, owner: str
) -> None:
    host.agentless, host.owner = True, owner
    mend = changes.planned(await status.look(host), {"server": "no"})
    assert mend is not None
    with pytest.raises(NotAllowedError):
        await changes.changed(hypervisor.session, mend)
    assert host.file.read_text() == SHIPPED


async def test_a_value_it_has_already_changes_nothing(host: Old) -> None:
    assert changes.planned(await status.look(host), {"server": "on", "port": "8002", "address": ""}) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("server", "maybe"), ("port", "0"), ("port", "65536"), ("port", "x"), ("port", "٣"), ("address", "a b"),
        ("address", "::1"), ("hosts-allow", "(a"), ("hosts-allow", " a$"), ("domains-path", "/x"),
    ],
)  # fmt: skip
async def test_what_xend_would_fail_at_is_refused(host: Old, key: str, value: str) -> None:
    look = await status.look(host)
    with pytest.raises(UsageError):
        changes.planned(look, {key: value})


def test_every_setting_can_be_named_on_the_command_line() -> None:
    assert tuple(each.key for each in settings.SETTINGS) == KEYS


async def test_both_names_of_a_setting_are_known() -> None:
    assert settings.setting("xend-relocation-port") is settings.setting("port")


async def test_what_a_change_leads_to_is_said_before(host: Old) -> None:
    mend = changes.planned(await status.look(host), {"hosts-allow": ""})
    assert mend is not None
    assert changes.leads_to(mend) == (
        "every host that reaches the port may send guests: hosts-allow is empty",
    )


async def test_xend_is_started_anew_by_what_is_there(hypervisor: Hypervisor, host: Old) -> None:
    await changes.changed(hypervisor.session, changes.restarting(await status.look(host)))
    assert host.commands[-1] == "/etc/init.d/xend restart"
    del host.says["test -x /etc/init.d/xend"]
    with pytest.raises(UsageError, match="is not known"):
        changes.restarting(await status.look(host))


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        (SHIPPED, "ok", "from the hosts in hosts-allow"),
        ("(xend-relocation-server yes)", "warning", "every host that reaches the port"),
        ("", "note", "accepts no guests"),
        ("(a", "fault", "cannot read its settings"),
    ],
)
async def test_the_check_of_the_host_tells_of_it(
    hypervisor: Hypervisor, host: Old, text: str, state: str, words: str
) -> None:
    host.file.write_text(text)
    line = (await host_check.look(hypervisor)).line("relocation")
    assert line is not None
    assert (line.state.value, words in line.found) == (state, True)

"""Names, uuids, and the identity a managed domain keeps."""

from __future__ import annotations

import pytest

from xentui.config import Severity, check_name, identity, lint, parse, with_identity
from xentui.errors import ConfigError

UUID = "6a4c2f2e-0e6d-4b9c-9b62-0c2f9f1d5f00"


def mac(index: int) -> str:
    return f"00:16:3e:00:00:{index:02x}"


def test_identity() -> None:
    found = identity(parse(f"name='web1'\nuuid='{UUID.upper()}'\n"))
    assert (found.name, found.uuid) == ("web1", UUID)
    assert identity(parse("name=7\n")).uuid is None


def test_a_configuration_without_a_name() -> None:
    with pytest.raises(ConfigError, match="has no domain name"):
        identity(parse("memory=1\n"))


@pytest.mark.parametrize("uuid", ["", "xyz", UUID.replace("-", ""), UUID + "0"])
def test_a_uuid_that_is_none(uuid: str) -> None:
    with pytest.raises(ConfigError, match="not a uuid") as caught:
        identity(parse(f"name='a'\nuuid='{uuid}'\n"))
    assert caught.value.line == 2


def test_the_uuid_of_domain_0_is_no_guests() -> None:
    text = "kernel='/k'\nname='a'\nuuid='00000000-0000-0000-0000-000000000000'\n"
    with pytest.raises(ConfigError, match="belongs to Domain-0") as caught:
        identity(parse(text))
    assert caught.value.line == 3
    assert [problem.line for problem in lint(parse(text)) if problem.severity is Severity.ERROR] == [3]


@pytest.mark.parametrize("name", ["web1", "a", "Web.1_x:y+z-0", "0x", "x" * 128])
def test_names_a_managed_domain_may_have(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("42", "all digits"),
        ("Domain-0", "host's own"),
        ("-web", "option"),
        ("a/b", "character"),
        ("a b", "character"),
        ("a\nb", "character"),
        ("\x1b[31m", "character"),
        ("wéb", "character"),
        ("x" * 129, "longer"),
    ],
)
def test_names_a_managed_domain_may_not_have(name: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        check_name(name)
    assert caught.value.hint
    assert caught.value.message.isprintable()


def test_what_is_missing_is_added_and_nothing_else_touched() -> None:
    text = "name = 'web1'\nvif = [ '',  # one\n  'bridge=b', 'mac=00:16:3e:ff:ff:ff' ]\n"
    done = with_identity(parse(text), UUID, mac).text
    assert done == (
        "name = 'web1'\nvif = [ 'mac=00:16:3e:00:00:00',  # one\n"
        "  'mac=00:16:3e:00:00:01,bridge=b', 'mac=00:16:3e:ff:ff:ff' ]\n"
        f'uuid = "{UUID}"\n'
    )


def test_a_complete_configuration_stays_as_it_is() -> None:
    text = f"name='a'\nuuid='{UUID}'\nvif=[' mac=00:16:3e:00:00:09']\n"
    assert with_identity(parse(text), "other", mac).text == text


def test_interfaces_that_are_no_list_are_left_alone() -> None:
    assert with_identity(parse(f"uuid='{UUID}'\nvif='x'\n"), UUID, mac).string("vif") == "x"

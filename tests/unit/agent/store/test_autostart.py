"""Links of the autostart folder: their order, and how they go and come back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent import steps
from xentui import agent
from xentui.agent.store import autostart

WEB = "11111111-2222-3333-4444-000000000001"
GATE = "11111111-2222-3333-4444-000000000002"


class Host:
    """A store and an autostart folder."""

    def __init__(self, ground: Path) -> None:
        self.root, self.auto = ground / "store", ground / "auto"

    def call(self, operation: str, **arguments: Any) -> Any:
        return steps.dispatch(str(self.root), operation, arguments)

    def store(self, uuid: str, name: str) -> None:
        self.call("create", uuid=uuid, name=name, text=f"name = '{name}'\n")

    def target(self, uuid: str) -> str:
        return str(self.root / "domains" / uuid / "config.cfg")

    def link(self, uuid: str, name: str, **more: Any) -> str:
        made = self.call(
            "link_autostart", auto_dir=str(self.auto), name=name, target=self.target(uuid), **more
        )
        return Path(made).name

    def withhold(self, uuid: str = WEB) -> bool:
        return bool(self.call("withhold_autostart", auto_dir=str(self.auto), uuid=uuid))

    def put_back(self, uuid: str = WEB) -> str:
        return Path(self.call("return_autostart", auto_dir=str(self.auto), uuid=uuid) or "/").name

    def links(self) -> list[str]:
        return sorted(os.listdir(self.auto))

    def withheld(self, uuid: str = WEB) -> Any:
        return self.call("read", uuid=uuid)["withheld"]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with a stored domain that starts with it, nowhere in particular."""
    host = Host(tmp_path)
    host.store(WEB, "web")
    host.link(WEB, "web")
    return host


def test_a_place_in_the_order_stands_before_the_name(host: Host) -> None:
    host.store(GATE, "zz-gw")
    assert host.link(GATE, "zz-gw", order=1) == "01-zz-gw"
    assert host.links() == ["01-zz-gw", "web"]
    assert host.link(GATE, "zz-gw", order=40) == "40-zz-gw"
    assert host.links() == ["40-zz-gw", "web"]
    assert host.link(GATE, "zz-gw") == "40-zz-gw"
    assert host.link(GATE, "zz-gw", keep_order=False) == "zz-gw"


def test_places_beyond_two_digits_are_refused(host: Host) -> None:
    with pytest.raises(agent.AgentError) as refused:
        host.link(WEB, "web", order=100)
    assert refused.value.code == "invalid"
    assert host.links() == ["web"]


def test_the_place_follows_a_change_of_the_name(host: Host) -> None:
    host.link(WEB, "web", order=7)
    host.call("put", uuid=WEB, name="www", text="name = 'www'\n")
    assert host.link(WEB, "www") == "07-www"
    assert host.links() == ["07-www"]


def test_a_name_that_looks_like_a_place_is_none(host: Host) -> None:
    host.call("put", uuid=WEB, name="10-web", text="name = '10-web'\n")
    assert host.link(WEB, "10-web") == "10-web"
    assert autostart.order_of("10-web", "10-web") is None
    assert host.link(WEB, "10-web") == "10-web"
    host.call("put", uuid=WEB, name="www", text="name = 'www'\n")
    assert host.link(WEB, "www") == "www"


def test_a_place_never_makes_a_link_another_domains(host: Host) -> None:
    host.store(GATE, "10-web")
    host.link(GATE, "10-web")
    with pytest.raises(agent.AgentError, match="the stored domain 10-web") as refused:
        host.link(WEB, "web", order=10)
    assert refused.value.code == "conflict"
    assert host.links() == ["10-web", "web"]


def test_a_link_that_is_withheld_comes_back_in_its_place(host: Host) -> None:
    host.link(WEB, "web", order=10)
    assert host.withhold()
    assert host.links() == []
    assert host.withheld() == {"order": 10}
    assert host.withhold()
    assert host.withheld() == {"order": 10}
    assert host.put_back() == "10-web"
    assert (host.links(), host.withheld()) == (["10-web"], None)
    assert host.put_back() == ""


def test_a_link_comes_back_under_the_name_the_domain_has_by_then(host: Host) -> None:
    host.link(WEB, "web", order=3)
    host.withhold()
    host.call("put", uuid=WEB, name="www", text="name = 'www'\n")
    assert host.put_back() == "03-www"


def test_a_domain_without_a_link_gets_none(host: Host) -> None:
    host.store(GATE, "gate")
    assert not host.withhold(GATE)
    assert host.put_back(GATE) == ""
    assert host.links() == ["web"]


def test_what_is_taken_meanwhile_is_left_alone_and_the_record_stays(host: Host) -> None:
    host.withhold()
    (host.auto / "web").write_text("mine")
    with pytest.raises(agent.AgentError) as refused:
        host.put_back()
    assert refused.value.code == "exists"
    assert host.withheld() == {"order": None}
    (host.auto / "web").unlink()
    assert host.put_back() == "web"


def test_a_link_withheld_beside_a_memory_image_is_not_put_back_by_another_change(host: Host) -> None:
    image = host.call("checkpoint_begin", uuid=WEB)
    host.withhold()
    host.call("checkpoint_commit", uuid=WEB, part=image)
    assert host.link(WEB, "web", order=30) == ""
    assert (host.links(), host.withheld()) == ([], {"order": 30})
    host.call("resume_begin", uuid=WEB)
    assert (host.links(), host.withheld()) == (["30-web"], None)
    host.call("resume_commit", uuid=WEB)


def test_turning_it_off_forgets_what_was_withheld(host: Host) -> None:
    host.withhold()
    host.call("unlink_autostart", auto_dir=str(host.auto), uuid=WEB)
    assert host.withheld() is None
    assert host.put_back() == ""


@pytest.mark.parametrize("record", ["", "{}", "[]", '{"order": "x"}', '{"order": 1000}', "[" * 5000])
def test_a_record_that_makes_no_sense_is_of_a_link_without_a_place(host: Host, record: str) -> None:
    host.withhold()
    (host.root / "domains" / WEB / "autostart.json").write_text(record)
    assert host.withheld() == {"order": None}
    assert host.put_back() == "web"

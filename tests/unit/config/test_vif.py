# ruff: noqa: E501 - the tables read best with one case a line
"""Network interface specifications."""

from __future__ import annotations

import pytest

from xentui.config import RefusedError, format_vif, parse_vif
from xentui.config.devices.vif import parse_rate
from xentui.errors import ConfigError
from xentui.model.devices import Vif


@pytest.mark.parametrize(
    ("spec", "vif"),
    [
        ("", Vif()),
        ("bridge=xenbr0", Vif(bridge="xenbr0")),
        ("mac=00:16:3E:1:02:03, bridge=xenbr0", Vif(mac="00:16:3e:01:02:03", bridge="xenbr0")),
        ("ip=10.0.0.2,script=vif-nat,type=ioemu,model=e1000", Vif(ip="10.0.0.2", script="vif-nat", type="ioemu", model="e1000")),
        ("vifname=web,backend=net,rate=10Mb/s,devid=3", Vif(vifname="web", backend="net", rate="10Mb/s", devid=3)),
        ("gatewaydev=eth0,mtu=1400,odd", Vif(extra=(("gatewaydev", "eth0"), ("mtu", "1400"), ("odd", "")))),
        (",, ,bridge=a,bridge=b", Vif(bridge="b")),
    ],
)  # fmt: skip
def test_what_is_read_can_be_written(spec: str, vif: Vif) -> None:
    assert parse_vif(spec) == vif
    assert parse_vif(format_vif(vif)) == vif


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("mac=00:16:3e", "Invalid parameter `mac'."),
        ("mac=00:16:3e:01:02:zz", "Invalid parameter `mac'."),
        ("type=virtio", "Invalid parameter `type'."),
        ("devid=x", 'xl: failed to convert "x" to number'),
        ("rate=fast", "web1.cfg: config parsing error in vif: invalid rate in `fast'"),
    ],
)
def test_values_that_are_refused(spec: str, words: str) -> None:
    with pytest.raises(RefusedError) as caught:
        parse_vif(spec, source="web1.cfg", line=3, column=7)
    assert caught.value.words == (words,)
    assert (caught.value.line, caught.value.column) == (3, 7)


@pytest.mark.parametrize(
    ("rate", "amount", "microseconds"),
    [
        ("10Mb/s", 62500, 50000),
        ("1MB/s@20ms", 20000, 20000),
        ("100Kb/s@1s", 12500, 1000000),
        ("8b/s@5", 5, 5000000),
        ("010Mb/s@10us", 10, 10),
        ("1GB/s", 50000000, 50000),
    ],
)
def test_rates(rate: str, amount: int, microseconds: int) -> None:
    assert parse_rate(rate) == (amount, microseconds)


@pytest.mark.parametrize(
    ("rate", "problem"),
    [
        ("", "no rate specified"),
        ("@5ms", "no rate specified"),
        ("5", "invalid rate"),
        ("0Mb/s", "rate overflow"),
        ("09Mb/s", "rate overflow"),
        ("5000000000b/s", "rate overflow"),
        ("999999999999999999999b/s", "rate overflow"),
        ("1Mb/s@x", "invalid replenishment interval"),
        ("1Mb/s@0s", "replenishment interval overflow"),
        ("1Mb/s@5000s", "replenishment interval overflow"),
        ("4000000000GB/s@4000s", "rate overflow"),
    ],
)
def test_rates_xl_refuses(rate: str, problem: str) -> None:
    with pytest.raises(RefusedError, match=problem):
        parse_rate(rate)


def test_a_value_with_a_comma_cannot_be_written() -> None:
    with pytest.raises(ConfigError):
        format_vif(Vif(bridge="a,b"))

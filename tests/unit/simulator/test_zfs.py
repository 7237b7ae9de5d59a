"""``zfs`` of the simulated host refuses what a real one refuses, in its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeded import seed
from xentui.hosts.sim import SimHost


@pytest.fixture
def host(tmp_path: Path) -> SimHost:
    """A host without guests, and without volumes of ZFS."""
    seed(tmp_path / "sim", domains=0)
    return SimHost(tmp_path / "sim")


async def said(host: SimHost, *words: str) -> tuple[int, str]:
    done = await host.run(["zfs", *words])
    return done.exit_code, done.text + " ".join(done.words)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("create -V 4096 tank/none/x", "parent does not exist"),
        ("create -V 4096 none/x", "no such pool 'none'"),
        ("create -V 4096 tank/x@y", "invalid character"),
        ("create -V 4096 tank/vm", "dataset already exists"),
        ("create -V 4096 tank/web", "dataset already exists"),
        ("create -V 300000000000 tank/x", "out of space"),
        ("set volsize=1000 tank/web", "must be a multiple of volume block size"),
        ("set volsize=1099511627776 tank/web", "size is greater than available space"),
        ("set volsize=16384 tank/none", "dataset does not exist"),
        ("rename tank/web tank/vm", "dataset already exists"),
        ("rename tank/none tank/x", "dataset does not exist"),
        ("destroy tank/none", "dataset does not exist"),
        ("destroy tank/web", "volume has children"),
        ("destroy -r tank/web", "one dataset at a time"),
    ],
)
async def test_what_cannot_be_is_refused(host: SimHost, words: str, answer: str) -> None:
    await said(host, "create", "-V", str(1 << 20), "tank/web")
    await said(host, "snapshot", "tank/web@monday")
    before = await said(host, "list", "-Hp", "-t", "filesystem,volume", "-o", "name,volsize")
    code, told = await said(host, *words.split())
    assert code != 0 and answer in told
    assert await said(host, "list", "-Hp", "-t", "filesystem,volume", "-o", "name,volsize") == before


async def test_a_name_and_its_device_go_together(host: SimHost) -> None:
    await said(host, "create", "-s", "-V", "1", "tank/vm/web")
    await said(host, "create", "-V", "1", "tank/db")
    link = Path(host.host_path("/dev/zvol/tank/vm/web"))
    assert link.resolve() == Path(host.host_path("/dev/zd0")).resolve()
    await said(host, "rename", "tank/vm/web", "tank/web")
    assert not link.is_symlink()
    assert Path(host.host_path("/dev/zvol/tank/web")).stat().st_size == 16384
    assert await said(host, "list", "-Hp", "-t", "volume", "-o", "name,volsize,refreservation") == (
        0,
        "tank/db\t16384\t16384\ntank/web\t16384\t0\n",
    )
    await said(host, "destroy", "tank/web")
    assert not Path(host.host_path("/dev/zd0")).exists() and Path(host.host_path("/dev/zd16")).exists()

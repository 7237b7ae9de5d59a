"""What is mounted where, of a list in which names may be anything."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, strategies as st

from xentui.agent.files import mounts

LISTED = rb"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 22 0:41 /vm /srv/nfs rw,relatime shared:9 master:1 - nfs4 nas:/export/vm rw,vers=4.2,soft,local_lock=none
31 22 0:42 / /mnt/a\040b\012c\134d\033[2J ro,relatime - nfs nas:/x\040y rw
32 22 0:43 / /srv/nfs rw - tmpfs none rw
33 22 nonsense
34 22 0:44 / relative rw - tmpfs none rw
35 22 0:45 / /short rw - tmpfs
"""


def test_names_are_as_they_are_and_the_last_mount_of_a_place_is_seen() -> None:
    found = mounts.parsed(LISTED)
    assert set(found) == {"/", "/srv/nfs", "/mnt/a b\nc\\d\033[2J"}
    assert found["/srv/nfs"].kind == "tmpfs"
    odd = found["/mnt/a b\nc\\d\033[2J"]
    assert (odd.source, odd.kind, odd.device) == ("nas:/x y", "nfs", "0:42")


def test_options_are_those_of_the_place_and_of_the_file_system() -> None:
    lines = LISTED.splitlines()
    assert mounts.parsed(lines[1])["/srv/nfs"].options == "rw,relatime,vers=4.2,soft,local_lock=none"
    assert mounts.parsed(lines[2])["/mnt/a b\nc\\d\033[2J"].options == "ro,relatime"


def test_a_path_lies_on_the_mount_that_is_nearest() -> None:
    points = mounts.parsed(LISTED)
    assert mounts.point_of("/srv/nfs/deep/er.img", points) == "/srv/nfs"
    assert mounts.point_of("/srv/nfsx", points) == "/"
    assert mounts.point_of("/srv/nfsx", {}) == "/"


def test_the_kind_of_a_file_system_is_found_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_bytes(LISTED)
    found = [mounts.kind_of(os.makedev(*number), str(tmp_path)) for number in ((8, 1), (0, 42), (0, 99))]
    assert found == ["ext4", "nfs", ""]


def test_thousands_of_mounts_are_read_and_a_host_without_a_list_has_none(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    many = "".join(f"{n} 1 0:{n} / /m/{n} rw - nfs4 nas:/{n} rw\n" for n in range(20_000))
    (tmp_path / "self/mountinfo").write_text(many)
    assert len(mounts.mounts(str(tmp_path))) == 20_000
    assert mounts.mounts(str(tmp_path / "nowhere")) == {}


@given(st.binary(max_size=300) | st.lists(st.sampled_from(LISTED.split()), max_size=30).map(b" ".join))
def test_no_list_leads_it_astray(data: bytes) -> None:
    for point, mount in mounts.parsed(data).items():
        assert point.startswith("/") and mount.point == point

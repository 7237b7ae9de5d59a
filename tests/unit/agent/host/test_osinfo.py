"""osinfo-db as it is read: what stands there, and nothing of what a hostile file would have the reader do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xentui.agent.host import osinfo

DEBIAN = """<libosinfo version="0.0.1">
  <os id="http://debian.org/debian/12">
    <short-id>debian12</short-id>
    <name>Debian 12</name>
    <name xml:lang="de">Debian zwölf</name>
    <version>12</version>
    <family>linux</family>
    <distro>debian</distro>
    <release-date>2023-06-10</release-date>
    <variant id="x"><name>Another</name></variant>
    <resources arch="aarch64"><recommended><ram>1</ram></recommended></resources>
    <resources arch="all">
      <minimum><n-cpus>1</n-cpus><ram>536870912</ram></minimum>
      <recommended><n-cpus>2</n-cpus><ram>1073741824</ram><storage>21474836480</storage></recommended>
    </resources>
  </os>
</libosinfo>
"""
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><libosinfo><os><short-id>&b;</short-id></os></libosinfo>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><libosinfo><os><short-id>&a;</short-id></os></libosinfo>'


def put(folder: Path, name: str, text: str) -> None:
    (folder / "vendor").mkdir(exist_ok=True)
    (folder / "vendor" / name).write_text(text)


def test_a_system_is_told_with_what_it_needs(tmp_path: Path) -> None:
    put(tmp_path, "debian-12.xml", DEBIAN)
    put(tmp_path, "notes.txt", "no system")
    (tmp_path / "README").write_text("no folder")
    assert osinfo.osinfo(path=str(tmp_path)) == {
        "there": True,
        "damaged": 0,
        "systems": [
            {
                "id": "debian12",
                "name": "Debian 12",
                "distro": "debian",
                "family": "linux",
                "released": "2023-06-10",
                "least": {"n-cpus": 1, "ram": 512 << 20, "storage": 0},
                "usual": {"n-cpus": 2, "ram": 1 << 30, "storage": 20 << 30},
            }
        ],
    }


def test_where_there_is_none_that_is_told(tmp_path: Path) -> None:
    assert osinfo.osinfo(path=str(tmp_path / "none")) == {"there": False, "systems": [], "damaged": 0}


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        OUTSIDE,
        "",
        "<libosinfo>",
        "no xml",
        "<a>" * 100,
        "<libosinfo>" + "<os/>" * 30_000 + "</libosinfo>",
        "<libosinfo>" + " " * (600 << 10) + "</libosinfo>",
    ],
    ids=["entities", "a file's", "empty", "torn", "no xml", "deep", "many", "large"],
)
def test_a_damaged_or_hostile_file_is_counted_and_left_out(tmp_path: Path, text: str) -> None:
    put(tmp_path, "bad.xml", text)
    put(tmp_path, "debian-12.xml", DEBIAN)
    told = osinfo.osinfo(path=str(tmp_path))
    assert told["damaged"] == 1 and [each["id"] for each in told["systems"]] == ["debian12"]


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    os.mkfifo(tmp_path / "vendor/pipe.xml")
    (tmp_path / "vendor/folder.xml").mkdir()
    assert osinfo.osinfo(path=str(tmp_path))["damaged"] == 2


@pytest.mark.parametrize("ram", ["-1", "1e9", "٣", "9" * 40, ""])
def test_what_is_no_number_is_not_told(ram: str) -> None:
    needs = f"<resources><minimum><ram>{ram}</ram></minimum></resources>"
    text = f"<libosinfo><os><short-id>x</short-id>{needs}</os></libosinfo>"
    assert osinfo.system_of(text.encode())["least"]["ram"] == 0

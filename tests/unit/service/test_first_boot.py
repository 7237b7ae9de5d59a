"""What a cloud image is told: valid by construction, checked before, and without a password that could be read."""

from __future__ import annotations

import base64
import json
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.test_iso9660 import read
from xentui.errors import UsageError
from xentui.service.making import FirstBoot, first_boot, system
from xentui.service.making.password_hash import hashed, is_hash
from xentui.service.making.ssh_keys import own_keys, sound_key, sound_keys
from xentui.service.making.user_data import LIMIT, checked


def key(kind: str = "ssh-ed25519", comment: str = "ada@desk") -> str:
    raw = b"".join(struct.pack(">I", len(part)) + part for part in (kind.encode(), bytes(32)))
    return f"{kind} {base64.b64encode(raw).decode()} {comment}".rstrip()


HASH = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
PLAIN = "secret"
TOLD = FirstBoot(user="ada", keys=(key(),))
FIXED = replace(TOLD, address="192.0.2.10/24", gateway="192.0.2.1", dns=("192.0.2.53", "2001:db8::53"))


def files(told: FirstBoot, of: str = "debian", mac: str = "00:16:3e:00:00:01") -> dict[str, bytes]:
    image = first_boot.disk(
        told, system(of), name="web1", uuid="5e1f1e55-0000-4000-8000-000000000001", mac=mac
    )
    return read(image, joliet=True)


def said(told: FirstBoot, name: str = "user-data", of: str = "debian") -> dict[str, Any]:
    text = files(told, of)[name].decode()
    begin = "#cloud-config\n" if name.startswith(("user", "vendor")) else ""
    assert text.startswith(begin)
    return dict(json.loads(text.removeprefix(begin)))


def test_a_user_may_log_in_by_key_and_become_root() -> None:
    assert said(TOLD)["users"] == [
        {
            "name": "ada",
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "shell": "/bin/bash",
            "ssh_authorized_keys": [key()],
        }
    ]
    assert "ssh_pwauth" not in said(TOLD)
    (alpine,) = said(TOLD, of="alpine")["users"]
    assert "shell" not in alpine and alpine["doas"] == ["permit nopass ada"]


def test_without_a_name_it_is_the_user_of_the_image() -> None:
    told = said(FirstBoot(keys=(key(),), password=HASH))
    assert (told["ssh_authorized_keys"], told["password"], "users" in told) == ([key()], HASH, False)
    assert "ssh_pwauth" not in told, "who has a key logs in by it"


def test_a_password_alone_opens_ssh_and_does_not_expire() -> None:
    told = said(FirstBoot(user="ada", password=HASH))
    assert told["ssh_pwauth"] is True and told["chpasswd"] == {"expire": False}
    assert told["users"][0]["passwd"] == HASH and told["users"][0]["lock_passwd"] is False


def test_it_is_another_instance_for_another_domain() -> None:
    assert said(TOLD, "meta-data") == {
        "instance-id": "5e1f1e55-0000-4000-8000-000000000001", "local-hostname": "web1"
    }  # fmt: skip


def test_the_network_is_asked_for_or_fixed_by_the_address_of_the_interface() -> None:
    one = said(TOLD, "network-config")["ethernets"]["eth0"]
    assert one == {"match": {"macaddress": "00:16:3e:00:00:01"}, "set-name": "eth0", "dhcp4": True}
    one = said(FIXED, "network-config")["ethernets"]["eth0"]
    assert one["addresses"] == ["192.0.2.10/24"] and "dhcp4" not in one
    assert one["routes"] == [{"to": "0.0.0.0/0", "via": "192.0.2.1"}]
    assert one["nameservers"] == {"addresses": ["192.0.2.53", "2001:db8::53"]}
    six = replace(FIXED, address="2001:db8::10/64", gateway="fe80::1", dns=())
    assert said(six, "network-config")["ethernets"]["eth0"]["routes"] == [
        {"to": "::/0", "via": "fe80::1", "on-link": True}
    ]
    assert "network-config" not in files(TOLD, mac="")


def test_user_data_of_ones_own_go_byte_for_byte_before_all_else() -> None:
    own = "#cloud-config\npackages: [nginx]\n# ü\n"
    found = files(replace(TOLD, user_data=own))
    assert found["user-data"] == own.encode() and b'"ada"' in found["vendor-data"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (FirstBoot(), "nobody could log in"),
        (replace(TOLD, user="root"), "cannot be made"),
        (replace(TOLD, user="Ada\nroot"), "not a user name"),
        (replace(TOLD, user="a" * 40), "not a user name"),
        (replace(TOLD, hostname="web_1"), "not a host name"),
        (replace(TOLD, hostname="-"), "not a host name"),
        (replace(TOLD, hostname="a." * 200), "not a host name"),
        (replace(TOLD, password=PLAIN), "not a hash"),
        (replace(TOLD, password="$1$abc$" + "x" * 22), "not a hash"),
        (replace(TOLD, keys=("ssh-rsa nonsense",)), "not a public key"),
        (replace(TOLD, keys=("-----BEGIN OPENSSH PRIVATE KEY-----",)), "is a private key"),
        (replace(TOLD, keys=('command="id" ' + key(),)), "not a public key"),
        (replace(TOLD, address="192.0.2.10"), "not an address with a prefix"),
        (replace(TOLD, address="192.0.2.10/99"), "not an address with a prefix"),
        (replace(TOLD, gateway="192.0.2.1"), "is for a fixed address"),
        (replace(FIXED, gateway="web"), "is not an address"),
        (replace(FIXED, gateway="192.0.2.10"), "cannot be that of"),
        (replace(FIXED, gateway="2001:db8::1"), "cannot be that of"),
        (replace(FIXED, dns=("x",)), "is not an address"),
        (replace(FIXED, dns=("192.0.2.1",) * 4), "more than 3"),
        (replace(TOLD, user_data="packages: [nginx]"), "not a file that cloud-init knows"),
    ],
)  # fmt: skip
def test_what_no_guest_could_be_told_is_refused(told: FirstBoot, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        first_boot.check(told, name="web1", interfaces=1)
    assert message in caught.value.message and caught.value.hint
    assert PLAIN not in f"{caught.value.headline} {caught.value.hint}"


def test_what_is_odd_is_told() -> None:
    assert first_boot.check(FIXED, name="web1", interfaces=1) == ()
    off = replace(FIXED, gateway="198.51.100.1")
    assert "not in the network" in first_boot.check(off, name="web1", interfaces=1)[0]
    assert "no gateway" in first_boot.check(replace(FIXED, gateway=""), name="web1", interfaces=1)[0]
    with pytest.raises(UsageError, match="needs an interface"):
        first_boot.check(FIXED, name="web1", interfaces=0)


def test_people_are_told_no_password() -> None:
    words = first_boot.words(replace(FIXED, password=HASH), "web1")
    assert "user ada with 1 ssh key and a password" in words and HASH not in words


# Passwords


def test_a_password_is_hashed_as_the_specification_has_it() -> None:
    assert hashed("Hello world!", "saltstring") == HASH


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.parametrize("password", ["x", "Größe 中", "a" * 63, "b" * 64, "c" * 200])
def test_a_password_is_hashed_as_others_do(password: str) -> None:
    argv = ["openssl", "passwd", "-6", "-salt", "0123456789abcdef", "-stdin"]
    done = subprocess.run(argv, input=password.encode(), capture_output=True, check=True)
    assert hashed(password, "0123456789abcdef") == done.stdout.decode().strip()


def test_a_password_is_hashed_otherwise_each_time() -> None:
    one, other = hashed("x"), hashed("x")
    assert one != other and is_hash(one) and is_hash(other)


@pytest.mark.parametrize("password", ["", "\n", "x" * 300, "a\x07b"])
def test_a_password_nobody_can_type_is_refused_and_not_told(password: str) -> None:
    with pytest.raises(UsageError) as caught:
        hashed(password)
    assert not password or password not in caught.value.headline


# Keys


def test_a_key_keeps_its_comment_and_loses_what_steers_a_terminal() -> None:
    assert sound_key(key()) == key()
    assert sound_key(key(comment="ada \x1b[31m")) == key(comment="ada")
    assert sound_keys(["", "# mine", key(), key()]) == (key(),)


def test_keys_are_those_of_who_asks_else_those_that_log_in(tmp_path: Path) -> None:
    home = tmp_path / ".ssh"
    assert own_keys(str(tmp_path)) == ()
    home.mkdir()
    rsa = key("ssh-rsa", "other")
    (home / "authorized_keys").write_text(f'command="id" {key()}\n{rsa}\nrubbish\n')
    assert own_keys(str(tmp_path)) == (rsa,)
    (home / "id_ed25519.pub").write_text(f"{key()}\n")
    (home / "odd.pub").mkdir()
    (home / "binary.pub").write_bytes(bytes(range(256)))
    assert own_keys(str(tmp_path)) == (key(),)


# User-data


@pytest.mark.parametrize(
    "text", ["#cloud-config\na: 1\n", "#!/bin/sh\n", "MIME-Version: 1.0\n", "#include\nhttp://x\n"]
)
def test_user_data_are_known_by_their_beginning(text: str) -> None:
    assert checked(text) == []


@pytest.mark.parametrize(
    "text", ["", "\ufeff#cloud-config\n", "#cloud-config\n\tx: 1\n", "#!/bin/sh\n\0", "#!" + "x" * LIMIT]
)
def test_user_data_that_would_be_left_aside_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        checked(text)


def test_user_data_that_say_nothing_are_odd() -> None:
    assert checked("#cloud-config\n# nothing\n") and checked("#!/bin/sh\r\necho\r\n")

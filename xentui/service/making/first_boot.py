"""What a cloud image is told at its first boot: the NoCloud files of cloud-init, on a small read-only disk.

``user-data``, ``meta-data`` and ``network-config`` are JSON, which is YAML too: no value can be taken for more than a
value.  https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
"""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

from xentui.errors import UsageError
from xentui.service.making import iso9660
from xentui.service.making.answers import FirstBoot
from xentui.service.making.host_name import HOST_NAME
from xentui.service.making.password_hash import is_hash
from xentui.service.making.ssh_keys import sound_keys
from xentui.service.making.systems import GuestSystem
from xentui.service.making.user_data import checked

LABEL = "cidata"
"""What cloud-init looks for (ds-identify: a file system labelled cidata or CIDATA)."""
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_SERVERS = 3
"""Name servers a resolver asks (resolv.conf(5), MAXNS)."""
_WITHOUT_BASH = ("alpine", "bsd")


def check(told: FirstBoot, *, name: str, interfaces: int) -> tuple[str, ...]:
    """Raise UsageError for what no guest could be told, or nobody could log in to; returns what is odd."""
    if told.user and not _USER.fullmatch(told.user):
        raise _wrong("user", told.user, "is not a user name", "lower case letters, digits, - and _")
    if told.user == "root":
        raise _wrong(
            "user", told.user, "cannot be made", "leave it empty for the image's own, or take another"
        )
    if told.password and not is_hash(told.password):
        # What it is instead may be a password: it is not told.
        raise _wrong(
            "password", "password_hash", "is not a hash of a password", "`openssl passwd -6` makes one"
        )
    keys = sound_keys(told.keys)
    if not (keys or told.password or told.user_data):
        raise _wrong("ssh key", name, "nobody could log in: it has no ssh key and no password", "give one")
    host = told.hostname or name
    if not HOST_NAME.match(host):
        raise _wrong("hostname", host, "is not a host name", "letters, digits and hyphens, dots between")
    odd = list(_check_network(told, interfaces))
    if told.user_data:
        odd += checked(told.user_data)
    return tuple(odd)


def _wrong(what: str, subject: str, message: str, hint: str) -> UsageError:
    return UsageError(message, subject=subject or what, hint=f"{what}: {hint}")


def _check_network(told: FirstBoot, interfaces: int) -> list[str]:
    if not told.address:
        if told.gateway or told.dns:
            raise _wrong("address", told.gateway or told.dns[0], "is for a fixed address", "give that too")
        return []
    if not interfaces:
        raise _wrong("address", told.address, "needs an interface", "give it a bridge")
    own = _address(told)
    for server in told.dns:
        try:
            ipaddress.ip_address(server)
        except ValueError:
            raise _wrong("dns", server, "is not an address", "such as 192.0.2.1") from None
    if len(told.dns) > _SERVERS:
        raise _wrong(
            "dns", ", ".join(told.dns), f"are more than {_SERVERS} name servers", "a guest uses no more"
        )
    if not told.gateway:
        return ["it has a fixed address and no gateway: it reaches its own network only"]
    try:
        gateway = ipaddress.ip_address(told.gateway)
    except ValueError:
        raise _wrong("gateway", told.gateway, "is not an address", "such as 192.0.2.1") from None
    if gateway.version != own.version or gateway == own.ip:
        raise _wrong("gateway", told.gateway, f"cannot be that of {own}", "another address of its network")
    return [] if gateway in own.network else [f"the gateway {gateway} is not in the network {own.network}"]


def _address(told: FirstBoot) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
    try:
        if "/" not in told.address:
            raise ValueError
        return ipaddress.ip_interface(told.address)
    except ValueError:
        raise _wrong(
            "address",
            told.address,
            "is not an address with a prefix",
            "such as 192.0.2.10/24, or empty for DHCP",
        ) from None


def disk(told: FirstBoot, system: GuestSystem, *, name: str, uuid: str, mac: str) -> bytes:
    """Return the bytes of the small disk for a domain; ``mac`` is that of its first interface, "" for none.

    The ``instance-id`` is the domain's uuid: a disk that comes to another domain is a first boot there.
    """
    host = told.hostname or name
    made, meta = _text(_user_data(told, system)), {"meta-data": _meta_data(uuid, host)}
    if told.user_data:
        # Its own text comes first: cloud-init takes of the other what that leaves open.
        files = {"user-data": told.user_data.encode("utf-8"), "vendor-data": made, **meta}
    else:
        files = {"user-data": made, **meta}
    if mac:
        files["network-config"] = _json(_network(told, mac))
    return iso9660.volume(LABEL, files)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode("ascii")


def _text(value: dict[str, Any]) -> bytes:
    return b"#cloud-config\n" + _json(value)


def _meta_data(uuid: str, host: str) -> bytes:
    return _json({"instance-id": uuid, "local-hostname": host})


def _user_data(told: FirstBoot, system: GuestSystem) -> dict[str, Any]:
    keys = list(sound_keys(told.keys))
    made: dict[str, Any] = {"manage_etc_hosts": "localhost"}
    if told.user:
        user: dict[str, Any] = {"name": told.user, "sudo": "ALL=(ALL) NOPASSWD:ALL"}
        if system.kind not in _WITHOUT_BASH:
            user["shell"] = "/bin/bash"
        if system.kind == "alpine":
            user["doas"] = [f"permit nopass {told.user}"]
        user |= {"ssh_authorized_keys": keys} if keys else {}
        user |= {"lock_passwd": False, "passwd": told.password} if told.password else {}
        made["users"] = [user]
    else:
        made |= {"ssh_authorized_keys": keys} if keys else {}
        made |= {"password": told.password} if told.password else {}
    if told.password:
        made["chpasswd"] = {"expire": False}
    if told.password and not keys:
        made["ssh_pwauth"] = True
    return made


def _network(told: FirstBoot, mac: str) -> dict[str, Any]:
    """Version 2; the interface is known by its address, and named as cloud-init's own fallback would."""
    one: dict[str, Any] = {"match": {"macaddress": mac}, "set-name": "eth0"}
    if not told.address:
        one["dhcp4"] = True
    else:
        own = _address(told)
        one["addresses"] = [str(own)]
        if told.gateway:
            gateway = ipaddress.ip_address(told.gateway)
            everywhere = "0.0.0.0/0" if gateway.version == 4 else "::/0"
            route: dict[str, Any] = {"to": everywhere, "via": str(gateway)}
            one["routes"] = [route if gateway in own.network else {**route, "on-link": True}]
        if told.dns:
            one["nameservers"] = {"addresses": [str(ipaddress.ip_address(each)) for each in told.dns]}
    return {"version": 2, "ethernets": {"eth0": one}}


def words(told: FirstBoot, name: str) -> str:
    """Return what it is told, for people; a password is not.  Raises UsageError for keys that are none."""
    keys = len(sound_keys(told.keys))
    by = [f"{keys} ssh key{'s' * (keys != 1)}"] if keys else []
    by += ["a password"] if told.password else []
    who = f"user {told.user}" if told.user else "the image's own user"
    told_by = f"{who} with {' and '.join(by)}" if by else "its user-data says who can log in"
    where = f"{told.address}{f' by {told.gateway}' if told.gateway else ''}" if told.address else "DHCP"
    own = "; its own user-data takes precedence" if told.user_data and by else ""
    return f"for its first boot: host {told.hostname or name}, {told_by}, network {where}{own}"

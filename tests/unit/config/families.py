"""Items of the rarer device lists, made up: right, wrong, and what only looks like either."""

from __future__ import annotations

import random
from collections.abc import Callable

from xentui.config.devices.vif import COLO
from xentui.config.libxl.cpuid_features import features

Quote = Callable[[str], str]

_WORDS: dict[str, tuple[str, ...]] = {
    "p9": (
        "tag=share", "path=/srv/share", "security_model=none", "backend=stor", "security_model=mapped", "tag=",
        "path", "foo=1", " tag=b", "path=/a=b",
    ),
    "vtpm": (
        "backend=tpm", "uuid=6A4C2F2E-0e6d-4b9c-9b62-0c2f9f1d5f00", "uuid=x", "backend=", "backend", "instance=1",
        "uuid=00000000-0000-0000-0000-000000000000", " backend=b",
    ),
    "pvcalls": ("backend=dom", "backend=", "backend", "x=1", "", " backend=b"),
    "usbctrl": (
        "type=pv", "type=auto", "type=QUSB", "type=devicemodel", "type=x", "version=2", "version=x", "ports=8",
        "ports=-1", "ports", "foo=1", "controller=1", "type=",
    ),
    "usbdev": (
        "type=hostdev", "type=HOSTDEV", "type=x", "hostbus=1", "hostbus=0x10", "hostaddr=3", "hostaddr=300",
        "hostaddr=010", "controller=0", "controller=-1", "port=1", "port=0", "foo=1", "hostbus", "hostaddr=x",
    ),
    "vkb": (
        "backend-type=qemu", "backend-type=Linux", "backend-type=unknown", "backend-type=x", "backend=dom",
        "unique-id=kbd0", "width=800", "height=-1", "width=x", "feature-disable-keyboard=1",
        "feature-abs-pointer=0", "feature-multi-touch=1", "multi-touch-width=5", "multi-touch-num-contacts=0x10",
        "feature-raw-pointer=2", "foo=1", "width", "devid=1", "unique-id=",
    ),
    "vdispl": (
        "backend=dom", "be-alloc=1", "be-alloc=0", "be-alloc=x", "connectors=a:800x600",
        "connectors=a:800x600;b:1x1", "connectors=a:x", "connectors=a:800", "connectors=a:800x", "connectors=a: ",
        "connectors=a:1x2;b:foo;c:3x4", "connectors=a:-1x2", "connectors=;a:1x2;", "connectors=a:1x2:3",
        "connectors=a:1x2y", "foo=1", "connectors=::a:7x8", "connectors=a: 1x 2",
    ),
    "channel": (
        "connection=pty", "connection=socket", "connection=x", "path=/run/x", "name=org.x", "backend=dom", "foo=1",
        "name = spaced ", "connection = pty", "name", "name=a=b", "=x=y", "path=", " name=a",
    ),
}  # fmt: skip
_PARTS = {
    "card": ("backend=dom", "short-name=Main", "long-name=The main card", "sample-rates=8000;44100"),
    "pcm": ("name=dev0", "sample-formats=s8;U8", "sample-formats=s16_LE", "channels-max=4", "unique-id=x"),
    "stream": ("unique-id=0", "type=p", "type=C", "type=x", "channels-min=1"),
}
_SAMPLING = (
    "buffer-size=65536", "sample-formats=x", "sample-rates=x;;7", "channels-max=-1", "channels-min=08", "foo=1", "bar",
    "name=x", "buffer-size", "",
)  # fmt: skip
_CPUID_VALUES = ("0", "1", "x", "k", "s", "2", "0x1f", "", "z", "-1", "xx", "10", "1 ", "255", "020")
_CPUID_LINES = (
    "1:eax=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "1:ecx=0000000000000000000000000000000x", "7,0:ebx=1", "z", "1", "1:",
    "1,:eax=1", "0x80000001:edx=xxxxxxxxxxx1xxxxxxxxxxxxxxxxxxxx, eax=kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
    "1:fax=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "1:eax", "1:eex=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "7,1:eax=x,",
    "4294967295:eax=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "-1:eax=1", "1:eax=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,",
    "1:eax=äxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "1:eax=äxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
)  # fmt: skip
_VNUMA = (
    "pnode=0", "pnode=1", "pnode = 0", "size=64", "size=x", "size=0", "vcpus=0-1", "vcpus=2", "vcpus=0,2-3",
    "vcpus=3-1", "vcpus=x", "vcpus=9", "vcpus=1-2x", "vdistances=10", "vdistances=10,x", "foo=1", "pnode",
    "=", "size=", "vcpus=0", "size=-1",
)  # fmt: skip
_RDM = (
    "strategy=host", "strategy=ignore", "strategy=host,policy=strict", "policy=relaxed", "policy=x", "foo=1", "",
    "strategy", "policy=x,strategy=host", "strategy=host,", "strategy=host,foo",
)  # fmt: skip
_PCI = (
    "0000:02:1f.3", "01:00.*", "01:00.0@4", "01:00.0@1f,seize=1", "01:00.0@20", "01:00.0@", "01:00.0,", "0x1:0.0",
    "bdf=01:00.0", "bdf=x", "bdf=01:00.1,vslot=5", "name=gpu", "name=gpu,seize=1", "01:00.0,name=gpu",
    "01:00.0,rdm_policy=relaxed", "01:00.0,rdm_policy=x", "01:00.0,rdm_policy=STRICT", "01:00.8", "01:20.0",
    "10000:01:00.0", "100:00.0", "1:2:3:4.5", "01:00.0x", "01:00.0,vslot=x", "vslot=3", "00001:01:1f.7", "01:00.0 ",
    "01:00.0,permissive", "", "01:00.0,rdm_policy=invalid", "01:00.,x",
)  # fmt: skip
_PASSED = {
    "ioports": (
        "2f8-2ff",
        "3f8",
        "x",
        "3f8-",
        "3f8x",
        "ffffffff",
        "3f8-3f0",
        " 60",
        "0x60-6f",
        "-1",
        "60-6fx",
    ),
    "irqs": ("5", "x", "5x", "4294967295", " 7", "-1", ""),
    "iomem": ("a0,20", "a0", "a0,20@f0", "a0,20x", "0xa0,0x20", "x", "a0, 20", "a0,20@"),
    "dtdev": ("/soc/uart@1", ""),
    "mca_caps": ("lmce", "LMCE", ""),
    "viridian": ("all", "base", "!freq", "defaults", "x", "Base", "!all"),
}
_MACS = (
    "00-16-3e-00-00-01", "00.16.3e.0.0.1", "0016:3e:0:0:1:2", "00:16:3e:01:02:0003", "0:1:2:3:4:5:6",
    "00 16 3e 00 00 01", "00:16:3e:01:02:100", "0x0:0x16:3e:1:2:3", " 0:1:2:3:4:5", "1::2:3:4:5:6",
    "+1:2:3:4:5:6", "-1:2:3:4:5:6", "00:16:3e:01:02:3z", "100000001:2:3:4:5:6",
)  # fmt: skip
NAMES = (*_WORDS, "vsnd", "cpuid", "vnuma", "rdm", "pci", *_PASSED)


def family(rng: random.Random, key: str, quote: Quote, listed: Callable[[list[str]], str]) -> str:
    """The value of one of :data:`NAMES` in xl's notation."""
    if rng.random() < 0.04:
        return quote(rng.choice(("x", "", "1")))
    if key == "vsnd":
        cards = [listed([quote(part) for part in _card(rng)]) for _ in range(rng.randint(0, 2))]
        return listed([*cards, *([quote("card")] if rng.random() < 0.05 else [])])
    if key == "vnuma":
        return listed([*(_node(rng, quote, listed) for _ in range(rng.randint(0, 3)))])
    if key == "rdm":
        return quote(rng.choice(_RDM))
    if key == "cpuid":
        return _cpuid(rng, quote, listed)
    items = [quote(_item(rng, key)) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    if rng.random() < 0.04:
        items.append(listed([quote("x")]))
    return listed(items)


def mac(rng: random.Random) -> str:
    """A MAC address in one of the spellings xl may meet."""
    return rng.choice(_MACS)


def colo(rng: random.Random) -> str:
    """A setting of COLO, or what looks like one."""
    return rng.choice((*COLO, "colo_foo", "colo_")) + "=c"


def _item(rng: random.Random, key: str) -> str:
    if key == "pci":
        return rng.choice(_PCI)
    if key in _PASSED:
        return rng.choice(_PASSED[key])
    pool = _WORDS[key]
    words = rng.sample(pool, rng.choice((1, 1, 2, 3, 4)))
    needed = {
        "p9": ("tag=t", "path=/p", "security_model=none"),
        "vtpm": ("backend=b",),
        "vkb": ("backend-type=qemu",),
        "channel": ("connection=pty",),
        "vdispl": ("connectors=x:1x1",),
    }
    if rng.random() < 0.6:
        words = [*needed.get(key, ()), *(word for word in words if rng.random() < 0.6)]
        rng.shuffle(words)
    return rng.choice((",", ",", ", ", ",,")).join(words)


def _card(rng: random.Random) -> list[str]:
    parts = []
    for _ in range(rng.randint(0, 4)):
        kind = rng.choice(("card", "pcm", "stream"))
        words = rng.sample(_PARTS[kind], rng.randint(0, 2))
        if rng.random() < 0.2:
            words.append(rng.choice(_SAMPLING))
        if rng.random() < 0.1:
            kind = rng.choice(("Card", "PCM", "stram", "", " stream"))
        parts.append(rng.choice((",", ", ")).join([kind, *words]))
    return parts


def _node(rng: random.Random, quote: Quote, listed: Callable[[list[str]], str]) -> str:
    if rng.random() < 0.03:
        return quote("pnode=0")
    options = rng.sample(_VNUMA, rng.randint(0, 4))
    if rng.random() < 0.6:
        options = ["pnode=0", "size=32", rng.choice(("vcpus=0", "vcpus=1", "vcpus=0-1"))]
    return listed([quote(option) for option in options])


def _cpuid(rng: random.Random, quote: Quote, listed: Callable[[list[str]], str]) -> str:
    if rng.random() < 0.4:
        return listed([quote(rng.choice(_CPUID_LINES)) for _ in range(rng.randint(0, 3))])
    names = [*features(), "foo", "", "family", "model", "family", "model"]
    words = [f"{rng.choice(names)}={rng.choice(_CPUID_VALUES)}" for _ in range(rng.randint(0, 5))]
    if rng.random() < 0.1:
        words.append("bare")
    return quote(",".join([rng.choice(("host", "host", "host", "x")), *words]))

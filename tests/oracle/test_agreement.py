"""The configuration language agrees with xl: same files accepted, same first complaint, same JSON.

``XENTUI_AGREEMENT`` is how many configurations are made up (500), ``XENTUI_AGREEMENT_SEED`` where the generator
begins.
"""

from __future__ import annotations

import os

from tests.oracle.corpus import CORPUS
from tests.oracle.xl import CPUS, ask_xl
from tests.unit.config.agreement import compare, our_answer
from tests.unit.config.generator import Generator
from xentui.config.libxl.cpuid_features import features


def differences(texts: list[str]) -> list[str]:
    """Where xl and this package are not of one mind, with the text."""
    found = []
    for number, (text, theirs) in enumerate(zip(texts, ask_xl(texts), strict=True)):
        difference = compare(our_answer(f"{number}.cfg", text, CPUS), theirs)
        if difference:
            found.append(f"{number}.cfg: {difference}\n{text}")
    return found


def test_xl_and_this_package_agree() -> None:
    count = int(os.environ.get("XENTUI_AGREEMENT", "500"))
    generator = Generator(int(os.environ.get("XENTUI_AGREEMENT_SEED", "1")))
    found = differences([generator.configuration() for _ in range(count)])
    assert not found, f"{len(found)} of {count} differ:\n\n" + "\n----\n".join(found[:20])


def test_the_shapes_of_public_files() -> None:
    assert not differences(list(CORPUS.values()))


def test_every_feature_of_a_processor() -> None:
    head = 'name = "a"\nkernel = "k"\n'
    texts = [f'{head}cpuid = "host,{name}={value}"\n' for name in features() for value in ("1", "s")]
    assert not differences(texts)


def test_an_address_cut_short_within_its_item() -> None:
    """xl reads on in the next word: no byte of it is one, or by chance some are."""
    head = 'name = "a"\nkernel = "k"\n'
    words = ("bridge=xenbr0", "ip=1.2.3.4", "a,b,c,d", "00:01:02:03", "script=x,mac=0:1:2:3:4:5")
    assert not differences([f'{head}vif = ["mac=00:16:3e,{word}"]\n' for word in words])

"""What another host sends of a domain is not trusted."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from xentui.agent.errors import AgentError
from xentui.agent.migration import store_moves

UUID, OTHER = "11111111-2222-4333-8444-000000000001", "11111111-2222-4333-8444-000000000002"


@pytest.mark.parametrize("line", [f'uuid = "{OTHER}"', f"  uuid='{OTHER.upper()}'"])
def test_a_domain_does_not_arrive_with_the_uuid_of_another(tmp_path: Path, line: str) -> None:
    files = {"config.cfg": f'name = "web1"\n{line}\n', "log.jsonl": "{}\n"}
    packed = zlib.compress(json.dumps(files).encode("ascii"))
    with pytest.raises(AgentError, match="its uuid differs") as caught:
        store_moves.receive_entry(str(tmp_path), uuid=UUID, packed=packed)
    assert caught.value.code == "invalid"
    assert not (tmp_path / "domains" / UUID).exists()

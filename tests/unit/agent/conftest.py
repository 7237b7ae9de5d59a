"""What the tests of the agent share with those of the store."""

from tests.unit.store.conftest import ground

__all__ = ["ground"]

import pytest

from coopcycle import outbox


@pytest.fixture
def sent(monkeypatch):
    """Keys of the outbox messages of kind "note" that were sent."""
    keys = []
    monkeypatch.setitem(outbox._handlers, "note", lambda key, payload: keys.append(key))
    return keys

from tests.look.conftest import chromium  # noqa: F401 - a fixture

"""A desk without feeds: what stands in it afterwards came from archives."""

from __future__ import annotations

import pytest

from copydesk.pipeline import open_desk


@pytest.fixture
def desk(settings):
    with open_desk(settings, settings.database_url) as opened:
        yield opened

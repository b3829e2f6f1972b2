"""The main job, by hand: from a restaurant's standing order to the courier's proof."""

import pytest

from tests.browser.visitor import PHONE

pytestmark = pytest.mark.servers


def test_from_the_standing_order_to_the_proof(visitors, town):
    odile = visitors.open_for(town.odile)
    odile.look("home")
    ana = visitors.open_for(town.ana, PHONE)
    ana.look("home")

import pytest

pytestmark = pytest.mark.django_db


def test_lists_the_cooperatives_with_their_addresses(federation_client, alpha, beta):
    page = federation_client.get("/").content.decode()

    assert f'data-cooperative="{alpha.slug}"' in page
    assert f"//{beta.slug}.localhost" in page


def test_a_country_narrows_the_list(federation_client, alpha, beta):
    page = federation_client.get("/", {"country": "BE"}).content.decode()

    assert f'data-cooperative="{beta.slug}"' in page
    assert f'data-cooperative="{alpha.slug}"' not in page


def test_a_town_without_a_cooperative_says_so(federation_client):
    page = federation_client.get("/", {"q": "Atlantis"}).content.decode()

    assert "No co-op of ours is there yet" in page


def test_more_cooperatives_need_no_more_queries(federation_client, django_assert_num_queries):
    federation_client.get("/")
    with django_assert_num_queries(3):  # co-ops, their domains, their colours
        federation_client.get("/")

"""A co-op's own colour: only a colour gets in, and old browsers get the same shades."""

import pytest

from coopcycle import colours


def test_shades_for_old_browsers_equal_those_of_the_tokens(settings):
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    sheet = colours.sheet_for("#00787d")

    for shade in ("--brand: #005b60;", "--brand-tint: #ddeff0;", "--brand-line: #90cacd;"):
        assert shade in tokens
        assert shade in sheet


@pytest.mark.parametrize(
    "wrong", ["red", "#fff", "#00787d;} body{display:none", "url(x)", "", "#00787d\n"]
)
def test_only_a_parsed_colour_gets_in(wrong):
    with pytest.raises(ValueError, match="not a colour"):
        colours.sheet_for(wrong)


def _luminance(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    "colour", ["#ffff00", "#000000", "#ffffff", "#d9a400", "#00ff00", "#ff00ff"]
)
def test_a_button_label_is_readable_on_whatever_is_chosen(colour):
    brand = colours.sheet_for(colour).split("--brand: ")[1][:7]
    lighter, darker = _luminance("#fdfcf8"), _luminance(brand)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.django_db
def test_the_sheet_is_kept_for_ever_under_the_name_of_its_content(client, alpha):
    address = colours.sheet_url(colours.sheet_for(alpha.colour))

    current, stale = client.get(address), client.get("/coop.css?v=older")

    assert current["Content-Type"].startswith("text/css")
    assert "immutable" in current["Cache-Control"]
    assert stale["Cache-Control"] == "no-cache"


@pytest.mark.django_db
def test_the_federation_has_the_colours_of_its_cooperatives(federation_client, alpha):
    sheet = federation_client.get("/coop.css").content.decode()

    assert f'[data-cooperative="{alpha.slug}"] {{ --coop: {alpha.colour}' in sheet

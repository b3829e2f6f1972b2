from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from coopcycle.errors import DomainError
from coopcycle.images import clean_photo

ORIENTATION, GPS = 0x0112, 0x8825


def picture(size=(40, 20), kind="JPEG", mode="RGB", colour="red", **options):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)
    return out.getvalue()


def send(content, name="photo.jpg"):
    return clean_photo(SimpleUploadedFile(name, content, content_type="image/jpeg"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_become_a_jpeg(kind):
    photo = Image.open(send(picture(kind=kind)))

    assert (photo.format, photo.size) == ("JPEG", (40, 20))


def test_large_photos_are_made_smaller_and_keep_their_shape():
    assert Image.open(send(picture((4000, 3000)))).size == (1600, 1200)


def test_where_and_how_it_was_taken_is_removed_but_it_stands_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"

    cleaned = send(picture(exif=exif))

    photo = Image.open(cleaned)
    assert photo.size == (20, 40)
    assert not dict(photo.getexif())
    assert b"Exif" not in cleaned.read()


def test_see_through_becomes_white():
    photo = Image.open(send(picture(kind="PNG", mode="RGBA", colour=(0, 0, 0, 0))))

    assert photo.getpixel((5, 5)) == (255, 255, 255)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SVG, id="svg"),
        pytest.param(HTML, id="html"),
        pytest.param(b"", id="empty"),
        pytest.param(picture(kind="GIF") + HTML, id="gif-and-html"),
        pytest.param(picture((900, 900), kind="PNG")[:200], id="truncated-png"),
        pytest.param(picture((900, 900))[:2000], id="truncated-jpeg"),
        pytest.param(b"\xff\xd8\xff" + b"\0" * 500, id="jpeg-start-only"),
        pytest.param(b"%PDF-1.7", id="pdf"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_send(content):
    with pytest.raises(DomainError, match="JPEG, PNG or WebP") as refusal:
        send(content)

    assert refusal.value.status == 422


def test_a_small_file_with_very_many_pixels_is_refused_before_it_is_decoded():
    bomb = picture((30_000, 30_000), kind="PNG", mode="1", colour=0)
    assert len(bomb) < 2_000_000

    with pytest.raises(DomainError, match="too many pixels") as refusal:
        send(bomb)

    assert refusal.value.status == 422


def test_a_heavy_file_is_refused():
    with pytest.raises(DomainError, match="12 MB"):
        send(b"\xff\xd8" + b"\0" * (13 * 1024 * 1024))


def test_what_hides_behind_a_photo_is_gone():
    assert b"script" not in send(picture() + HTML).read()

"""Photos that people send, made safe to keep: decoded within bounds, drawn anew, without traces."""

import warnings
from io import BytesIO
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from coopcycle.errors import DomainError

MAX_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 50_000_000  # a 50-megapixel phone; decoded it is 150 MB at most
MAX_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


def clean_photo(upload: "UploadedFile[bytes]") -> "ContentFile[bytes]":
    """A JPEG of at most 1600 pixels, upright, without place, time or device of the original.

    Raises DomainError (422), with a sentence that says what to send instead.
    """
    if (upload.size or 0) > MAX_BYTES:
        raise _refusal(_("This photo is larger than 12 MB. Send a smaller one."))
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = _read(upload)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise _refusal(
            _("This file cannot be read as a photo. Send a JPEG, PNG or WebP picture.")
        ) from error
    out = BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True)
    return ContentFile(out.getvalue(), name="photo.jpg")


def _read(upload: "UploadedFile[bytes]") -> Image.Image:
    """Decode, after the header alone has told that it is small enough."""
    source: BinaryIO = upload  # type: ignore[assignment]  # an upload reads and seeks like a file
    with Image.open(source, formats=FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise _too_many_pixels()
        opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # JPEG decodes straight to a smaller size
        opened.load()
        picture = ImageOps.exif_transpose(opened)
        picture.thumbnail((MAX_SIDE, MAX_SIDE))
        clean = Image.new("RGB", picture.size, "white")
        see_through = picture.convert("RGBA")
        clean.paste(see_through, mask=see_through.getchannel("A"))
        return clean


def _too_many_pixels() -> DomainError:
    return _refusal(_("This picture has too many pixels. Send a photo of at most 50 megapixels."))


def _refusal(sentence: str) -> DomainError:
    return DomainError(sentence, status=422)

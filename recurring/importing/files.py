"""Uploaded files: small, text, and of a kind we read. Everything else is refused with a sentence."""

from typing import Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from recurring.importing.models import RuleImport

MOST_BYTES: Final = 256 * 1024
MOST_ROWS: Final = 100
_ZIP = b"PK"  # also xlsx and ods


def read_upload(upload: "UploadedFile[bytes]") -> tuple[str, str]:
    """The text of a file and its source, csv or ics. Raises ValidationError.

    The name and the type that a browser claims count for nothing.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(
            _("This file is larger than %(size)s kB. Split it and bring its parts one by one.")
            % {"size": MOST_BYTES // 1024}
        )
    content = upload.read(MOST_BYTES + 1)
    if content.startswith(_ZIP):
        raise ValidationError(
            _("This is a spreadsheet or an archive. Save the table as “CSV UTF-8” and bring that.")
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(
            _("The letters of this file cannot be read. Save it again as “CSV UTF-8”.")
        ) from None
    if "\x00" in text or not text.strip():
        raise ValidationError(_("There is no text in this file. Choose a CSV or an .ics file."))
    is_calendar = text.lstrip()[:15].upper() == "BEGIN:VCALENDAR"
    return text, RuleImport.Source.CALENDAR if is_calendar else RuleImport.Source.CSV

"""34: no cell of an export is a formula, whatever it begins with."""

import io
import zipfile

import defusedcsv.csv as csv
import pytest

from privacy.exports.cooperative import write_cooperative
from recurring.importing.exporting import write_table
from tests.factories import UserFactory
from tests.recurring.conftest import NOW

STARTS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0"]


@pytest.mark.django_db
@pytest.mark.parametrize("words", STARTS)
def test_34_the_sheets_of_a_co_op(alpha, words):
    UserFactory(name=words)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        write_cooperative(archive, alpha, at=NOW)

    with zipfile.ZipFile(file) as archive:
        sheet = archive.read("sheets/accounts.User.csv").decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(sheet, newline="")) for cell in row]
    assert [
        cell for cell in cells if cell[:1] in "=+-@\t\r" and cell[:1] and not cell[1:].isdigit()
    ] == []
    kept = words.strip().replace("|", "\\|")
    assert any(kept in cell and cell.startswith("'") for cell in cells)


@pytest.mark.parametrize("words", STARTS)
def test_34_the_table_of_standing_orders(words):
    written = write_table([{"name": words, "business": words}])

    assert not [
        cell for cell in written.replace("\r\n", ",").split(",") if cell[:1] in tuple("=+-@")
    ]

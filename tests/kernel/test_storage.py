import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile

from coopcycle import current
from coopcycle.db.errors import NoCooperativeError
from coopcycle.storage import CooperativeFileStorage, HashedStaticStorage


@pytest.fixture
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return CooperativeFileStorage()


@pytest.fixture
def work_for(monkeypatch):
    """Only the name of the schema matters here, not the database."""
    return lambda schema: monkeypatch.setattr(current, "current_schema", lambda: schema)


def test_file_lands_in_its_coops_folder_under_a_random_name(storage, work_for, tmp_path):
    work_for("c_alpha")

    name = storage.save("proofs/Jeanne at home.JPG", ContentFile(b"photo"))

    assert name.startswith("proofs/")
    assert name.endswith(".jpg")
    assert "Jeanne" not in name
    assert (tmp_path / "media/c_alpha" / name).read_bytes() == b"photo"


def test_another_coop_does_not_find_it(storage, work_for):
    work_for("c_alpha")
    name = storage.save("proofs/a.jpg", ContentFile(b"photo"))

    work_for("c_beta")

    assert not storage.exists(name)
    with pytest.raises(FileNotFoundError):
        storage.open(name)


def test_nothing_is_written_or_read_without_a_coop(storage, work_for, tmp_path):
    work_for(None)

    with pytest.raises(NoCooperativeError):
        storage.save("proofs/a.jpg", ContentFile(b"photo"))
    with pytest.raises(NoCooperativeError):
        storage.path("proofs/a.jpg")
    assert not (tmp_path / "media").exists()


@pytest.mark.parametrize(
    "name", ["../c_beta/a.jpg", "/etc/cron.d/a", "proofs/../../a.jpg", "..\\a.jpg"]
)
def test_names_that_climb_out_write_nothing(storage, work_for, tmp_path, name):
    work_for("c_alpha")

    with pytest.raises(SuspiciousFileOperation):
        storage.save(name, ContentFile(b"x"))

    assert not (tmp_path / "media").exists()


@pytest.mark.parametrize("name", ["../c_beta/a.jpg", "/etc/passwd"])
def test_names_that_climb_out_read_nothing(storage, work_for, name):
    work_for("c_alpha")

    with pytest.raises(SuspiciousFileOperation):
        storage.open(name)


def test_strange_suffix_is_dropped(storage, work_for):
    work_for("c_alpha")

    assert "." not in storage.save("proofs/a.jp g", ContentFile(b"x"))


def test_files_have_no_address(storage, work_for):
    work_for("c_alpha")

    with pytest.raises(ValueError, match="no public address"):
        storage.url("proofs/a.jpg")


def test_modules_import_each_other_by_hashed_name(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nb();\n')
    (tmp_path / "b.js").write_text("export function b() {}\n")
    storage = HashedStaticStorage(location=tmp_path, base_url="/static/")

    names = {
        name: hashed
        for name, hashed, done in storage.post_process({n: (storage, n) for n in ("a.js", "b.js")})
    }

    text = (tmp_path / names["a.js"]).read_text()
    assert names["b.js"] in text

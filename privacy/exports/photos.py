"""Photos of the doors at which parcels were left: they are of those who got them.

A courier took them, but they show nothing of the courier: who asks for one's own data gets none.
Where a parcel was fetched they are the sender's. One may show somebody else, a neighbour who took
the parcel in: the administrator who hands them out has seen each and left out what must be.
"""

import zipfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from coopcycle.errors import DomainError
from dispatch.models import Delivery, LateReport, Proof, Task

if TYPE_CHECKING:
    from django.db.models.fields.files import ImageFieldFile

MOST_BYTES = 50_000_000  # of photos in one file; each is some 300 kB (coopcycle/images.py)

DOORS = Prefetch(
    "tasks",
    Task.objects.filter(kind=Task.Kind.DROPOFF)
    .select_related("address")
    .prefetch_related("proofs", "late_reports", "incidents")
    .order_by("pk"),
    to_attr="doors",
)


@dataclass(frozen=True, slots=True)
class DoorPhoto:
    """A photo of a proof, or of what a phone told too late. `key` names it in forms."""

    kind: str
    pk: int
    taken_at: datetime
    file: "ImageFieldFile"

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"

    @property
    def address(self) -> str:
        """Where it is looked at."""
        return reverse(f"rider:{self.kind}-photo", args=[self.pk])

    @property
    def member(self) -> str:
        """Its name in the archive."""
        return f"photos/{self.key}.jpg"


def photo_of(row: Proof | LateReport) -> DoorPhoto | None:
    if not row.photo:
        return None
    if isinstance(row, Proof):
        return DoorPhoto("proof", row.pk, row.taken_at, row.photo)
    return DoorPhoto("report", row.pk, row.happened_at, row.photo)


def photos_of(delivery: Delivery) -> list[DoorPhoto]:
    """Of a parcel whose `DOORS` were fetched."""
    doors: list[Task] = delivery.doors  # type: ignore[attr-defined]  # of the prefetch
    rows: list[Proof | LateReport] = []
    for door in doors:
        rows += [*door.proofs.all(), *door.late_reports.all()]
    return [photo for row in rows if (photo := photo_of(row))]


def chosen(parcels: Iterable[Delivery], keys: Collection[str]) -> list[DoorPhoto]:
    """The photos with these keys that are there. Raises DomainError when they are too many."""
    photos = [
        photo
        for delivery in parcels
        for photo in photos_of(delivery)
        if photo.key in keys and default_storage.exists(str(photo.file.name))
    ]
    if sum(photo.file.size for photo in photos) > MOST_BYTES:
        raise DomainError(
            _("These photos are too large for one file. Tick fewer parcels, then the others."),
            status=422,
        )
    return photos


def write_photos(archive: zipfile.ZipFile, photos: Iterable[DoorPhoto]) -> None:
    """As they are: pictures that are packed already."""
    for photo in photos:
        with photo.file.open("rb") as source:
            archive.writestr(photo.member, source.read(), zipfile.ZIP_STORED)

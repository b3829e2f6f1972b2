"""One row for each door that is being tried."""

from django.db import models


class Limit(models.Model):
    """A leaking bucket: each try pours in, and `empties_at` says when all of it has run out.

    Logged like other tables: tries are few, and a crash or a switch to the replica must not give
    them all back. The key is a hash: no list of addresses grows here.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    empties_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="limit_once", fields=["kind", "key"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}"

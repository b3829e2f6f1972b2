"""`filter(pk__among=ids)`: one of many keys, as one parameter.

`IN` writes each key into the statement by itself, which for hundreds costs more than reading the
rows.
"""

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignObject, Lookup
from django.db.models.sql.compiler import SQLCompiler


@ForeignObject.register_lookup
@Field.register_lookup
class Among(Lookup):
    """Whether a whole number is among others."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        """As `IN`; an empty collection has nothing in it."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", (*params, array_of(self.rhs))


def array_of(numbers: Iterable[int]) -> str:
    """PostgreSQL's way to write an array: {1,2,3}."""
    return "{" + ",".join(map(str, numbers)) + "}"

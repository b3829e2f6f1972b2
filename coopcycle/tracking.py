"""Which tables are recorded row by row, and the triggers that do it.

    @tracked(parent="order", personal=("note",))
    class OrderPart(models.Model): ...

Triggers see all that changes rows: save(), update(), bulk_create, COPY, raw SQL. One a statement
reads the changed rows together, so many rows cost little more than one. They are made from these
declarations at each migrate (tenants/wall.py), so a new column needs nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from psycopg import sql

from coopcycle.db.encrypted import EncryptedTextField

# What a transaction tells the triggers: who acts, in which request, and why.
SETTINGS = ("audit.actor", "audit.request", "audit.reason")


@dataclass(frozen=True, slots=True)
class Tracked:
    """How one table is recorded."""

    model: type[models.Model]
    parent: str  # the foreign key to what a row is a part of; empty: it stands by itself
    secret: tuple[str, ...]  # that it changed is kept, its values never
    ignored: tuple[str, ...]  # counters and clocks that change with everything else
    personal: tuple[str, ...]  # values that erasure takes out of the events
    home: str  # the column that names the schema whose trail it goes to; empty: its own
    # Rows come by the thousand: their insert keeps no copy. What a row was at first is what it is
    # now, less what its later events say has changed.
    many: bool

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def arguments(self) -> list[str]:
        """What the trigger function is told, in its order."""
        # Two ciphertexts differ also when the text is the same, and say nothing to anybody.
        sealed = [f.name for f in self.model._meta.fields if isinstance(f, EncryptedTextField)]
        lists = ((*self.secret, *sealed), ("id", *self.ignored), self.personal)
        columns = (self._array(names) for names in lists)
        parent = self._column(self.parent) if self.parent else ""
        return [parent, *columns, self.home, "many" if self.many else ""]

    def _array(self, names: Sequence[str]) -> str:
        return "{" + ",".join(map(self._column, names)) + "}"

    def _column(self, name: str) -> str:
        field: Any = self.model._meta.get_field(name)
        column: str = field.column
        return column


_tracked: dict[str, Tracked] = {}


def tracked[ModelT: type[models.Model]](
    *,
    parent: str = "",
    secret: Sequence[str] = (),
    ignored: Sequence[str] = (),
    personal: Sequence[str] = (),
    home: str = "",
    many: bool = False,
) -> Callable[[ModelT], ModelT]:
    """Class decorator: record each row of this model that is inserted, updated or deleted."""

    def remember(model: ModelT) -> ModelT:
        how = Tracked(model, parent, tuple(secret), tuple(ignored), tuple(personal), home, many)
        _tracked[how.table] = how
        return model

    return remember


def tracked_tables() -> Mapping[str, Tracked]:
    """All tracked models by the name of their table."""
    return _tracked


# Django's own writes name their table; any other statement that is no plain read may write one.
_NAMED = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
_OTHER = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|WITH|MERGE|COPY)\b", re.IGNORECASE)


def may_write_tracked_rows(statement: Any) -> bool:
    """Whether a statement may change rows that are recorded."""
    text = statement if isinstance(statement, str) else str(statement)
    if text.startswith("SELECT"):
        return False  # most statements, told at once
    if named := _NAMED.match(text):
        return named[1] in _tracked
    return _OTHER.match(text) is not None


# --- Triggers ------------------------------------------------------------------------------------
# PostgreSQL gives the changed rows to a trigger of one operation only, so there are three.
_OPERATIONS: Mapping[str, str] = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}
_PRESENT = """
SELECT c.relname, t.tgname, encode(t.tgargs, 'escape'), t.tgenabled
FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname LIKE 'audit\\_%%'
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
"""


def trigger_statements(schema: str) -> Iterator[sql.Composed]:
    """What makes the triggers of `schema` what this file says; nothing where they are so already."""
    present = _triggers_of(schema)
    if "audit_event" not in present:
        return
    for table, found in present.items():
        how = _tracked.get(table)
        wanted = _wanted(how) if how else {}
        if found == wanted:
            continue
        for name in found:
            yield sql.SQL("DROP TRIGGER {} ON {}").format(
                sql.Identifier(name), sql.Identifier(schema, table)
            )
        if how:
            yield from _create(how, schema)


def _wanted(how: Tracked) -> dict[str, tuple[str, str]]:
    told = "".join(f"{argument}\\000" for argument in how.arguments())
    return {f"audit_{operation}": (told, "O") for operation in _OPERATIONS}


def _triggers_of(schema: str) -> dict[str, dict[str, tuple[str, str]]]:
    """Table → our triggers on it, with their arguments and whether they are switched on."""
    tables: dict[str, dict[str, tuple[str, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [schema])
        for table, trigger, arguments, is_enabled in cursor.fetchall():
            there = tables.setdefault(table, {})
            if trigger and not trigger.startswith("audit_refuse"):
                there[trigger] = arguments, is_enabled
    return tables


def _create(how: Tracked, schema: str) -> Iterable[sql.Composed]:
    arguments: list[Any] = [sql.Literal(argument) for argument in how.arguments()]
    for operation, rows in _OPERATIONS.items():
        yield sql.SQL(
            "CREATE TRIGGER {name} AFTER {operation} ON {table} {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION public.audit_record({arguments})"
        ).format(
            name=sql.Identifier(f"audit_{operation}"),
            operation=sql.SQL(operation.upper()),
            table=sql.Identifier(schema, how.table),
            rows=sql.SQL(rows),
            arguments=sql.SQL(", ").join(arguments),
        )

"""One query after every fault: each rule and date has one order, whole; each message went once."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# What is there for each date of each standing order. An order is whole with its three stops, its
# part for each of two producers, its two lines and the entry in its history.
_DATES = """
SELECT standing.id, known.original_start, known.state,
       (SELECT count(*) FROM orders_order AS made WHERE made.id = known.order_id),
       (SELECT count(*) FROM dispatch_task AS stop WHERE stop.delivery_id = made.delivery_id),
       (SELECT count(*) FROM orders_orderpart AS part WHERE part.order_id = made.id),
       (SELECT count(*) FROM orders_orderline AS line JOIN orders_orderpart AS part
            ON part.id = line.part_id WHERE part.order_id = made.id),
       (SELECT count(*) FROM orders_orderevent AS event WHERE event.order_id = made.id)
FROM recurring_standingorder AS standing
JOIN recurring_occurrence AS known ON known.standing_order_id = standing.id
LEFT JOIN orders_order AS made ON made.id = known.order_id
"""
_WHOLE = (1, 3, 2, 2, 1)
# Orders and deliveries that nothing leads to, and two orders of one customer for one time.
_DOUBLED = """
SELECT (SELECT count(*) FROM orders_order AS made WHERE NOT EXISTS
           (SELECT FROM recurring_occurrence AS known WHERE known.order_id = made.id))
     + (SELECT count(*) FROM dispatch_delivery AS ride WHERE NOT EXISTS
           (SELECT FROM orders_order AS made WHERE made.delivery_id = ride.id))
     + (SELECT coalesce(sum(again.count - 1), 0) FROM
           (SELECT count(*) FROM orders_order GROUP BY buyer_id, after) AS again)
"""
_TOLD = """
SELECT key, payload ->> 'to', payload -> 'context' -> 'made'
FROM coopcycle_outboxmessage WHERE payload ->> 'template' = 'standing_orders'
"""
_UNSENT = "SELECT count(*) FROM coopcycle_outboxmessage WHERE state <> 'sent'"
_SENT = "SELECT key FROM coopcycle_outboxmessage WHERE state = 'sent'"
_UNTOLD = "SELECT count(*) FROM recurring_occurrence WHERE news <> ''"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a look at the database and the mails found; all numbers but `missed` should be 0."""

    lost: int  # dates without an order, orders that are not whole, messages not written or not sent
    doubled: int  # orders, rides and messages too many
    missed: int  # dates that had passed

    @property
    def is_clean(self) -> bool:
        return (self.lost, self.doubled) == (0, 0)


def look(url: str, mails: Path, *, slug: str, days: list[str], restaurants: int) -> Findings:
    """Compare all there is with one order for each of the restaurants on each of the days."""
    with psycopg.connect(url) as connection:
        schema = _enter(connection, slug)
        dates = connection.execute(_DATES).fetchall()
        told = connection.execute(_TOLD).fetchall()
        sent = {key for (key,) in connection.execute(_SENT).fetchall()}
        doubled, unsent, untold = (
            connection.execute(query).fetchall()[0][0] for query in (_DOUBLED, _UNSENT, _UNTOLD)
        )
    whole, missed, broken = set(), set(), 0
    for rule, original, state, *facts in dates:
        if state == "missed":
            missed.add((rule, original[:10]))
        elif state == "generated" and tuple(facts) == _WHOLE:
            whole.add((rule, original[:10]))
        elif state != "skipped" or original[:10] in days:  # by night the first day's list is closed
            broken += 1
    dealt_with = {pair for pair in whole | missed if pair[1] in days}
    mentions = Counter((to, line["day"]) for _key, to, made in told for line in made)
    arrived = _messages(mails)
    return Findings(
        lost=len(days) * restaurants
        - len(dealt_with)
        + broken
        + unsent
        + untold
        + len({message_id(schema, key) for key in sent} - arrived)
        + max(0, len(whole) - len(mentions)),
        doubled=int(doubled) + sum(count - 1 for count in mentions.values()),
        missed=len(missed),
    )


def _enter(connection: psycopg.Connection[Any], slug: str) -> str:
    """The schema of the co-op, which the next queries read."""
    [(schema,)] = connection.execute(
        "SELECT schema_name FROM tenants_cooperative WHERE slug = %s", [slug]
    ).fetchall()
    connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
    return str(schema)


def message_id(schema: str, key: str) -> str:
    """As coopcycle/mail.py makes it."""
    return f"<{hashlib.sha256(f'{schema}:{key}'.encode()).hexdigest()[:40]}@localhost>"


def _messages(folder: Path) -> set[Any]:
    """The mails that arrived, as their receivers count them: by Message-ID."""
    found = set()
    for file in folder.glob("*.log"):
        for text in file.read_bytes().split(b"-" * 79):
            if text.strip():
                found.add(message_from_bytes(text.lstrip())["Message-ID"])
    return found

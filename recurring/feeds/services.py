"""Opening, renewing and closing the secret address of a calendar."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import Business, User
from audit.recording import Kind, record
from coopcycle.current import require_schema
from coopcycle.errors import DomainError
from coopcycle.idempotency import create_once
from recurring.feeds.models import CalendarFeed

MOST_FEEDS = 20  # open ones of a business
READ_NOTED_EVERY = timedelta(hours=1)


def hash_secret(secret: str) -> str:
    """What is kept of a secret. The co-op's schema is in it, so an address of one opens no other."""
    salt = f"recurring.feeds.{require_schema()}"
    return salted_hmac(salt, secret, algorithm="sha256").hexdigest()


def open_feed(
    *,
    business: Business,
    content: str,
    name: str,
    actor: User,
    at: datetime,
    action_id: uuid.UUID,
) -> tuple[CalendarFeed, str]:
    """A new address, and its secret, which nobody can read again; empty for a form sent twice.

    Raises DomainError when there are too many, or the business prepares nothing.
    """
    if content == CalendarFeed.Content.PREPARES and not business.is_producer:
        raise DomainError(_("Only producers have orders to prepare."), status=422)
    secret = _new_secret()

    def create() -> CalendarFeed:
        Business.objects.select_for_update().get(pk=business.pk)  # two forms count one by one
        if open_feeds(business).count() >= MOST_FEEDS:
            raise DomainError(
                _("There are %(number)s open addresses already. Close one that nobody uses.")
                % {"number": MOST_FEEDS}
            )
        _record_way_out(business, actor)
        return CalendarFeed.objects.create(
            business=business,
            content=content,
            name=name,
            secret_hash=hash_secret(secret),
            created_at=at,
            created_by=actor,
            action_id=action_id,
        )

    feed = create_once(CalendarFeed, action_id, create)
    return feed, secret if feed.secret_hash == hash_secret(secret) else ""


@transaction.atomic
def renew_feed(*, feed_id: int, actor: User, at: datetime) -> tuple[CalendarFeed, str]:
    """Another secret for an open address; the old one is closed at once."""
    feed = CalendarFeed.objects.select_for_update().get(pk=feed_id)
    if feed.revoked_at is not None:
        raise DomainError(_("This address is closed. Make a new one instead."))
    _record_way_out(feed.business, actor)
    secret = _new_secret()
    feed.secret_hash, feed.renewed_at, feed.created_by = hash_secret(secret), at, actor
    feed.last_read_at = None
    feed.save(update_fields=["secret_hash", "renewed_at", "created_by", "last_read_at"])
    return feed, secret


@transaction.atomic
def revoke_feed(*, feed_id: int, at: datetime) -> CalendarFeed:
    """Close an address. Programs that still ask find nothing."""
    feed = CalendarFeed.objects.select_for_update().get(pk=feed_id)
    feed.revoked_at = feed.revoked_at or at
    feed.save(update_fields=["revoked_at"])
    return feed


def note_reading(feed: CalendarFeed, *, at: datetime) -> None:
    """When a program last came, to the hour: so that people see which address nobody uses."""
    CalendarFeed.objects.filter(
        Q(last_read_at=None) | Q(last_read_at__lt=at - READ_NOTED_EVERY), pk=feed.pk
    ).update(last_read_at=at)


def open_feeds(business: Business) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.filter(business=business, revoked_at=None)


def _record_way_out(business: Business, actor: User) -> None:
    """An address hands a business's dates out for as long as it is open: like a file taken along."""
    record(Kind.EXPORTED, user=actor, what="calendar", business=business.name)


def _new_secret() -> str:
    return secrets.token_urlsafe(32)  # 256 random bits

"""Django's sessions, kept in `Session` rows: `SESSION_ENGINE`.

A request reads one row, as with Django's own. It is written when something in it changes, and to
say that it is in use every few minutes, not at each request.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.sessions.lifetimes import NOBODY, Lifetime, lifetime_of
from accounts.sessions.models import Session
from accounts.sessions.words import device_of

SEEN_EVERY = timedelta(minutes=2)  # a fraction of the shortest time without use


def hash_of(key: str) -> str:
    """What is kept of a session's key; it is long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


class SessionStore(SessionBase):
    """The session of a request. `agent` is what its browser says of itself."""

    def __init__(self, session_key: str | None = None, agent: str = "") -> None:
        super().__init__(session_key)
        self.agent = agent
        self._row: Session | None = None

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing when it is over. That it is asked for is its use."""
        now = timezone.now()
        row = Session.objects.filter(pk=hash_of(self.session_key or "")).first()
        if row is None or row.is_over(now):
            self._session_key = None
            return {}
        if now - row.seen_at >= SEEN_EVERY:
            Session.objects.filter(pk=row.pk, seen_at__lt=now).update(seen_at=now)
        self._row = row
        return self.decode(row.values)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(pk=hash_of(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError when the session was ended meanwhile: it doesn't come to life again."""
        if self.session_key is None:
            self.create()
            return
        values = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        name, written = hash_of(self.session_key), {"values": self.encode(values)}
        owner = int(values[SESSION_KEY]) if SESSION_KEY in values else None
        if must_create:
            self._insert(name, **written, **self._begun_by(owner))
        elif not Session.objects.filter(_is_of(owner), pk=name).update(**written):
            # Somebody has signed in on it, or it is not there any more.
            begun = self._begun_by(owner)
            if not Session.objects.filter(pk=name, user=None).update(**written, **begun):
                raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(pk=hash_of(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """For `manage.py clearsessions`; every night accounts/tasks.py does the same."""
        Session.objects.filter(ends_at__lte=timezone.now()).delete()

    def _insert(self, name: str, **columns: Any) -> None:
        try:
            with transaction.atomic():
                Session.objects.create(pk=name, **columns)
        except IntegrityError as error:
            raise CreateError from error

    def _begun_by(self, owner: int | None) -> dict[str, Any]:
        """Whose the session is from now on, and until when.

        A new key for the same person, after a new password, prolongs nothing.
        """
        now = timezone.now()
        before = self._row if self._row and owner and self._row.user_id == owner else None
        lifetime = _lifetime(owner)
        opened_at: datetime = before.opened_at if before else now
        return {
            "user_id": owner,
            "device": device_of(self.agent),
            "opened_at": opened_at,
            "seen_at": now,
            "idle": lifetime.idle,
            "ends_at": opened_at + lifetime.at_most,
        }


def _is_of(owner: int | None) -> Q:
    return Q(user_id=owner) if owner else Q(user=None)


def _lifetime(owner: int | None) -> Lifetime:
    from accounts.models import User

    user = User.objects.filter(pk=owner).first() if owner else None
    return lifetime_of(user) if user else NOBODY

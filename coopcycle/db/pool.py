"""One pool of database sessions for a process, keyed by login.

A session belongs to one login for life, so it can be lent again only to the same cooperative.
Idle sessions wait per login; one bound holds over all, and when it is reached the session that
has been idle longest is closed for the new one. `docs/decisions/0001` has the measurements.
"""

import os
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus


class Session(psycopg.Connection[Any]):
    """A connection that remembers for whom, when and by which process it was opened."""

    login: str
    born: float
    process: int
    resetting: bool = False


class SessionPool:
    """Lends sessions to threads. `take` opens or reuses one, `give_back` returns it.

    size: sessions of all logins together, lent and idle.
    per_login: sessions one login may have at once.
    max_idle, max_lifetime: seconds; timeout: seconds that `take` waits for a free place.
    discard: clear session state between two uses (one more statement per use).
    """

    def __init__(
        self,
        *,
        size: int,
        per_login: int,
        max_idle: float = 60,
        max_lifetime: float = 3600,
        timeout: float = 10,
        discard: bool = False,
    ) -> None:
        self.size, self.per_login = size, per_login
        self.max_idle, self.max_lifetime, self.timeout = max_idle, max_lifetime, timeout
        self.discard = discard
        self.forget_all()

    def forget_all(self) -> None:
        """Start empty without closing anything: in a forked child the sockets are the parent's."""
        self._changed = threading.Condition()
        self._idle: OrderedDict[Session, float] = OrderedDict()  # oldest first → idle since
        self._idle_of: dict[str, list[Session]] = {}
        self._open: Counter[str] = Counter()  # lent and idle
        self._total = 0
        self._reaper: threading.Thread | None = None

    # --- lending ----------------------------------------------------------------------------

    def take(self, login: str, connect: Callable[[], Session]) -> Session:
        """A session of `login`: an idle one that is alive, else a new one from `connect`."""
        deadline = time.monotonic() + self.timeout
        while True:
            with self._changed:
                session, victim = self._reserve(login, deadline)
            if victim is not None:
                victim.close()
            if session is None:
                return self._open_new(login, connect)
            if self._is_fresh(session):
                return session
            self._retire(session)

    def give_back(self, session: Session) -> None:
        """Return a session: rolled back, and kept only if it is alive and not too old."""
        if session.process != os.getpid():
            return  # inherited by fork: the parent still speaks on this socket
        if not self._clean(session):
            self._retire(session)
            return
        with self._changed:
            self._idle[session] = time.monotonic()
            self._idle_of.setdefault(session.login, []).append(session)
            self._start_reaper()
            self._changed.notify_all()

    def close_idle(self, login: str | None = None, *, idle_for: float = 0) -> None:
        """Close idle sessions: of one login or of all, those idle for at least so many seconds."""
        before = time.monotonic() - idle_for
        with self._changed:
            chosen = [
                session
                for session, since in self._idle.items()
                if since <= before and login in {None, session.login}
            ]
            for session in chosen:
                self._forget_idle(session)
            self._changed.notify_all()
        for session in chosen:
            session.close()

    def counts(self) -> dict[str, int]:
        """How many sessions are open, lent and idle together, by login."""
        with self._changed:
            return {login: count for login, count in self._open.items() if count}

    # --- with the lock held -----------------------------------------------------------------

    def _reserve(self, login: str, deadline: float) -> tuple[Session | None, Session | None]:
        """An idle session, or (None, victim): a place to open one, closing `victim` for it."""
        while True:
            if idle := self._idle_of.get(login):
                session = idle.pop()  # the latest used: the server's caches are warm
                del self._idle[session]
                return session, None
            if self._open[login] < self.per_login:
                if self._total < self.size:
                    self._count(login, +1)
                    return None, None
                if self._idle:
                    victim = next(iter(self._idle))
                    self._forget_idle(victim)
                    self._count(login, +1)
                    return None, victim
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not self._changed.wait(remaining):
                raise psycopg.OperationalError(
                    f"No database session became free within {self.timeout:g} s "
                    f"({self._open[login]} of {login}, {self._total} in all)."
                )

    def _forget_idle(self, session: Session) -> None:
        del self._idle[session]
        self._idle_of[session.login].remove(session)
        self._count(session.login, -1)

    def _count(self, login: str, by: int) -> None:
        self._open[login] += by
        self._total += by

    # --- without the lock -------------------------------------------------------------------

    def _open_new(self, login: str, connect: Callable[[], Session]) -> Session:
        try:
            session = connect()
        except BaseException:
            self._release(login)
            raise
        session.login, session.born, session.process = login, time.monotonic(), os.getpid()
        return session

    def _retire(self, session: Session) -> None:
        session.close()
        self._release(session.login)

    def _release(self, login: str) -> None:
        with self._changed:
            self._count(login, -1)
            self._changed.notify_all()

    def _is_fresh(self, session: Session) -> bool:
        """Young enough, and the server still listens."""
        if time.monotonic() - session.born > self.max_lifetime:
            return False
        if session.resetting:
            session.resetting = False
            return _read_answers(session)
        return _is_open(session)

    def _clean(self, session: Session) -> bool:
        """Leave no transaction behind; False if the session cannot be used again."""
        if session.closed or time.monotonic() - session.born > self.max_lifetime:
            return False
        try:
            if session.info.transaction_status != TransactionStatus.IDLE:
                session.rollback()
            if not session.autocommit:
                session.autocommit = True
            if self.discard:  # sent now, answered while the session waits, read by the next use
                session.pgconn.send_query(b"DISCARD ALL")
                session.pgconn.flush()
                session.resetting = True
        except psycopg.Error:
            return False
        return session.resetting or session.info.transaction_status == TransactionStatus.IDLE

    def _start_reaper(self) -> None:
        if self._reaper is None:
            self._reaper = threading.Thread(target=self._reap, name="session-reaper", daemon=True)
            self._reaper.start()

    def _reap(self) -> None:
        while True:
            time.sleep(self.max_idle / 2)
            self.close_idle(idle_for=self.max_idle)


def _is_open(session: Session) -> bool:
    """False if the server has ended the session, as far as its socket tells: no round trip.

    libpq reads without letting another thread go first, as `poll` would: with busy threads that
    costs more than a query.
    """
    try:
        session.pgconn.consume_input()  # the server's last words, if it said any
        session.pgconn.consume_input()  # raises at the end
    except psycopg.OperationalError:
        return False
    return True


def _read_answers(session: Session) -> bool:
    """Read what DISCARD ALL answered; False if it failed or the server is gone."""
    is_done = False
    try:
        while (result := session.pgconn.get_result()) is not None:
            is_done = result.status == ExecStatus.COMMAND_OK
    except psycopg.Error:
        return False
    return is_done and session.info.transaction_status == TransactionStatus.IDLE

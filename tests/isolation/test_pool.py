"""The pool of sessions: who gets one, who waits, what is closed. Real sessions of real logins."""

import os
import threading

import psycopg
import pytest

from coopcycle.db.base import current_connection
from coopcycle.db.pool import Session, SessionPool


@pytest.fixture
def connect(postgres_server):
    """Opens sessions of the cluster's owner: the pool only looks at the name it is given."""
    opened = []

    def open_session():
        session = Session.connect(postgres_server.url, autocommit=True)
        opened.append(session)
        return session

    yield open_session
    for session in opened:
        session.close()


def make_pool(**options) -> SessionPool:
    return SessionPool(**{"size": 2, "per_login": 2, "timeout": 0.2} | options)


def test_a_session_is_lent_again_to_the_same_login_only(connect):
    pool = make_pool()
    first = pool.take("a", connect)
    pool.give_back(first)
    other = pool.take("b", connect)

    assert other is not first
    assert pool.take("a", connect) is first


def test_the_longest_idle_session_makes_room(connect):
    pool = make_pool()
    old, young = pool.take("a", connect), pool.take("b", connect)
    pool.give_back(old)
    pool.give_back(young)

    pool.take("c", connect)

    assert old.closed
    assert not young.closed
    assert pool.counts() == {"b": 1, "c": 1}


def test_at_the_bound_a_taker_waits_and_gets_the_next_free_place(connect):
    pool = make_pool(size=1, timeout=5)
    held = pool.take("a", connect)
    timer = threading.Timer(0.1, pool.give_back, [held])
    timer.start()

    taken = pool.take("b", connect)
    timer.join()

    assert taken.login == "b"
    assert held.closed


def test_waiting_ends_with_an_error(connect):
    pool = make_pool(per_login=1)
    pool.take("a", connect)
    with pytest.raises(psycopg.OperationalError, match="No database session became free"):
        pool.take("a", connect)
    pool.take("b", connect)  # the bound of one login is not the bound of all


def test_an_open_transaction_is_rolled_back_on_return(connect):
    pool = make_pool()
    session = pool.take("a", connect)
    session.autocommit = False
    session.execute("SELECT 1")
    pool.give_back(session)

    again = pool.take("a", connect)

    assert again is session
    assert again.autocommit
    assert again.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_session_that_the_server_ended_is_not_lent(connect, postgres_server):
    pool = make_pool()
    session = pool.take("a", connect)
    pid = session.info.backend_pid
    pool.give_back(session)
    with psycopg.connect(postgres_server.superuser_url(), autocommit=True) as master:
        master.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])

    again = pool.take("a", connect)

    assert again is not session
    assert again.execute("SELECT 1").fetchone() == (1,)
    assert pool.counts() == {"a": 1}


def test_old_and_long_idle_sessions_are_closed(connect):
    pool = make_pool(max_lifetime=0)
    session = pool.take("a", connect)
    pool.give_back(session)
    assert session.closed

    pool = make_pool()
    session = pool.take("a", connect)
    pool.give_back(session)
    pool.close_idle(idle_for=60)
    assert not session.closed
    pool.close_idle(idle_for=0)
    assert session.closed
    assert pool.counts() == {}


def test_a_failed_connection_gives_its_place_back(connect):
    pool = make_pool(size=1)

    def refuse():
        raise psycopg.OperationalError("down")

    with pytest.raises(psycopg.OperationalError, match="down"):
        pool.take("a", refuse)
    assert pool.take("a", connect).login == "a"


def test_a_forked_child_leaves_the_parents_sessions_alone(login_wall):
    from accounts.models import User
    from tenants.context import in_cooperative

    with in_cooperative(login_wall.alpha):
        assert User.objects.count() == 0
    child = os.fork()
    if child == 0:  # as a worker of Celery's pool does
        try:
            with in_cooperative(login_wall.alpha):
                User.objects.create_user("child@example.org", name="Child")
            current_connection().close()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the child must never return into pytest
            os._exit(1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    with in_cooperative(login_wall.alpha):
        assert User.objects.get().name == "Child"

"""The platform's side of the fault tests: a process that forks one child for each thing to do.

It reads one JSON command a line and answers with one. Children are real processes with sessions of
their own, and cost no start-up; some of them kill themselves (coopcycle/failpoints.py).
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock
from typing import Any

RESTAURANTS = 6
# Lists that close at midnight: tomorrow is in time at whatever hour the tests run.
ALWAYS_IN_TIME = {"cutoff_days_before": 0, "cutoff_time": clock(0)}
LATER = timedelta(days=3650)  # the story's days may be past; a message is due from now on
AT_ONCE = 3  # standing orders a transaction, so that a run has two


def main() -> None:
    import django

    django.setup()
    from recurring import generation

    generation.MOST_AT_ONCE = AT_ONCE
    for line in sys.stdin:
        command = json.loads(line)
        work, count = ACTS[command.pop("act")], command.pop("count", 1)
        started = time.monotonic()
        children = [_fork(work, command) for _ in range(count)]
        endings = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
        answer = {"endings": endings, "seconds": time.monotonic() - started}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _fork(work: Callable[..., None], command: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.dup2(2, 1)  # what it prints is no answer
        work(**command)
        code = 0
    except BaseException:  # noqa: BLE001 - a child must not go on as its parent
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def settle(*, slug: str, at: str, makes_tables: bool = False) -> None:
    """Tables, one co-op, and restaurants that want goods of two producers every day."""
    from accounts.models import Business
    from coopcycle.db.owner import as_owner
    from orders.models import ProducerTerms
    from tenants.context import in_cooperative
    from tenants.provisioning import create_cooperative
    from tests.databases import make_tables
    from tests.factories import MembershipFactory
    from tests.recurring.conftest import make_kitchen

    if makes_tables:
        with as_owner():
            make_tables()
    moment = datetime.fromisoformat(at)
    cooperative = create_cooperative(
        name=slug.title(), slug=slug, country="FR", city="Grenoble", generation_horizon_days=2
    )
    with in_cooperative(cooperative):
        kitchen = make_kitchen()
        for producer in Business.objects.producers():
            ProducerTerms.objects.update_or_create(producer=producer, defaults=ALWAYS_IN_TIME)
        for number in range(RESTAURANTS):
            kitchen.restaurant = MembershipFactory(business__name=f"Restaurant {number}").business
            kitchen.standing_order(
                at=moment,
                name=f"Every day {number}",
                weekdays=[1, 2, 3, 4, 5, 6, 7],
                first_day=moment.astimezone(cooperative.zone).date(),
                start=clock(2, 30) if number == 0 else clock(6, 30),
                holiday_policy="keep",
            )


def secure() -> None:
    """Let the logins into a database that was restored."""
    from coopcycle.db.owner import as_owner
    from tenants.wall import secure_database

    with as_owner():
        secure_database()


def run(*, at: str, failpoint: int = 0) -> None:
    """One run of the generator, and then of the outbox, at a moment; killed at a place."""
    from coopcycle import failpoints, outbox
    from recurring.generation import generate
    from tenants.context import in_cooperative

    cooperative, moment = _cooperative(), datetime.fromisoformat(at)
    with in_cooperative(cooperative):
        failpoints.arm(failpoint)
        generate(cooperative, at=moment)
        outbox.send_due(limit=1000, at=moment + LATER)


def message() -> None:
    """The message that starts a co-op's run, delivered five times."""
    from recurring.tasks import generate_for_cooperative
    from tenants.context import in_cooperative

    with in_cooperative(_cooperative()):
        for _ in range(5):
            generate_for_cooperative.delay()


def people(*, slug: str, path: str) -> None:
    """A co-op with people who are signed in, and stops for them; says who and what in a file."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from tenants.context import in_cooperative
    from tenants.provisioning import create_cooperative
    from tests.factories import CourierFactory, TaskFactory, TourFactory, UserFactory
    from tests.sign_in import enter

    def session(user: Any) -> str:
        browser = Client(headers={"host": f"{slug}.{settings.BASE_HOST}"})
        enter(browser, user)
        return browser.cookies[settings.SESSION_COOKIE_NAME].value

    cooperative = create_cooperative(name=slug.title(), slug=slug, country="FR", city="Grenoble")
    with in_cooperative(cooperative):
        noon = timezone.now().replace(hour=12, minute=0)
        riders = [CourierFactory() for _ in range(2)]
        tour = TourFactory(courier=riders[0], day=timezone.localdate(noon))
        hours = {"after": noon, "before": noon + timedelta(hours=2)}
        stops = [TaskFactory(tour=tour, position=number, **hours) for number in range(40)]
        loose = [TaskFactory(**hours) for _ in range(110)]
        told = {
            "schema": cooperative.schema_name,
            "administrator": session(UserFactory(is_administrator=True)),
            "dispatchers": [session(UserFactory(is_dispatcher=True)) for _ in range(2)],
            "rider": session(riders[0].user),
            "riders": [rider.pk for rider in riders],
            "stops": [task.pk for task in stops],
            "loose": [task.pk for task in loose],
        }
    with open(path, "w") as file:
        json.dump(told, file)


def poison(*, slug: str) -> None:
    """A mail that can never be drawn, among others."""
    from django.db import transaction

    from coopcycle.mail import put_mail
    from tenants.context import in_cooperative

    with in_cooperative(_of_slug(slug)), transaction.atomic():
        put_mail("poison", to="x@example.org", template="there_is_none", language="en")


def flood(*, slug: str, number: int) -> None:
    """Very many mails of one co-op at once, each with a wake-up of its own."""
    from django.db import transaction

    from coopcycle.mail import put_mail
    from tenants.context import in_cooperative

    with in_cooperative(_of_slug(slug)):
        for each in range(number):
            with transaction.atomic():
                put_mail(
                    f"flood-{each}",
                    to=f"flood-{each}@example.org",
                    template="password_reset",
                    language="en",
                )


def seal(*, slug: str) -> None:
    """Link what was done until now to the chain of the trail, as a job does every few minutes."""
    from django.utils import timezone

    from audit import sealing

    sealing.seal(_of_slug(slug), at=timezone.now())


def fetch_from(*, port: int, within: float) -> None:
    """Ask a web server that does not behave; we must know so in time."""
    from coopcycle import egress

    egress.is_public = lambda address: True
    started = time.monotonic()
    try:
        answer = egress.fetch(f"http://127.0.0.1:{port}/", seconds=within, allow_http=True)
    except egress.EgressError:
        pass
    else:
        assert answer.status in {200, 500}, answer
    assert time.monotonic() - started < within + 1


def _of_slug(slug: str) -> Any:
    from tenants.context import active_cooperatives

    [found] = [each for each in active_cooperatives() if each.slug == slug]
    return found


def _cooperative() -> Any:
    from tenants.context import active_cooperatives

    [cooperative] = active_cooperatives()
    return cooperative


ACTS: dict[str, Callable[..., None]] = {
    act.__name__: act
    for act in (settle, secure, run, message, people, poison, flood, seal, fetch_from)
}

if __name__ == "__main__":
    main()

"""A process with four threads that answers requests as fast as it can, in bursts on demand.

`SERVER` in the environment says what stands before the view: "plain" nothing, "wall" the choice of
the co-op, "all" the platform's whole middleware with somebody signed in.

Each line on its input is `seconds number-of-hosts`; it answers with the requests a second. Django's
handler is called directly: a web server's own time would only hide the difference.
"""

import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.utils import timezone

THREADS = 4


def burst(seconds: float, hosts: list[dict[str, str]], seed: int) -> int:
    """Requests that one thread got done in the time."""
    from django.core.handlers.base import BaseHandler

    handler = BaseHandler()
    handler.load_middleware()
    factory = RequestFactory()
    dice = random.Random(seed)
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        request_started.send(sender=burst)
        response = handler.get_response(factory.get("/people/", headers=dice.choice(hosts)))
        assert response.status_code == 200, response
        request_finished.send(sender=burst)
        done += 1
    close_old_connections()
    return done


def _signed_in() -> dict[str, str]:
    """A cookie for each host. The view gets a rule of the access matrix, as every view has one."""
    from accounts import access
    from accounts.models import User
    from accounts.second_factor.sessions import mark_verified
    from tenants.context import active_cooperatives, in_cooperative

    access.RULES = {**access.RULES, "people": access.signed_in}
    cookies = {}
    for cooperative in active_cooperatives():
        with in_cooperative(cooperative):
            browser = Client()
            browser.force_login(User.objects.earliest("pk"))
            session = browser.session
            mark_verified(session, timezone.now())
            session.save()
        cookies[f"{cooperative.slug}.localhost"] = "; ".join(
            f"{name}={morsel.value}" for name, morsel in browser.cookies.items()
        )
    return cookies


def main() -> None:
    django.setup()
    server, seed = os.environ["SERVER"], 1000 * int(os.environ["SEED"])
    middleware = {
        "plain": [],
        "wall": ["coopcycle.middleware.CooperativeMiddleware"],
        "all": getattr(settings, "MIDDLEWARE", []),
    }[server]
    with (
        override_settings(ROOT_URLCONF="benchmarks.plain_or_wall.view", MIDDLEWARE=middleware),
        ThreadPoolExecutor(THREADS) as threads,
    ):
        cookies = _signed_in() if server == "all" else {}
        for turn, line in enumerate(sys.stdin):
            seconds, number = float(line.split()[0]), int(line.split()[1])
            names = [f"coop{index}.localhost" for index in range(number)]
            hosts = [{"host": name, "cookie": cookies.get(name, "")} for name in names]
            work = [
                threads.submit(burst, seconds, hosts, seed + turn * THREADS + index)
                for index in range(THREADS)
            ]
            print(sum(each.result() for each in work) / seconds, flush=True)


if __name__ == "__main__":
    main()

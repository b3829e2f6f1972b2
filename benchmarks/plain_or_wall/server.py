"""A process with four threads that answers requests as fast as it can, in bursts on demand.

Each line on its input is `seconds number-of-hosts`; it answers with the requests a second. Django's
handler is called directly: a web server's own time would only hide the difference.
"""

import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory
from django.test.utils import override_settings

THREADS = 4


def burst(seconds: float, hosts: list[str], seed: int) -> int:
    """Requests that one thread got done in the time."""
    from django.core.handlers.base import BaseHandler

    handler = BaseHandler()
    handler.load_middleware()
    factory = RequestFactory()
    dice = random.Random(seed)
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        request_started.send(sender=burst)
        response = handler.get_response(
            factory.get("/people/", headers={"host": dice.choice(hosts)})
        )
        assert response.status_code == 200, response
        request_finished.send(sender=burst)
        done += 1
    close_old_connections()
    return done


def main() -> None:
    django.setup()
    wall = ["coopcycle.middleware.CooperativeMiddleware"] if hasattr(settings, "BASE_HOST") else []
    with (
        override_settings(ROOT_URLCONF="benchmarks.plain_or_wall.view", MIDDLEWARE=wall),
        ThreadPoolExecutor(THREADS) as threads,
    ):
        for turn, line in enumerate(sys.stdin):
            seconds, number = float(line.split()[0]), int(line.split()[1])
            hosts = [f"coop{index}.localhost" for index in range(number)]
            work = [
                threads.submit(burst, seconds, hosts, turn * THREADS + index)
                for index in range(THREADS)
            ]
            print(sum(each.result() for each in work) / seconds, flush=True)


if __name__ == "__main__":
    main()

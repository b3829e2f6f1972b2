"""Two dispatchers name a usual tour at the same moment, on real logins and real commits."""

import threading

from django.db import connection, connections
from django.urls import reverse

from dispatch.models import UsualTour
from tenants.context import in_cooperative
from tests.factories import UserFactory


def test_of_two_who_give_one_name_at_once_the_second_reads_that_it_is_taken(
    login_wall, client_for, monkeypatch
):
    """Both have looked before either writes, so that the constraint alone has to hold."""
    both_looked, save = threading.Barrier(2), UsualTour.save

    def save_together(tour, *args, **kwargs):
        both_looked.wait(timeout=60)
        save(tour, *args, **kwargs)

    monkeypatch.setattr(UsualTour, "save", save_together)
    with in_cooperative(login_wall.alpha):
        people = UserFactory.create_batch(2, dispatcher=True)
    browsers = [client_for(person, login_wall.alpha) for person in people]
    connection.close()
    answers = []

    def name_it(browser) -> None:
        try:
            answers.append(browser.post(reverse("board:tour-create"), {"name": "Morning, centre"}))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=name_it, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert "The same was saved a moment ago" in refused.content.decode()
    with in_cooperative(login_wall.alpha):
        assert UsualTour.objects.get().name == "Morning, centre"

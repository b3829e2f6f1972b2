"""Item 19: a step that is out of turn, or comes twice, is refused in words and changes nothing."""

import pytest
from django.urls import reverse
from django.utils import timezone

from coopcycle.errors import DomainError
from dispatch.models import Task
from dispatch.states import MOVES as TASK_MOVES
from dispatch.states import move as move_task
from orders.models import Order
from orders.states import MOVES as ORDER_MOVES
from orders.states import move as move_order
from tests.scenes import MONDAY, furnish


def missing_arrows(moves, states):
    return [(now, then) for now in states for then in states if then not in moves[now]]


@pytest.mark.parametrize(("now", "then"), missing_arrows(ORDER_MOVES, Order.State))
def test_19_an_order_makes_no_step_that_its_table_lacks(now, then):
    order = Order(state=now, day=MONDAY.date())
    with pytest.raises(DomainError) as refusal:
        move_order(order, then)
    assert (order.state, refusal.value.status) == (now, 409)


@pytest.mark.parametrize(("now", "then"), missing_arrows(TASK_MOVES, Task.Status))
def test_19_a_task_makes_no_step_that_its_table_lacks(now, then):
    task = Task(status=now, place="Door")
    with pytest.raises(DomainError) as refusal:
        move_task(task, then)
    assert (task.status, refusal.value.status) == (now, 409)


def test_19_pages_refuse_steps_out_of_turn_and_twice(db, client_for, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    owner, ids = furnish()
    browser = client_for(owner)
    part, order = ids["part_id"], ids["order_id"]

    def post(name, *args, **told):
        return browser.post(reverse(name, args=args), told).status_code

    assert post("ordering:part-accept", part) == 302
    assert post("ordering:part-accept", part) == 409
    assert post("ordering:order-cancel", order) == 302
    assert post("ordering:part-refuse", part, reason="No more tomatoes") == 409
    assert Order.objects.get(pk=order).state == Order.State.CANCELLED

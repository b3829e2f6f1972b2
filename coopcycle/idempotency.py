"""A form sent twice is one action: its hidden `action_id` is a unique column of what it makes.

action_id = read_action_id(request)                                    # in the view
return create_once(Order, action_id, lambda: _place(action_id, ...))   # in the service
"""

import uuid
from collections.abc import Callable

from django.db import IntegrityError, models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from coopcycle.errors import DomainError


def read_action_id(request: HttpRequest) -> uuid.UUID:
    """The form's `action_id` (`{% action_id %}` in the template). Raises DomainError 422."""
    try:
        return uuid.UUID(request.POST.get("action_id", ""))
    except ValueError as error:
        raise DomainError(
            _("This form is incomplete. Load the page again and send it once more."), status=422
        ) from error


def first_answer[M: models.Model](model: type[M], action_id: uuid.UUID) -> M | None:
    """What this action made when it came first."""
    return model._default_manager.filter(action_id=action_id).first()


def create_once[M: models.Model](
    model: type[M], action_id: uuid.UUID, create: Callable[[], M]
) -> M:
    """What `create` makes, or what it made when this action came first.

    `create` runs in a transaction and stores `action_id`. Of two at once the second waits for
    the first at the unique index, then gets its answer.
    """
    if found := first_answer(model, action_id):
        return found
    try:
        with transaction.atomic():
            return create()
    except IntegrityError:
        if found := first_answer(model, action_id):
            return found
        raise  # another constraint said no

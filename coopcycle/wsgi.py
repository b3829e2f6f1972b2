"""The application for a WSGI server."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
_MOST_UNREAD = 20 * 1024 * 1024  # bytes; what deploy/Caddyfile lets through
_AT_ONCE = 64 * 1024


class PatientApplication:
    """Takes the whole body before it answers, read or not.

    Someone whose session has ended sends a photo: the refusal needs none of it. But a server that
    closes while the other still sends resets the connection, and the answer is lost on its way.
    """

    def __init__(self, application: WSGIHandler) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = self.application(environ, start_response)
        for _ in range(_MOST_UNREAD // _AT_ONCE):
            if not environ["wsgi.input"].read(_AT_ONCE):
                break
        return answer


application = PatientApplication(get_wsgi_application())

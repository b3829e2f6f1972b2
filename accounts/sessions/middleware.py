"""Django's session middleware, whose sessions also know what their browser calls itself."""

from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest

from accounts.sessions.store import SessionStore


class SessionMiddleware(DjangoSessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if isinstance(request.session, SessionStore):
            request.session.agent = request.headers.get("User-Agent", "")

"""Mail: written to the outbox, drawn from a pair of templates, sent by a worker."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils import translation

from coopcycle import outbox
from coopcycle.current import REQUEST_HEADER, current_schema, request_id

MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one address.

    `templates/mail/<template>.txt` begins with a line `Subject: …` and an empty line; a
    `<template>.html` beside it is sent too. The context is kept as JSON: names and whole
    addresses, not objects. The same key is never sent twice.
    """

    key: str
    to: str
    template: str
    language: str
    context: Mapping[str, Any]


def put_mails(mails: Iterable[Mail]) -> None:
    """Write mails inside the transaction of what they tell of."""
    outbox.put_many(
        MAIL,
        [
            (
                mail.key,
                {
                    "to": mail.to,
                    "template": mail.template,
                    "language": mail.language,
                    "context": mail.context,
                },
            )
            for mail in mails
        ],
    )


def put_mail(key: str, *, to: str, template: str, language: str, **context: Any) -> None:
    """Write one mail inside the transaction of what it tells of."""
    put_mails([Mail(key, to, template, language, context)])


def without_link(payload: Mapping[str, Any]) -> dict[str, Any]:
    """It may open something, an invitation or a new password: then the mail alone has it."""
    context = payload.get("context", {})
    return {**payload, "context": {name: value for name, value in context.items() if name != "url"}}


@outbox.handler(MAIL, keeps=without_link)
def send_mail(key: str, payload: Mapping[str, Any]) -> None:
    """The Message-ID comes from the key, so that a mail sent twice is seen as one."""
    with translation.override(payload["language"]):
        subject, text, html = _draw(payload["template"], payload["context"])
    headers = {"Message-ID": message_id(key)}
    if request_id():
        headers[REQUEST_HEADER] = request_id()  # leads from a mail to what brought it about
    message = EmailMultiAlternatives(subject, text, to=[payload["to"]], headers=headers)
    if html:
        message.attach_alternative(html, "text/html")
    message.send()


def message_id(key: str) -> str:
    """The same key in two co-ops names two mails."""
    digest = hashlib.sha256(f"{current_schema()}:{key}".encode()).hexdigest()[:40]
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"<{digest}@{host}>"


def _draw(template: str, context: Mapping[str, Any]) -> tuple[str, str, str | None]:
    plain = get_template(f"mail/{template}.txt").template  # type: ignore[attr-defined]
    # Plain text: "O'Brien & fils" must not become "O&#x27;Brien &amp; fils".
    drawn = plain.render(Context(dict(context), autoescape=False))
    head, _, text = drawn.lstrip().partition("\n")
    if not head.startswith("Subject: "):
        raise ValueError(f"mail/{template}.txt must begin with 'Subject: '.")
    try:
        html = render_to_string(f"mail/{template}.html", dict(context))
    except TemplateDoesNotExist:
        html = None
    return head.removeprefix("Subject: ").strip(), text.strip() + "\n", html

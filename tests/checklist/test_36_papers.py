"""36: a document reads nothing but our own fonts and sheets, and ends within its bounds."""

import socket
import zlib

import pytest
from django.urls import reverse

from coopcycle import pdf
from coopcycle.errors import DomainError
from coopcycle.pdf import draw_pdf
from orders.models import Order
from recurring.generation import generate
from tests.factories import MembershipFactory, UserFactory
from tests.privacy.test_retention import parcel
from tests.recurring.conftest import NOW, make_kitchen


def unpacked(document):
    """Every stream of a PDF, opened."""
    found = [document]
    for piece in document.split(b"stream\n")[1:]:
        try:
            found.append(zlib.decompressobj().decompress(piece))
        except zlib.error:
            continue
    return b"".join(found)


def test_36_nothing_of_the_machine_or_the_net_is_read(caplog, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cr3t-in-a-file")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        site = f"http://127.0.0.1:{listener.getsockname()[1]}"
        document = draw_pdf(
            f'<link rel="attachment" href="file://{secret}"><link rel="stylesheet" href="{site}/a.css">'
            f'<img src="file://{secret}"><img src="{site}/b.png"><style>@import "{site}/c.css";'
            f' @font-face {{ font-family: X; src: url("{site}/d.woff2") }}'
            f' p {{ background: url("file:///etc/passwd") }}</style>'
            f'<object data="{site}/e.svg"></object><embed src="static:fonts/../../.env">'
            "<p>What stays</p>"
        )
        with pytest.raises(TimeoutError):
            listener.accept()

    content = unpacked(document)
    assert document.startswith(b"%PDF-")
    assert b"s3cr3t" not in content
    assert b"root:" not in content
    assert "refused 'file://" in caplog.text
    assert f"refused '{site}/b.png'" in caplog.text


def test_36_a_document_that_takes_too_long_or_too_much_is_refused(monkeypatch):
    endless = "<table>" + "<tr><td><div style='float:left'>x</div></td></tr>" * 20_000 + "</table>"
    with pytest.raises(DomainError):
        draw_pdf(endless, seconds=3)
    with pytest.raises(DomainError):
        draw_pdf("<p>x</p>", memory=60_000_000)
    monkeypatch.setattr(pdf, "MOST_HTML", 10)
    with pytest.raises(DomainError):
        draw_pdf("<p>longer than that</p>")


@pytest.mark.django_db
def test_36_a_delivery_note_is_a_pdf_for_those_who_see_the_order(client_for, alpha):
    kitchen = make_kitchen()
    kitchen.standing_order()
    generate(alpha, at=NOW)
    order = Order.objects.first()
    address = reverse("ordering:delivery-note", args=[order.pk])

    answer = client_for(kitchen.odile).get(address)

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert b"Figtree" in unpacked(answer.content)  # our own font was read
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{order.number}.pdf"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client_for(MembershipFactory().user).get(address).status_code == 404
    assert client_for(UserFactory(courier=True)).get(address).status_code == 404


@pytest.mark.django_db
def test_36_a_producer_gets_its_own_part_alone(client_for, alpha, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "orders.ordering.documents.draw_pdf", lambda html: drawn.append(html) or b""
    )
    kitchen = make_kitchen()
    kitchen.standing_order()
    generate(alpha, at=NOW)
    order = Order.objects.first()
    grower = MembershipFactory(business=kitchen.tomatoes.producer).user

    client_for(grower).get(reverse("ordering:delivery-note", args=[order.pk]))

    [html] = drawn
    assert "Tomatoes" in html
    assert "Apples" not in html


@pytest.mark.django_db
def test_36_a_parcel_has_a_note_too(client_for, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "orders.ordering.documents.draw_pdf", lambda html: drawn.append(html) or b""
    )
    task = parcel(0, status="TODO")
    order = Order.objects.get(delivery=task.delivery_id)

    client_for(UserFactory(dispatcher=True)).get(reverse("ordering:delivery-note", args=[order.pk]))

    assert "Odile Martin" in drawn[0]
    assert "40B17" not in drawn[0]  # the door code is the courier's

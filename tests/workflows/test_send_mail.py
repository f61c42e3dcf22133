"""Mail leaves through a real SMTP server when one is configured, and is kept in every case."""

from __future__ import annotations

import email
import email.policy
import socket

import pytest
from aiosmtpd.controller import Controller

from engine import SYSTEM, open_engine, sweep
from workflows.handlers import send_mail
from workflows.records import documents, mails
from workflows.wiring import build_registry, open_firm


class Mailbox:
    """Keeps what the server was given."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd calls it by this name
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox():
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def office(sqlite_url, clock, tmp_path, mailbox):
    config = {
        "host": "127.0.0.1",
        "port": mailbox.port,
        "starttls": False,
        "user": "",
        "password": "",
        "sender": "office@demo.invalid",
    }
    engine = open_firm(sqlite_url, clock=clock, data_dir=tmp_path, mail=config)
    yield engine
    engine.database.dispose()


class Owe:
    def __init__(self, **payload):
        self.payload = payload

    def execute(self, context):
        attached = []
        if self.payload.pop("attach", False):
            document = documents.add_document(
                context, lead_id="l1", kind="note", title="风险告知书", media_type=documents.TEXT, content="内容".encode()
            )
            attached = [document.id]
        context.emit("mail.send", {**self.payload, "lead_id": "l1", "attachments": attached}, key="once:1")
        return attached


def test_a_mail_goes_through_smtp_with_its_documents(office, mailbox):
    (document_id,) = office.run(
        Owe(to="zhang@example.com", subject="请确认\n《告知书》", body="您好。\n请看附件。", attach=True), SYSTEM
    )
    sweep(office)
    (envelope,) = mailbox.envelopes
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert envelope.rcpt_tos == ["zhang@example.com"]
    assert message["Subject"] == "请确认 《告知书》"
    assert "示范律师事务所" in message["From"]
    assert message["Message-ID"] == "<once.1@demo.invalid>"
    assert message.get_body().get_content().splitlines() == ["您好。", "请看附件。"]
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("风险告知书.txt", "内容")
    with office.reading() as session:
        (mail,) = mails.list_mails(session, lead_id="l1")
    assert (mail.via, mail.attachments, mail.sent_at) == ("smtp", (document_id,), office.clock.now())


def test_a_subject_cannot_smuggle_headers(office, mailbox):
    office.run(Owe(to="zhang@example.com", subject="a\r\nBcc: x@example.com", body="b"), SYSTEM)
    sweep(office)
    message = email.message_from_bytes(mailbox.envelopes[0].content, policy=email.policy.default)
    assert message["Bcc"] is None
    assert mailbox.envelopes[0].rcpt_tos == ["zhang@example.com"]


def test_without_a_server_the_mail_is_kept(sqlite_url, clock):
    engine = open_engine(sqlite_url, clock=clock, registry=build_registry())
    engine.run(Owe(to="zhang@example.com", subject="s", body="b"), SYSTEM)
    sweep(engine)
    with engine.reading() as session:
        (mail,) = mails.list_mails(session)
        assert mails.get_mail(session, mail.id) == mail
    assert (mail.via, mail.to) == ("stored", "zhang@example.com")
    engine.database.dispose()


def test_a_server_that_is_away_leaves_the_mail_owed(sqlite_url, clock, tmp_path):
    config = {"host": "127.0.0.1", "port": 9, "sender": "office@demo.invalid"}
    engine = open_firm(sqlite_url, clock=clock, data_dir=tmp_path, mail=config)
    engine.run(Owe(to="zhang@example.com", subject="s", body="b"), SYSTEM)
    sweep(engine)
    with engine.reading() as session:
        assert mails.list_mails(session) == []
    engine.database.dispose()


def test_handlers_are_registered():
    assert [handler.id for handler in send_mail.HANDLERS] == ["mail.send"]

"""The effect ``mail.send``: by SMTP where a server is configured, kept in ``records/mails`` in either case."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import formataddr
from typing import Any

from engine import Context, Effect
from engine.handlers import Variables
from workflows.records import mails
from workflows.records.firm import read_firm

TIMEOUT = 30  # seconds for the whole exchange with the mail server


def prepare(
    context: Context, *, to: str, subject: str, body: str, lead_id: str | None = None, attachments: Sequence[str] = ()
) -> dict[str, Any]:
    """The mail as it will go out."""
    return {"to": to, "subject": subject, "body": body, "lead_id": lead_id, "attachments": list(attachments)}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Hand the mail to the SMTP server; without one it is only stored."""
    config = tools.get("mail")
    if not config:
        return {"via": "stored"}
    message = compose(payload, sender=config["sender"], tools=tools)
    with smtplib.SMTP(config["host"], int(config.get("port") or 25), timeout=TIMEOUT) as server:
        if config.get("starttls"):
            server.starttls(context=ssl.create_default_context())
        if config.get("user"):
            server.login(config["user"], config.get("password") or "")
        server.send_message(message)
    return {"via": "smtp"}


def compose(payload: Mapping[str, Any], *, sender: str, tools: Mapping[str, Any]) -> EmailMessage:
    """The mail in MIME: plain text with its documents; its Message-ID is the idempotency key, so a repeat can be told."""
    message = EmailMessage()
    message["From"] = formataddr((read_firm()["name"], sender))
    message["To"] = payload["to"]
    message["Subject"] = " ".join(str(payload["subject"]).split())
    message["Message-ID"] = f"<{_as_token(payload['key'])}@{sender.rpartition('@')[2] or 'localhost'}>"
    message.set_content(payload["body"])
    for document_id in payload.get("attachments") or []:
        document = tools["describe_document"](document_id)
        main, _, sub = document.media_type.partition("/")
        content = tools["read_document"](document_id)
        charset = {"charset": "utf-8"} if main == "text" else None
        message.add_attachment(content, maintype=main, subtype=sub, filename=document.file_name, params=charset)
    return message


def _as_token(key: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "." for c in key)


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Keep the mail as sent."""
    mail = mails.record_mail(
        context,
        to=payload["to"],
        subject=payload["subject"],
        body=payload["body"],
        lead_id=payload.get("lead_id"),
        attachments=payload.get("attachments") or [],
        via=result["via"],
    )
    return {"mail_id": mail.id}


HANDLERS = (Effect("mail.send", prepare, perform, finish, "发送邮件"),)

"""Letters out by SMTP; without a mail server they are shown on the tracking page only."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, parseaddr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from complaints.domain.letter import Letter
    from config import Settings

SENT = "email"
SHOWN_ONLY = "tracking_page"
TIMEOUT_SECONDS = 30
PERMANENT = 500


class UndeliverableLetter(Exception):  # noqa: N818 - names what happened to the letter
    """The mail server will never take this letter: no further try helps."""


def build(letter: Letter, sender: str) -> EmailMessage:
    """The message with headers that other systems need to recognise it and not to answer it."""
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address) if address else sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(localtime())
    domain = address.rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{letter.reference}.{letter.case_number}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = letter.language
    message.set_content(letter.body, charset="utf-8", cte="base64")
    return message


def send(letter: Letter, settings: Settings) -> str:
    """Hand one letter to the mail server; returns how it was delivered.

    The Message-ID is the same at every try. Raises `UndeliverableLetter` when the server refuses for good, and the
    SMTP or network error when another try may help.
    """
    if not settings.smtp_host:
        return SHOWN_ONLY
    message = build(letter, settings.mail_from)
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS) as server:
            if settings.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = max(reply[0] for reply in error.recipients.values())
        if code >= PERMANENT:
            msg = f"the mail server refused the address ({code})"
            raise UndeliverableLetter(msg) from error
        raise
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= PERMANENT and not isinstance(error, smtplib.SMTPAuthenticationError):
            msg = f"the mail server refused the letter ({error.smtp_code})"
            raise UndeliverableLetter(msg) from error
        raise
    return SENT

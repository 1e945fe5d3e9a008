"""Mail in, and letters out by SMTP; without a mail server they are shown on the tracking page only."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, parseaddr
from typing import TYPE_CHECKING

from complaints.channels.mime.read import read
from complaints.domain.channel import SHOWN_ONLY, Channel, Manner, Postponed, Undeliverable
from complaints.domain.errors import InvalidInput
from complaints.domain.reading import read_email

if TYPE_CHECKING:
    from complaints.domain.channel import Outbound
    from config import Settings

SENT = "email"
TIMEOUT_SECONDS = 30
PERMANENT = 500
LARGEST_MEGABYTES = "40"


def largest(settings: Settings) -> int:
    """How large a mail is taken whole, in bytes: `OCC_EMAIL_LARGEST_MB`; raises `ValueError` for what is no number."""
    return int(settings.of_channel("email", "largest_mb", LARGEST_MEGABYTES)) * 1024 * 1024


def build(letter: Outbound, sender: str) -> EmailMessage:
    """The message with headers that other systems need to recognise it and not to answer it."""
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address) if address else sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(localtime())
    domain = address.rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{letter.reference}.{letter.case_number}@{domain}>"
    if letter.case_token and "@" in address:
        local, _, _ = address.partition("@")
        message["Reply-To"] = Address(name, addr_spec=f"{local}+{letter.case_token}@{domain}")
    if letter.case_number:
        # The same for every letter of a case: programs that show threads put them together.
        message["References"] = f"<case.{letter.case_number}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.body, charset="utf-8", cte="base64")
    # After the content: setting that takes every Content- header away.
    message["Content-Language"] = letter.language
    return message


def send(letter: Outbound, settings: Settings) -> str:
    """Hand one letter to the mail server; returns how it was delivered.

    The Message-ID is the same at every try. Raises `Undeliverable` when the server refuses this letter for good,
    `Postponed` or the network's error when another try may help. Neither names the address: a server's own
    words do, and they would stand in the log.
    """
    if not settings.smtp_host:
        return SHOWN_ONLY
    try:
        read_email(letter.to, "to")
    except InvalidInput:
        raise Undeliverable("the address cannot be one", "address") from None
    try:
        _hand_over(build(letter, settings.mail_from), settings)
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused("the address", max(reply[0] for reply in error.recipients.values())) from None
    except smtplib.SMTPDataError as error:
        raise _refused("the letter", error.smtp_code) from None
    except smtplib.SMTPResponseException as error:
        # Greeting, sign-in or sender: the operator mends that, and then the letter goes out.
        msg = f"the mail server refused the centre: {type(error).__name__} ({error.smtp_code})"
        raise Postponed(msg) from None
    return SENT


def _hand_over(message: EmailMessage, settings: Settings) -> None:
    server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    try:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        _send(server, message)
    finally:
        # A letter that was taken stays taken, whatever the server says to a farewell.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _send(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        server.send_message(message)
    except smtplib.SMTPNotSupportedError:
        raise Undeliverable("the mail server cannot write to such an address") from None


def _refused(what: str, code: int) -> Undeliverable | Postponed:
    msg = f"the mail server refused {what} ({code})"
    return Undeliverable(msg) if code >= PERMANENT else Postponed(msg)


CHANNEL = Channel(code="email", name_th="อีเมล", name_en="E-mail", manner=Manner.LETTER, read=read, send=send)

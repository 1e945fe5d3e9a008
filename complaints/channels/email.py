"""Mail in, and letters out by SMTP; without a mail server they are shown on the tracking page only."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, parseaddr
from pathlib import Path
from typing import TYPE_CHECKING

import dkim

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
# What a signature covers: whatever a reader or a program goes by.
SIGNED = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Language",
)
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
    for file in letter.files:
        kind, _, subtype = file.media_type.partition("/")
        message.add_attachment(file.content, kind, subtype, filename=file.name)
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
        _send(server, message, settings)
    finally:
        # A letter that was taken stays taken, whatever the server says to a farewell.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _send(server: smtplib.SMTP, message: EmailMessage, settings: Settings) -> None:
    try:
        if settings.of_channel("dkim", "key"):
            _send_signed(server, message, settings)
        else:
            server.send_message(message)
    except smtplib.SMTPNotSupportedError:
        raise Undeliverable("the mail server cannot write to such an address") from None


def _send_signed(server: smtplib.SMTP, message: EmailMessage, settings: Settings) -> None:
    """The very bytes that were signed go out (RFC 6376); an address beyond ASCII needs a server that knows it."""
    sender, recipient = (parseaddr(str(message[name]))[1] for name in ("From", "To"))
    beyond = not (sender + recipient).isascii()
    server.ehlo_or_helo_if_needed()
    if beyond and not server.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError
    body = message.as_bytes(policy=SMTP.clone(utf8=True) if beyond else SMTP)
    domain = settings.of_channel("dkim", "domain") or sender.rpartition("@")[2]
    selector = settings.of_channel("dkim", "selector", "1212")
    signature = dkim.sign(
        body,
        selector.encode(),
        domain.encode("idna"),
        Path(settings.of_channel("dkim", "key")).read_bytes(),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name.encode() for name in SIGNED if name in message],
    )
    options = ["SMTPUTF8", "BODY=8BITMIME"] if beyond else []
    server.sendmail(sender, [recipient], signature + body, mail_options=options)


def _refused(what: str, code: int) -> Undeliverable | Postponed:
    msg = f"the mail server refused {what} ({code})"
    return Undeliverable(msg) if code >= PERMANENT else Postponed(msg)


CHANNEL = Channel(code="email", name_th="อีเมล", name_en="E-mail", manner=Manner.LETTER, read=read, send=send)

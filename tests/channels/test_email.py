"""Letters by SMTP, against a real mail server, and against servers that answer as badly as servers do."""

from __future__ import annotations

import base64
import smtplib
import socket
import threading
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from complaints.channels import email
from complaints.domain.channel import SHOWN_ONLY, Outbound, Postponed, Undeliverable
from tests.centre import make_settings
from tests.servers import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config import Settings
    from tests.servers import MailServer

ADDRESS = "somying@example.com"
BODY = "เรียน คุณสมหญิง\n\nเราได้รับเรื่องแล้ว ๒๑ พ.ย. ๒๕๖๙\n.\nบรรทัดยาว " + "ก" * 3000 + "\nFrom here on\n"
LETTER = Outbound(
    to=ADDRESS,
    subject="[70-000001-1] เราได้รับเรื่องร้องเรียนของคุณแล้ว และจะแจ้งผลให้ทราบภายในเวลาที่กำหนดไว้",
    body=BODY,
    language="th",
    reference="promise-42",
    case_number="70-000001-1",
)


@pytest.fixture
def mailing(tmp_path: Path, mail_server: MailServer) -> Settings:
    """Settings of a centre that sends its letters to the test's mail server."""
    return settings_for(tmp_path, mail_server.port)


def settings_for(folder: Path, port: int) -> Settings:
    return replace(
        make_settings(folder, "sqlite://"),
        smtp_host=LOOPBACK,
        smtp_port=port,
        mail_from="ศูนย์ 1212 <no-reply@1212.example>",
    )


class Scripted:
    """A mail server that speaks as it is told, one session after the other: replies by command."""

    def __init__(self, **replies: str) -> None:
        self.replies = {"greeting": "220 here", "EHLO": "250 here", "DATA": "354 go on"} | replies
        self.bodies: list[bytes] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: socket.SocketIO) -> None:  # type: ignore[valid-type]
        self._say(stream, "greeting")
        for line in stream:  # type: ignore[attr-defined]
            command = line.split()[0].decode().upper()
            if not self._say(stream, command) or command == "QUIT":
                return
            if command == "DATA" and self.replies["DATA"].startswith("354"):
                content = b""
                while not content.endswith(b"\r\n.\r\n"):
                    content += stream.readline()  # type: ignore[attr-defined]
                self.bodies.append(content)
                self._say(stream, "body")

    def _say(self, stream: socket.SocketIO, command: str) -> bool:
        reply = self.replies.get(command, "250 fine")
        if reply:
            stream.write(reply.encode() + b"\r\n")
            stream.flush()
        return bool(reply)


@pytest.fixture
def scripted() -> Iterator[list[Scripted]]:
    """A list to hold the servers that a test starts."""
    running: list[Scripted] = []
    yield running
    for server in running:
        server.close()


def test_thai_arrives_as_it_was_written(mail_server: MailServer, mailing: Settings) -> None:
    assert email.send(LETTER, mailing) == email.SENT
    (mail,) = mail_server.mails
    assert (mail.sender, mail.recipients) == ("no-reply@1212.example", (ADDRESS,))
    assert mail.message["Subject"] == LETTER.subject
    assert mail.message["To"] == ADDRESS
    assert mail.message["From"] == "ศูนย์ 1212 <no-reply@1212.example>"
    assert mail.message.get_content().replace("\r\n", "\n") == BODY
    assert mail.message.get_content_type() == "text/plain"
    assert mail.message.get_content_charset() == "utf-8"
    # On the way there is nothing but ASCII in lines that every server takes.
    assert mail.raw.isascii()
    assert max(map(len, mail.raw.splitlines())) <= 998


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_head_says_language_and_that_a_machine_wrote(
    mail_server: MailServer, mailing: Settings, language: str
) -> None:
    email.send(replace(LETTER, language=language), mailing)
    head = mail_server.mails[0].message
    assert head["Content-Language"] == language
    assert head["Auto-Submitted"] == "auto-generated"
    assert head["X-Auto-Response-Suppress"] == "All"
    assert head["Date"].datetime.tzinfo is not None


def test_every_try_has_the_same_message_id(mail_server: MailServer, mailing: Settings) -> None:
    for _ in range(2):
        email.send(LETTER, mailing)
    email.send(replace(LETTER, reference="promise-43"), mailing)
    first, second, other = (str(mail.message["Message-ID"]) for mail in mail_server.mails)
    assert first == second == "<promise-42.70-000001-1@1212.example>"
    assert other != first


def test_without_a_mail_server_it_is_only_shown(tmp_path: Path) -> None:
    assert email.send(LETTER, make_settings(tmp_path, "sqlite://")) == SHOWN_ONLY


@pytest.mark.parametrize("answer", ["421 closing", "450 busy", "451 later", "452 full"])
def test_not_now_is_for_a_later_try(mail_server: MailServer, mailing: Settings, answer: str) -> None:
    mail_server.refuse_next(answer)
    with pytest.raises(Postponed, match=answer[:3]):
        email.send(LETTER, mailing)
    assert email.send(LETTER, mailing) == email.SENT
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize("answer", ["550 no such mailbox", "554 spam"])
def test_never_is_the_end(mail_server: MailServer, mailing: Settings, answer: str) -> None:
    mail_server.refuse_next(answer)
    with pytest.raises(Undeliverable, match=answer[:3]):
        email.send(LETTER, mailing)
    assert mail_server.mails == []


def test_nobody_there_is_for_a_later_try(tmp_path: Path) -> None:
    with pytest.raises(ConnectionRefusedError):
        email.send(LETTER, settings_for(tmp_path, free_port()))


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ({"RCPT": f"550 <{ADDRESS}>: no such user"}, Undeliverable),
        ({"RCPT": f"450 <{ADDRESS}>: greylisted"}, Postponed),
        ({"body": f"550 {ADDRESS} rejected"}, Undeliverable),
        ({"body": f"451 {ADDRESS} try again"}, Postponed),
        ({"DATA": "554 no valid recipients"}, Undeliverable),
        # What follows is about the centre, not about the letter: an operator mends it.
        ({"greeting": "554 go away"}, Postponed),
        ({"EHLO": "550 no", "HELO": "550 no"}, Postponed),
        ({"MAIL": "530 sign in first"}, Postponed),
    ],
)
def test_each_refusal_is_told_apart_and_names_no_address(
    tmp_path: Path, scripted: list[Scripted], replies: dict[str, str], error: type[Exception]
) -> None:
    scripted.append(Scripted(**replies))
    with pytest.raises(error) as caught:
        email.send(LETTER, settings_for(tmp_path, scripted[0].port))
    # As the worker's log prints it.
    assert ADDRESS not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("farewell", ["", "421 too slow", "500 what"])
def test_a_letter_that_was_taken_is_sent_whatever_the_farewell(
    tmp_path: Path, scripted: list[Scripted], farewell: str
) -> None:
    scripted.append(Scripted(QUIT=farewell))
    assert email.send(LETTER, settings_for(tmp_path, scripted[0].port)) == email.SENT
    assert len(scripted[0].bodies) == 1


def test_a_line_that_breaks_in_the_middle_is_for_a_later_try(tmp_path: Path, scripted: list[Scripted]) -> None:
    scripted.append(Scripted(DATA=""))
    with pytest.raises(OSError, match="closed"):
        email.send(LETTER, settings_for(tmp_path, scripted[0].port))


def test_a_sign_in_that_fails_is_for_a_later_try(tmp_path: Path, scripted: list[Scripted]) -> None:
    scripted.append(Scripted(EHLO="250-here\r\n250 AUTH PLAIN", AUTH="535 wrong"))
    settings = replace(settings_for(tmp_path, scripted[0].port), smtp_user="occ", smtp_password="secret-word")
    with pytest.raises(Postponed) as caught:
        email.send(LETTER, settings)
    assert "secret-word" not in "".join(traceback.format_exception(caught.value))


def test_without_the_promised_encryption_nothing_is_said(tmp_path: Path, scripted: list[Scripted]) -> None:
    scripted.append(Scripted())
    settings = replace(settings_for(tmp_path, scripted[0].port), smtp_starttls=True)
    with pytest.raises(smtplib.SMTPNotSupportedError, match="STARTTLS"):
        email.send(LETTER, settings)
    assert scripted[0].bodies == []


@pytest.mark.parametrize("address", ["a@b.example\nBcc: x@y.example", "a@", "@"])
def test_what_is_no_address_is_the_end(mail_server: MailServer, mailing: Settings, address: str) -> None:
    with pytest.raises(Undeliverable):
        email.send(replace(LETTER, to=address), mailing)
    assert mail_server.mails == []


def test_a_thai_address_goes_where_servers_know_it(
    mail_server: MailServer, mailing: Settings, tmp_path: Path, scripted: list[Scripted]
) -> None:
    thai = replace(LETTER, to="สมหญิง@ตัวอย่าง.ไทย")
    assert email.send(thai, mailing) == email.SENT
    assert mail_server.mails[0].recipients == ("สมหญิง@ตัวอย่าง.ไทย",)
    scripted.append(Scripted())
    with pytest.raises(Undeliverable):
        email.send(thai, settings_for(tmp_path, scripted[0].port))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    """The path of a private key, and what its owner publishes."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.DER, kind)
    return str(path), b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.mark.parametrize("to", [ADDRESS, "สมหญิง@ตัวอย่าง.ไทย"])
def test_a_signed_letter_is_believed_as_it_arrives(
    mail_server: MailServer, mailing: Settings, keys: tuple[str, bytes], to: str
) -> None:
    path, published = keys
    told = {"OCC_DKIM_KEY": path, "OCC_DKIM_SELECTOR": "s2569"}
    letter = replace(LETTER, to=to, case_token="12-" + "a" * 16)
    assert email.send(letter, replace(mailing, channel_values=told)) == email.SENT
    (mail,) = mail_server.mails
    assert mail.recipients == (to,)
    asked: list[bytes] = []

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        asked.append(name)
        return published

    assert dkim.verify(mail.raw, dnsfunc=look_up)
    assert asked == [b"s2569._domainkey.1212.example."]
    for field in (b"Subject: ", b"To: ", b"Reply-To: "):
        assert field in mail.raw
        assert not dkim.verify(mail.raw.replace(field, field + b"x", 1), dnsfunc=look_up)


def test_what_goes_out_is_fit_for_signing(mail_server: MailServer, mailing: Settings) -> None:
    """Before a relay signs: the own domain in From and Message-ID, a date, no bare line feed, each field once."""
    email.send(replace(LETTER, case_token="12-" + "a" * 16), mailing)
    (mail,) = mail_server.mails
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    names = [name.lower() for name in mail.message]
    assert len(names) == len(set(names))
    assert {"from", "to", "reply-to", "subject", "date", "message-id", "references", "mime-version"} <= set(names)
    domains = {str(mail.message[name]).rpartition("@")[2].strip(">") for name in ("From", "Reply-To", "Message-ID")}
    assert domains == {"1212.example"}


def test_a_key_that_is_not_there_is_for_a_later_try(mail_server: MailServer, mailing: Settings) -> None:
    with pytest.raises(FileNotFoundError):
        email.send(LETTER, replace(mailing, channel_values={"OCC_DKIM_KEY": "/no/such/key.pem"}))
    assert mail_server.mails == []

"""Mail leaves through SMTP, in plain text and HTML, and waits where the mail server is away."""

import email
import email.policy
import re
import socketserver
import threading

import pytest
from vestibule import Server, eventually, unique_email


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that takes everything and keeps it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.messages = []
        super().__init__(("127.0.0.1", 0), Conversation, bind_and_activate=False)
        # It has its port, and refuses connections until it is opened.
        self.server_bind()
        self.port = self.server_address[1]

    def open(self):
        self.server_activate()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def to(self, address):
        return [one for one in self.messages if address in one["To"]]

    def close(self):
        self.shutdown()
        self.server_close()


class Conversation(socketserver.StreamRequestHandler):
    """One SMTP session, as far as a mail client needs it."""

    def handle(self):
        self.say("220 mailbox ready")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say("250-mailbox")
                self.say("250-8BITMIME")
                self.say("250 SMTPUTF8")
            elif verb == b"DATA":
                self.say("354 go on")
                self.server.messages.append(self.read_message())
                self.say("250 taken")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def read_message(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)


@pytest.fixture()
def mailbox():
    box = Mailbox().open()
    yield box
    box.close()


def test_a_code_is_mailed_as_text_and_html(mailbox):
    server = Server("--smtp-url", f"smtp://127.0.0.1:{mailbox.port}", "--mail-from", "Acme Login <login@acme.test>")
    users = server.sdk().user_management
    address = unique_email("mailed")
    user = users.create_user(email=address, first_name="Zoë")
    users.send_verification_email(user.id)
    (message,) = eventually(lambda: mailbox.to(address), "the mail")
    assert message["From"] == "Acme Login <login@acme.test>"
    assert message["Subject"] and message["Date"] and message["Message-ID"]
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    code = re.search(r"(?<!\d)\d{6}(?!\d)", text)[0]
    assert code in re.sub(r"<[^>]*>|\s", "", html)
    assert "<script" not in html.lower()
    assert users.verify_email(user.id, code=code).user.email_verified is True
    server.stop()


def test_markup_in_a_name_stays_text(mailbox):
    server = Server("--smtp-url", f"smtp://127.0.0.1:{mailbox.port}")
    workos = server.sdk()
    organization = workos.organizations.create_organization(name='<img src=x onerror=alert(1)> & "Co"\r\nBcc: evil@evil.test')
    address = unique_email("markup")
    workos.user_management.send_invitation(email=address, organization_id=organization.id)
    (message,) = eventually(lambda: mailbox.to(address), "the mail")
    assert message["Bcc"] is None and "evil@evil.test" not in str(message["To"])
    html = message.get_body(("html",)).get_content()
    assert "<img src=x" not in html
    server.stop()


def test_mail_waits_for_a_mail_server_that_is_away():
    box = Mailbox()
    server = Server("--smtp-url", f"smtp://127.0.0.1:{box.port}")
    users = server.sdk().user_management
    address = unique_email("patient")
    user = users.create_user(email=address)
    assert users.send_verification_email(user.id).user.id == user.id, "the caller does not wait for the mail server"
    box.open()
    messages = eventually(lambda: box.to(address), "the mail that had to wait", 120)
    assert len(messages) == 1
    box.close()
    server.stop()

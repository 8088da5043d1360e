"""An identity provider for Python tests: pysaml2 on loopback, with a page to sign in. It signs and encrypts with xmlsec1, and reads our metadata as any other would."""

from __future__ import annotations

import base64
import html
import shutil
import tempfile
import threading
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.attribute_converter import AttributeConverter
from saml2.config import Config
from saml2.saml import NAME_FORMAT_UNSPECIFIED, NAMEID_FORMAT_EMAILADDRESS, NameID
from saml2.server import Server
from saml2.sigver import TRIPLE_DES_CBC
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

AES256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


@dataclass
class Person:
    """Whoever signs in next: the page asks for no password."""

    name_id: str
    attributes: dict[str, Any] = field(default_factory=dict)
    name_id_format: str = NAMEID_FORMAT_EMAILADDRESS


class SamlIdentityProvider:
    """Trusts the service providers that `trust` was told of. Who signs in, and what is signed and encrypted, may be changed between sign-ins."""

    def __init__(self, person: Person | None = None, want_signed_requests: bool = False, host: str = "127.0.0.1") -> None:
        self.person = person or Person("ada@acme.test", {"email": "ada@acme.test", "firstName": "Ada", "lastName": "Lovelace"})
        self.sign_assertion = True
        self.sign_response = False
        self.encrypt = False
        self.want_signed_requests = want_signed_requests
        # The documents that came, oldest first, as text.
        self.requests: list[str] = []
        self.folder = Path(tempfile.mkdtemp(prefix="vestibule-saml-"))
        self.lock = threading.Lock()
        self.http = self._listen()
        self.url = f"http://{host}:{self.http.server_address[1]}"
        self.entity_id = self.metadata_url = f"{self.url}/metadata"
        self.sso_url = f"{self.url}/sso"
        self.trusted: list[str] = []
        self.roll_key()
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def roll_key(self, valid_days: int = 3650) -> None:
        """A new key with a certificate; what was signed before was signed by the old one."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test identity provider")])
        now = datetime.now(timezone.utc)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=valid_days))
        self.certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / "key.pem").write_bytes(private)
        (self.folder / "certificate.pem").write_text(self.certificate)
        self._configure()

    def trust(self, metadata: str) -> None:
        """Takes a service provider's metadata: its text, a file, or the address that answers it."""
        if metadata.startswith(("http://", "https://")):
            import requests

            answer = requests.get(metadata, timeout=10)
            answer.raise_for_status()
            metadata = answer.text
        elif not metadata.lstrip("\ufeff \n").startswith("<"):
            metadata = Path(metadata).read_text()
        self.trusted.append(metadata)
        self._configure()

    @property
    def metadata(self) -> str:
        from saml2.metadata import entity_descriptor

        return str(entity_descriptor(self.server.config))

    def response(self, service_provider: str, acs_url: str, in_response_to: str | None = None) -> str:
        """The answer for the person, in base64, as the form would post it."""
        with self.lock:
            document = self.server.create_authn_response(
                identity=self.person.attributes,
                in_response_to=in_response_to,
                destination=acs_url,
                sp_entity_id=service_provider,
                name_id=NameID(format=self.person.name_id_format, text=self.person.name_id),
                authn={"class_ref": PASSWORD, "authn_auth": self.entity_id},
                sign_assertion=self.sign_assertion,
                sign_response=self.sign_response,
                encrypt_assertion=self.encrypt,
                sign_alg=SIG_RSA_SHA256,
                digest_alg=DIGEST_SHA256,
                session_not_on_or_after=(datetime.now(timezone.utc) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
        return base64.b64encode(str(document).encode()).decode()

    def acs_url(self, service_provider: str) -> str:
        """Where the metadata of a service provider says that answers go."""
        services = self.server.metadata.assertion_consumer_service(service_provider, BINDING_HTTP_POST)
        return services[0]["location"]

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self) -> None:
        config: dict[str, Any] = {
            "entityid": self.entity_id,
            "xmlsec_binary": shutil.which("xmlsec1") or "xmlsec1 is missing: apt-get install xmlsec1",
            "key_file": str(self.folder / "key.pem"),
            "cert_file": str(self.folder / "certificate.pem"),
            "service": {
                "idp": {
                    "endpoints": {"single_sign_on_service": [(self.sso_url, BINDING_HTTP_REDIRECT), (self.sso_url, BINDING_HTTP_POST)]},
                    "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None, "name_form": NAME_FORMAT_UNSPECIFIED}},
                    "want_authn_requests_signed": self.want_signed_requests,
                }
            },
        }
        if self.trusted:
            config["metadata"] = {"inline": self.trusted}
        loaded = Config().load(config)
        # Attributes are sent under the names that the test gives them.
        names = AttributeConverter(NAME_FORMAT_UNSPECIFIED)
        names._to, names._fro = {}, {}
        loaded.attribute_converters = [names]
        server = Server(config=loaded)
        _encrypt_with_aes(server)
        with self.lock:
            self.server = server

    def _answer(self, query: dict[str, str]) -> str:
        """The page that posts the answer, once somebody pressed the button."""
        service_provider = query["service_provider"]
        acs_url = query.get("acs_url") or self.acs_url(service_provider)
        fields = {"SAMLResponse": self.response(service_provider, acs_url, query.get("request") or None)}
        if query.get("RelayState"):
            fields["RelayState"] = query["RelayState"]
        return _page(acs_url, fields, "Continue", "<script>document.forms[0].submit()</script>")

    def _ask(self, query: dict[str, str], binding: str) -> str:
        """The page that signs in whoever presses the button."""
        request = self.server.parse_authn_request(
            query["SAMLRequest"],
            binding,
            relay_state=query.get("RelayState"),
            sigalg=query.get("SigAlg"),
            signature=query.get("Signature"),
        )
        message = request.message
        self.requests.append(_document(query["SAMLRequest"], binding))
        known = self.acs_url(message.issuer.text)
        acs_url = message.assertion_consumer_service_url or known
        assert acs_url == known, f"{acs_url} is not the address in the metadata, {known}"
        fields = {"service_provider": message.issuer.text, "acs_url": acs_url, "request": message.id, "RelayState": query.get("RelayState", "")}
        return _page("/answer", fields, f"Sign in as {self.person.name_id}")

    def _listen(self) -> ThreadingHTTPServer:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
                self.answer(address.path, query, BINDING_HTTP_REDIRECT)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                query = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
                self.answer(urlsplit(self.path).path, query, BINDING_HTTP_POST)

            def answer(self, path: str, query: dict[str, str], binding: str) -> None:
                status, kind = 200, "text/html; charset=utf-8"
                try:
                    if path == "/metadata":
                        body, kind = provider.metadata, "application/samlmetadata+xml"
                    elif path == "/sso":
                        body = provider._ask(query, binding)
                    elif path in ("/answer", "/begin"):
                        # `/begin?service_provider=…` is where the identity provider begins.
                        body = provider._answer(query)
                    else:
                        status, body = 404, "no such page"
                except Exception as error:  # noqa: BLE001  (a test should see what went wrong)
                    status, body = 400, html.escape(f"{type(error).__name__}: {error}")
                self.send_response(status)
                self.send_header("content-type", kind)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None:
                pass

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def _encrypt_with_aes(server: Server) -> None:
    """pysaml2 knows only Triple DES, which nobody should take."""
    crypto = server.sec.crypto
    encrypt = crypto.encrypt_assertion

    def encrypt_assertion(statement: Any, enc_key: str, template: Any, key_type: str = "", node_xpath: str | None = None, node_id: str | None = None) -> str:
        with_aes = str(template).replace(TRIPLE_DES_CBC, AES256_GCM)
        return encrypt(statement, enc_key, with_aes, "aes-256", node_xpath, node_id)

    crypto.encrypt_assertion = encrypt_assertion


def _document(request: str, binding: str) -> str:
    decoded = base64.b64decode(request)
    return (zlib.decompress(decoded, -15) if binding == BINDING_HTTP_REDIRECT else decoded).decode()


def _page(action: str, fields: dict[str, str], button: str, more: str = "") -> str:
    inputs = "".join(f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in fields.items())
    form = f'<form method="post" action="{html.escape(action)}">{inputs}<button>{html.escape(button)}</button></form>'
    return f"<!doctype html><title>Identity provider</title>{form}{more}"

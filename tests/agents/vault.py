"""Opens and closes what the program seals in the user's config folder, as whoever holds its key could."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
# The tests run where a desktop's keyring may be, and leave nothing in it.
IN_A_FILE = {"VESTIBULE_CREDENTIALS": "file"}


class Vault:
    def __init__(self, folder: Path) -> None:
        self.cipher = AESGCM(base64.b64decode((folder / "connections.key").read_text()))

    def open(self, purpose: str, sealed: str) -> str:
        whole = base64.b64decode(sealed)
        return self.cipher.decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], purpose.encode()).decode()

    def seal(self, purpose: str, text: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return base64.b64encode(nonce + self.cipher.encrypt(nonce, text.encode(), purpose.encode())).decode()


def unsigned(claims: dict) -> str:
    """A token that nobody has signed."""
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")  # noqa: E731
    return f"{part({'alg': 'none', 'kid': 'x'})}.{part(claims)}."


def settings(folder: Path, **more: str) -> dict[str, str]:
    """What a terminal is given whose user has this home."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "COLUMNS": "200", **IN_A_FILE, **more}

"""Seals installed tokens, so that a copied database gives nobody a workspace."""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import StorageError

_NONCE = 12  # bytes, as NIST SP 800-38D recommends for GCM


class Seal:
    """AES-256-GCM under a key derived from SLACK_TOKEN_KEY.

    The workspace is bound into the seal: a row moved to another workspace does not open.
    """

    def __init__(self, key: str) -> None:
        # The setting asks for 32 random characters, so stretching a guessable one is no matter.
        derived = hashlib.blake2b(key.encode(), digest_size=32, person=b"maeum tokens").digest()
        self._cipher = AESGCM(derived)

    def close(self, workspace: str, content: bytes) -> bytes:
        """The sealed content."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, workspace.encode())

    def open(self, workspace: str, sealed: bytes) -> bytes:
        """The content; StorageError under another key than it was sealed with."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], workspace.encode())
        except InvalidTag:
            raise StorageError(
                "SLACK_TOKEN_KEY does not open the installed tokens in the database; set the key "
                "they were sealed with, or let the workspaces install the app again"
            ) from None

"""Pseudonyms: who spoke, as a keyed hash that only this install can make.

A platform's user ids are short enough to try them all, so a bare hash would hide nobody. The key
comes from MAEUM_SECRET or from a file beside the database, never from the database itself.
"""

import hashlib

from bot.events import ChannelRef, MessageRef

AUTHOR_BYTES = 16


class Pseudonyms:
    """Turns ids into keyed hashes of 16 bytes; the same person differs between workspaces."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def author(self, channel: ChannelRef, author: str) -> bytes:
        """The pseudonym of `author` in the workspace that holds `channel`."""
        return self._hash("author", channel.platform, channel.workspace, author)

    def message(self, ref: MessageRef) -> bytes:
        """What a tombstone keeps of a message: enough to recognise it, not to find it."""
        channel = ref.channel
        return self._hash(
            "message", channel.platform, channel.workspace, channel.channel, ref.message
        )

    def fingerprint(self) -> bytes:
        """A mark of the key itself, stored to notice a lost or changed key."""
        return self._hash("fingerprint")

    def key_for(self, purpose: str) -> bytes:
        """A key of 32 bytes for `purpose` alone, which tells nothing of the key it comes from."""
        return hashlib.blake2b(
            purpose.encode(), key=self._key, person=b"maeum key", digest_size=32
        ).digest()

    def _hash(self, *parts: str) -> bytes:
        # Lengths before the parts: no two part lists give one input. BLAKE2's own keyed mode
        # (RFC 7693) takes a third of HMAC's time, and every message is hashed.
        lengths = ",".join(map(str, map(len, parts)))
        data = f"{lengths}:{''.join(parts)}".encode()
        return hashlib.blake2b(data, key=self._key, digest_size=AUTHOR_BYTES).digest()

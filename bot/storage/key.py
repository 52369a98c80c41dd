"""The key of the pseudonyms: from the environment, or made once and kept beside the database."""

import hashlib
import os
import secrets
from pathlib import Path

from bot.errors import StorageError
from bot.storage.schema import recognise

_KEY_BYTES = 32
# Slow on purpose (about 50 ms): a stolen database should not tell a guessable secret quickly.
_ROUNDS = 100_000


def key_path(database: Path) -> Path:
    """Where the key of `database` lies when the environment gives none."""
    return database.with_name(database.name + ".key")


def load_key(secret: str | None, database: Path) -> bytes:
    """The key for `database`: from MAEUM_SECRET if given, else from the file beside it.

    A new database gets a new file; one that has been used never gets another key, since its
    opt-outs would no longer be recognised.
    """
    if secret:
        return hashlib.pbkdf2_hmac("sha256", secret.encode(), b"maeum pseudonyms", _ROUNDS)
    path = key_path(database)
    try:
        return _read(path)
    except FileNotFoundError:
        if recognise(database):
            raise StorageError(
                f"The key file {path} of the database is missing; restore it from a backup, "
                "or set MAEUM_SECRET if that made the database."
            ) from None
    _make(path)
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        message = f"The key file {path} cannot be read ({error.strerror}); check its permissions."
        raise StorageError(message) from error
    if len(key) != _KEY_BYTES:
        raise StorageError(
            f"The key file {path} holds {len(key)} bytes and a key has {_KEY_BYTES}; "
            "restore it from a backup."
        )
    return key


def _make(path: Path) -> None:
    """Write a new key file whole or not at all; one made meanwhile by another process stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(draft)
        finally:
            draft.unlink()
    except FileExistsError:
        return
    except OSError as error:
        raise StorageError(
            f"The key file {path} cannot be made ({error.strerror}); check that its folder exists "
            "and that this user may write there, or set MAEUM_SECRET."
        ) from error

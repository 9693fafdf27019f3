"""Signatures and encryption as the platform makes them, from its own side of the line."""

import base64
import binascii
import hashlib
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


class CryptoError(ValueError):
    """What was received is not what the other side would have sent; the message names the reason."""


def sign(*parts: str) -> str:
    """Return the SHA-1 of the parts, sorted by their bytes."""
    return hashlib.sha1(b"".join(sorted(part.encode() for part in parts))).hexdigest()


def jsapi_signature(ticket: str, nonce: str, timestamp, url: str) -> str:
    """Return what ``wx.config`` needs; the part of the address after # does not count."""
    text = (
        f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    )
    return hashlib.sha1(text.encode()).hexdigest()


def _key(encoding_key: str) -> bytes:
    return base64.b64decode(f"{encoding_key}=")


def encrypt(text: str, encoding_key: str, receiver: str, random16: bytes | None = None) -> str:
    """Encrypt a message as it travels in ``Encrypt``."""
    key, data = _key(encoding_key), text.encode()
    plain = (random16 or secrets.token_bytes(16)) + struct.pack(">I", len(data)) + data
    plain += receiver.encode()
    pad = BLOCK - len(plain) % BLOCK
    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(worker.update(plain + bytes([pad]) * pad) + worker.finalize()).decode()


def decrypt(encrypted: str, encoding_key: str, receiver: str) -> str:
    """Decrypt ``Encrypt``.

    :raise CryptoError: base64, padding, length or receiveid
    """
    key = _key(encoding_key)
    try:
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("base64") from error
    if not data or len(data) % 16:
        raise CryptoError("length")
    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = worker.update(data) + worker.finalize()
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise CryptoError("padding")
    plain = plain[16:-pad]
    if len(plain) < 4:
        raise CryptoError("length")
    size = struct.unpack(">I", plain[:4])[0]
    if size > len(plain) - 4:
        raise CryptoError("length")
    if plain[4 + size :] != receiver.encode():
        raise CryptoError("receiveid")
    return plain[4 : 4 + size].decode()


def encrypt_open_data(text: str, session_key: str, iv: str) -> str:
    """Encrypt what a mini program hands over (AES-128-CBC, PKCS#7)."""
    data = text.encode()
    pad = 16 - len(data) % 16
    worker = Cipher(
        algorithms.AES(base64.b64decode(session_key)), modes.CBC(base64.b64decode(iv))
    ).encryptor()
    return base64.b64encode(worker.update(data + bytes([pad]) * pad) + worker.finalize()).decode()


def decrypt_open_data(encrypted: str, session_key: str, iv: str) -> str:
    """Return what a mini program handed over."""
    worker = Cipher(
        algorithms.AES(base64.b64decode(session_key)), modes.CBC(base64.b64decode(iv))
    ).decryptor()
    plain = worker.update(base64.b64decode(encrypted)) + worker.finalize()
    return plain[: -plain[-1]].decode()


def raw_data_signature(raw: str, session_key: str) -> str:
    """Return the signature of a mini program's raw data."""
    return hashlib.sha1(f"{raw}{session_key}".encode()).hexdigest()

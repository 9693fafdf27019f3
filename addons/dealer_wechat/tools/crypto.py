"""Signatures and encryption of callbacks; knows nothing of Odoo (WECHAT §2.1).

What comes in is a stranger's until it is proved: everything here refuses with :class:`CryptoError`.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

#: The platform pads to blocks of 32 bytes, not to those of the cipher.
PAD_BLOCK = 32
KEY_LENGTH = 43


class CryptoError(ValueError):
    """What was received does not prove where it comes from; the message is a short reason."""


def sign(*parts):
    """Return the SHA-1 of the texts, sorted by their bytes, as all callbacks are signed."""
    return hashlib.sha1(b"".join(sorted(part.encode() for part in parts))).hexdigest()


def is_signed(signature, *parts):
    """Whether ``signature`` fits the parts; takes the same time whatever is wrong with it."""
    good = sign(*parts).encode()
    return hmac.compare_digest(good, (signature or "").encode("utf-8", "replace"))


def jsapi_signature(ticket, nonce, timestamp, url):
    """Return what a page needs to use the phone's functions; what follows # does not count."""
    page = url.partition("#")[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode()).hexdigest()


def read_key(encoding_key):
    """Return the 32 bytes of an EncodingAESKey.

    :raise CryptoError: key, where it has not 43 letters and digits
    """
    try:
        key = base64.b64decode(f"{encoding_key}=", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("key") from error
    if len(encoding_key) != KEY_LENGTH or len(key) != 32:
        raise CryptoError("key")
    return key


def encrypt(text, encoding_key, receiver, random16=None):
    """Return ``text`` as it travels in ``Encrypt``.

    :param bytes random16: for tests that compare with worked examples
    """
    key, data = read_key(encoding_key), text.encode()
    plain = (random16 or secrets.token_bytes(16)) + struct.pack(">I", len(data))
    plain += data + receiver.encode()
    pad = PAD_BLOCK - len(plain) % PAD_BLOCK
    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(worker.update(plain + bytes([pad]) * pad) + worker.finalize()).decode()


def decrypt(encrypted, encoding_key, receiver):
    """Return the message in ``Encrypt`` that is meant for ``receiver``.

    :raise CryptoError: base64, length, padding, receiveid (of another account), text
    """
    key = read_key(encoding_key)
    try:
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("base64") from error
    if not data or len(data) % 16:
        raise CryptoError("length")
    worker = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = worker.update(data) + worker.finalize()
    pad = plain[-1]
    if not 1 <= pad <= PAD_BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise CryptoError("padding")
    plain = plain[16:-pad]
    size = struct.unpack(">I", plain[:4])[0] if len(plain) >= 4 else None
    if size is None or size > len(plain) - 4:
        raise CryptoError("length")
    if not hmac.compare_digest(plain[4 + size :], receiver.encode()):
        raise CryptoError("receiveid")
    try:
        return plain[4 : 4 + size].decode()
    except UnicodeDecodeError as error:
        raise CryptoError("text") from error


def decrypt_any(encrypted, encoding_keys, receiver):
    """Decrypt with the first key that fits: after a change the platform uses the former for a while.

    :return: ``(text, number of the key)``
    :raise CryptoError: what the last key said
    """
    reason = CryptoError("key")
    for number, key in enumerate(encoding_keys):
        try:
            return decrypt(encrypted, key, receiver), number
        except CryptoError as error:
            reason = error
    raise reason

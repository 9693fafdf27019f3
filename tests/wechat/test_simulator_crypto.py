"""The simulator's signatures and encryption, against worked examples of the platform and an oracle."""

import json

import pytest
from wechat_simulator import crypto

from .conftest import family


@pytest.mark.parametrize("vector", family("signature.sha1_sort"))
def test_signature(vector):
    values = vector["input"]
    made = crypto.sign(values["token"], values["timestamp"], values["nonce"])
    assert (made == values["signature"]) == vector["expected"]["valid"]


@pytest.mark.parametrize("vector", family("crypto.decrypt", "crypto.decrypt.negative"))
def test_decrypt(vector):
    values, expected = vector["input"], vector["expected"]
    made = crypto.sign(values["token"], values["timestamp"], values["nonce"], values["encrypt"])
    if expected.get("error") == "signature":
        assert made != values["msg_signature"]
        return
    assert made == values["msg_signature"]
    receiver = values["receiveid"]
    keys = values.get("encoding_aes_keys") or [values["encoding_aes_key"]]
    if expected["valid"]:
        key = keys[expected.get("key_index", 0)]
        assert crypto.decrypt(values["encrypt"], key, receiver) == expected["plaintext"]
        for wrong in keys[: expected.get("key_index", 0)]:
            with pytest.raises(crypto.CryptoError):
                crypto.decrypt(values["encrypt"], wrong, receiver)
        return
    with pytest.raises(crypto.CryptoError, match=expected["error"]):
        crypto.decrypt(values["encrypt"], keys[0], receiver)


@pytest.mark.parametrize("vector", family("crypto.encrypt"))
def test_encrypt(vector):
    values = vector["input"]
    made = crypto.encrypt(
        values["plaintext"],
        values["encoding_aes_key"],
        values["receiveid"],
        values["random16"].encode(),
    )
    assert made == vector["expected"]["encrypt"]


@pytest.mark.parametrize("vector", family("crypto.mp_open_data"))
def test_open_data(vector):
    values = vector["input"]
    text = crypto.decrypt_open_data(values["encrypted_data"], values["session_key"], values["iv"])
    assert json.loads(text) == vector["expected"]["json"]
    again = crypto.encrypt_open_data(text, values["session_key"], values["iv"])
    assert again == values["encrypted_data"]


@pytest.mark.parametrize("vector", family("signature.mp_rawdata"))
def test_raw_data(vector):
    values = vector["input"]
    made = crypto.raw_data_signature(values["raw_data"], values["session_key"])
    assert made == vector["expected"]["signature"]


@pytest.mark.parametrize("vector", family("signature.jsapi"))
def test_jsapi(vector):
    values = vector["input"]
    for url in (values["url"], f"{values['url']}#top"):
        made = crypto.jsapi_signature(
            values["jsapi_ticket"], values["noncestr"], values["timestamp"], url
        )
        assert made == vector["expected"]["signature"]


def test_oracle_reads_what_the_simulator_encrypts():
    """The library that others use reads our callbacks, and we read its."""
    oracle = pytest.importorskip("wechatpy.crypto")
    key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    worker = oracle.WeChatCrypto("token", key, "wxapp")
    for text in ("<xml>好</xml>", "", "x" * 5000):
        encrypted = crypto.encrypt(text, key, "wxapp")
        signature = crypto.sign("token", "1", "2", encrypted)
        body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        if text:
            assert worker.decrypt_message(body, signature, "1", "2") == text
        assert crypto.decrypt(encrypted, key, "wxapp") == text

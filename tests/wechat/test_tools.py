"""The addon's reading, signing and judging, against the worked examples, the simulator and an oracle."""

import importlib.util
import json
import sys
from xml.etree import ElementTree

import pytest
from wechat_simulator import crypto as platform_crypto
from wechat_simulator.callbacks import flat, to_xml

from .conftest import ROOT, family

TOOLS = ROOT / "addons/dealer_wechat/tools"


def load(name):
    """Load a tool without Odoo, of which it knows nothing."""
    spec = importlib.util.spec_from_file_location(f"wechat_tool_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


crypto, message, policy = load("crypto"), load("message"), load("policy")


@pytest.mark.parametrize("vector", family("signature.sha1_sort"))
def test_signature(vector):
    values = vector["input"]
    parts = values["token"], values["timestamp"], values["nonce"]
    assert crypto.is_signed(values["signature"], *parts) == vector["expected"]["valid"]
    for wrong in (None, "", "é", values["signature"][:-1], values["signature"].upper() + "x"):
        assert not crypto.is_signed(wrong, *parts)


@pytest.mark.parametrize("vector", family("crypto.decrypt"))
def test_decrypt(vector):
    values, expected = vector["input"], vector["expected"]
    parts = values["token"], values["timestamp"], values["nonce"], values["encrypt"]
    signed = crypto.is_signed(values["msg_signature"], *parts)
    assert signed == (expected.get("error") != "signature")
    keys = values.get("encoding_aes_keys") or [values["encoding_aes_key"]]
    if not signed:
        return
    if not expected["valid"]:
        with pytest.raises(crypto.CryptoError, match=expected["error"]):
            crypto.decrypt_any(values["encrypt"], keys, values["receiveid"])
        return
    text, number = crypto.decrypt_any(values["encrypt"], keys, values["receiveid"])
    assert text == expected["plaintext"]
    assert number == expected.get("key_index", 0)


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


def test_encrypted_by_either_side_is_read_by_the_other():
    key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    for length in (0, 1, 10, 11, 12, 31, 32, 33, 3000):
        text = "车" * length
        theirs = platform_crypto.encrypt(text, key, "wx1")
        ours = crypto.encrypt(text, key, "wx1")
        assert crypto.decrypt(theirs, key, "wx1") == text
        assert platform_crypto.decrypt(ours, key, "wx1") == text
        for broken in (ours[:-4], ours[4:], f"{ours[:20]}{'A' * 24}{ours[44:]}"):
            with pytest.raises(crypto.CryptoError):
                crypto.decrypt(broken, key, "wx1")
    for bad in ("", "short", "x" * 44, "?" * 43):
        with pytest.raises(crypto.CryptoError, match="key"):
            crypto.encrypt("x", bad, "wx1")


@pytest.mark.parametrize("vector", family("signature.jsapi"))
def test_jsapi(vector):
    values = vector["input"]
    made = crypto.jsapi_signature(
        values["jsapi_ticket"], values["noncestr"], values["timestamp"], values["url"]
    )
    assert made == vector["expected"]["signature"]


@pytest.mark.parametrize("vector", family("oa.message", "oa.event", "mp.", "wecom."))
def test_describe(vector):
    values = message.read_body(vector["input"]["body"])
    told = message.describe(values, vector["input"]["channel"])
    for name, value in vector["expected"].items():
        if name == "dedupe":
            assert message.dedupe_key(values) == value
        elif name != "note":
            assert told.get(name) == value, name
    surplus = set(told) - set(vector["expected"]) - {"ticket", "msgid", "status", "event_key"}
    assert not {name for name in surplus if told[name] not in ("", None)} - {"lost", "selected"}


@pytest.mark.parametrize("vector", family("dedupe"))
def test_dedupe(vector):
    first, second = (
        message.dedupe_key(message.read_body(vector["input"][name])) for name in ("first", "second")
    )
    assert (first == second) == vector["expected"]["same_event"]


@pytest.mark.parametrize("vector", family("negative.xml"))
def test_bombs(vector):
    with pytest.raises(message.MessageError, match=vector["expected"]["error"]):
        message.read_body(vector["input"]["body"])


def test_what_is_no_message_is_refused():
    deep = "<a>" * 40 + "</a>" * 40
    for body in ("", "  ", "<xml>", "{", "[1]", deep, b"\xff\xfe", "<!doctype x><xml/>", "x" * 99):
        with pytest.raises(message.MessageError):
            message.read_body(body)
    with pytest.raises(message.MessageError, match="depth"):
        message.read_body('{"a":' * 500 + "1" + "}" * 500)
    assert message.read_body("<xml></xml>") == {}
    assert message.describe({}, "oa")["kind"] == "oa.msg."
    padding = f"<xml><!-- {'x' * 5000} --></xml>".encode()
    late = padding.replace(b"<xml>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml>")
    with pytest.raises(message.MessageError, match="doctype"):
        message.read_body(late)


@pytest.mark.parametrize("vector", family("oa.reply"))
def test_reply(vector):
    content = vector["input"]["content"]
    made = message.text_reply({"FromUserName": "o1", "ToUserName": "gh"}, content, 1)
    assert vector["expected"]["xml_content_fragment"] in made
    values = flat(ElementTree.fromstring(made))
    assert values["Content"] == vector["expected"]["roundtrip"]
    assert (values["ToUserName"], values["FromUserName"]) == ("o1", "gh")


@pytest.mark.parametrize("vector", family("api."))
def test_policy(vector):
    expected = vector["expected"]
    answer = vector["input"]["response"]
    assert policy.classify(answer) == expected["class"]
    if "reason" in expected:
        assert policy.reason(answer["errcode"]) == expected["reason"]
    if "ip" in expected:
        assert policy.address_in(answer["errmsg"]) == expected["ip"]


def test_policy_of_what_nobody_knows():
    assert policy.classify({"errcode": 99999}) == "permanent"
    assert policy.classify({"errcode": "?"}) == "retry_backoff"
    assert policy.classify({}) == "ok"


def test_any_message_of_the_simulator_is_read_back():
    values = {"MsgType": "text", "Content": "a]]><b>", "MsgId": 12, "Inner": {"Item": ["1"]}}
    found = message.read_body(to_xml(values))
    assert found == {
        "MsgType": "text",
        "Content": "a]]><b>",
        "MsgId": "12",
        "Inner": {"Item": ["1"]},
    }
    assert message.read_body(json.dumps(values)) == values


@pytest.mark.parametrize("vector", family("oa.message", "oa.event"))
def test_oracle_agrees(vector):
    """The library that others use reads the same sender, time and number."""
    parser = pytest.importorskip("wechatpy").parse_message
    known = parser(vector["input"]["body"])
    told = message.describe(message.read_body(vector["input"]["body"]), "oa")
    assert known.source == told["from"]
    assert known.target == told["to"]
    if "msg_id" in told:
        assert str(known.id) == told["msg_id"]

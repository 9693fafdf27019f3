import json
import logging

import requests
from urllib3.filepost import encode_multipart_formdata

from odoo import api, models

from ..tools.endpoints import ENDPOINTS
from ..tools.policy import address_in, classify
from .advice import ADVICE

_logger = logging.getLogger(__name__)

#: Seconds to reach the platform, and to wait for its answer.
CONNECT_PATIENCE = 3
READ_PATIENCE = 5
MAX_ANSWER = 12 * 1024 * 1024
JSON = "application/json; charset=utf-8"

#: Whoever has this very object only tries something out: a refusal stops nobody else's messages.
TRIAL = object()


class WechatError(Exception):
    """The platform refused, or nobody knows what it did.

    ``kind``: refresh_token_once, retry_backoff, pause_until_reset, permanent, config, or
    ``unknown``: it may have been done, no answer came.
    """

    def __init__(self, kind, code, words):
        self.kind = kind
        self.code = code or 0
        self.words = words
        super().__init__(f"{kind} {code}")


class DealerWechatClient(models.AbstractModel):
    """The one client of the platform. All that leaves for WeChat leaves here.

    Neither a token nor a secret is logged or shown: addresses are logged without their query.
    """

    _name = "dealer.wechat.client"
    _description = "Client of WeChat"

    @api.model
    def _error_class(self):
        return WechatError

    @api.model
    def _error(self, kind, code, words):
        return WechatError(kind, code, words)

    def _is_trial(self):
        return self.env.context.get("dealer_wechat_trial") is TRIAL

    @api.model
    def _trial(self):
        """Return the client for trying an account out: what is refused does not stop the account."""
        return self.with_context(dealer_wechat_trial=TRIAL)

    @api.model
    def _call(self, account, name, params=None, body=None):
        """Call an interface and return its answer; a token that died is renewed once.

        :param account: dealer.wechat.account, in sudo
        :param str name: of the table of endpoints
        :param body: a dict, sent as JSON, or ``(bytes, content type)``
        :return: the answer as a dict; of a file, its bytes
        :raise WechatError: it was refused, or no answer came
        """
        endpoint = ENDPOINTS[name]
        tokens = self.env["dealer.wechat.token"]
        if not endpoint.with_token:
            return self._ask(account, endpoint, params, body)
        if account.problem and not self._is_trial():
            raise WechatError("config", account.problem_code, account.problem)
        token = tokens._value(account)
        try:
            return self._ask(account, endpoint, params, body, token)
        except WechatError as error:
            if error.kind != "refresh_token_once":
                raise
        token = tokens._refresh(account, failed=token)
        try:
            return self._ask(account, endpoint, params, body, token)
        except WechatError as error:
            if error.kind != "refresh_token_once":
                raise
            # Once is enough: asking on would burn the day's tokens.
            words = str(ADVICE[40001])
            if not self._is_trial():
                account._stop(error.code, words)
            raise WechatError("config", error.code, words) from error

    @api.model
    def _upload(self, account, kind, name, content, mimetype):
        """Lay a file down on the platform for three days and return its number.

        :param str kind: image, voice, video or thumb
        :param bytes content: up to 10 MB for a picture
        :raise WechatError: it was refused, or no answer came
        """
        body = encode_multipart_formdata({"media": (name, content, mimetype)})
        return str(self._call(account, "media_upload", {"type": kind}, body).get("media_id") or "")

    @api.model
    def _download(self, account, number):
        """Return the bytes of a customer's file that the platform keeps for three days.

        :raise WechatError: it is gone, or no answer came
        """
        answer = self._call(account, "media_get", {"media_id": number})
        if isinstance(answer, dict):
            raise WechatError("permanent", 0, self.env._("The platform gave no file."))
        return answer

    @api.model
    def _ask(self, account, endpoint, params, body, token=None):
        """Send one request; return the answer of a success.

        :raise WechatError: of any kind
        """
        query = dict(params or {})
        if token:
            query["access_token"] = token
        url = f"{account._base_url(endpoint.host)}{endpoint.path}"
        data, form = None, JSON
        if isinstance(body, tuple):
            data, form = body
        elif body is not None:
            # The platform shows \\u escapes to customers as they are.
            data = json.dumps(body, ensure_ascii=False).encode()
        try:
            status, content = self._transport(endpoint.method, url, query, data, form)
        except (requests.ConnectTimeout, ConnectionRefusedError) as error:
            raise self._no_answer(endpoint, error, reached=False) from error
        except requests.RequestException as error:
            refused = "refused" in repr(error).lower() or "NameResolution" in repr(error)
            raise self._no_answer(endpoint, error, reached=not refused) from error
        if status >= 500 or status == 429:
            _logger.info("WeChat: %s answered %s", endpoint.path, status)
            kind = "unknown" if endpoint.sends and not endpoint.once_key else "retry_backoff"
            raise WechatError(
                kind, status, self.env._("The platform is out of order (%s).", status)
            )
        answer = self._read(content)
        if answer is None and endpoint.gives_file and content:
            return content
        if answer is None:
            raise WechatError(
                "unknown" if endpoint.sends else "retry_backoff",
                status,
                self.env._("The platform answered something that is no answer."),
            )
        kind = classify(answer)
        if kind == "ok":
            return answer
        raise self._refusal(account, endpoint, kind, answer)

    @staticmethod
    def _read(content):
        try:
            answer = json.loads(content)
        except ValueError:
            return None
        return answer if isinstance(answer, dict) else None

    @api.model
    def _no_answer(self, endpoint, error, reached):
        """Return the error of a request without answer: done or not, where it had been reached."""
        _logger.info("WeChat: %s: no answer, %s", endpoint.path, type(error).__name__)
        kind = "unknown" if reached and endpoint.sends else "retry_backoff"
        return WechatError(kind, 0, self.env._("The platform did not answer."))

    @api.model
    def _refusal(self, account, endpoint, kind, answer):
        code = int(answer["errcode"])
        message = str(answer.get("errmsg") or "").partition(" rid:")[0][:200]
        words = str(ADVICE.get(code, "")) or self.env._("The platform refused it: %s.", message)
        if kind == "config":
            address = address_in(message)
            if address:
                words = self.env._("%(words)s The address is %(ip)s.", words=words, ip=address)
            if not self._is_trial():
                account._stop(code, words)
        _logger.info("WeChat: %s refused: %s %s", endpoint.path, code, kind)
        return WechatError(kind, code, words)

    @api.model
    def _transport(self, method, url, params, data, form):
        """Send it; the one place where anything leaves. Tests replace it.

        :return: ``(status, content)``
        :raise requests.RequestException: no answer
        """
        headers = {"Content-Type": form} if data else {}
        with requests.request(
            method,
            url,
            params=params,
            data=data,
            headers=headers,
            timeout=(CONNECT_PATIENCE, READ_PATIENCE),
            allow_redirects=False,
            stream=True,
        ) as answer:
            content = bytearray()
            for piece in answer.iter_content(65536):
                content += piece
                if len(content) > MAX_ANSWER:
                    raise requests.exceptions.ContentDecodingError("the answer is too long")
            return answer.status_code, bytes(content)

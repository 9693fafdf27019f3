import logging

from odoo import models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class DealerWechatAccount(models.Model):
    """Who opened a page inside of WeChat."""

    _name = "dealer.wechat.account"
    _inherit = "dealer.wechat.account"

    def _identity_of_code(self, code):
        """Return who is behind a code of the platform's page sign-in; call it in sudo.

        :param str code: good once and for five minutes
        :return: dealer.wechat.identity; empty for the made-up user of a snapshot page; None where
            the platform refuses the code or does not answer
        """
        self.ensure_one()
        client = self.env["dealer.wechat.client"]
        identities = self.env["dealer.wechat.identity"]
        params = {
            "appid": self.appid,
            "secret": self.secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        try:
            answer = client._call(self, "oauth_token", params)
        except client._error_class() as error:
            _logger.info("WeChat: a page sign-in was refused: %s", error.words)
            return None
        openid = answer.get("openid")
        if not isinstance(openid, str) or not 0 < len(openid) <= 128:
            return None
        if answer.get("is_snapshotuser"):
            return identities
        domain = Domain("account_id", "=", self.id) & Domain("value", "=", openid)
        identity = identities.search(domain, limit=1) or identities.create(
            {"account_id": self.id, "value": openid}
        )
        if answer.get("unionid") and not identity.unionid:
            identity.unionid = str(answer["unionid"])[:128]
            identity._bind_by_unionid()
        return identity

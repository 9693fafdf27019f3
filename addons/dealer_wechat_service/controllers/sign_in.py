from odoo.http import request

from odoo.addons.dealer_service.controllers.sign_in_page import SignInPage
from odoo.addons.dealer_wechat.controllers.sign_in import WechatSignIn, current_identity


class OwnerFromWechat(WechatSignIn):
    """A follower whose customer is known is signed in; nobody types anything."""

    def _wechat_enter(self, identity):
        super()._wechat_enter(identity)
        partner = identity.partner_id
        if not partner or not request.env.user._is_public():
            return
        # The platform proved whose openid it is, and the shop or a code whose customer that is.
        user = partner._dealer_portal_user()
        if user:
            credential = request.env["res.users"]._dealer_sms_credential(user)
            # What was made here is to be seen by who looks up the log-in.
            request.env.flush_all()
            request.session.authenticate(request.env, credential)


class SignInFromWechat(SignInPage):
    """Who proves a number on a page opened in WeChat is that customer from then on."""

    def _enter(self, partner, values):
        identity = current_identity()
        if identity and not identity.partner_id:
            identity._bind(partner, "phone")
        return super()._enter(partner, values)

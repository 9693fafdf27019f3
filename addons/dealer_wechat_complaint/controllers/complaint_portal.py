from odoo.http import request, route

from odoo.addons.dealer_complaint.controllers.complaint_portal import ComplaintPortal
from odoo.addons.dealer_wechat.controllers.sign_in import current_identity, snapshot_account

from .complaint_page import current_customer


class ComplaintPortalFromWechat(ComplaintPortal):
    """A follower whose customer is known sees the own complaints; who looks at a snapshot reads."""

    def _own_domain(self):
        customer = current_customer()
        if customer:
            return request.env["helpdesk.ticket"]._domain_of_customer(customer)
        return super()._own_domain()

    def _is_customer(self, case, access_token):
        return not snapshot_account() and super()._is_customer(case, access_token)

    @route(auth="public")
    def portal_my_complaints(self, page=1, **kw):
        """List the own complaints of whom WeChat or a log-in proves."""
        if request.env.user._is_public() and not current_customer():
            if not current_identity():
                # As before: a visitor logs in.
                request.env["ir.http"]._auth_method_user()
            sign_in = request.env["dealer.wechat.menu"]._sign_in_page()
            return request.redirect_query(sign_in, {"redirect": request.httprequest.path})
        return super().portal_my_complaints(page=page, **kw)

from odoo.http import request

from odoo.addons.dealer_complaint.controllers.complaint_page import ComplaintPage
from odoo.addons.dealer_wechat.controllers.sign_in import current_identity, snapshot_account


def current_customer():
    """Return the customer whose account in WeChat opened this page (res.partner in sudo), or none.

    Who is logged in is who is logged in. Staff are nobody's customer here, as on the other pages.
    """
    partner = current_identity().partner_id
    users = partner.with_context(active_test=False).user_ids
    if not request.env.user._is_public() or users.filtered(lambda user: not user.share):
        return partner.browse()
    return partner


class ComplaintPageFromWechat(ComplaintPage):
    """A follower whose customer is known complains without typing a number.

    A number that was typed binds no follower to its customer: anybody can type it.
    """

    def _who(self, link):
        relation, partner = super()._who(link)
        return relation, partner or current_customer()

    def _check_sender(self, sheet, form):
        key, errors = super()._check_sender(sheet, form)
        if snapshot_account():
            words = request.env._(
                "This is a preview by WeChat. Open the whole page to send the complaint."
            )
            return key, {"form": words}
        return key, errors

    def _check_sheet(self, values, relation, partner):
        cleaned, errors = super()._check_sheet(values, relation, partner)
        return {**cleaned, "wechat_identity": current_identity()}, errors

    def _render_sheet(self, values, errors, link, token):
        account = snapshot_account() or current_identity().account_id
        if not values.get("store"):
            # Who follows a store means that store.
            values = {**values, "store": account.unit_id.code or ""}
        response = super()._render_sheet(values, errors, link, token)
        if snapshot_account():
            page = f"/complaint/{link}" if link else "/complaint"
            response.qcontext["whole_page"] = account._page_url(page)
        return response

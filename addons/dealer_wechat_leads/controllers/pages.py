from odoo.http import request

from odoo.addons.dealer_leads.controllers.drive_page import DrivePage
from odoo.addons.dealer_leads.controllers.lead_page import LeadPage
from odoo.addons.dealer_wechat.controllers.sign_in import current_identity

#: What the page of enquiries stores its rows under; together with the number they are indexed.
SOURCES = ("webform", "referral")


def _note_follower(row):
    """Write down which follower sent an enquiry, a dealer.lead.inbox in sudo."""
    identity = current_identity()
    if identity:
        row.wechat_identity_id = identity.id


class LeadPageFromWechat(LeadPage):
    def _store_enquiry(self, key, values, unit, link):
        result = super()._store_enquiry(key, values, unit, link)
        # sudo: visitors have no right on the inbox; the row is the one that was stored just now
        rows = request.env["dealer.lead.inbox"].sudo()
        _note_follower(rows.search([("source", "in", SOURCES), ("external_id", "=", key)], limit=1))
        return result


class DrivePageFromWechat(DrivePage):
    def _hold_drive(self, key, values, place, start):
        row = super()._hold_drive(key, values, place, start)
        if row:
            _note_follower(row)
        return row

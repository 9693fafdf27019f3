from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import format_datetime

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.helpdesk_ticket import CLOSED_STATES
from ..tools.files import MAX_PHOTOS, PHOTO_TYPES
from .complaint_page import MAX_REQUEST, CustomerFiles
from .helpdesk_mgmt import SafeHelpdeskTicketController

_PUBLIC = {"type": "http", "auth": "public", "website": True, "sitemap": False}


class ComplaintPortal(CustomerFiles, CustomerPortalHelpdesk):
    """Where a customer sees how a complaint goes on, in words that a customer understands (E7)."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "complaint_count" in counters:
            values["complaint_count"] = self._own_cases().search_count(self._own_domain())
        if not counters:
            # The page itself: how many are open stands beside the entry.
            still_open = Domain("case_state", "not in", CLOSED_STATES)
            values["open_complaints"] = self._own_cases().search_count(
                self._own_domain() & still_open
            )
        return values

    def _own_cases(self):
        # Customers read no tickets; the domain names their own.
        return request.env["helpdesk.ticket"].sudo()

    def _own_domain(self):
        return request.env["helpdesk.ticket"]._own_domain(request.env.user)

    def _complaint(self, case_id, access_token=None):
        """Return the complaint in sudo, for its customer, for who has its link, and for staff.

        :raise AccessError, MissingError: for everybody else, and when there is none
        """
        own = self._own_cases().search(self._own_domain() & Domain("id", "=", case_id), limit=1)
        case = self._document_check_access(
            "helpdesk.ticket", case_id, access_token=own.access_token or access_token
        )
        if not case.is_case:
            raise MissingError(request.env._("There is no such complaint."))
        # The access was checked above: by the token, or by the customer's own right.
        return case.with_env(request.env).sudo()

    def _is_customer(self, case, access_token):
        """Whether the visitor is who complains; staff may look at the page, but not act on it."""
        own = self._own_cases().search_count(self._own_domain() & Domain("id", "=", case.id))
        return bool(own) or case._is_token(access_token)

    @http.route(
        ["/my/complaints", "/my/complaints/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_my_complaints(self, page=1, **kw):
        """List the own complaints, the newest first."""
        cases, domain = self._own_cases(), self._own_domain()
        step = self._items_per_page
        pager = portal_pager(
            url="/my/complaints", total=cases.search_count(domain), page=page, step=step
        )
        found = cases.search(domain, order="id desc", limit=step, offset=pager["offset"])
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "complaints",
            "complaint_brand": self._brand(found[:1].company_id),
            "pager": pager,
            "rows": [
                {
                    "url": f"/my/complaints/{case.id}",
                    "number": case.number,
                    "name": case.name,
                    "received": self._time(case, case.received_at),
                    "status": case._customer_status(),
                }
                for case in found
            ],
        }
        return request.render("dealer_complaint.portal_my_complaints", values)

    @http.route("/my/complaints/<int:case_id>", methods=["GET"], **_PUBLIC)
    def portal_complaint(self, case_id, access_token=None, **kw):
        """Show how one complaint goes on."""
        try:
            case = self._complaint(case_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return self._render_case(case, access_token)

    @http.route(
        "/my/complaints/<int:case_id>/write",
        methods=["POST"],
        max_content_length=MAX_REQUEST,
        **_PUBLIC,
    )
    def portal_complaint_write(self, case_id, access_token=None, text=None, **kw):
        """Add words and photos."""
        photos, error = self._read_photos()

        def write(case):
            if error:
                raise UserError(error)
            case._customer_write(self._clean(text), photos)

        return self._act(case_id, access_token, write)

    @http.route("/my/complaints/<int:case_id>/withdraw", methods=["POST"], **_PUBLIC)
    def portal_complaint_withdraw(self, case_id, access_token=None, text=None, sure=None, **kw):
        """Withdraw; asked for a tick, so that no slip of a thumb does it."""

        def withdraw(case):
            if not sure:
                raise UserError(request.env._("Tick that you are sure first."))
            case._customer_withdraw(self._clean(text))

        return self._act(case_id, access_token, withdraw)

    @http.route("/my/complaints/<int:case_id>/rate", methods=["POST"], **_PUBLIC)
    def portal_complaint_rate(self, case_id, access_token=None, stars=None, text=None, **kw):
        """Rate how we did."""

        def rate(case):
            number = int(stars) if (stars or "").isascii() and (stars or "").isdigit() else 0
            case._customer_rate(number, self._clean(text))

        return self._act(case_id, access_token, rate)

    @http.route("/my/complaints/<int:case_id>/file/<int:attachment_id>", methods=["GET"], **_PUBLIC)
    def portal_complaint_file(self, case_id, attachment_id, access_token=None, **kw):
        """Hand out a file of a message that the customer may read."""
        try:
            case = self._complaint(case_id, access_token)
        except (AccessError, MissingError):
            return request.not_found()
        files = case._customer_messages().attachment_ids
        attachment = files.filtered(lambda file: file.id == attachment_id)
        if not attachment:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(attachment)
        # Photos are shown, everything else is saved: nothing runs under our address.
        as_photo = attachment.mimetype in PHOTO_TYPES
        response = stream.get_response(as_attachment=not as_photo)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'"
        response.headers["Cache-Control"] = "private, no-store"
        return response

    # ------------------------------------------------------------
    # helpdesk_mgmt's own page
    # ------------------------------------------------------------

    @http.route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        """Lead to the page for customers: this one would name the colleague and the step."""
        ticket = self._own_cases().browse(ticket_id).exists()
        if ticket.is_case:
            token = f"?access_token={access_token}" if ticket._is_token(access_token) else ""
            return request.redirect(f"/my/complaints/{ticket.id}{token}")
        return super().portal_my_ticket(ticket_id, access_token=access_token, **kw)

    # ------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------

    @staticmethod
    def _clean(text):
        return text.replace("\x00", "").strip() if isinstance(text, str) else ""

    def _time(self, case, moment):
        zone = case.dealer_unit_id._clock_zone().key
        return format_datetime(request.env, moment, tz=zone, dt_format="short") if moment else ""

    def _act(self, case_id, access_token, action):
        """Do what a form of the page asks for, and lead back to it; or say what is to be mended."""
        try:
            case = self._complaint(case_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if not self._is_customer(case, access_token):
            return self._render_case(
                case,
                access_token,
                request.env._("This is the customer's page; you may look at it."),
            )
        if self._is_too_often():
            error = request.env._(
                "Too much came in from your network. Please call us or try later."
            )
            return self._render_case(case, access_token, error)
        try:
            with request.env.cr.savepoint():
                action(case)
        except AccessError:
            raise
        except UserError as problem:
            return self._render_case(case, access_token, str(problem))
        token = f"?access_token={access_token}" if case._is_token(access_token) else ""
        return request.redirect(f"/my/complaints/{case.id}{token}", code=303)

    def _render_case(self, case, access_token, error=None):
        token = access_token if case._is_token(access_token) else ""
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "complaint",
            "error": error,
            "token": token,
            "acts": self._is_customer(case, access_token),
            "base_url": f"/my/complaints/{case.id}",
            "number": case.number,
            "received": self._time(case, case.received_at),
            "happened": self._time(case, case.occurred_at),
            "facts": case.facts or "",
            "demands": case.demands or "",
            "plate": case.vehicle_id.plate or case.contact_plate or "",
            "store": case.dealer_unit_id.name,
            "store_phone": case.company_id.phone or "",
            "told_boss": case.tell_boss,
            "stars": case.customer_stars if case.rated_at else 0,
            "remark": case.customer_remark or "",
            "status": case._customer_status(),
            "messages": self._messages(case),
            "max_photos": MAX_PHOTOS,
            "res_company": case.company_id,
            "complaint_brand": self._brand(case.company_id),
        }
        response = request.render("dealer_complaint.portal_complaint", values)
        # The link is the key: it goes to no other site.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        if error:
            response.status_code = 422
        return response

    def _messages(self, case):
        return [
            {
                "mine": case._is_of_customer(message),
                "time": self._time(case, message.date),
                "body": message.body,
                "files": [
                    {
                        "id": file.id,
                        "name": file.name,
                        "photo": file.mimetype in PHOTO_TYPES,
                    }
                    for file in message.attachment_ids
                ],
            }
            for message in case._customer_messages()
            if message.body or message.attachment_ids
        ]


class StoreTicketController(SafeHelpdeskTicketController):
    """A store has its own page for complaints, which checks files; helpdesk_mgmt's checks none."""

    @http.route()
    def create_new_ticket(self, **kw):
        """Lead to the page for complaints where the company is a store."""
        if request.env["dealer.unit"]._current():
            return request.redirect("/complaint")
        return super().create_new_ticket(**kw)

    @http.route()
    def submit_ticket(self, **kw):
        """Lead to the page for complaints where the company is a store."""
        if request.env["dealer.unit"]._current():
            return request.redirect("/complaint")
        return super().submit_ticket(**kw)

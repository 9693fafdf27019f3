import logging
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.dealer_base.tools.errors import FormatError
from odoo.addons.dealer_base.tools.phone import parse_phone

from .dealer_review import BAD_STARS

_logger = logging.getLogger(__name__)


class DealerReview(models.Model):
    """How a review comes in, and what follows at once."""

    _name = "dealer.review"
    _inherit = "dealer.review"

    @api.model
    def _receive(self, order, stars, words="", tags=None, photos=(), **sender):
        """Take in what a customer gave; what is sent twice is one review, the first.

        Private, so that no client calls it: the page has checked link, limits and files before.

        :param order: the workshop order of the link (``dealer.service.order``)
        :param int stars: 1 to 5
        :param tags: what was tapped (``dealer.review.tag``)
        :param photos: list of JPEG files (bytes), made anew by ``tools.photo``
        :param sender: what is known of who sends: ``user`` (signed in), ``address``, ``staff_device``
        :return: the review, in sudo
        :raise ConcurrencyError: when a review of the same order comes at this moment; tried again
        """
        # Customers have no right on reviews; this is their door. What follows is done by the system:
        # colleagues may not read a visitor's user, e.g. as author of their task.
        reviews = self.with_user(SUPERUSER_ID)
        order = order.sudo()
        known = reviews.search([("order_id", "=", order.id)], limit=1)
        if known:
            return known
        codes = self._suspect_codes(order, **sender)
        try:
            with self.env.cr.savepoint():
                review = reviews.with_context(
                    mail_create_nolog=True, mail_create_nosubscribe=True
                ).create(
                    {
                        "order_id": order.id,
                        "unit_id": order.unit_id.id,
                        "relation_id": order.relation_id.id,
                        "advisor_id": order.advisor_id.id,
                        "rating_id": self._make_rating(order, stars, words, not codes).id,
                        "stars": stars,
                        "words": words or False,
                        "tag_ids": [(6, 0, tags.ids if tags else [])],
                        "is_suspect": bool(codes),
                        "suspect_codes": ",".join(codes) or False,
                    }
                )
        except UniqueViolation as error:
            raise ConcurrencyError(self.env._("This review is being received.")) from error
        review = reviews.browse(review.id)
        review._keep_photos(photos)
        review._follow_up()
        return review

    @api.model
    def _make_rating(self, order, stars, words, counts):
        # Ratings are written by no person; the caller checked whose it is.
        return (
            self.env["rating.rating"]
            .sudo()
            .create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(order._name),
                    "res_id": order.id,
                    "partner_id": order.owner_id.id,
                    "rated_partner_id": order.advisor_id.partner_id.id,
                    "rating": stars,
                    "feedback": words or False,
                    "consumed": counts,
                }
            )
        )

    def _keep_photos(self, photos):
        """Keep photos under names of our own: the customer's may end in anything."""
        self.ensure_one()
        # A customer writes no attachments; the files were made anew.
        self.photo_ids = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                [
                    {
                        "name": f"photo-{number}.jpg",
                        "raw": raw,
                        "mimetype": "image/jpeg",
                        "res_model": self._name,
                        "res_id": self.id,
                    }
                    for number, raw in enumerate(photos, start=1)
                ]
            )
        )

    # ------------------------------------------------------------
    # Who rates himself
    # ------------------------------------------------------------

    @api.model
    def _suspect_codes(self, order, user=None, address=None, staff_device=False):
        """Return why a review is doubtful, as codes of ``_suspicions``.

        Addresses are compared and not kept: they are personal data.
        """
        codes = []
        if user and user._is_internal():
            codes.append("signed_in")
        elif staff_device:
            codes.append("device")
        if address and self._is_staff_address(address):
            codes.append("address")
        if self._is_staff_number(order.owner_id):
            codes.append("number")
        return codes

    @api.model
    def _is_staff_address(self, address):
        """Whether a colleague worked from this network address in the last days.

        The parameter says how many days are looked back; 0 where customers use the shop's network.
        """
        days = self.env["dealer.service.order"]._review_setting("review_address_days")
        if not days:
            return False
        since = fields.Datetime.now() - timedelta(days=days)
        # Where colleagues signed in is kept by Odoo for themselves; only whether is asked here.
        logs = self.env["res.device.log"].sudo()
        return bool(
            logs.search_count(
                Domain("ip_address", "=", address)
                & Domain("last_activity", ">=", since)
                & Domain("user_id.share", "=", False),
                limit=1,
            )
        )

    @api.model
    def _is_staff_number(self, partner):
        """Whether the customer is a colleague, or has a colleague's number."""
        if not partner:
            return False
        number = partner.phone_normalized
        same = Domain("partner_id", "=", partner.id)
        if number:
            # Colleagues' numbers stand on their cards as they were typed.
            same |= Domain("partner_id.phone", "like", number[-4:])
        # Numbers of colleagues are compared and shown to nobody.
        users = self.env["res.users"].sudo().search(Domain("share", "=", False) & same)
        return partner in users.partner_id or any(
            self._same_number(phone, number) for phone in users.partner_id.mapped("phone") if phone
        )

    @api.model
    def _same_number(self, typed, number):
        try:
            return parse_phone(typed).e164 == number
        except FormatError:
            return False

    # ------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------

    def _follow_up(self):
        """Tell whom a bad or a doubtful review concerns; what fails there never loses the review."""
        self.ensure_one()
        lang = self.company_id.partner_id.lang
        review = self.with_context(lang=lang)
        try:
            with self.env.cr.savepoint():
                if self.stars <= BAD_STARS:
                    self.env["dealer.dissatisfaction"]._report(
                        review,
                        review.order_id.owner_id,
                        review.unit_id,
                        review._told_words(),
                        "review",
                        review.vehicle_id,
                    )
                if self.is_suspect:
                    review._ask_to_decide()
        except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            raise
        except Exception:
            # The review is worth more than the task: it stands in the list of bad ones, too.
            _logger.exception("what follows from review %s failed", self.id)

    def _told_words(self):
        """Return stars, taps and words in one text, as those who are told read it."""
        self.ensure_one()
        parts = [self.stars_text, "、".join(self.tag_ids.mapped("name")), self.words]
        return "\n".join(filter(None, parts))

    def _ask_to_decide(self):
        """Give the managers the task to decide whether a doubtful review counts."""
        # A customer on a public page reads no colleagues.
        for user in self.unit_id._clock_staff("dealer_base.group_service_manager").sudo():
            told = self.with_context(lang=user.lang, mail_activity_quick_update=True)
            told.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=told.env._("Doubtful review: does it count?"),
                note=told.suspect_reason,
                user_id=user.id,
            )

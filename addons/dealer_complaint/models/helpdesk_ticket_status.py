from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, plaintext2html

from .dealer_case_clock import REGISTER, RETURN
from .dealer_case_flow import STEPS
from .helpdesk_ticket import CLOSED_STATES, INSIDE

#: Proof that the customer's own door was taken: a client can send any context, but no such object.
_CUSTOMER = object()
RATABLE_STATES = ("called_back", "signed", "filed")
#: The care manager looks at what has so many stars or fewer.
LOW_STARS = 3
MESSAGE_LENGTH = 4000
#: Which of the four dots on the status page a step is.
PROGRESS = {
    "received": 1,
    "registered": 2,
    "care_opinion": 2,
    "gm_opinion": 2,
    "dispatched": 2,
    "handling": 2,
    "returned": 3,
    "checked": 3,
    "called_back": 3,
    "signed": 3,
    "filed": 4,
    "withdrawn": 4,
}


class HelpdeskTicket(models.Model):
    """What a customer reads of the complaint and does with it: no names, no opinions of staff."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    customer_stars = fields.Integer(string="Stars", readonly=True, copy=False, aggregator="avg")
    customer_remark = fields.Text(string="Rating in Words", readonly=True, copy=False)
    rated_at = fields.Datetime(string="Rated On", readonly=True, copy=False)

    _customer_stars_range = models.Constraint(
        "CHECK (customer_stars IS NULL OR customer_stars BETWEEN 0 AND 5)",
        "A rating has one to five stars.",
    )

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    def _customer_status(self):
        """Return what the customer reads of this complaint.

        :return: dict of ``title``, ``text``, ``progress`` (1 to 4), ``is_open``, ``can_withdraw``
            and ``can_rate``
        """
        self.ensure_one()
        case = self.sudo()  # who may look was checked by the page
        title, text = case._customer_words()
        return {
            "title": title,
            "text": text,
            "progress": PROGRESS[case.case_state],
            "is_open": case.case_state not in CLOSED_STATES,
            # Once it is answered there is nothing left to withdraw.
            "can_withdraw": case.case_state in STEPS["withdraw"].sources
            and case.case_state not in RATABLE_STATES,
            "can_rate": case.case_state in RATABLE_STATES and not case.rated_at,
        }

    def _customer_words(self):
        env, state = self.env, self.case_state
        if state == "withdrawn":
            return env._("Withdrawn"), env._(
                "You withdrew this complaint. If you change your mind, please write a new one."
            )
        if state == "filed":
            return env._("Closed"), env._(
                "This complaint is closed. Should it come back within 30 days, call us and name the"
                " number; we take it up again."
            )
        if state in ("called_back", "signed"):
            return env._("Answered"), env._(
                "We have spoken with you and are closing the file. Please tell us below how we did."
            )
        if state in ("returned", "checked"):
            if self._can_be_called():
                words = env._(
                    "Our answer is ready. Customer care calls you to hear what you think."
                )
            else:
                words = env._(
                    "Our answer is ready. Please read it below and tell us what you think."
                )
            return env._("Our Answer is Ready"), words
        if self.is_supervised:
            return env._("With the General Manager"), env._(
                "It takes longer than we promised, and we are sorry. The general manager now looks"
                " after it personally."
            )
        if state == "received":
            return env._("Received"), self._words_of_receipt()
        title = env._("In Work") if state in ("dispatched", "handling") else env._("Taken Up")
        due = self._customer_due(RETURN)
        if due:
            return title, env._("We are working on it. Our answer is ready by %s.", due)
        return title, env._("We are working on it and hurry to give you an answer.")

    def _words_of_receipt(self):
        """Return in plain words who does what by when, now that it came in."""
        env, due = self.env, self._customer_due(REGISTER)
        if self._can_be_called():
            if due:
                return env._("Customer care calls you by %s.", due)
            return env._("Customer care calls you as soon as possible.")
        words = (
            env._("Customer care takes it up by %s.", due)
            if due
            else env._("Customer care takes it up as soon as possible.")
        )
        hint = env._(
            "You left no number, so nobody calls: our answer is on this page. Keep its link."
        )
        return f"{words} {hint}"

    def _can_be_called(self):
        """Whether the customer left a way to be called, or is known for sure."""
        self.ensure_one()
        return bool(
            not self.is_anonymous
            and (self.contact_phone or (self.is_sender_proved and self.partner_id.phone))
        )

    def _customer_due(self, kind):
        """Return until when, on the clock of the store; nothing once that has passed."""
        clock = self._clock_open(kind)[:1]
        if not clock or clock.due_at <= fields.Datetime.now():
            return ""
        zone = self.dealer_unit_id._clock_zone().key
        return format_datetime(self.env, clock.due_at, tz=zone, dt_format="short")

    def _customer_messages(self):
        """Return the messages that the customer may read, oldest first, in sudo.

        That is what the customer wrote and what staff sent, never notes.
        """
        self.ensure_one()
        mine = self.env.ref("dealer_complaint.mt_customer")
        sent = self.env.ref("mail.mt_comment")
        messages = self.env["mail.message"].sudo()  # who may look was checked by the page
        return messages.search(
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("is_internal", "=", False)
            & (
                Domain("subtype_id", "=", mine.id)
                | Domain("message_type", "=", "email")
                | Domain("subtype_id", "=", sent.id)
                & Domain("message_type", "in", ("comment", "email_outgoing"))
            ),
            order="id",
        )

    @api.model
    def _is_of_customer(self, message):
        """Whether the customer wrote ``message``; whoever of us did is not named."""
        mine = self.env.ref("dealer_complaint.mt_customer")
        if message.subtype_id == mine:
            return True
        users = message.author_id.user_ids
        return message.message_type == "email" and not users.filtered(lambda user: not user.share)

    # ------------------------------------------------------------
    # Doing
    # ------------------------------------------------------------

    def _check_post(self, step):
        if self.env.context.get("case_customer") is _CUSTOMER and step is STEPS["withdraw"]:
            return False
        return super()._check_post(step)

    def _post_of_customer(self, text, photos=(), tell=False):
        """Post what the customer wrote and sent.

        :param photos: ``(name, raw)`` of checked photos
        :param bool tell: whether to tell who works on it
        """
        self.ensure_one()
        author = self.partner_id if self.is_sender_proved else self.env["res.partner"]
        name = self.partner_name or self.env._("Customer")
        people = self._staff_of_case().partner_id if tell else author.browse()
        # Who writes was proved by link or page, and has no right on messages.
        return (
            self.sudo()
            .with_context(mail_notify_force_send=False)
            .message_post(
                body=plaintext2html(text) if text else "",
                attachments=list(photos),
                author_id=author.id,
                email_from=author.email_formatted if author.email else name,
                message_type="comment",
                subtype_xmlid="dealer_complaint.mt_customer",
                partner_ids=people.ids,
            )
        )

    def _staff_of_case(self):
        """Return who is told what the customer writes, in sudo: the handler, else care on duty."""
        self.ensure_one()
        if self.handler_id.active:
            return self.handler_id
        unit = self.dealer_unit_id
        staff = unit._clock_staff("dealer_base.group_care_agent", "dealer_base.group_care_manager")
        # Customers read no colleagues; the system tells them.
        return (self.env["dealer.duty"].sudo()._on_duty(staff, unit) or staff).sudo()

    def _customer_write(self, text, photos=()):
        """Add words and photos to an open complaint.

        :raise UserError: once it is closed, or when there is nothing
        """
        self.ensure_one()
        text = (text or "").strip()[:MESSAGE_LENGTH]
        if self.case_state in CLOSED_STATES:
            raise UserError(
                self.env._("This complaint is closed. Please call us or write a new one.")
            )
        if not text and not photos:
            raise UserError(self.env._("Write something or choose a photo first."))
        return self._post_of_customer(text, photos, tell=True)

    def _customer_withdraw(self, text):
        """Withdraw as the customer; care reads why.

        :raise UserError: once we have closed it
        """
        self.ensure_one()
        opinion = (text or "").strip()[:MESSAGE_LENGTH] or self.env._("Withdrawn by the customer.")
        # The customer has no right on tickets; who may withdraw was checked by the page.
        self.sudo().with_context(case_customer=_CUSTOMER)._transition("withdraw", opinion)
        self._tell_care_managers(self.env._("The customer withdrew %s", self.number), opinion)

    def _customer_rate(self, stars, text):
        """Keep what the customer thinks of how we did; it reopens nothing.

        :param int stars: 1 to 5
        :raise UserError: too early, twice, or without stars
        """
        self.ensure_one()
        case = self.sudo()  # who may rate was checked by the page
        case.lock_for_update()
        case.invalidate_recordset(["rated_at", "case_state"])
        if case.case_state not in RATABLE_STATES:
            raise UserError(self.env._("You can rate it once we have answered."))
        if case.rated_at:
            raise UserError(self.env._("You have rated it already. Thank you."))
        if stars not in range(1, 6):
            raise UserError(self.env._("Choose one to five stars."))
        remark = (text or "").strip()[:MESSAGE_LENGTH]
        case.with_context(case_inside=INSIDE).write(
            {
                "customer_stars": stars,
                "customer_remark": remark or False,
                "rated_at": fields.Datetime.now(),
            }
        )
        case._seal("rated", {"stars": stars, "words": remark})
        if stars <= LOW_STARS:
            title = self.env._(
                "%(number)s was rated with %(stars)s of 5 stars", number=case.number, stars=stars
            )
            case._tell_care_managers(title, remark)

    def _tell_care_managers(self, title, words):
        case = self.sudo()  # the system tells
        managers = case.dealer_unit_id._clock_staff("dealer_base.group_care_manager").sudo()
        if managers:
            case.with_context(mail_notify_force_send=False).message_notify(
                partner_ids=managers.partner_id.ids,
                subject=title,
                body=Markup("<p>%s</p><p>%s</p>") % (title, words),
            )

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, plaintext2html

#: What decides whether a contact answers a lead.
JUDGED = {"kind", "direction", "answered", "two_way", "duration", "partner_id", "unit_id"}
#: The same person writing the same way to more customers than this within a minute is a blast.
BLAST = 5
CHECKERS = (
    "dealer_base.group_dcc_lead",
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
)
PROOF = {"proof_state", "proof_id", "recall", "declared_at", "logged_at"}


class DealerInteraction(models.Model):
    """What a contact is worth as answer to a lead (B4)."""

    _name = "dealer.interaction"
    _inherit = "dealer.interaction"

    logged_at = fields.Datetime(
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        help="When it was written down; a start time is easily typed.",
    )
    proof_state = fields.Selection(
        [
            ("open", "By Word Only"),
            ("proved", "Proved"),
            ("confirmed", "Confirmed by Re-Call"),
            ("refuted", "Refuted"),
        ],
        readonly=True,
        copy=False,
        help="Whether a talk that somebody declared, and that stopped a clock, took place.",
    )
    proof_id = fields.Many2one(
        "dealer.interaction", string="Proved By", readonly=True, copy=False, index="btree_not_null"
    )
    declared_at = fields.Datetime(readonly=True, copy=False)
    recall = fields.Boolean(
        string="To be Re-Called",
        readonly=True,
        copy=False,
        help="Drawn by lot: the customer is asked whether the talk took place.",
    )

    planned_date = fields.Date(
        string="Planned For", readonly=True, copy=False, help="When this contact was planned."
    )
    grade_before_id = fields.Many2one(
        "dealer.grade", readonly=True, copy=False, ondelete="restrict"
    )
    grade_after_id = fields.Many2one("dealer.grade", readonly=True, copy=False, ondelete="restrict")

    partner_phone = fields.Char(
        related="partner_id.phone",
        related_sudo=False,
        string="Phone",
        groups=",".join(CHECKERS),
        help="Whoever checks a talk calls the customer.",
    )

    _open_proof_idx = models.Index("(relation_id, user_id) WHERE proof_state = 'open'")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Nobody proves oneself, by defaults in the context neither.
            unproved = dict.fromkeys(PROOF, False) | {"logged_at": fields.Datetime.now()}
            vals_list = [vals | unproved for vals in vals_list]
        interactions = super().create(vals_list)
        # Clocks are the system's; who may log the contact was checked by creating it.
        interactions.sudo()._judge()
        return interactions

    def write(self, vals):
        if PROOF & vals.keys() and not self.env.su:
            raise UserError(self.env._("Proof is written by the system."))
        commented = self.filtered(
            lambda row: (row.manager_comment or "") != (vals.get("manager_comment") or "")
        )
        before = {row.id: row.manager_comment for row in commented}
        result = super().write(vals)
        if JUDGED & vals.keys():
            self.sudo()._judge()  # as in create
        if vals.get("manager_comment"):
            commented._hand_comment_over(before)
        return result

    def _hand_comment_over(self, before):
        """What the manager comments becomes the consultant's task (跟进审核, B6).

        A comment that is written anew changes the task, as long as nobody ticked it off.

        :param dict before: ``{id: comment}`` as it was
        """
        kind = self.env.ref("dealer_leads.mail_activity_type_comment")
        # The task belongs to the consultant, whom managers write for.
        for row in self.sudo():
            leads = self.env["crm.lead"].sudo()
            if row.res_model == leads._name and row.res_id:
                leads = leads.browse(row.res_id).exists()
            if not leads:
                leads = leads.search(
                    Domain("dealer_relation_id", "=", row.relation_id.id)
                    & Domain("won_status", "=", "pending"),
                    limit=1,
                )
            user = (leads.user_id | row.user_id).filtered("active")[:1]
            if not leads or leads.won_status != "pending" or not user or user == self.env.user:
                continue
            known = leads.activity_ids.filtered(
                lambda task, old=before[row.id]: (
                    task.activity_type_id == kind and old and html2plaintext(task.note) == old
                )
            )
            values = {
                "date_deadline": fields.Date.context_today(self),
                "note": plaintext2html(row.manager_comment),
                "user_id": user.id,
            }
            if known:
                known.write(values)
            else:
                leads.activity_schedule("dealer_leads.mail_activity_type_comment", **values)

    def _moment(self):
        """Return when the contact counts.

        What was typed counts from when it was typed: a start time is easily typed, too.
        """
        self.ensure_one()
        return self.logged_at if self.evidence == "declared" else self.start

    def _is_talk_by_word(self):
        """Whether a person declares a call that was answered and long enough."""
        self.ensure_one()
        seconds = self.env["crm.lead"]._dealer_setting("two_way_seconds")
        return (
            self.evidence == "declared"
            and self.kind == "call"
            and self.answered
            and (self.duration or 0) >= seconds
        )

    def _is_talk(self):
        """Whether both sides spoke or wrote, and somebody else than the person says so."""
        self.ensure_one()
        return self.evidence != "declared" and self.two_way and self.kind != "enquiry"

    def _is_blast(self):
        """Whether it is one of many of its kind that a person typed within a minute."""
        self.ensure_one()
        if self.evidence != "declared":
            return False
        minute = timedelta(seconds=60)
        rows = self._read_group(
            Domain("user_id", "=", self.user_id.id)
            & Domain("kind", "=", self.kind)
            & Domain("logged_at", ">=", self.logged_at - minute)
            & Domain("logged_at", "<=", self.logged_at + minute),
            [],
            ["partner_id:count_distinct"],
        )
        return rows[0][0] > BLAST

    def _judge(self):
        """Tell the open leads of these customers what the contacts are worth."""
        contacts = self.filtered(
            lambda row: (
                row.relation_id and (row.user_id or row._is_talk()) and row.kind != "enquiry"
            )
        )
        if not contacts:
            return
        leads = self.env["crm.lead"].search(
            Domain("dealer_relation_id", "in", contacts.relation_id.ids)
            & Domain("won_status", "=", "pending")
        )
        by_relation = leads.grouped("dealer_relation_id")
        for contact in contacts.sorted(lambda row: (row._moment(), row.id)):
            of_customer = by_relation.get(contact.relation_id, leads.browse())
            moment = contact._moment()
            mine = of_customer.filtered(
                lambda lead, moment=moment: (
                    not lead.dealer_received_at or lead.dealer_received_at <= moment
                )
            )
            if mine:
                contact._judge_for(mine, moment)

    def _judge_for(self, leads, moment):
        self.ensure_one()
        leads._dealer_touched(moment)
        if self.kind == "visit" and self.evidence == "witnessed":
            leads._dealer_visited(moment)
        if self._is_talk():
            leads._dealer_talked(moment)
            self._prove_words()
        elif self._is_talk_by_word():
            self._talk_by_word(leads)
        elif self.evidence == "system" and self.kind == "call":
            self._contradict_words(leads)
        if self.direction == "out" and not self._is_talk():
            leads._dealer_count_attempts()

    def _talk_by_word(self, leads):
        """Stop the clocks on the word of the person, from now: edited or not, it is typed now."""
        if self.proof_state == "refuted":
            return
        now = fields.Datetime.now()
        stopped = leads._dealer_talked_by_word(now)
        if stopped or not self.proof_state:
            self.write(
                {"proof_state": "open", "declared_at": now, "recall": self._drawn_for_recall()}
            )
        records = self.search(
            self._near_domain() & Domain("evidence", "=", "system"), order="start, id"
        )
        proof = records.filtered("two_way")[:1]
        if proof:
            leads._dealer_talked(proof.start)
            proof._prove_words()
        elif records:
            # The telephone system was faster than the person, and knows better.
            self._refute(leads, records[:1])

    def _near_domain(self):
        """Return the domain of the other calls with this customer that may be the same call.

        A declared call is near by its start or by when it was written down: a start time far from
        the record would hide from it.
        """
        self.ensure_one()
        window = timedelta(minutes=self.env["crm.lead"]._dealer_setting("proof_minutes"))
        declared = self.evidence == "declared"
        moments = {self.start, self.logged_at} if declared else {self.start}
        names = ("start",) if declared else ("start", "logged_at")
        near = Domain.OR(
            Domain(name, ">=", moment - window) & Domain(name, "<=", moment + window)
            for name in names
            for moment in moments
        )
        return (
            Domain("relation_id", "=", self.relation_id.id)
            & Domain("user_id", "=", self.user_id.id)
            & Domain("kind", "=", "call")
            & Domain("id", "!=", self.id)
            & near
        )

    def _words_near(self):
        """Return the calls that the person declared about this recorded one."""
        return self.search(
            self._near_domain()
            & Domain("evidence", "=", "declared")
            & Domain("proof_state", "in", ("open", "refuted"))
        )

    def _prove_words(self):
        """This contact proves what the person declared about it."""
        self._words_near().write({"proof_state": "proved", "proof_id": self.id, "recall": False})

    def _contradict_words(self, leads):
        """A call record that says the talk did not take place lifts the word of the person."""
        words = self._words_near().filtered(lambda row: row.proof_state == "open")
        for word in words:
            proved = word._near_domain() & Domain("evidence", "=", "system")
            if self.search_count(proved & Domain("two_way", "=", True), limit=1):
                continue
            word._refute(leads, self)

    def _refute(self, leads, proof=None):
        self.write(
            {"proof_state": "refuted", "proof_id": proof.id if proof else False, "recall": False}
        )
        leads._dealer_refuted(self.declared_at)

    def _drawn_for_recall(self):
        """Draw by lot; nobody can tell beforehand whose talk is checked."""
        self.ensure_one()
        leads = self.env["crm.lead"]
        return leads._dealer_lot("recall", self.id) * 100 < leads._dealer_setting("recall_share")

    # ------------------------------------------------------------
    # Re-call
    # ------------------------------------------------------------

    def _check_checker(self):
        self.check_access("read")
        if not self.env.user._dealer_has_any(CHECKERS):
            raise AccessError(self.env._("Checking talks is the work of the manager."))
        if self.filtered(lambda row: row.user_id == self.env.user):
            raise AccessError(self.env._("Nobody checks the own talks."))
        if self.filtered(lambda row: row.proof_state != "open"):
            raise UserError(self.env._("Only a talk that stands on a word alone can be checked."))

    def action_confirm_talk(self):
        """The customer was asked: the talk took place. The clock is stopped for good."""
        self._check_checker()
        for row in self.sudo():  # the right was checked; clocks are the system's
            row.write({"proof_state": "confirmed", "recall": False})
            row._leads_of_word()._dealer_talked(row.declared_at)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_refute_talk(self):
        """The customer was asked: nobody talked to him. The clock runs on as if never stopped."""
        self._check_checker()
        for row in self.sudo():  # as above
            row._refute(row._leads_of_word())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _leads_of_word(self):
        return self.env["crm.lead"].search(
            Domain("dealer_relation_id", "=", self.relation_id.id)
            & Domain("dealer_received_at", "<=", self.declared_at)
        )

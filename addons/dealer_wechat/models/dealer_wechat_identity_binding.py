from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: Who may say that an identity belongs to another customer than the one it was bound to.
LEADERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class DealerWechatIdentity(models.Model):
    """Whose identity it is: by unionid, else by a verified phone, else by hand; never by guess.

    A remark, a nickname, a phone that somebody typed and the made-up user of a snapshot page prove
    nothing.
    """

    _name = "dealer.wechat.identity"
    _inherit = "dealer.wechat.identity"

    def _bind_by_unionid(self):
        """Bind those whose unionid another account has bound already, without contradiction."""
        waiting = self.filtered(lambda each: each.unionid and not each.partner_id)
        if not waiting:
            return
        groups = self._read_group(
            Domain("unionid", "in", waiting.mapped("unionid")) & Domain("partner_id", "!=", False),
            ["unionid"],
            ["partner_id:recordset"],
        )
        known = {union: partners for union, partners in groups if len(partners) == 1}
        for identity in waiting:
            partner = known.get(identity.unionid)
            if partner:
                identity._bind(partner, "unionid")

    def _bind_by_phone(self, phone, is_snapshot=False):
        """Bind to the customer of a number that the platform, or a code by SMS, has verified.

        :param str phone: E.164
        :param bool is_snapshot: the platform showed a made-up user: nothing is bound
        :return: the customer, empty where the number belongs to none or to several
        """
        self.ensure_one()
        partners = self.env["res.partner"]
        if is_snapshot:
            return partners
        # Whoever proves to have the number is its customer; nobody is logged in.
        partner = partners.sudo()._dealer_find_by_phone([phone]).get(phone) or partners
        if len(partner) == 1 and (not self.partner_id or self.partner_id == partner):
            self._bind(partner, "phone")
            return partner
        return partners

    def _bind(self, partner, how, user=None):
        """Write down whose it is; the customer's file says so, too."""
        self.ensure_one()
        before = self.partner_id
        if before == partner:
            return
        self.write(
            {
                "partner_id": partner.id,
                "bound_how": how,
                "bound_at": fields.Datetime.now(),
                "bound_by_id": user.id if user else False,
            }
        )
        self._bind_consultant(self._current_code())

    def _current_code(self):
        return self.follow_ids.filtered(lambda row: row.state == "active").code_id[:1]

    def _bind_consultant(self, code):
        """Who came by a consultant's code is the customer of that consultant, if of nobody yet.

        The customer cannot undo it by following another code; a manager hands over with a reason.
        """
        self.ensure_one()
        user, partner = code.user_id, self.partner_id
        if not user or not partner or self.unit_id.company_id not in user.company_ids:
            return
        relation = self._relation()
        field = code._binding_field()
        if not field or (relation and relation[field]):
            return
        reason = self.env._("Followed by the code of %s.", user.name)
        if relation:
            relation._assign({field: user.id}, reason)
        else:
            self.env["dealer.relation"]._register_customers(
                partner, self.unit_id, {partner.id: {field: user.id}}, {partner.id: reason}
            )

    def _bind_by_hand(self, partner, reason):
        """Bind as a person says so, who must see both.

        :raise AccessError: the user may not, or it is bound and only a leader changes that
        :raise UserError: no reason
        """
        self.ensure_one()
        self.check_access("read")
        partner.check_access("read")
        if not partner.is_dealer_customer:
            raise UserError(self.env._("Choose a customer."))
        user = self.env.user
        mine = self.sudo()  # checked above: who sees both may say that they are the same person
        if mine.partner_id and mine.partner_id != partner:
            if not user._dealer_has_any(LEADERS):
                raise AccessError(
                    self.env._("It belongs to another customer already. A manager can change it.")
                )
            if not (reason or "").strip():
                raise UserError(self.env._("Say why it belongs to another customer."))
        before = mine.partner_id
        mine._bind(partner, "hand", user)
        words = self.env._(
            "WeChat identity bound by hand: %(who)s. %(reason)s",
            who=mine.name or mine.display_name,
            reason=reason or "",
        )
        for file in before | mine.partner_id:
            # The file of the former customer need not be one that the user sees.
            file.message_post(body=words, author_id=user.partner_id.id)

    def action_bind(self):
        """Open the dialog that binds by hand."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bind to a Customer"),
            "res_model": "dealer.wechat.bind",
            "view_mode": "form",
            "target": "new",
            "context": {"default_identity_id": self.id},
        }

    @api.model
    def _of_partners(self, partners, unit=None):
        """Return ``{partner: identity}`` of followers by which customers are reached best."""
        domain = Domain("partner_id", "in", partners.ids) & Domain("is_following", "=", True)
        domain &= Domain("account_id.kind", "=", "oa") & Domain("account_id.active", "=", True)
        if unit:
            domain &= Domain("unit_id", "=", unit.id)
        found = {}
        for identity in self.search(domain, order="last_contact_at, id"):
            found[identity.partner_id] = identity
        return found

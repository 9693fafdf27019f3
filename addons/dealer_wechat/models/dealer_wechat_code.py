import base64
import io
import secrets

import qrcode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: Written by the system alone.
FIXED = {"scene", "url", "scans", "last_scan_at"}
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
#: Fields of the relation by the post of whose code it is.
SALES = (
    "dealer_base.group_sales_consultant",
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
)
SERVICE = ("dealer_base.group_service_advisor", "dealer_base.group_service_manager")


class DealerWechatCode(models.Model):
    """A QR code that says where a follower comes from: a store, a person, a campaign (渠道码).

    What stands in the code is a key without meaning; nobody can guess another one, and it names
    nobody.
    """

    _name = "dealer.wechat.code"
    _description = "WeChat Channel Code"
    _inherit = ["dealer.user.checks"]
    _order = "unit_id, name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "dealer.wechat.account",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('kind', '=', 'oa')]",
    )
    unit_id = fields.Many2one(
        related="account_id.unit_id", store=True, precompute=True, index=True, string="Store"
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Consultant",
        index="btree_not_null",
        help="Who follows by this code becomes the customer of this person, if of nobody yet.",
    )
    campaign_id = fields.Many2one("utm.campaign", index="btree_not_null")
    scene = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: self._new_scene()
    )
    welcome = fields.Text(
        translate=True, help="Empty: the account's own words. {name} is the consultant."
    )
    url = fields.Char(readonly=True, copy=False)
    image = fields.Binary(compute="_compute_image")
    scans = fields.Integer(readonly=True, copy=False)
    last_scan_at = fields.Datetime(readonly=True, copy=False)
    follow_count = fields.Integer(string="Followers Won", compute="_compute_follow_count")

    _scene_uniq = models.UniqueIndex("(account_id, scene)", "This key is taken.")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Explicit values win over those of a context that a client sends.
            vals_list = [
                {
                    **vals,
                    "url": False,
                    "scans": 0,
                    "last_scan_at": False,
                    "scene": self._new_scene(),
                }
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and vals.keys() & FIXED:
            raise AccessError(self.env._("What stands in a code, and who scanned it, is no input."))
        return super().write(vals)

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "account_id" in field_names:
            # Rules are asked before a write; nobody moves a code to where the own reach ends.
            self.check_access("write")
        return result

    @api.model
    def _new_scene(self):
        return "c" + "".join(secrets.choice(ALPHABET) for _letter in range(24))

    @api.depends("url")
    def _compute_image(self):
        for code in self:
            code.image = False
            if code.url:
                out = io.BytesIO()
                qrcode.make(code.url, box_size=8, border=2).save(out, "PNG")
                code.image = base64.b64encode(out.getvalue())

    def _compute_follow_count(self):
        # How many came is told to whoever sees the code; who they are is not.
        groups = (
            self.env["dealer.wechat.follow"]
            .sudo()
            ._read_group([("code_id", "in", self.ids)], ["code_id"], ["__count"])
        )
        counts = {code.id: count for code, count in groups}
        for code in self:
            code.follow_count = counts.get(code.id, 0)

    @api.model
    def _by_scene(self, account, scene):
        """Return the code of a key that came in, a stranger's text; none where there is none."""
        if not scene:
            return self.browse()
        return self.with_context(active_test=False).search(
            Domain("account_id", "=", account.id) & Domain("scene", "=", scene[:64]), limit=1
        )

    def _scanned(self, _identity, moment):
        self.ensure_one()
        self.write({"scans": self.scans + 1, "last_scan_at": moment})

    def _binding_field(self):
        """Return by which field of the relation the person of the code is bound."""
        if self.user_id._dealer_has_any(SALES):
            return "consultant_id"
        return "advisor_id" if self.user_id._dealer_has_any(SERVICE) else None

    def _welcome_words(self, account):
        """Return what is answered to who follows by this code, or by none."""
        words = self.welcome or account.welcome or ""
        return words.replace("{name}", self.user_id.name or account.name)

    def action_publish(self):
        """Have the platform make the code; it stays the same however often this is pressed.

        :raise UserError: the platform's refusal in words
        """
        self.check_access("write")
        client = self.env["dealer.wechat.client"]
        for code in self:
            body = {
                "action_name": "QR_LIMIT_STR_SCENE",
                "action_info": {"scene": {"scene_str": code.scene}},
            }
            try:
                # The secret is read by the client alone; who may write the code was checked.
                answer = client._call(code.account_id.sudo(), "qrcode_create", body=body)
            except client._error_class() as error:
                raise UserError(error.words) from error
            code.sudo().url = str(answer.get("url") or "")  # readonly: the platform's word

from odoo import fields, models


class DealerWechatFollow(models.Model):
    """A time for which somebody followed, and by which code it began; history is kept."""

    _name = "dealer.wechat.follow"
    _description = "WeChat Follow"
    _order = "started_at desc, id desc"

    identity_id = fields.Many2one(
        "dealer.wechat.identity", required=True, readonly=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one(
        related="identity_id.account_id", store=True, precompute=True, index=True
    )
    unit_id = fields.Many2one(
        related="identity_id.unit_id", store=True, precompute=True, index=True, string="Store"
    )
    company_id = fields.Many2one(
        related="identity_id.company_id", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one(
        related="identity_id.partner_id", store=True, index="btree_not_null", string="Customer"
    )
    code_id = fields.Many2one("dealer.wechat.code", readonly=True, index="btree_not_null")
    user_id = fields.Many2one(
        "res.users", string="Came Through", readonly=True, index="btree_not_null"
    )
    source = fields.Selection(
        [
            ("none", "Searched"),
            ("qr", "Scanned a Code"),
            ("other", "Otherwise"),
            ("reconciled", "Found in the Platform's List"),
        ],
        readonly=True,
        default="none",
    )
    state = fields.Selection(
        [("active", "Follows"), ("lost", "Left")], required=True, readonly=True, default="active"
    )
    started_at = fields.Datetime(required=True, readonly=True)
    ended_at = fields.Datetime(readonly=True)

    _active_uniq = models.UniqueIndex(
        "(identity_id) WHERE state = 'active'", "This person follows already."
    )
    _span = models.Constraint(
        "CHECK (ended_at IS NULL OR ended_at >= started_at)", "It cannot end before it began."
    )

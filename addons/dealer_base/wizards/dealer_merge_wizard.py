from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerMergeWizard(models.TransientModel):
    """Shows what goes where before files are merged; the file that stays checks the rights."""

    _name = "dealer.merge.wizard"
    _description = "Merge"

    res_model = fields.Selection(
        [("res.partner", "Customers"), ("dealer.vehicle", "Vehicles")],
        string="What",
        required=True,
        default="res.partner",
        readonly=True,
    )
    partner_ids = fields.Many2many("res.partner", string="Customers")
    partner_id = fields.Many2one(
        "res.partner", string="Customer who Stays", domain="[('id', 'in', partner_ids)]"
    )
    vehicle_ids = fields.Many2many("dealer.vehicle", string="Cars")
    vehicle_id = fields.Many2one(
        "dealer.vehicle", string="Car that Stays", domain="[('id', 'in', vehicle_ids)]"
    )
    reason = fields.Char()
    is_possible = fields.Boolean(compute="_compute_preview")
    preview = fields.Html(string="What Goes Where", compute="_compute_preview", sanitize=False)

    @api.model
    def _file_fields(self):
        """Return ``{model: (field of the files, field of the one that stays)}``; a hook."""
        return {
            "res.partner": ("partner_ids", "partner_id"),
            "dealer.vehicle": ("vehicle_ids", "vehicle_id"),
        }

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model = self.env.context.get("active_model")
        ids = self.env.context.get("active_ids") or []
        if model == "dealer.relation":
            # A card is the customer in a store; what is merged are the customers.
            model, ids = "res.partner", self.env[model].browse(ids).partner_id.ids
        if model in self._file_fields():
            many, one = self._file_fields()[model]
            # The oldest file is the one that most papers name.
            ids = sorted(ids)
            values |= {"res_model": model, many: [(6, 0, ids)], one: ids[:1] and ids[0]}
        return values

    def _files(self):
        """Return ``(file that stays, the others)``."""
        self.ensure_one()
        many, one = self._file_fields()[self.res_model]
        target, files = self[one]._origin, self[many]._origin
        return target, files - target

    @api.depends(lambda self: ("res_model", *sum(self._file_fields().values(), ())))
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_preview(self):
        for wizard in self:
            target, sources = wizard._files()
            wizard.preview = wizard.is_possible = False
            if not target or not sources:
                continue
            told = target._dealer_merge_preview(sources)
            wizard.is_possible = not told["refusals"]
            wizard.preview = self.env["ir.qweb"]._render(
                "dealer_base.dealer_merge_preview",
                {
                    "target": target._dealer_merge_title(),
                    "sources": [source._dealer_merge_title() for source in sources],
                    **told,
                },
            )

    def action_merge(self):
        """Merge the files and open the one that stays."""
        target, sources = self._files()
        if not target or not sources:
            raise UserError(self.env._("Choose two files at least, and which of them stays."))
        merge = target._dealer_merge(sources, self.reason)
        return merge.action_open_file()

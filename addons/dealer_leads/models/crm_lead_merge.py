from odoo import api, fields, models
from odoo.tools import format_date


class CrmLead(models.Model):
    """Several leads of one customer in one store become one."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "dealer.merge.mixin"]

    dealer_merged_into_id = fields.Many2one(
        "crm.lead",
        string="Merged Into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.depends_context("dealer_show_date")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        if self.env.context.get("dealer_show_date"):
            # Two leads of a customer often ask for the same car.
            for lead in self.filtered("dealer_unit_id"):
                lead.display_name = lead._dealer_merge_title()
        return result

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        self._dealer_check_pointer(field_names)
        return result

    def _dealer_merge_title(self):
        self.ensure_one()
        day = self.dealer_received_at or self.create_date
        name = " · ".join(filter(None, (self.partner_id.name, self.name)))
        return f"{name} ({format_date(self.env, day)})"

    def _dealer_file_action(self):
        action = super()._dealer_file_action()
        view = self.env.ref("dealer_leads.crm_lead_view_form_dealer")
        return {**action, "views": [(view.id, "form")]}

    def _dealer_merge_refusals(self, sources):
        refusals = super()._dealer_merge_refusals(sources)
        leads = self | sources
        if leads.filtered(lambda lead: not lead.dealer_unit_id) or len(leads.dealer_unit_id) > 1:
            refusals.append(self.env._("Leads of different stores are not merged."))
        elif len(leads.partner_id) > 1 or leads.filtered(lambda lead: not lead.partner_id):
            refusals.append(
                self.env._("They are of different customers. Merge the customers first.")
            )
        closed = leads.filtered(lambda lead: lead.won_status != "pending")
        if closed:
            refusals.append(
                self.env._(
                    "%s is closed. Only open leads are merged.",
                    ", ".join(lead._dealer_merge_title() for lead in closed),
                )
            )
        asked = self.env["dealer.defeat"].search(
            [("lead_id", "in", leads.ids), ("state", "=", "asked")]
        )
        if len(asked) > 1:
            refusals.append(
                self.env._("Several defeats are asked. Confirm or return all but one first.")
            )
        return refusals

    @api.model
    def _dealer_merge_groups(self):
        return [
            *super()._dealer_merge_groups(),
            (("dealer_brand",), ("dealer_series",)),
            (("dealer_message",), ()),
            (("source_id",), ("medium_id", "campaign_id")),
            (("user_id",), ("dealer_waiting",)),
            (("city",), ()),
            (("email_from",), ()),
            (("phone",), ()),
        ]

    def _dealer_merge_values(self, sources):
        """Take what comes first: since when the customer waits, and when somebody answered."""
        values = super()._dealer_merge_values(sources)
        leads = self | sources
        firsts = (
            "dealer_received_at",
            "dealer_first_nominal",
            "dealer_first_declared",
            "dealer_first_effective",
            "dealer_next_date",
        )
        found = {name: list(filter(None, leads.mapped(name))) for name in firsts}
        chosen = {name: min(moments) for name, moments in found.items() if moments}
        if touches := list(filter(None, leads.mapped("dealer_last_touch"))):
            chosen["dealer_last_touch"] = max(touches)
        return values | {name: value for name, value in chosen.items() if self[name] != value}

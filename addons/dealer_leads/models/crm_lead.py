from odoo import api, fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        compute="_compute_dealer_unit_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
    )
    dealer_relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_dealer_relation_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
    )
    dealer_brand = fields.Char(string="Brand", index="btree_not_null")
    dealer_series = fields.Char(string="Series")
    dealer_message = fields.Text(string="Customer's Words")
    dealer_last_touch = fields.Datetime(
        string="Last Enquiry", help="When the customer asked for the last time, by any channel."
    )
    dealer_inbox_ids = fields.One2many("dealer.lead.inbox", "lead_id", string="Received As")
    dealer_interaction_count = fields.Integer(
        compute="_compute_dealer_interaction_count", string="Number of Interactions"
    )

    @api.depends("company_id")
    def _compute_dealer_unit_id(self):
        stores = {
            unit.company_id: unit for unit in self.env["dealer.unit"]._of_company(self.company_id)
        }
        for lead in self:
            lead.dealer_unit_id = stores.get(lead.company_id, False)

    @api.depends(
        "partner_id",
        "dealer_unit_id",
        "partner_id.dealer_relation_ids.unit_id",
        "partner_id.dealer_relation_ids.active",
    )
    def _compute_dealer_relation_id(self):
        relations = self.env["dealer.relation"]._by_customer_and_store(
            self.partner_id, self.dealer_unit_id
        )
        for lead in self:
            key = lead.partner_id.id, lead.dealer_unit_id.id
            lead.dealer_relation_id = relations.get(key, False)
        self.filtered("dealer_unit_id")._dealer_documents_follow()

    def _dealer_documents_follow(self):
        """Have the documents of these leads take over the lead's store and customer.

        As a dependency of theirs it would be asked for whenever any lead is written, Odoo's own, too.
        """
        for name, copied in self._dealer_documents().items():
            # What the documents copy is the system's.
            documents = self.env[name].sudo().search([("lead_id", "in", self.ids)])
            for field_name in copied:
                self.env.add_to_compute(documents._fields[field_name], documents)
            documents.modified(copied)

    def _dealer_documents(self):
        """Return ``{model: [fields]}`` of what documents of leads copy of store and customer; a hook."""
        return {"dealer.defeat": ["unit_id", "relation_id"]}

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("dealer_relation_id")
    def _compute_dealer_interaction_count(self):
        counts = dict(
            self.env["dealer.interaction"]._read_group(
                [("relation_id", "in", self.dealer_relation_id.ids)], ["relation_id"], ["__count"]
            )
        )
        for lead in self:
            lead.dealer_interaction_count = counts.get(lead.dealer_relation_id, 0)

    def action_dealer_interactions(self):
        """Open the timeline of the customer in this store."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_base.dealer_interaction_action"
        )
        action["domain"] = [("relation_id", "=", self.dealer_relation_id.id)]
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    def action_dealer_log_contact(self):
        """Open the form for a contact with the customer of this lead."""
        self.ensure_one()
        return {
            "name": self.env._("Log a Contact"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.interaction",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_unit_id": self.dealer_unit_id.id,
                "default_res_model": self._name,
                "default_res_id": self.id,
            },
        }

    def action_dealer_customer(self):
        """Open the customer's file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(self.env.ref("dealer_base.res_partner_view_form_customer").id, "form")],
        }

    def _tell_consultants(self):
        """Tell each consultant once that new leads came, whatever their number."""
        for user, leads in self.grouped("user_id").items():
            if user:
                env = self.with_context(lang=user.lang).env
                user._bus_send(
                    "simple_notification",
                    {
                        "type": "info",
                        "title": env._("New leads"),
                        "message": env._("%s new leads wait for your call.", len(leads)),
                    },
                )

from .common import LeadsCase


class TestLeadsMenus(LeadsCase):
    def test_menus_and_counters_of_posts(self):
        expected = {
            "sales_consultant": {"dealer_leads.menu_dealer_leads"},
            "sales_manager": {
                "dealer_leads.menu_dealer_leads",
                "dealer_leads.menu_dealer_lead_inbox",
            },
            "sales_director": {
                "dealer_leads.menu_dealer_leads",
                "dealer_leads.menu_dealer_lead_inbox",
                "dealer_leads.menu_dealer_lead_rules",
            },
            "dcc_agent": {"dealer_leads.menu_dealer_leads"},
            "dcc_lead": {"dealer_leads.menu_dealer_leads", "dealer_leads.menu_dealer_lead_inbox"},
            "reception": set(),
            "service_advisor": set(),
            "technician": set(),
            "care_agent": set(),
            "marketing_user": set(),
            "marketing_manager": set(),
            "general_manager": {
                "dealer_leads.menu_dealer_leads",
                "dealer_leads.menu_dealer_lead_inbox",
                "dealer_leads.menu_dealer_lead_rules",
            },
        }
        crm_root = self.env.ref("crm.crm_menu_root")
        for post, menus in expected.items():
            visible = self.env["ir.ui.menu"].with_user(self.users[post])._visible_menu_ids()
            ours = {
                menu.get_external_id()[menu.id]
                for menu in self.env["ir.ui.menu"].browse(visible)
                if menu.get_external_id()[menu.id].startswith("dealer_leads.")
            }
            self.assertEqual(ours, menus, post)
            self.assertNotIn(crm_root.id, visible, f"{post} sees Odoo's own CRM menu")

    def test_start_page_counts_what_its_list_shows(self):
        self.take_in(self.prepare_lead(1), self.prepare_lead(2, phone="1"))
        for user in (self.sales_consultant, self.teammate, self.stranger, self.sales_manager):
            for tile in (
                self.env["dealer.tile"].with_user(user).search([("workbench", "=", "sales")])
            ):
                action = tile.action_open()
                model = self.env[action["res_model"]].with_user(user)
                self.assertEqual(tile.count, model.search_count(action["domain"]), tile.name)
        attention = self.env.ref("dealer_leads.tile_inbox_attention").with_user(self.sales_manager)
        self.assertGreaterEqual(attention.count, 1)

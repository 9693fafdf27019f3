from odoo.addons.dealer_base.tests.common import POSTS

from .common import LeadsCase

#: Menu (its xml id without “menu_dealer_”) and the posts that see it.
SALES = {"sales_consultant", "sales_manager", "sales_director", "dcc_agent", "dcc_lead"}
CHIEFS = {"sales_director", "general_manager", "group_executive", "system"}
LEADERS = CHIEFS | {"sales_manager", "dcc_lead"}
#: Who has the app for marketing.
MARKETING = {"marketing_user", "marketing_manager", "general_manager", "group_executive", "system"}
SHOWROOM = CHIEFS | {"reception", "sales_consultant", "sales_manager"}
MENUS = {
    "calls": LEADERS,
    "configuration_mail_parsers": {"system"},
    "defeat_reasons": CHIEFS,
    "defeats": LEADERS | SALES,
    "distribution_rules": CHIEFS,
    "grades": CHIEFS,
    "lead_inbox": LEADERS,
    "lead_mails": LEADERS,
    "lead_rules": CHIEFS,
    # Administrators have no right on customers' leads by being administrators.
    "leads": (LEADERS | SALES) - {"system"},
    "marketing_channel_costs": MARKETING,
    "marketing_channels": MARKETING,
    "marketing_import_mappings": MARKETING - {"marketing_user"},
    "marketing_import_synonyms": MARKETING - {"marketing_user"},
    "marketing_imports": MARKETING,
    "order_cancel_reasons": CHIEFS,
    "orders": LEADERS | SALES,
    "prospects": (LEADERS | SALES) - {"system"},
    "reception": SHOWROOM,
    "reception_board": SHOWROOM,
    "referrals": LEADERS | SALES,
    "referrals_all": LEADERS | SALES,
    "referrals_mine": LEADERS | SALES,
    "sales_channels": {"sales_manager", "sales_director", "dcc_lead"},
    "sales_distribution_rules": {"sales_manager", "dcc_lead"},
    "sales_imports": LEADERS | {"reception"},
    "takeover": CHIEFS | {"dcc_lead"},
    "talks": LEADERS - {"system"},
    "visit_clerks": SHOWROOM - {"sales_consultant"},
    "visit_figures": SHOWROOM,
    "visits": SHOWROOM,
    "dcc": LEADERS | SALES | {"reception"},
    "dcc_next": {"dcc_agent", "dcc_lead"},
    "dcc_incoming": {"dcc_agent", "dcc_lead"},
    "dcc_pool": CHIEFS | {"dcc_agent", "dcc_lead"},
    "dcc_outbound": CHIEFS | {"dcc_agent", "dcc_lead"},
    "dcc_inbound": CHIEFS | {"dcc_agent", "dcc_lead"},
    "dcc_invitations": LEADERS | SALES | {"reception"},
    "dcc_recalls": LEADERS | SALES,
    "dcc_figures": LEADERS | SALES,
    "dcc_accuracy": LEADERS | SALES,
    "dcc_rules": CHIEFS,
    "dcc_steps": {"group_executive", "system"},
    "dcc_results": {"group_executive", "system"},
    "test_drive": LEADERS | SALES,
    "test_drives": LEADERS | SALES,
    "test_drive_figures": LEADERS | SALES,
    "test_drive_cars": CHIEFS | {"sales_manager"},
    "test_drive_routes": CHIEFS | {"sales_manager"},
    "test_drive_agreements": CHIEFS | {"sales_manager"},
    "consultation": LEADERS | SALES,
    "consultation_all": LEADERS | SALES,
    "consultation_figures": LEADERS | SALES,
    "consultation_experts": CHIEFS,
    "consultation_topics": {"group_executive", "system"},
    "consultation_service": {"service_advisor", "service_manager"},
    "referral_rewards": LEADERS | SALES,
    "referral_rules": CHIEFS,
    "insights": LEADERS | SALES,
    "insight_objections": LEADERS | SALES,
    "insight_competitors": LEADERS | SALES,
    "insight_all": LEADERS | SALES,
    "insight_looked": LEADERS | SALES,
    "showroom": MARKETING,
    "showroom_models": MARKETING,
    "showroom_articles": MARKETING,
    "insight_topics": {"group_executive", "system"},
}


class TestLeadsMenus(LeadsCase):
    def test_menus_of_posts(self):
        prefix = "dealer_leads.menu_dealer_"
        menus = self.env["ir.ui.menu"]
        crm_root = self.env.ref("crm.crm_menu_root")
        seen = {}
        for post in (*POSTS, "system"):
            user = self.users[post]
            visible = menus.with_user(user)._visible_menu_ids()
            visible = set(visible)
            # What stands below a hidden menu is not shown.
            shown = menus.browse(visible).filtered(
                lambda menu, visible=visible: (
                    {int(place) for place in menu.parent_path.strip("/").split("/")} <= visible
                )
            )
            names = shown.get_external_id().values()
            seen[post] = {name[len(prefix) :] for name in names if name.startswith(prefix)}
            expected = {menu for menu, posts in MENUS.items() if post in posts}
            self.assertEqual(seen[post], expected, post)
            if post != "system":
                self.assertNotIn(crm_root.id, visible, f"{post} sees Odoo's own CRM menu")
            for menu in seen[post]:
                action = self.env.ref(prefix + menu).action
                if action and action._name == "ir.actions.act_window":
                    model = self.env[action.res_model].with_user(user)
                    self.assertTrue(model.has_access("read"), f"{post} opens {menu}")

    def test_every_menu_is_in_the_table(self):
        rows = self.env["ir.model.data"].search(
            [("module", "=", "dealer_leads"), ("model", "=", "ir.ui.menu")]
        )
        self.assertEqual({row.name.removeprefix("menu_dealer_") for row in rows}, set(MENUS))

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

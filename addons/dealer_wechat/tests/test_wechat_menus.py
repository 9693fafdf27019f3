from lxml import etree

from .common import WechatCase

SALES, AFTERSALES = {"followers_sales"}, {"followers_aftersales"}
SALES_LEADER = SALES | {"search_sales", "catches_sales"}
AFTERSALES_LEADER = AFTERSALES | {"search_aftersales", "catches_aftersales"}
MARKETING = {"followers_marketing", "codes", "messages", "keywords", "menu", "templates"}
MENUS = {
    "sales_consultant": SALES,
    "sales_manager": SALES_LEADER,
    "sales_director": SALES_LEADER | {"words_sales"},
    "dcc_agent": SALES,
    "dcc_lead": SALES,
    "reception": set(),
    "service_advisor": AFTERSALES,
    "service_manager": AFTERSALES_LEADER | {"words_aftersales"},
    "technician": set(),
    "care_agent": AFTERSALES,
    "care_manager": AFTERSALES_LEADER | {"words_aftersales"},
    "marketing_user": {"codes"},
    "marketing_manager": MARKETING,
    "general_manager": SALES_LEADER | AFTERSALES_LEADER | MARKETING | {"words_sales", "searches"},
    "group_executive": SALES | AFTERSALES | MARKETING | {"words_sales", "searches"},
    "system": SALES_LEADER
    | AFTERSALES_LEADER
    | MARKETING
    | {"words_sales", "searches", "accounts", "inbox"},
}


class TestWechatMenus(WechatCase):
    def test_menus_of_posts(self):
        for post, expected in MENUS.items():
            env = self.env(user=self.users[post], context={"lang": "en_US"})
            menus = env["ir.ui.menu"].load_menus(debug=False)
            names = {menu.get("xmlid") or "" for menu in menus.values()}
            start = "dealer_wechat.menu_dealer_wechat_"
            ours = {name.removeprefix(start) for name in names if name.startswith(start)}
            self.assertEqual(ours, expected, post)

    def test_every_menu_opens(self):
        for post, names in MENUS.items():
            env = self.env(user=self.users[post])
            for name in names:
                menu = env.ref(f"dealer_wechat.menu_dealer_wechat_{name}")
                action = menu.sudo().action._get_action_dict()
                with self.subTest(post=post, menu=name):
                    model = env[action["res_model"]]
                    views = model.get_views(action["views"], {"toolbar": True})["views"]
                    for kind in ("list", "kanban", "form"):
                        if kind in views:
                            arch = etree.fromstring(views[kind]["arch"])
                            fields = {node.get("name"): {} for node in arch.iter("field")}
                            known = {each: {} for each in fields if each in model._fields}
                            model.web_search_read([], known, limit=5)

    def test_customers_form_opens_for_every_post(self):
        for post in MENUS:
            partners = self.env(user=self.users[post])["res.partner"]
            view = self.env.ref("dealer_base.res_partner_view_form_customer")
            partners.get_view(view.id, "form")

    def test_button_of_the_customer(self):
        customer = self.make_customer("Button", consultant_id=self.sales_consultant.id)
        partner = customer.partner.with_user(self.sales_consultant)
        self.assertFalse(partner.dealer_wechat_follows)
        identity = self.make_identity("o1", customer.partner)
        partner.invalidate_recordset()
        self.assertTrue(partner.dealer_wechat_follows)
        action = partner.action_dealer_wechat()
        found = identity.with_user(self.sales_consultant).search(action["domain"])
        self.assertEqual(found, identity)

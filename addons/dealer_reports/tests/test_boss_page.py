import json

from odoo.tests import HttpCase, tagged

from odoo.addons.dealer_base.tests.common import DealerCase


@tagged("post_install", "-at_install")
class TestBossPage(HttpCase, DealerCase):
    """The page itself: who gets it, and what a phone needs to keep it."""

    def open(self, login, path="/boss"):
        self.authenticate(login, login)
        return self.url_open(path)

    def test_who_gets_it(self):
        for login in ("t_general_manager", "t_group_executive"):
            self.assertEqual(self.open(login).status_code, 200, login)
        for login in ("t_sales_consultant", "t_reception", "t_sales_director", "t_system"):
            answer = self.open(login)
            self.assertEqual(answer.status_code, 403, login)
            self.assertNotIn("dealer-figure", answer.text)

    def test_nobody_sees_another_store(self):
        path = f"/boss?unit={self.store_b.id}"
        self.assertEqual(self.open("t_general_manager", path).status_code, 403)
        self.assertEqual(self.open("t_group_executive", path).status_code, 403)
        answer = self.open("t_group_executive", f"/boss?unit={self.store_c.id}")
        self.assertEqual(answer.status_code, 200)

    def test_the_switcher_does_not_matter(self):
        self.authenticate("t_group_executive", "t_group_executive")
        self.opener.cookies.set("cids", str(self.store_c.company_id.id))
        text = self.url_open("/boss").text
        self.assertIn("Store A", text)

    def test_nonsense_in_the_address(self):
        for query in ("day=x", "day=2026-02-31", "span=year", "sort=;drop", "unit="):
            answer = self.open("t_group_executive", f"/boss?{query}")
            self.assertEqual(answer.status_code, 200, query)
        self.assertEqual(self.open("t_group_executive", "/boss?unit=0").status_code, 403)

    def test_on_the_home_screen(self):
        text = self.open("t_general_manager").text
        self.assertIn("/boss/manifest.webmanifest", text)
        manifest = json.loads(self.url_open("/boss/manifest.webmanifest").text)
        self.assertEqual((manifest["start_url"], manifest["display"]), ("/boss", "standalone"))
        for icon in manifest["icons"]:
            self.assertEqual(self.url_open(icon["src"]).headers["Content-Type"], "image/png")

    def test_no_cache_keeps_it(self):
        answer = self.open("t_general_manager")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

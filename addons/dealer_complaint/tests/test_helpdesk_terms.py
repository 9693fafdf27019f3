import polib

from odoo.modules import Manifest
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import code_translations

from ..tools.helpdesk_terms import FOLDER


@tagged("post_install", "-at_install")
class TestHelpdeskTerms(TransactionCase):
    """helpdesk_mgmt ships no Chinese; this addon brings it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        modules = cls.env["ir.module.module"].search([("name", "=", "dealer_complaint")])
        modules._update_translations(["zh_CN"], overwrite=True)

    def test_database(self):
        chinese = self.env["ir.model.fields"].with_context(lang="zh_CN")
        self.assertEqual(chinese._get("helpdesk.ticket", "stage_id").field_description, "阶段")
        menu = self.env.ref("helpdesk_mgmt.helpdesk_ticket_main_menu")
        self.assertEqual(menu.with_context(lang="zh_CN").name, "服务工单")
        view = self.env.ref("helpdesk_mgmt.portal_create_ticket").with_context(lang="zh_CN")
        self.assertIn("提交工单", view.arch_db)

    def test_code(self):
        terms = code_translations.get_python_translations("helpdesk_mgmt", "zh_CN")
        self.assertEqual(terms["Search in Title"], "按标题搜索")
        words = code_translations.get_web_translations("helpdesk_mgmt", "zh_CN")["messages"]
        self.assertTrue([word for word in words if word["string"].startswith("所选文件")])

    def test_all_terms(self):
        """Every term that this version of helpdesk_mgmt names has its Chinese."""
        pot = polib.pofile(f"{Manifest.for_addon('helpdesk_mgmt').path}/i18n/helpdesk_mgmt.pot")
        ours = {entry.msgid: entry.msgstr for entry in polib.pofile(f"{FOLDER}/zh_CN.po")}
        self.assertFalse([entry.msgid for entry in pot if not ours.get(entry.msgid)])

from odoo.exceptions import AccessError, UserError

from ..tools.words import grams
from .common import ComplaintCase


class TestKnowledge(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        category = cls.env.ref("dealer_complaint.article_category_0")
        cls.noise, cls.bill = cls.env["dealer.article"].create(
            [
                {
                    "name": "刹车异响的解释",
                    "synonyms": "吱吱声 噪音",
                    "body": "<p>雨后刹车盘浮锈会响，行驶几公里后消失。</p>",
                    "category_id": category.id,
                },
                {
                    "name": "账单争议",
                    "body": "<p>工时费明码标价，先出示价目表。</p>",
                    "category_id": category.id,
                },
            ]
        )

    def test_grams(self):
        self.assertEqual(grams("刹车异响 ABS!"), {"刹车", "车异", "异响", "abs"})
        self.assertEqual(grams("响"), {"响"})
        self.assertEqual(grams(None), set())
        self.assertEqual(grams("'; DROP | &"), {"drop"})

    def test_words_inside_sentences(self):
        find = self.env["dealer.article"]._find
        self.assertEqual(find("昨天取车以后刹车一直有异响，怎么回事")[:1], self.noise)
        self.assertEqual(find("噪音"), self.noise)
        self.assertEqual(find("工时费太贵")[:1], self.bill)
        self.assertFalse(find("天窗漏水"))
        self.assertFalse(find("  "))
        self.assertEqual(
            self.env["dealer.article"].search([("display_name", "ilike", "价目")]), self.bill
        )

    def test_suggested_beside_a_complaint(self):
        case = self.register(name="刹车异响", facts="修完还是有异响")
        self.assertEqual(case.article_ids[:1], self.noise)

    def test_helped_once_per_person(self):
        for _time in range(2):
            self.noise.with_user(self.care_agent).action_helped()
        self.assertEqual((self.noise.helped, self.noise.not_helped), (1, 0))
        self.noise.with_user(self.care_agent).action_not_helped()
        self.assertEqual((self.noise.helped, self.noise.not_helped), (0, 1))
        with self.assertRaises(AccessError):
            self.noise.with_user(self.service_advisor).write({"helped": 99})

    def test_documents_of_posts(self):
        documents = self.env["dealer.document"]
        secret = documents.create(
            {
                "name": "采购价",
                "group_ids": [(6, 0, [self.env.ref("dealer_base.group_service_manager").id])],
                "version_ids": [(0, 0, {"file": b"QQ==", "file_name": "a.txt"})],
            }
        )
        self.assertIn(
            secret, documents.with_user(self.service_manager).search([("name", "=", "采购价")])
        )
        self.assertFalse(
            documents.with_user(self.service_advisor).search([("name", "=", "采购价")])
        )
        self.assertFalse(
            self.env["dealer.document.version"]
            .with_user(self.service_advisor)
            .search([("document_id", "=", secret.id)])
        )
        secret.version_ids = [(0, 0, {"file": b"Qg==", "file_name": "b.txt"})]
        self.assertEqual(secret.version_ids.sorted("number").mapped("number"), [1, 2])
        self.assertEqual(secret.current_name, "b.txt")
        with self.assertRaises(UserError):
            secret.version_ids[0].file = b"Qw=="

    def test_words_counted(self):
        case = self.register(feelings="态度差，还要等待")
        rows = (
            self.env["dealer.word.report"]
            .with_user(self.care_manager)
            .search([("ticket_id", "=", case.id)])
        )
        self.assertEqual(sorted(rows.word_id.mapped("name")), ["态度差", "等待"])
        self.assertEqual(set(rows.mapped("tone")), {"bad"})

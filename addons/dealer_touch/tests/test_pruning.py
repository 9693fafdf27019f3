from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.dealer_touch.models import dealer_touch_pruning

from .common import TouchCase, at


class TestPruning(TouchCase):
    """What ended long ago goes; what the timeline, the budget and the rules need stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setting("keep_days", 400)
        cls.rule = cls.make_rule(anchor=False)

    def touch(self, days, **values):
        moment = fields.Datetime.now() - timedelta(days=days)
        return self.env["dealer.touch"].create(
            {
                "rule_id": self.rule.id,
                "res_model": "dealer.relation",
                "res_id": self.relation.id,
                "occurrence": moment,
                "planned_at": moment,
                "valid_until": moment,
                "unit_id": self.store_a.id,
                "partner_id": self.partner.id,
                "relation_id": self.relation.id,
                "state": "skipped",
                "reason": "x",
                **values,
            }
        )

    def test_what_goes_and_what_stays(self):
        now = fields.Datetime.now()
        gone = self.touch(401) | self.touch(500, sent_at=at(9), relation_id=False, state="sent")
        stays = (
            self.touch(399)
            | self.touch(402, sent_at=at(9), state="sent")
            | self.touch(403, send_at=now, state="planned")
        )
        self.assertEqual(self.env["dealer.touch"]._gc_touches(), (2, 0))
        self.assertFalse(gone.exists())
        self.assertEqual(stays.exists(), stays)

    def test_never_less_than_the_rules_look_back(self):
        self.setting("keep_days", 1)
        self.rule.valid_days = 60
        young, old = self.touch(45), self.touch(62)
        self.env["dealer.touch"]._gc_touches()
        self.assertEqual((young | old).exists(), young)
        self.setting("keep_days", 0)
        kept = self.touch(900)
        self.assertEqual(self.env["dealer.touch"]._gc_touches(), (0, 0))
        self.assertTrue(kept.exists())

    def test_batch_by_batch(self):
        for days in (500, 501, 502):
            self.touch(days)
        with patch.object(dealer_touch_pruning, "BATCH", 2):
            self.assertEqual(self.env["dealer.touch"]._gc_touches(), (2, 1))
            self.assertEqual(self.env["dealer.touch"]._gc_touches(), (1, 0))

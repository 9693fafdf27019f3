from odoo.exceptions import AccessError, UserError, ValidationError

from .common import TouchCase, at


class TestRule(TouchCase):
    """What may be set, and what is refused with words that say what to do."""

    def assert_refused(self, words, **values):
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            self.make_rule(**values)

    def test_unstored_fields_in_the_filter(self):
        self.assert_refused("worked out anew", domain="[('plate_numbers', '=', 'x')]")
        self.assert_refused(
            "worked out anew", domain="[('partner_id.dealer_vehicle_count', '>', 1)]"
        )
        self.assert_refused(
            "worked out anew",
            domain="[('partner_id', 'any', [('display_name', 'ilike', 'x')])]",
        )
        self.make_rule(domain="[('stage', '=', 'owner'), ('partner_id.active', '=', True)]")
        self.make_rule(domain="[('since', '>', 'today -1y'), ('since.month_number', '=', 3)]")

    def test_filters_that_cannot_be_read(self):
        self.assert_refused("cannot be read", domain="[('nothing', '=', 1)]")
        self.assert_refused("cannot be read", domain="[(")
        self.assert_refused("cannot be read", domain="[('stage', '=', unknown)]")

    def test_anchors(self):
        self.assert_refused("no stored date", anchor="nothing")
        self.assert_refused("no stored date", anchor="stage")
        self.assert_refused("no stored date", anchor="log_ids.create_date")
        self.assert_refused("has no index", anchor="create_date")
        self.assert_refused("has no index", anchor="partner_id.three_element_date")
        self.make_rule(anchor="partner_id.next_birthday")

    def test_rolling_anchor_looks_back_on_nothing(self):
        self.assert_refused("moves on", anchor="partner_id.next_birthday", offset_number=1)
        self.assert_refused("moves on", anchor="partner_id.next_birthday", repeat="yearly")
        self.make_rule(anchor="partner_id.next_birthday", offset_number=-3)

    def test_paths(self):
        self.assert_refused("a store", unit_path="partner_id")
        self.assert_refused("a customer", partner_path="consultant_id")
        task = [{"channel": "activity", "subject": "x"}]
        self.assert_refused("a person", addressee="staff", user_path="partner_id", ways=task)
        self.assert_refused("Choose the post", addressee="duty", ways=task)
        self.assert_refused("Name the field with the customer", partner_path=False)

    def test_ways(self):
        with self.assertRaisesRegex(ValidationError, "no way"), self.env.cr.savepoint():
            self.env["dealer.touch.rule"].create(
                {
                    "name": "no ways",
                    "model_id": self.env.ref("dealer_base.model_dealer_relation").id,
                }
            )
        self.assert_refused("Nothing can be filled in", ways=[{"channel": "sms", "body": "{x}"}])
        self.assert_refused("does not reach", ways=[{"channel": "activity", "body": "x"}])
        self.assert_refused("needs a subject", ways=[{"channel": "email", "body": "x"}])
        self.assert_refused("Write what", ways=[{"channel": "sms"}])
        self.assert_refused(
            "does not reach",
            addressee="staff",
            user_path="consultant_id",
            ways=[{"channel": "sms", "body": "x"}],
        )

    def test_repeating_needs_a_date(self):
        self.assert_refused("counts from no date", anchor=False, repeat="yearly")

    def test_no_filter_on_what_one_may_not_read(self):
        """A rule asks questions: nobody asks what one may not read."""
        values = {
            "model_id": self.env.ref("dealer_base.model_dealer_export_log").id,
            "unit_path": "user_id.dealer_unit_id",
            "partner_path": "user_id.partner_id",
            "anchor": False,
        }
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.make_rule_as(self.marketing_manager, **values)
        rule = self.make_rule_as(self.marketing_manager)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            rule.domain = "[('partner_id.signup_type', '!=', False)]"

    def test_of_touches_nothing_is_planned(self):
        touches = self.env.ref("dealer_touch.model_dealer_touch").id
        self.assert_refused("can be planned by", model_id=touches, anchor=False)

    def make_rule_as(self, user, **values):
        rule = self.make_rule(ways=None)
        copy = rule.with_user(user).copy({"name": "mine"})
        if values:
            copy.write(values)
        return copy

    def test_used_rules_stay(self):
        rule = self.make_rule()
        self.plan(rule, at(8, day=-1))
        self.assertTrue(self.touches(rule))
        with self.assertRaisesRegex(UserError, "Archive it"):
            rule.unlink()
        unused = self.make_rule()
        unused.unlink()
        self.assertFalse(unused.exists())

    def test_preview(self):
        rule = self.make_rule(offset_number=7)
        other = self.make_agreed("elsewhere", self.store_b).relation
        other.since = self.relation.since = self.env.cr.now().date()
        preview = self.env["dealer.touch.preview"].browse(
            rule.with_user(self.marketing_manager).action_preview()["res_id"]
        )
        self.assertEqual(
            preview.total,
            len(
                self.env["dealer.relation"].search(
                    [("unit_id", "=", self.store_a.id), ("since", "=", self.relation.since)]
                )
            ),
        )
        self.assertEqual(sum(preview.week_ids.mapped("count")), preview.total)
        self.assertIn(self.relation.display_name, preview.line_ids.mapped("document_name"))
        self.assertEqual(preview.without_consent, 0)
        self.customer.partner.dealer_consent_ids.action_withdraw()
        again = rule.with_user(self.marketing_manager).action_preview()["res_id"]
        again = self.env["dealer.touch.preview"].browse(again)
        self.assertEqual(again.without_consent, 1)

    def test_preview_shows_what_one_may_see(self):
        """All stores' rule: who looks sees the own store's records alone."""
        rule = self.make_rule(unit_id=False, offset_number=7)
        mine = self.env["dealer.relation"].search([("unit_id", "=", self.store_a.id)])
        theirs = self.make_agreed("theirs", self.store_b).relation
        (mine | theirs).since = self.env.cr.now().date()
        preview = rule.with_user(self.marketing_manager).action_preview()["res_id"]
        self.assertEqual(self.env["dealer.touch.preview"].browse(preview).total, len(mine))

from odoo.exceptions import AccessError, UserError
from odoo.tests import warmup

from .common_merge import MergeCase


class TestDuplicate(MergeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pairs = cls.env["dealer.duplicate"]
        while cls.pairs._drain()[1]:
            pass
        cls.pairs.search([]).unlink()

    def pairs_of(self, *partners):
        self.pairs._drain()
        ids = [partner.id for partner in partners]
        return self.pairs.search([("first_id", "in", ids), ("second_id", "in", ids)])

    def make_alike(self, tag="Twin", **values):
        twin = self.make_customer(tag, consultant_id=self.sales_consultant.id)
        twin.partner.write(values)
        return twin

    def test_same_name_and_city(self):
        self.old.partner.write({"name": "王小明", "city": "宁波"})
        twin = self.make_alike(name="王小明", city="杭州")
        self.assertFalse(self.pairs_of(self.old.partner, twin.partner))
        twin.partner.city = "宁波"
        pair = self.pairs_of(self.old.partner, twin.partner)
        self.assertEqual((pair.first_id, pair.second_id), (self.old.partner, twin.partner))
        self.assertEqual(pair.why, "name_city")
        twin.partner.name = "王大明"
        self.assertFalse(self.pairs_of(self.old.partner, twin.partner), "it is none any more")

    def test_one_digit_off(self):
        first = self.make_alike("One", name="李四", phone="19912345678")
        other = self.make_alike("Two", name="李先生", phone="19912345578")
        far = self.make_alike("Far", name="李五", phone="19912345511")
        stranger = self.make_alike("Else", name="赵六", phone="19912345677")
        files = [each.partner for each in (first, other, far, stranger)]
        pair = self.pairs_of(*files)
        self.assertEqual(pair.first_id | pair.second_id, first.partner | other.partner)
        self.assertEqual(pair.why, "digit")
        (first.partner | other.partner).write({"name": "李四", "city": "宁波"})
        self.assertEqual(self.pairs_of(*files).why, "both")

    def test_common_names_say_nothing(self):
        many = self.env["res.partner"].create(
            [{"name": "王伟", "city": "宁波", "is_dealer_customer": True} for _ in range(22)]
        )
        self.assertFalse(self.pairs_of(*many))

    def test_not_the_same_is_not_asked_again(self):
        self.old.partner.write({"name": "王小明", "city": "宁波"})
        twin = self.make_alike(name="王小明", city="宁波")
        pair = self.pairs_of(self.old.partner, twin.partner)
        pair.with_user(self.sales_manager).action_different()
        self.assertEqual((pair.state, pair.decided_by_id), ("different", self.sales_manager))
        twin.partner.street = "changed"
        twin.partner.phone = self.next_phone()
        self.assertEqual(self.pairs_of(self.old.partner, twin.partner), pair)
        self.assertEqual(pair.state, "different")
        pair.with_user(self.sales_manager).action_reopen()
        self.assertEqual((pair.state, pair.decided_at), ("open", False))

    def test_merge(self):
        self.old.partner.write({"name": "王小明", "city": "宁波"})
        twin = self.make_alike(name="王小明", city="宁波")
        pair = self.pairs_of(self.old.partner, twin.partner)
        action = pair.with_user(self.sales_manager).action_merge()
        wizard = (
            self.env["dealer.merge.wizard"]
            .with_user(self.sales_manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.partner_id, self.old.partner)
        wizard.action_merge()
        self.assertEqual((pair.state, pair.decided_by_id), ("merged", self.sales_manager))
        with self.assertRaises(UserError):
            pair.sudo().action_different()
        merge = self.env["dealer.merge"].search([], limit=1)
        merge.with_user(self.sales_manager).action_undo()
        self.assertEqual(pair.state, "open")

    def test_who_sees_one_file_sees_no_pair(self):
        self.old.partner.write({"name": "王小明", "city": "宁波"})
        foreign = self.make_customer("B", stores=self.store_b)
        foreign.partner.write({"name": "王小明", "city": "宁波"})
        pair = self.pairs_of(self.old.partner, foreign.partner)
        self.assertTrue(pair, "it is found across stores")
        for user in (self.sales_manager, self.general_manager, self.sales_director):
            self.assertFalse(self.pairs.with_user(user).search([]), user.login)
            with self.assertRaises(AccessError):
                pair.with_user(user).action_different()
        self.group_executive.dealer_unit_id = self.headquarters
        mine = pair.with_user(self.group_executive).with_context(
            allowed_company_ids=(self.store_a | self.store_b).company_id.ids
        )
        self.assertTrue(mine.has_access("read"))
        with self.assertRaises(AccessError):
            pair.with_user(self.sales_consultant).action_different()

    @warmup
    def test_cost_follows_what_changed(self):
        """A drain looks at what changed; nothing changed costs one query."""
        self.make_alike("One", name="李四", phone="19912345678")
        self.pairs._drain()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertEqual(self.pairs._drain(), (0, False))
        for partner in (self.old.partner, self.new.partner):
            partner.city = "宁波"
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            self.assertEqual(self.pairs._drain(), (2, False))

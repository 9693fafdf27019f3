from odoo.tools import SQL

from .common import DealerCase

#: What a merge may touch. Logs and messages grow and are left out.
LOOKED_AT = (
    "res.partner",
    "dealer.relation",
    "dealer.consent",
    "dealer.interaction",
    "dealer.vehicle",
    "dealer.vehicle.owner",
    "dealer.vehicle.reading",
    "mail.followers",
    "mail.activity",
)
#: When and by whom a row was written last is not put back; Odoo works the number out late.
STAMPS = {"write_date", "write_uid", "message_main_attachment_id", "phone_sanitized"}


class MergeCase(DealerCase):
    """Two files of one person in store A, and what hangs on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls.make_customer("Old", consultant_id=cls.sales_consultant.id)
        cls.new = cls.make_customer("New", consultant_id=cls.teammate.id)

    def merge(self, target, *sources, user=None, reason="same person"):
        """Merge customers (or records) as a manager does."""
        target = getattr(target, "partner", target)
        rest = target.browse().union(*(getattr(each, "partner", each) for each in sources))
        user = user or self.sales_manager
        return target.with_user(user)._dealer_merge(rest.with_user(user), reason)

    def picture(self, models=LOOKED_AT):
        """Return ``{model: {id: {column: text}}}`` of the whole tables, and pairs of contacts."""
        self.env.flush_all()
        picture = {}
        for name in models:
            model = self.env[name]
            rows = self.env.execute_query(
                SQL("SELECT id, to_jsonb(t) FROM %s t", SQL.identifier(model._table))
            )
            picture[name] = {
                row_id: {key: value for key, value in row.items() if key not in STAMPS}
                for row_id, row in rows
            }
        picture["categories"] = self.env.execute_query(
            SQL("SELECT * FROM res_partner_res_partner_category_rel ORDER BY 1, 2")
        )
        return picture

    def assert_same(self, before, after):
        """Both pictures show the same rows; what is new since may be there."""
        self.assertEqual(before["categories"], after["categories"])
        for model in before.keys() - {"categories"}:
            for row_id, row in before[model].items():
                self.assertEqual(row, after[model].get(row_id), f"{model} {row_id}")

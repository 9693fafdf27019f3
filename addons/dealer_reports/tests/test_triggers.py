from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

MADE = """
SELECT trigger.tgrelid::regclass::text FROM pg_trigger trigger
 WHERE trigger.tgname = 'dealer_figure_mark' ORDER BY 1
"""


@tagged("post_install", "-at_install")
class TestTriggers(TransactionCase):
    """The marks are made by the database; what goes takes them along."""

    def test_each_source_has_its_trigger_and_none_is_left_behind(self):
        marks = self.env["dealer.figure.mark"]
        found = {table for (table,) in self.env.execute_query(SQL(MADE))}
        self.assertEqual(found, set(marks._sources()))
        marks.init()  # again, as an upgrade does
        marks._drop_triggers()
        self.assertFalse(self.env.execute_query(SQL(MADE)))
        self.assertFalse(
            self.env.execute_query(
                SQL("SELECT proname FROM pg_proc WHERE starts_with(proname, 'dealer_figure_')")
            )
        )

    def test_leads_find_their_contacts_by_an_index(self):
        """A change of a lead looks for its planned contacts; there may be a million others."""
        found = self.env.execute_query(
            SQL("SELECT indexdef FROM pg_indexes WHERE tablename = 'dealer_interaction'")
        )
        wanted = "(res_id) WHERE (planned_date IS NOT NULL)"
        self.assertTrue([index for (index,) in found if wanted in index])

import json

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from ..models.dealer_case_event import digest
from .common import ComplaintCase

QUIET = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.sql_db")
SWAPPED = """
    UPDATE dealer_case_event SET number = -1 WHERE ticket_id = %(id)s AND number = 1;
    UPDATE dealer_case_event SET number = 1 WHERE ticket_id = %(id)s AND number = 2;
    UPDATE dealer_case_event SET number = 2 WHERE ticket_id = %(id)s AND number = -1
"""
#: What somebody with the password of the database may try: ``(SQL, number of the first break)``.
FORGED = {
    "time": ("UPDATE dealer_case_event SET at = at - interval '1 day' WHERE {last}", 3),
    "step": ("UPDATE dealer_case_event SET step = 'sign' WHERE {last}", 3),
    "state": ("UPDATE dealer_case_event SET to_state = 'filed' WHERE {last}", 3),
    "deputy": ("UPDATE dealer_case_event SET deputy = TRUE WHERE {last}", 3),
    "digest": ("UPDATE dealer_case_event SET digest = 'x' WHERE {last}", 3),
    "hash": ("UPDATE dealer_case_event SET hash = 'x' WHERE {last}", 3),
    "order": (SWAPPED, 1),
    "salt": (
        """UPDATE dealer_case_payload SET salt = 'x' WHERE event_id =
            (SELECT id FROM dealer_case_event WHERE {last})""",
        3,
    ),
    "head": ("UPDATE helpdesk_ticket SET chain_head = 'x' WHERE id = %(id)s", 3),
}


class TestTamper(ComplaintCase):
    """Nobody changes the sealed file: by no door of Odoo, and by SQL not without being seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.env.ref("base.user_admin")
        cls.administrator.company_ids |= cls.store_a.company_id
        cls.people = (
            cls.care_agent,
            cls.care_manager,
            cls.general_manager,
            cls.group_executive,
            cls.administrator,
        )

    def make_file(self):
        """Return a complaint with a file of three events."""
        case = self.register()
        self.step(case, "care_opinion", self.care_manager, opinion="Call today")
        self.step(case, "gm_opinion", self.general_manager, opinion="Agreed")
        self.env.flush_all()
        return case

    def assert_whole(self, case):
        self.env.invalidate_all()
        self.assertEqual(self.env["dealer.case.event"]._first_break(case), (None, None))

    def assert_refused(self, action, message):
        with (
            mute_logger(*QUIET),
            self.assertRaises(UserError, msg=message),
        ):
            action()

    def test_doors_of_every_post(self):
        """Writing, deleting, adding, through the lines of the case, with a forged context."""
        case = self.make_file()
        event = case.event_ids.sorted("number")[-1]
        payload = event.payload_ids
        for user in self.people:
            for context in ({}, {"case_sealing": True, "case_inside": True}):
                mine = self.env(user=user, context={**self.env.context, **context})
                events, payloads = mine["dealer.case.event"], mine["dealer.case.payload"]
                own = mine["helpdesk.ticket"].browse(case.id)
                row = {"ticket_id": case.id, "number": 4, "kind": "step", "user_id": user.id}
                for what, action in {
                    "write": lambda: events.browse(event.id).write({"step": "sign"}),
                    "unlink": lambda: events.browse(event.id).unlink(),
                    "create": lambda: events.create(row),
                    "copy": lambda: events.browse(event.id).copy(),
                    "words": lambda: payloads.browse(payload.id).write({"content": {}}),
                    "erase": lambda: payloads.browse(payload.id).unlink(),
                    "words read": lambda: payloads.browse(payload.id).read(["salt"]),
                    "line": lambda: own.write(
                        {"event_ids": [Command.update(event.id, {"step": "sign"})]}
                    ),
                    "line away": lambda: own.write({"step_ids": [Command.delete(event.id)]}),
                    "head": lambda: own.write({"chain_head": "x"}),
                    "case": lambda: own.unlink(),
                }.items():
                    self.assert_refused(action, f"{user.login}: {what}, {context}")
        self.assert_whole(case)
        self.assertEqual(event.opinion, "Agreed")

    def test_import(self):
        """A table with the ids of events changes none and adds none."""
        case = self.make_file()
        event = case.event_ids.sorted("number")[-1]
        for user in self.people:
            mine = self.env(user=user)
            for rows in (
                [[str(event.id), str(case.id), "9", "step"]],
                [["", str(case.id), "9", "step"]],
            ):
                with mute_logger(*QUIET):
                    try:
                        answer = mine["dealer.case.event"].load(
                            [".id", "ticket_id/.id", "number", "kind"], rows
                        )
                    except UserError:
                        continue
                self.assertFalse(answer["ids"], user.login)
        self.assert_whole(case)

    def test_sql_is_seen_where_it_begins(self):
        case = self.make_file()
        verify = case.with_user(self.general_manager).action_verify
        self.assertEqual(verify()["params"]["type"], "success")
        for what, (query, number) in FORGED.items():
            with self.subTest(what):
                savepoint = self.cr.savepoint()
                query = query.format(last="ticket_id = %(id)s AND number = 3")
                self.cr.execute(query, {"id": case.id})
                self.env.invalidate_all()
                event, why = self.env["dealer.case.event"]._first_break(case)
                self.assertTrue(why)
                self.assertEqual(event.number, number)
                told = verify()["params"]
                self.assertEqual((told["type"], told["sticky"]), ("danger", True))
                self.assertEqual(told["message"], why)
                savepoint.close(rollback=True)
                self.env.invalidate_all()
        self.assert_whole(case)

    def test_event_added_by_sql_with_right_hashes(self):
        """Who knows how to hash and adds an event still leaves the head of the case behind."""
        case = self.make_file()
        last = case.event_ids.sorted("number")[-1]
        forged = self.env["dealer.case.event"].new(
            {
                "ticket_id": case.id,
                "number": 4,
                "kind": "step",
                "step": "sign",
                "user_id": self.general_manager.id,
                "at": last.at,
                "digest": "x",
                "previous_hash": last.hash,
            }
        )
        values = {"ticket": case.id, "company": case.company_id.id, "previous": last.hash}
        values |= {"user": self.general_manager.id, "at": last.at, "hash": forged._link()}
        self.cr.execute(
            "INSERT INTO dealer_case_event (ticket_id, company_id, number, kind, step, user_id, at,"
            " digest, previous_hash, hash) VALUES (%(ticket)s, %(company)s, 4, 'step', 'sign',"
            " %(user)s, %(at)s, 'x', %(previous)s, %(hash)s)",
            values,
        )
        self.env.invalidate_all()
        self.assertTrue(self.env["dealer.case.event"]._first_break(case)[1])

    def test_printed_head_shows_a_chain_made_anew(self):
        """A chain that was forged as a whole is whole, but its head is not the printed one."""
        case = self.make_file()
        printed = case.chain_head
        last = case.event_ids.sorted("number")[-1]
        payload, words = last.payload_ids, {"opinion": "Refused"}
        self.cr.execute(
            "UPDATE dealer_case_payload SET content = %s WHERE id = %s",
            (json.dumps(words), payload.id),
        )
        self.cr.execute(
            "UPDATE dealer_case_event SET digest = %s WHERE id = %s",
            (digest(payload.salt, words), last.id),
        )
        self.env.invalidate_all()
        forged = last._link()
        self.cr.execute(
            "UPDATE dealer_case_event SET hash = %(hash)s WHERE id = %(event)s;"
            "UPDATE helpdesk_ticket SET chain_head = %(hash)s WHERE id = %(case)s",
            {"hash": forged, "event": last.id, "case": case.id},
        )
        self.assert_whole(case)
        self.assertEqual(last.opinion, "Refused")
        self.assertNotEqual(case.chain_head, printed)

    def test_file_is_read_in_words(self):
        """The file is sealed as the system keeps it and shown in words of people."""
        case = self.register()
        case.with_user(self.care_agent).write({"is_safety": True, "source": "walk_in"})
        case.with_user(self.care_agent).message_post(body="called")
        changed, message = case.event_ids.sorted("number")[-2:]
        shown = changed.with_user(self.care_agent).words
        self.assertIn("Safety: No → Yes", shown)
        self.assertIn("Source: Phone → Walk-In", shown)
        self.assertIn("Message: called", message.words)
        self.assertNotIn("<p>", message.words)

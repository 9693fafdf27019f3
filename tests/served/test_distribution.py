"""Leads that wait for a person: two drains at once, a crash in between."""

import pytest
from helpers import query

from ground.say import GroundError

#: 40 leads come in while all of the store are away; then they are back.
ARRIVE = """
users = env["res.users"].search([("login", "like", ".nb02")])
unit = env["dealer.unit"].search([("code", "=", "NB02")])
away = env["dealer.duty"].create(
    [{"user_id": user.id, "unit_id": unit.id, "start": "2020-01-01"} for user in users]
)
inbox = env["dealer.lead.inbox"]
inbox._receive("waiting", [
    {"external_id": f"W-{n}", "name": f"等待{n}", "phone": f"1990079{n:04d}", "brand": "丰田",
     "series": "卡罗拉"} for n in range(5000, 5040)
])
inbox._drain(1000)
away.unlink()
env.cr.commit()
"""
DRAIN = """
print("given", env["dealer.distribution.rule"]._drain(1000)[0])
env.cr.commit()
"""
CRASH = """
import os
from odoo.addons.dealer_leads.models.crm_lead import CrmLead
CrmLead._tell_consultants = lambda self: os._exit(3)
env["dealer.distribution.rule"]._drain(1000)
env.cr.commit()
"""
WAITING = (
    "SELECT count(*) FILTER (WHERE dealer_waiting AND user_id IS NULL),"
    " count(*) FILTER (WHERE NOT dealer_waiting AND user_id IS NOT NULL)"
    " FROM crm_lead WHERE id IN (SELECT lead_id FROM dealer_lead_inbox WHERE source = 'waiting')"
)
#: Customers, and how often one was bound to somebody.
BOUND = (
    "SELECT count(DISTINCT log.relation_id), count(*) FROM dealer_relation_log log"
    " JOIN crm_lead lead ON lead.dealer_relation_id = log.relation_id"
    " JOIN dealer_lead_inbox row ON row.lead_id = lead.id WHERE row.source = 'waiting'"
)


def test_two_drains_share_the_work_and_a_crash_leaves_nothing_half_done(served_alone):
    served = served_alone
    served.stop()  # nobody else drains meanwhile
    served.shell(ARRIVE)
    assert query(served, WAITING) == [(40, 0)]

    with pytest.raises(GroundError):
        served.shell(CRASH)
    assert query(served, WAITING) == [(40, 0)]
    assert query(served, BOUND) == [(0, 0)]

    # Another drain has the first half in its hands.
    other = served.connect()
    try:
        other.cursor().execute(
            "SELECT id FROM crm_lead WHERE dealer_waiting AND id IN"
            " (SELECT lead_id FROM dealer_lead_inbox WHERE source = 'waiting')"
            " ORDER BY id LIMIT 20 FOR UPDATE"
        )
        assert "given 20" in served.shell(DRAIN)
        assert query(served, WAITING) == [(20, 20)]
    finally:
        other.close()
    assert "given 20" in served.shell(DRAIN)
    assert "given 0" in served.shell(DRAIN)
    assert query(served, WAITING) == [(0, 40)]
    assert query(served, BOUND) == [(40, 40)]
    shares = query(
        served,
        "SELECT count(*) FROM crm_lead WHERE id IN"
        " (SELECT lead_id FROM dealer_lead_inbox WHERE source = 'waiting') GROUP BY user_id",
    )
    assert len(shares) == 2
    assert max(shares)[0] - min(shares)[0] <= 1

import hashlib
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .dealer_violation_provider import ViolationFound

#: Plates that end so find the service busy: to try out what happens then.
BUSY = "9999"
#: So many quarters of a year are looked back.
QUARTERS = 4
#: What is older than so many days is dealt with.
DEALT_AFTER = 150
PLACES = (
    "宁波市鄞州区中山东路福明路口",
    "宁波市海曙区环城西路新芝路口",
    "宁波市江北区人民路",
    "杭甬高速公路宁波西出口",
    "宁波市鄞州区百丈东路",
)
#: Code, act, points and fine as the measures of 2022 and the price lists of the cities have them.
ACTS = (
    ("1039", "违反规定停放机动车，影响其他车辆通行", 0, 150),
    ("1344", "机动车违反禁令标志指示", 1, 200),
    ("1345", "机动车违反禁止标线指示", 1, 200),
    ("1223", "驾驶机动车时拨打、接听手持电话", 3, 50),
    ("1625", "驾驶机动车违反道路交通信号灯通行", 6, 200),
)


class DealerViolationSimulator(models.AbstractModel):
    """A provider that asks nobody: what it tells follows from the plate alone, and is made up.

    In some quarters of the year a plate has one violation, in others none; the same plate has the
    same ones whenever it is asked for.
    """

    _name = "dealer.violation.simulator"
    _inherit = ["dealer.violation.provider"]
    _description = "Simulated Traffic Violations"
    _violation_simulated = True

    @api.model
    def _violation_find(self, car):
        if car.plate.endswith(BUSY):
            raise UserError(self.env._("The service is busy."))
        now = fields.Datetime.now()
        found, quarter = [], now.year * 4 + (now.month - 1) // 3
        for number in range(quarter - QUARTERS, quarter + 1):
            digest = hashlib.sha256(f"{car.plate}/{number}".encode()).digest()
            if digest[0] % 2:
                continue
            start = datetime(number // 4, number % 4 * 3 + 1, 1)
            occurred_at = start + timedelta(days=digest[1] % 90, minutes=digest[2] * 3)
            if occurred_at > now:
                continue
            code, act, points, fine = ACTS[digest[3] % len(ACTS)]
            found.append(
                ViolationFound(
                    external_id=f"SIM-{digest.hex()[:16]}",
                    occurred_at=occurred_at,
                    place=PLACES[digest[4] % len(PLACES)],
                    code=code,
                    act=act,
                    points=points,
                    fine=fine,
                    dealt_with=now - occurred_at > timedelta(days=DEALT_AFTER),
                )
            )
        return found

import logging
from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..tools.day import ZONE, ZONE_NAME, local_day
from .dealer_violation_provider import ViolationCar

_logger = logging.getLogger(__name__)

#: Another company is asked about the car of a person: the owner agreed to be served, and to that.
PURPOSES = ("service", "violations")
CONSENT_VERSION = "violations-2026-1"
#: Where a provider does not answer for a car it is asked again so often in a night, so long apart.
TRIES = 3
AGAIN = timedelta(minutes=20)


class DealerVehicle(models.Model):
    """Traffic violations of a car whose owner agreed that they are asked for (D3)."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    violation_ids = fields.One2many(
        "dealer.violation", "vehicle_id", string="Traffic Violations", readonly=True
    )
    violation_open_count = fields.Integer(
        compute="_compute_violation_open_count", string="Open Violations"
    )
    violations_asked_at = fields.Datetime(
        string="Violations Asked For On", readonly=True, copy=False
    )
    violations_error = fields.Char(string="Why Violations Are Not Known", readonly=True, copy=False)
    violations_next_at = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    violations_tries = fields.Integer(readonly=True, copy=False, groups="base.group_system")

    @api.depends("violation_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_violation_open_count(self):
        rows, counts = self.env["dealer.violation"], {}
        if rows.has_access("read"):
            domain = Domain("vehicle_id", "in", self.ids) & Domain("state", "=", "open")
            counts = dict(rows._read_group(domain, ["vehicle_id"], ["__count"]))
        for vehicle in self:
            vehicle.violation_open_count = counts.get(vehicle._origin, 0)

    def action_violations(self):
        """Open the traffic violations of this car."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_violation_action"
        )
        action["domain"] = [("vehicle_id", "=", self.id)]
        action["context"] = {"dealer_one_car": True}
        return action

    # ------------------------------------------------------------
    # Who agreed
    # ------------------------------------------------------------

    @api.model
    def _violations_agreed(self):
        """Return the SQL whether the owner of ``car`` agreed, to the store of the car."""
        return SQL(
            """NOT EXISTS (
                SELECT FROM unnest(%s) AS wanted(purpose)
                 WHERE NOT EXISTS (
                       SELECT FROM dealer_consent consent
                        WHERE consent.partner_id = car.current_owner_id
                          AND consent.unit_id = car.unit_id
                          AND consent.purpose = wanted.purpose
                          AND consent.withdrawn_at IS NULL
                 ))""",
            list(PURPOSES),
        )

    def _violations_are_agreed(self):
        """Whether the present owner agreed that this car's violations are asked for."""
        self.ensure_one()
        consents = self.env["dealer.consent"]
        owner = self.current_owner_id
        return bool(owner and self.unit_id) and all(
            consents._partners_with(owner, purpose, self.unit_id) for purpose in PURPOSES
        )

    def _violations_agree(self):
        """The owner agrees on “My Cars”; call it in sudo, for the present owner."""
        self.ensure_one()
        consents = self.env["dealer.consent"]
        for purpose in PURPOSES:
            if not consents._partners_with(self.current_owner_id, purpose, self.unit_id):
                consents.create(
                    {
                        "partner_id": self.current_owner_id.id,
                        "unit_id": self.unit_id.id,
                        "purpose": purpose,
                        "text_version": CONSENT_VERSION,
                        "source": "form",
                        "user_id": False,
                    }
                )
        self.violations_next_at = False
        cron = self.env.ref("dealer_service.ir_cron_violations", raise_if_not_found=False)
        if cron:
            cron._trigger()

    def _violations_stop(self):
        """The owner takes the consent back on “My Cars”; call it in sudo, for the present owner."""
        self.ensure_one()
        # To be served, and reminded of what is due, the owner may go on; only this asking ends.
        self.env["dealer.consent"].search(
            Domain("partner_id", "=", self.current_owner_id.id)
            & Domain("unit_id", "=", self.unit_id.id)
            & Domain("purpose", "=", "violations")
            & Domain("withdrawn_at", "=", False)
        ).action_withdraw()
        self._violations_forget()

    @api.model
    def _violations_forget(self):
        """Delete what nobody agrees to any more: of former owners, and after a withdrawal (PIPL Art. 47)."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT row.id FROM dealer_violation row JOIN dealer_vehicle car ON car.id = row.vehicle_id
                 WHERE row.owner_id IS NULL OR NOT %s
                """,
                self._violations_agreed(),
            )
        )
        self.env["dealer.violation"].browse(row[0] for row in rows).unlink()

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    @api.model
    def _violations_due(self, now, after, limit):
        """Return cars to be asked for, in the order of their ids.

        :param int after: only those behind this id
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT car.id FROM dealer_vehicle car
                 WHERE car.id > %(after)s AND car.active AND car.plate IS NOT NULL
                   AND car.current_owner_id IS NOT NULL
                   AND (car.violations_next_at IS NULL OR car.violations_next_at <= %(now)s)
                   AND %(agreed)s
                 ORDER BY car.id LIMIT %(limit)s
                """,
                after=after,
                now=now,
                agreed=self._violations_agreed(),
                limit=limit,
            )
        )
        return self.browse(row[0] for row in rows)

    def _violations_ask(self, provider, now):
        """Ask for these cars and keep what was told; who finds no answer is asked for again.

        All are asked before anything is written: no row is locked while another machine thinks.

        :return: the cars that are asked for once more in this night
        """
        told, failed = {}, {}
        for car in self:
            try:
                with self.env.cr.savepoint(flush=False):
                    told[car] = provider._violation_find(
                        ViolationCar(car.plate, car.vin or "", car.engine_no or "")
                    )
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:  # noqa: BLE001 whatever a provider raises means “not now”
                failed[car] = (
                    str(error)
                    if isinstance(error, UserError)
                    else f"{type(error).__name__}: {error}"
                )
                _logger.info("Traffic violations of car %s: %s", car.id, failed[car])
        self.env["dealer.violation"]._take(provider._name.split(".")[-1], told, local_day(now))
        # The next night begins with the next day at the stores.
        tomorrow = datetime.combine(local_day(now) + timedelta(days=1), time(), ZONE)
        tomorrow = tomorrow.astimezone(UTC).replace(tzinfo=None)
        self.browse(car.id for car in told).write(
            {
                "violations_asked_at": now,
                "violations_error": False,
                "violations_next_at": tomorrow,
                "violations_tries": 0,
            }
        )
        again = self.browse()
        for car, words in failed.items():
            tries = car.violations_tries + 1
            if tries < TRIES:
                again |= car
            car.write(
                {
                    "violations_error": words[:200],
                    "violations_next_at": now + AGAIN if tries < TRIES else tomorrow,
                    "violations_tries": tries % TRIES,
                }
            )
        return again

    @api.model
    def _violations_round(self, after=0, limit=50):
        """Ask for the next cars whose owners agreed; without a provider for none.

        :param int after: only cars behind this id
        :return: ``(cars, left)``: those that were asked for, whether more wait behind them
        """
        provider = self.env["dealer.violation.provider"]._chosen()
        if provider is None:
            return self.browse(), False
        now = fields.Datetime.now()
        cars = self._violations_due(now, after, limit)
        if cars._violations_ask(provider, now):
            self.env.ref("dealer_service.ir_cron_violations")._trigger(at=now + AGAIN)
        return cars, bool(cars and self._violations_due(now, cars[-1].id, 1))

    @api.model
    def _cron_violations(self, limit=50):
        """Ask for all cars whose turn it is, batch by batch, each committed."""
        self._violations_forget()
        cars, left = self._violations_round(limit=limit)
        while (
            cars and self.env["ir.cron"]._commit_progress(len(cars), remaining=int(left)) and left
        ):
            cars, left = self._violations_round(cars[-1].id, limit)

    # ------------------------------------------------------------
    # What the owner sees
    # ------------------------------------------------------------

    def _owner_card(self):
        card = super()._owner_card()
        provider = self.env["dealer.violation.provider"]._chosen()
        # The owner's own time alone: what happened before is another person's matter.
        rows = self.violation_ids.filtered(
            lambda row: row.owner_id and row.owner_id == self.current_owner_id
        )
        agreed = self._violations_are_agreed()
        card.update(
            violations_on=provider is not None and bool(self.unit_id and self.plate),
            violations_simulated=any(rows.mapped("is_simulated"))
            or (provider is not None and provider._violation_simulated),
            violations_agreed=agreed,
            violations_asked_on=agreed
            and self.violations_asked_at
            and local_day(self.violations_asked_at),
            violations_error=agreed and self.violations_error,
            violations=[
                {
                    "when": fields.Datetime.context_timestamp(
                        self.with_context(tz=ZONE_NAME), row.occurred_at
                    ).strftime("%Y-%m-%d %H:%M"),
                    "place": row.place,
                    "act": row.act,
                    "code": row.code,
                    "points": row.points,
                    "fine": row.fine,
                    "currency": row.currency_id,
                    "open": row.state == "open",
                }
                for row in (rows if agreed else rows.browse())
            ],
        )
        card["violations_open"] = sum(row["open"] for row in card["violations"])
        return card

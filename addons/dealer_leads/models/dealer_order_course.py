from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dealer_base.models.dealer_relation import SALES_LEADERS

#: Grades that follow from an order (FACTS §1.1).
ORDERED, DELIVERED, CANCELLED = "O", "D", "T"
#: So long a manager takes a delivery or a cancelling back; later the figures of the day stand.
UNDO_TIME = timedelta(hours=24)
#: A delivery planned later than this is a mistyped year.
PLAN_HORIZON = timedelta(days=730)


class DealerOrder(models.Model):
    """The course of an order: ordered, planned, delivered or cancelled, and what follows from it."""

    _name = "dealer.order"
    _inherit = "dealer.order"

    # ------------------------------------------------------------------ the steps

    def action_order(self):
        """Make drafts binding: the customer has signed. The car is kept for this customer."""
        self.check_access("write")
        for order in self:
            order._expect("draft")
            if not order.price:
                raise UserError(self.env._("Enter the price that was agreed with the customer."))
            if not (order.vin or order.series):
                raise UserError(
                    self.env._("Say which car is ordered: enter its VIN, or at least the series.")
                )
            if not order.consultant_id:
                raise UserError(
                    self.env._(
                        "Nobody serves %s yet. Hand the customer to a consultant first, so that the"
                        " order counts for somebody.",
                        order.partner_id.name,
                    )
                )
            if order.lead_id.won_status == "lost":
                raise UserError(
                    self.env._(
                        "The lead of this order was closed as lost. Have it taken up again first,"
                        " or empty the lead."
                    )
                )
            order._check_no_owner()
            # The right was checked; the guard of write() lets only steps through.
            system = order.sudo()
            system.write({"state": "ordered", "ordered_on": order.ordered_on or order._today()})
            system._follow(self.env._("Ordered: %s", order.name))
        return True

    def _plan(self, planned_on):
        """Set the day of delivery.

        :param planned_on: date, today or later
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("ordered", "planned")
        if not planned_on:
            raise UserError(self.env._("Enter the day on which the car is handed over."))
        planned_on = fields.Date.to_date(planned_on)
        self._check_plan(planned_on)
        # The right was checked; the guard of write() lets only steps through.
        self.sudo().write({"state": "planned", "planned_on": planned_on})

    def _check_plan(self, planned_on):
        today = self._today()
        if planned_on < today:
            raise UserError(
                self.env._(
                    "The delivery cannot be planned for a day that is over. Choose a later day, or"
                    " deliver the car now."
                )
            )
        if planned_on > today + PLAN_HORIZON:
            raise UserError(
                self.env._("This delivery is more than two years away. Check the year.")
            )

    def _deliver(self, delivered_on=None, **values):
        """Hand the car over: it is on file with its owner, customer and lead follow.

        :param delivered_on: date, default today
        :param values: ``vin``, ``plate``, ``mileage``, ``handover_note``
        :raise UserError: without VIN, when the car is sold or owned, when it was delivered already
        """
        self.ensure_one()
        self.check_access("write")
        self._expect("ordered", "planned")
        unknown = values.keys() - {"vin", "plate", "mileage", "handover_note"}
        if unknown:
            raise ValueError(f"not for a delivery: {', '.join(sorted(unknown))}")
        if "vin" in values and self._tidy({"vin": values["vin"]})["vin"] == self.vin:
            del values["vin"]
        if not values.get("vin", self.vin):
            raise UserError(self.env._("Enter the VIN of the car that is handed over."))
        # The right was checked; the guard of write() lets only steps through. This row is written
        # first: a second click waits for it, is repeated by Odoo and finds the car delivered.
        order = self.sudo()
        order.write({**values, "delivered_on": delivered_on or self._today()})
        order._check_no_owner()
        order.write({"state": "delivered", "delivered_at": fields.Datetime.now()})
        order._hand_car_over()
        order._follow(self.env._("Delivered: %s", order.name))
        order._win_lead()

    def _cancel(self, reason, note=None):
        """Cancel the order.

        :param reason: dealer.order.cancel.reason
        :param str note: what happened, in words
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "delivered":
            raise UserError(
                self.env._(
                    "%s was delivered and cannot be cancelled. A delivery entered by mistake is"
                    " taken back by the manager within 24 hours.",
                    self.name,
                )
            )
        self._expect("draft", "ordered", "planned")
        if not reason:
            raise UserError(self.env._("Choose why the order is cancelled."))
        if reason.needs_note and not (note or "").strip():
            raise UserError(self.env._("Write what happened: “%s” says too little.", reason.name))
        was_ordered = self.state != "draft"
        # The right was checked; the guard of write() lets only steps through.
        order = self.sudo()
        order.write(
            {
                "state": "cancelled",
                "cancelled_on": self._today(),
                "cancelled_at": fields.Datetime.now(),
                "cancel_reason_id": reason.id,
                "cancel_note": (note or "").strip(),
            }
        )
        if was_ordered:
            order._follow(
                self.env._(
                    "Order %(order)s cancelled: %(reason)s", order=order.name, reason=reason.name
                )
            )

    def action_undo_delivery(self):
        """Take a delivery back that was entered by mistake: manager, within 24 hours."""
        self.ensure_one()
        self._check_leader()
        self._expect("delivered")
        self._check_undo_time(self.delivered_at)
        # The right was checked; what the system made is taken back by the system.
        order = self.sudo()
        line = order.ownership_id
        if order.vehicle_id.current_owner_id != order.partner_id:
            raise UserError(
                self.env._(
                    "The car has another owner by now, so that the delivery cannot be taken back."
                )
            )
        order.write(
            {
                "state": "planned" if order.planned_on else "ordered",
                "delivered_on": False,
                "delivered_at": False,
            }
        )
        order._take_car_back(line)
        order._lose_win()
        order._follow(self.env._("Delivery of %s taken back", order.name))
        return True

    def action_reset(self):
        """Make a cancelled order a draft again: manager, within 24 hours."""
        self.ensure_one()
        self._check_leader()
        self._expect("cancelled")
        self._check_undo_time(self.cancelled_at)
        # The right was checked; the guard of write() lets only steps through.
        self.sudo().write(
            {
                "state": "draft",
                "cancelled_on": False,
                "cancelled_at": False,
                "cancel_reason_id": False,
                "cancel_note": False,
            }
        )
        return True

    def _check_leader(self):
        self.check_access("write")
        if not self.env.su and not self.env.user._dealer_has_any(SALES_LEADERS):
            raise AccessError(self.env._("Taking a step back is the work of the sales manager."))

    def _check_undo_time(self, moment):
        if fields.Datetime.now() - moment > UNDO_TIME:
            raise UserError(
                self.env._("This is taken back within 24 hours only; the figures stand now.")
            )

    def _expect(self, *states):
        """Refuse a step that does not fit the state, in words that say what to do."""
        self.ensure_one()
        if self.state in states:
            return
        label = self._state_label()
        hints = {
            "draft": self.env._("Press “Place the Order” first."),
            "ordered": self.env._("It is ordered already; go on with plan or delivery."),
            "planned": self.env._("Its delivery is planned already; go on with the delivery."),
            "delivered": self.env._("The car was handed over already."),
            "cancelled": self.env._("A cancelled order is not used again: write a new one."),
        }
        raise UserError(
            self.env._(
                "%(order)s is “%(state)s”. %(hint)s",
                order=self.name,
                state=label,
                hint=hints[self.state],
            )
        )

    # ------------------------------------------------------------------ what asks for more

    def _step_action(self, step, name):
        self.ensure_one()
        return {
            "name": name,
            "type": "ir.actions.act_window",
            "res_model": "dealer.order.step",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_order_id": self.id, "default_step": step},
        }

    def action_plan(self):
        """Ask for the day of delivery."""
        self._expect("ordered", "planned")
        return self._step_action("plan", self.env._("Plan the Delivery"))

    def action_deliver(self):
        """Ask what is known when the car is handed over."""
        self._expect("ordered", "planned")
        return self._step_action("deliver", self.env._("Deliver the Car"))

    def action_cancel(self):
        """Ask why the order is cancelled."""
        if self.state != "delivered":
            self._expect("draft", "ordered", "planned")
        return self._step_action("cancel", self.env._("Cancel the Order"))

    def action_open_lead(self):
        """Open the lead that became this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.crm_lead_action_dealer"
        )
        form = self.env.ref("dealer_leads.crm_lead_view_form_dealer")
        return {**action, "res_id": self.lead_id.id, "views": [(form.id, "form")]}

    def action_open_vehicle(self):
        """Open the car on file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "dealer.vehicle",
            "res_id": self.vehicle_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ what follows

    def _hand_car_over(self):
        """Put the car on file with its owner and mileage; called as the system."""
        self.ensure_one()
        vehicle = self._find_vehicle(self.vin)
        known = {
            "brand": self.brand,
            "color": self.color,
            "plate": self.plate,
            "series": self.series,
        }
        if vehicle:
            # What is on file of a car stays, but for the plate, which a new car gets just now.
            new = {
                field: value
                for field, value in known.items()
                if value and (field == "plate" or not vehicle[field])
            }
            vehicle.write({**new, "active": True, "purchase_date": self.delivered_on})
        else:
            vehicle = vehicle.with_context(mail_create_nosubscribe=True).create(
                {
                    **known,
                    "vin": self.vin,
                    "unit_id": self.unit_id.id,
                    "purchase_date": self.delivered_on,
                }
            )
        before = vehicle.owner_ids
        line = vehicle._set_owner(self.partner_id, self.delivered_on)
        reading = self.env["dealer.vehicle.reading"]
        if self.mileage:
            reading = reading.create(
                {
                    "vehicle_id": vehicle.id,
                    "date": self._delivery_moment(),
                    "mileage": self.mileage,
                    "source": "delivery",
                    "unit_id": self.unit_id.id,
                }
            )
        self.write(
            {
                "vehicle_id": vehicle.id,
                "ownership_id": (line - before).id,
                "reading_id": reading.id,
            }
        )

    def _delivery_moment(self):
        """Return when the car was handed over: now, or the day that was entered."""
        now = fields.Datetime.now()
        return now - (self._today() - self.delivered_on)

    def _take_car_back(self, line):
        """Undo what :meth:`_hand_car_over` made; the car itself stays on file.

        :param line: the ownership that the delivery began, empty when the buyer was owner before
        """
        if not line:
            return
        vehicle = line.vehicle_id
        former = vehicle.owner_ids.filtered(
            lambda other: other != line and other.date_to == line.date_from
        )[:1]
        line.unlink()
        former.date_to = False
        vehicle.purchase_date = False
        self.reading_id.unlink()

    def _follow(self, reason):
        """Bring grade of the lead and stage of the customer up to date; called as the system.

        A fleet customer's lead stays “ordered” while any of its cars is awaited.

        :param str reason: why, in words
        """
        for order in self:
            if order.lead_id:
                states = set(order.lead_id.dealer_order_ids.mapped("state"))
                awaited = states & {"ordered", "planned"}
                code = ORDERED if awaited else DELIVERED if "delivered" in states else CANCELLED
                order.lead_id._dealer_set_grade(code, reason)
            order.relation_id._dealer_follow_orders()

    def _win_lead(self):
        """Close the lead as won: posts of the dealership have no rights of Odoo's sales teams."""
        for order in self.filtered(lambda order: order.lead_id.won_status == "pending"):
            order.lead_stage_id = order.lead_id.stage_id
            order.lead_id.action_set_won()

    def _lose_win(self):
        """Open the lead again that :meth:`_win_lead` closed."""
        for order in self.filtered("lead_stage_id"):
            if order.lead_id.won_status == "won":
                order.lead_id.stage_id = order.lead_stage_id
            order.lead_stage_id = False

from odoo import api, fields, models
from odoo.fields import Domain

#: Who is told when a right comes near.
TOLD = ("dealer_base.group_service_manager", "dealer_base.group_general_manager")


class DealerGuaranteeWatch(models.Model):
    """How near a customer's right of exchange, return, replacement or a loan car is (Order 43).

    Rows are worked out by ``dealer.vehicle._guarantee_refresh``; nobody writes them.
    """

    _name = "dealer.guarantee.watch"
    _description = "Right Coming Near"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.store.mixin"]
    _order = "share desc, id"
    _rec_name = "vehicle_id"
    # Who is told reads the row and writes nothing of it; the task is marked as done all the same.
    _mail_post_access = "read"

    unit_id = fields.Many2one(help="The store that repaired the car last.")
    vehicle_id = fields.Many2one("dealer.vehicle", required=True, index=True, ondelete="cascade")
    owner_id = fields.Many2one(related="vehicle_id.current_owner_id", string="Owner")
    code = fields.Selection(
        [
            ("early_exchange", "Within 7 Days"),
            ("early_assembly", "Within 60 Days: Assembly"),
            ("early_safety", "Within 60 Days: Safety"),
            ("safety", "Serious Safety Faults"),
            ("assembly", "Assembly Replaced"),
            ("part", "Main Part Replaced"),
            ("days", "Days of Repair"),
            ("same_fault", "Same Fault Again"),
            ("loaner", "Loan Car"),
        ],
        string="Right",
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    article = fields.Integer(readonly=True, aggregator=False)
    used = fields.Integer(readonly=True, aggregator=False)
    arises_at = fields.Integer(readonly=True, aggregator=False)
    share = fields.Integer(string="Used (%)", readonly=True, aggregator="max")
    level = fields.Integer(readonly=True, aggregator="max", index=True)
    told_level = fields.Integer(readonly=True, aggregator=False)
    last_day = fields.Date(string="Period Ends", readonly=True)
    last_km = fields.Integer(string="Period Ends (km)", readonly=True, aggregator=False)
    sentence = fields.Char(string="What Happens Next", compute="_compute_sentence")

    _right_uniq = models.Constraint(
        "UNIQUE(vehicle_id, code, key)", "This right of the car is watched already."
    )
    _ending_idx = models.Index("(last_day) WHERE level < 100")

    @api.depends("vehicle_id", "code")
    def _compute_display_name(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{row.vehicle_id.display_name} – {labels[row.code]}"

    @api.depends("code", "key", "used", "arises_at")
    def _compute_sentence(self):
        for row in self:
            row.sentence = row._sentence()

    def _what(self):
        """Return the words for what the right is about: the fault, the assembly, the part."""
        self.ensure_one()
        system, _slash, part = self.key.partition("/")
        if self.code == "same_fault":
            # What a fault is called may be read by who reads the row.
            return self.env["dealer.vehicle.fault"].sudo().browse(int(self.key)).name
        if self.code == "early_safety":
            acute = self.env["dealer.vehicle.fault"]._fields["acute"]
            return dict(acute._description_selection(self.env)).get(self.key, self.key)
        field = self.env["dealer.vehicle.fault"]._fields["system"]
        label = dict(field._description_selection(self.env)).get(system, system)
        return f"{label} – {part}" if part else label

    def _sentence(self):
        """Say what was counted and what happens next, with the article."""
        self.ensure_one()
        values = {
            "what": self._what(),
            "used": self.used,
            "left": self.arises_at - self.used,
            "article": self.article,
        }
        arisen = {
            "early_exchange": self.env._(
                "%(what)s: replaced within 7 days of the delivery. The customer may ask for"
                " exchange or return (Art. %(article)s)."
            ),
            "early_assembly": self.env._(
                "%(what)s: a main part failed within 60 days or 3,000 km. The customer may ask for"
                " a new assembly, free of charge (Art. %(article)s)."
            ),
            "early_safety": self.env._(
                "%(what)s within 60 days or 3,000 km. The customer may ask for exchange or return"
                " (Art. %(article)s)."
            ),
            "safety": self.env._(
                "Serious safety faults were there again after two repairs. The customer may ask for"
                " exchange or return (Art. %(article)s)."
            ),
            "assembly": self.env._(
                "%(what)s: replaced twice, and it failed again. The customer may ask for exchange"
                " or return (Art. %(article)s)."
            ),
            "part": self.env._(
                "%(what)s: replaced twice, and it failed again. The customer may ask for exchange"
                " or return (Art. %(article)s)."
            ),
            "days": self.env._(
                "%(used)s days of repair, more than 30. The customer may ask for exchange or return"
                " (Art. %(article)s)."
            ),
            "same_fault": self.env._(
                "“%(what)s”: repaired %(used)s times, more than four. The customer may ask for"
                " exchange or return (Art. %(article)s)."
            ),
            "loaner": self.env._(
                "%(used)s days in repair. A loan car or money for travel is due (Art. %(article)s)."
            ),
        }
        near = {
            "safety": self.env._(
                "Serious safety faults, repaired %(used)s times. After two repairs the next one gives"
                " the right of exchange or return (Art. %(article)s)."
            ),
            "assembly": self.env._(
                "%(what)s: replaced %(used)s times. After the second time the next failure gives the"
                " right of exchange or return (Art. %(article)s)."
            ),
            "part": self.env._(
                "%(what)s: replaced %(used)s times. After the second time the next failure gives the"
                " right of exchange or return (Art. %(article)s)."
            ),
            "days": self.env._(
                "%(used)s of 30 days of repair. In %(left)s more the right of exchange or return"
                " arises (Art. %(article)s)."
            ),
            "same_fault": self.env._(
                "“%(what)s”: repaired %(used)s times. With the fifth repair the right of exchange or"
                " return arises (Art. %(article)s)."
            ),
            "loaner": self.env._(
                "%(used)s days in repair. From the sixth day on a loan car or money for travel is due"
                " (Art. %(article)s)."
            ),
        }
        words = arisen if self.used >= self.arises_at else near
        return words[self.code] % values

    # ------------------------------------------------------------
    # Keeping the rows
    # ------------------------------------------------------------

    @api.model
    def _key_of(self, right):
        if isinstance(right.key, tuple):
            return "/".join(right.key)
        return str(right.key or "")

    @api.model
    def _keep(self, cars, found):
        """Let the rows of ``cars`` be what was found, and tell of what came nearer.

        :param found: list of (car, store, :class:`~odoo.addons.dealer_service.tools.guarantee.Right`)
        """
        known = {
            (row.vehicle_id.id, row.code, row.key): row
            for row in self.search([("vehicle_id", "in", cars.ids)])
        }
        kept, new = self.browse(), []
        for car, unit, right in found:
            values = {
                "unit_id": unit.id,
                "article": right.rule.article,
                "used": right.used,
                "arises_at": right.rule.arises_at,
                "share": right.share,
                "level": right.level,
                "last_day": right.last_day,
                "last_km": right.last_km or 0,
            }
            key = (car.id, right.rule.code, self._key_of(right))
            row = known.get(key)
            if row:
                kept |= row
                changed = {
                    name: value
                    for name, value in values.items()
                    if row._fields[name].convert_to_write(row[name], row) != value
                }
                if changed:
                    row.write(changed)
            else:
                new.append({"vehicle_id": car.id, "code": key[1], "key": key[2], **values})
        (self.browse(row.id for row in known.values()) - kept).unlink()
        kept |= self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create(new)
        kept._tell()

    def _tell(self):
        """Give a task to who must know when a right comes near: once at 60, 80 and 100 percent each."""
        for row in self.filtered(lambda row: row.level < row.told_level):
            # Corrected: an alarm that was false goes, and where the right is near it is told as it is.
            row.activity_ids.unlink()
            row.told_level = 0
        for row in self.filtered(lambda row: row.level > row.told_level):
            row.told_level = row.level
            # What was told of a lower level is out of date.
            row.activity_ids.unlink()
            for user in row.unit_id._clock_staff(*TOLD):
                words = row.with_context(lang=user.lang)
                # Nobody is mailed for a task: it stands in the person's own list.
                row.with_context(mail_activity_quick_update=True).activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=f"{words.level}% {words.vehicle_id.display_name}",
                    note=words._sentence(),
                    user_id=user.id,
                )

    @api.model
    def _due_cars(self):
        """Return the cars whose count goes on by itself: in repair, or at the end of a period.

        Each kind is found by its own index; one search of cars for either would look at all of them.
        """
        running = Domain("state", "=", "open") & Domain("completed_at", "=", False)
        running &= Domain("repair_ids", "!=", False)
        over = Domain("last_day", "<", fields.Date.today()) & Domain("level", "<", 100)
        orders = self.env["dealer.service.order"].search(running)
        return (orders.vehicle_id | self.search(over).vehicle_id).sorted("id")

    @api.model
    def _cron_refresh(self, limit=200):
        """Let the days of repair go on, and drop what did not become a right until its period ended."""
        cars = self._due_cars()
        for start in range(0, len(cars), limit):
            batch = cars[start : start + limit]
            batch._guarantee_refresh()
            left = len(cars) - start - len(batch)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=left):
                break

    def action_open_vehicle(self):
        """Open the file of the car."""
        self.ensure_one()
        return self.vehicle_id._dealer_file_action()

import csv
import io

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_base.tools.cells import harmless

#: Who gives appointments to the maker's system by file.
EXPORTERS = (
    "dealer_base.group_service_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
EXPORT_GROUP = "base.group_allow_export"


class DealerAppointment(models.Model):
    """Appointments as the maker's system fetches them."""

    _name = "dealer.appointment"
    _inherit = "dealer.appointment"

    _written_idx = models.Index("(write_date, id)")

    @api.model
    def _dms_page(self, units, after, limit):
        """Return the next appointments in the order in which they were written.

        What a transaction that is still open wrote may appear with an earlier time than what was
        given out already. So only what is older than the oldest open transaction is given out.

        :param units: stores
        :param after: (time, id) of the last one that was given out
        :param int limit: at most so many
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM dealer_appointment
                 WHERE unit_id IN %(units)s AND (write_date, id) > (%(time)s, %(id)s)
                   AND write_date < COALESCE(
                        (SELECT MIN(xact_start) AT TIME ZONE 'UTC' FROM pg_stat_activity
                          WHERE datname = current_database() AND pid <> pg_backend_pid()
                            AND state <> 'idle'),
                        'infinity')
                 ORDER BY write_date, id LIMIT %(limit)s
                """,
                units=tuple(units.ids) or (None,),
                time=after[0],
                id=after[1],
                limit=limit,
            )
        )
        return self.browse(row[0] for row in rows)

    def _dms_numbers(self):
        """Return ``{(kind, file id): number in the DMS}`` of the customers and cars of these."""
        rows = self.env["dealer.dms.row"].search_fetch(
            Domain("unit_id", "in", self.unit_id.ids)
            & (
                Domain("partner_id", "in", self.partner_id.ids)
                | (Domain("vehicle_id", "in", self.vehicle_id.ids) & Domain("kind", "=", "vehicle"))
            ),
            ["kind", "external_id", "partner_id", "vehicle_id", "unit_id"],
        )
        return {
            (row.unit_id.id, row.kind, (row.partner_id or row.vehicle_id).id): row.external_id
            for row in rows
        }

    def _dms_shared(self):
        """Return the customers whose name and number may be handed on to the maker.

        The maker is another company: it gets what it has already, and else what the customer agreed
        to have handed on (PIPL Art. 23).
        """
        consents = self.env["dealer.consent"].search_fetch(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("purpose", "=", "sharing")
            & Domain("withdrawn_at", "=", False),
            ["partner_id"],
        )
        return consents.partner_id

    def _dms_values(self):
        """Return these appointments as the maker's system reads them."""
        numbers, shared = self._dms_numbers(), self._dms_shared()

        def moment(value):
            return f"{value.isoformat()}Z" if value else None

        values = []
        for row in self:
            customer = numbers.get((row.unit_id.id, "customer", row.partner_id.id))
            named = customer or row.partner_id in shared
            values.append(
                {
                    "id": row.id,
                    "number": row.name,
                    "store": row.unit_id.code,
                    "state": row.state,
                    "start": moment(row.start),
                    "stop": moment(row.stop),
                    "services": row.item_ids.mapped("name"),
                    "advisor": row.advisor_id.login or None,
                    "customer": customer,
                    "name": row.partner_id.name if named else None,
                    "phone": row.partner_id.phone or None if named else None,
                    "vehicle": numbers.get((row.unit_id.id, "vehicle", row.vehicle_id.id)),
                    "vin": row.vehicle_id.vin or None,
                    "plate": row.vehicle_id.plate or row.plate or None,
                    "written_at": f"{row.write_date.isoformat()}Z",
                }
            )
        return values

    # ------------------------------------------------------------
    # By file
    # ------------------------------------------------------------

    def _dms_csv(self):
        """Return the chosen appointments as a CSV that the maker's system reads.

        :raise AccessError: without the right to export
        """
        user = self.env.user
        if not (user.has_group(EXPORT_GROUP) and user._dealer_has_any(EXPORTERS)):
            raise AccessError(
                self.env._("You may not export. Ask the general manager for the right to export.")
            )
        self.check_access("read")
        # The right was checked; numbers of the DMS and consents are not for everybody to read.
        values = self.sudo()._dms_values()
        output = io.StringIO()
        writer = csv.writer(output)
        names = list(values[0]) if values else []
        writer.writerow(names)
        for line in values:
            line["services"] = "、".join(line["services"])
            writer.writerow([harmless(str(line[name] or "")) for name in names])
        self.env["dealer.export.log"]._record(self._name, names, len(values), self.ids)
        # With a mark, so that spreadsheets read the Chinese.
        return "\ufeff" + output.getvalue()

    def action_dms_export(self):
        """Download the chosen appointments for the maker's system."""
        if not self:
            raise UserError(self.env._("Choose the appointments to export."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/dealer/dms/appointments.csv?ids={','.join(map(str, self.ids))}",
            "target": "download",
        }

from datetime import timedelta

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..tools.journal import STAYS, Journal

#: A merge can be undone so long.
UNDO_TIME = timedelta(days=1)
#: After so long a transaction that knew the files as they were before has ended.
SWEEP_AFTER = timedelta(minutes=5)
#: So many obstacles are named; people look at them one by one anyway.
NAMED = 8


class DealerMerge(models.Model):
    """Who merged which files when, what was moved, and the way back for a day.

    A row is as secret as the file that stayed.
    """

    _name = "dealer.merge"
    _description = "Merge of Files"
    _inherit = ["dealer.document.rights"]
    _order = "id desc"

    name = fields.Char(string="Stayed", required=True, readonly=True)
    source_names = fields.Char(string="Merged into It", readonly=True)
    source_ids = fields.Json(string="Files Put Aside", readonly=True)
    res_model = fields.Char(string="Technical Name", required=True, index=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="File", model_field="res_model", required=True, index=True, readonly=True
    )
    model_name = fields.Char(string="Kind of Files", compute="_compute_model_name")
    user_id = fields.Many2one(
        "res.users", string="Merged By", required=True, readonly=True, index=True
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    reason = fields.Char(readonly=True)
    state = fields.Selection(
        [("merged", "Merged"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="merged",
    )
    undone_by_id = fields.Many2one("res.users", readonly=True)
    undone_at = fields.Datetime(readonly=True)
    can_undo = fields.Boolean(compute="_compute_can_undo")
    #: What was moved, row by row, of all stores; people see numbers of what they may read.
    journal = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    stayed = fields.Json(
        string="Rows that Stayed",
        readonly=True,
        groups=fields.NO_ACCESS,
        help="Rows that the other file has alike.",
    )
    swept = fields.Boolean(
        readonly=True, help="Looked once more for what was added in the moment of the merge."
    )
    moved = fields.Text(string="What was Moved", compute="_compute_moved")

    _to_sweep_idx = models.Index("(date) WHERE swept IS NOT TRUE AND state = 'merged'")

    @api.model
    def _document_rights_free_domain(self):
        # Who merged two files may have lost the sight of them since.
        return Domain.FALSE

    @api.depends("res_model")
    def _compute_model_name(self):
        for merge in self:
            merge.model_name = self.env["ir.model"]._get(merge.res_model).name

    @api.depends("name", "source_names")
    def _compute_display_name(self):
        for merge in self:
            merge.display_name = f"{merge.source_names} → {merge.name}"

    @api.depends("state", "date")
    def _compute_can_undo(self):
        for merge in self:
            merge.can_undo = merge.state == "merged" and merge._undo_until() > fields.Datetime.now()

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_moved(self):
        for merge in self:
            # The journal names rows of all stores; what is shown of them is asked as the user.
            rows = Journal(self.env, merge.sudo().journal or ()).rows()
            lines = []
            for model_name, ids in sorted(rows.items()):
                if model_name not in self.env or not self.env[model_name].has_access("read"):
                    continue
                model = self.env[model_name].with_context(active_test=False)
                if number := model.search_count(Domain("id", "in", list(ids))):
                    lines.append(f"{self.env['ir.model']._get(model_name).name}: {number}")
            merge.moved = "\n".join(lines)

    def _undo_until(self):
        self.ensure_one()
        return self.date + UNDO_TIME

    @api.model
    def _record(self, target, sources, titles, journal, stayed, reason):
        """Log a merge that was done, and tell it in the file that stayed."""
        # Written by the system alone; nobody has a right to write the log.
        merge = self.sudo().create(
            {
                "name": titles[target.id],
                "source_names": ", ".join(titles[source.id] for source in sources),
                "source_ids": sources.ids,
                "res_model": target._name,
                "res_id": target.id,
                "user_id": self.env.uid,
                "reason": (reason or "").strip() or False,
                "journal": journal.entries,
                "stayed": stayed,
            }
        )
        body = self.env._("Merged with %s.", merge.source_names)
        if merge.reason:
            body = self.env._(
                "Merged with %(files)s. Reason: %(reason)s",
                files=merge.source_names,
                reason=merge.reason,
            )
        # The right on the file was checked; what is noted on it is the system's.
        target.sudo().message_post(body=body, author_id=self.env.user.partner_id.id)
        return merge.with_env(self.env)

    @api.model
    def _cron_sweep(self):
        """Move what others added to a file in the very moment when it was merged.

        Their transaction began before and did not see the merge, e.g. that of the lead inbox.
        """
        # A cron of the system, for all stores.
        due = self.sudo().search(
            Domain("swept", "=", False)
            & Domain("state", "=", "merged")
            & Domain("date", "<", fields.Datetime.now() - SWEEP_AFTER),
            order="id",
            limit=20,
        )
        for merge in due:
            target, sources = merge._files()
            if target and target.active and sources:
                journal = Journal(self.env, merge.journal)
                target._dealer_merge_before(journal, sources)
                journal.redirect(sources, target)
                merge.journal = journal.entries
            merge.swept = True

    # ------------------------------------------------------------
    # Undoing
    # ------------------------------------------------------------

    def _files(self):
        """Return ``(file that stayed, files put aside)``."""
        self.ensure_one()
        model = self.env[self.res_model].with_context(active_test=False)
        return model.browse(self.res_id).exists(), model.browse(self.source_ids).exists()

    def action_undo(self):
        """Put everything back where it was before the merge, as far as nothing new forbids it.

        :raise AccessError: when the user may not merge or may not change the file
        :raise UserError: when it cannot be undone; says what is in the way
        """
        self.ensure_one()
        self.check_access("read")
        target, sources = self._files()
        target._dealer_check_merger()
        target.check_access("write")
        # The files put aside are seen by nobody; the right on the one that stayed was checked.
        merge = self.sudo()
        try:
            (target | sources).sudo().lock_for_update()
            merge.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._("Somebody works with one of the files right now. Try again in a moment.")
            ) from error
        self.env.invalidate_all()
        if problems := self._undo_problems():
            more = len(problems) - NAMED
            named = problems[:NAMED] + ([self.env._("… and %s more.", more)] if more > 0 else [])
            raise UserError(
                self.env._("This merge cannot be undone any more:") + "\n– " + "\n– ".join(named)
            )
        journal = Journal(self.env, merge.journal)
        try:
            with self.env.cr.savepoint():
                journal.revert()
        except errors.IntegrityError as error:
            raise UserError(
                self.env._(
                    "This merge cannot be undone any more: something new holds what one of the"
                    " files had (%s).",
                    error.diag.constraint_name,
                )
            ) from error
        merge.write(
            {
                "state": "undone",
                "undone_by_id": self.env.uid,
                "undone_at": fields.Datetime.now(),
            }
        )
        # The right on the file that stayed was checked above; the others nobody sees yet.
        target.sudo()._dealer_undone(journal)
        for rows, name, before, after in journal.moves(self.res_model):
            rows._dealer_file_moved(name, after, before)
        author = self.env.user.partner_id.id
        for each in (target | sources).sudo():
            each.message_post(
                body=self.env._("The merge of %s was undone.", merge.display_name), author_id=author
            )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _undo_problems(self):
        """Return the sentences that say what forbids undoing."""
        self.ensure_one()
        if self.state == "undone":
            return [self.env._("It was undone already.")]
        if not self.can_undo:
            return [
                self.env._(
                    "The time for it ended on %s.", format_datetime(self.env, self._undo_until())
                )
            ]
        target, sources = self._files()
        if len(sources) < len(self.source_ids):
            return [self.env._("One of the files that were put aside was deleted.")]
        # Later merges of the same file, by whichever store; who reads the file reads them.
        later = self.sudo().search(
            Domain("id", ">", self.id)
            & Domain("state", "=", "merged")
            & Domain("res_model", "=", self.res_model)
            & Domain("res_id", "=", self.res_id)
        )
        if later:
            return [
                self.env._("The file was merged again: %s. Undo that first.", each.display_name)
                for each in later.sudo(self.env.su)
            ]
        # As superuser: rows of other stores are in the way, too; they are not named.
        journal = Journal(self.env, self.sudo().journal)
        problems = target.sudo()._dealer_undo_refusals(sources.sudo())
        for model_name, name, ids in journal.changed_since():
            label = self.env[model_name]._fields[name]._description_string(self.env)
            problems += [
                self.env._("%(document)s was changed since: %(field)s.", document=text, field=label)
                for text in self._name_rows(model_name, ids)
            ]
        problems += self._undo_problems_of_new(target, journal)
        return problems

    def _undo_problems_of_new(self, target, journal):
        """Return the sentences about documents that are new here and hang on what would go back."""
        problems = []
        moved = {model: ids for model, ids in journal.rows().items() if model != target._name}
        for field in self._pointing_fields(target._name):
            # Rows of other stores are in the way, too; they are counted, not shown.
            model = self.env[field.model_name].sudo()
            fresh = self.env.execute_query(
                SQL(
                    "SELECT id FROM %s WHERE %s = %s AND create_date > %s",
                    SQL.identifier(model._table),
                    SQL.identifier(field.name),
                    target.id,
                    # Both in fractions of a second; the date of the merge is cut to whole ones.
                    self.create_date,
                )
            )
            fresh = model.browse(row_id for (row_id,) in fresh)
            fresh = fresh.filtered(lambda row: row.id not in moved.get(row._name, ()))
            hung = fresh.filtered(lambda row: self._hangs_on(row, moved))
            for text in self._name_rows(model._name, hung.ids):
                sentence = self.env._("%s is new and belongs to what would go back.", text)
                if sentence not in problems:
                    problems.append(sentence)
        return problems

    def _pointing_fields(self, name):
        """Yield the stored many2one fields to ``name`` of documents, computed ones included."""
        for model_name in sorted(self.env.registry):
            model = self.env[model_name]
            if model._abstract or model._transient or not model._auto or not model._log_access:
                continue
            if model_name in STAYS or model_name.startswith("mail.") or model_name == self._name:
                continue
            for field in model._fields.values():
                if field.type == "many2one" and field.store and field.comodel_name == name:
                    yield field

    @api.model
    def _hangs_on(self, row, moved):
        for field in row._fields.values():
            if not field.store:
                continue
            if field.type == "many2one" and row[field.name].id in moved.get(field.comodel_name, ()):
                return True
            if field.type == "many2one_reference" and row[field.name] in moved.get(
                row[field.model_field], ()
            ):
                return True
        return False

    def _name_rows(self, model_name, ids):
        """Return how rows are named to the user; those of other stores without a name."""
        kind = self.env["ir.model"]._get(model_name).name
        rows = self.env[model_name].with_context(active_test=False).browse(ids)
        seen = rows._filtered_access("read") if rows.has_access("read") else rows.browse()
        names = [f"{kind} “{row.display_name}”" for row in seen]
        if rows - seen:
            names.append(self.env._("%s that you do not see", kind))
        return names

    def action_open_file(self):
        """Open the file that stayed."""
        self.ensure_one()
        target, _sources = self._files()
        target.check_access("read")
        return target._dealer_file_action()

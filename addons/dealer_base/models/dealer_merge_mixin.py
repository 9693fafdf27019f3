from odoo import api, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain

from ..tools.journal import Journal

#: Who may merge: managers, of those files that they may change.
MERGE_POSTS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_dcc_lead",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: So many files are merged into another one at once.
MOST = 5


class DealerMergeMixin(models.AbstractModel):
    """Files that can be merged: customers, cars, leads (B2, B10).

    Who inherits calls :meth:`_dealer_check_pointer` in its ``_check_as_user``.

    One file stays; whatever points to the others points to it from then on, in all tables of all
    addons. The others are put aside, not deleted, so that a merge can be undone. Who inherits
    declares ``active`` and ``dealer_merged_into_id``, a many2one to the model itself.
    """

    _name = "dealer.merge.mixin"
    _description = "File that Can Be Merged"

    # ------------------------------------------------------------
    # What a model says of itself; hooks
    # ------------------------------------------------------------

    def _dealer_merge_refusals(self, sources):
        """Return the sentences that say why ``sources`` cannot be merged into this file; a hook."""
        self.ensure_one()
        refusals = []
        if not sources or self in sources:
            refusals.append(self.env._("Choose two files at least, and which of them stays."))
        if len(sources) > MOST:
            refusals.append(self.env._("Merge at most %s files into one at once.", MOST))
        # Whether a file was put aside is the system's; its name is known to who chose it.
        gone = (self | sources).filtered(
            lambda each: not each.active or each.sudo().dealer_merged_into_id
        )
        if gone:
            refusals.append(
                self.env._(
                    "%s is archived or merged already. Choose files that are in use.",
                    ", ".join(gone.mapped("display_name")),
                )
            )
        return refusals

    @api.model
    def _dealer_merge_groups(self):
        """Return ``[(fields, more fields)]`` that are taken over together; a hook.

        They are where all ``fields`` are empty here.
        """
        return []

    def _dealer_merge_before(self, journal, sources):
        """Join what there can be only one of, before everything is moved; a hook, as superuser."""

    def _dealer_merge_after(self, journal, sources):
        """Follow what was moved into this file; a hook, as superuser."""

    def _dealer_undo_refusals(self, sources):
        """Return the sentences that say why a merge into this file cannot be undone; a hook."""
        return []

    def _dealer_undone(self, journal):
        """Follow that a merge into this file was undone; a hook, as superuser."""

    def _dealer_merge_title(self):
        """Return how people tell this file from another one with the same name; a hook."""
        self.ensure_one()
        return self.display_name

    def _dealer_file_action(self):
        """Return the action that opens this file; a hook for models with forms of their own."""
        self.ensure_one()
        return self.get_formview_action()

    # ------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------

    def _dealer_check_pointer(self, field_names):
        """Refuse to write by hand which file this one was merged into."""
        # The pointer may lead to a file that the user does not see.
        if "dealer_merged_into_id" in field_names and self.sudo().dealer_merged_into_id:
            raise AccessError(
                self.env._("Files are merged by the button “Merge”, which moves all that belongs.")
            )

    @api.model
    def _dealer_check_merger(self):
        if not self.env.su and not self.env.user._dealer_has_any(MERGE_POSTS):
            raise AccessError(self.env._("Merging files is the work of the manager."))

    def _dealer_merge(self, sources, reason=None):
        """Move all that belongs to ``sources`` into this file, put them aside, and log it.

        :param str reason: why, in words; kept in the log
        :return: the ``dealer.merge`` that can undo it
        :raise AccessError: when the user may not merge, or may not change one of the files
        :raise UserError: when they cannot be merged; says why
        """
        self.ensure_one()
        self._dealer_check_merger()
        files = self | sources
        files.check_access("write")
        try:
            # Whoever adds a document to one of the files at this moment goes first, or waits.
            files.sudo().lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._("Somebody works with one of the files right now. Try again in a moment.")
            ) from error
        files.invalidate_recordset()
        if refusals := self._dealer_merge_refusals(sources):
            raise UserError("\n".join(refusals))
        titles = {each.id: each._dealer_merge_title() for each in files}
        journal = Journal(self.env)
        # The right on each file was checked; what hangs on them may belong to other stores.
        target, rest = self.sudo(), sources.sudo()
        values = target._dealer_merge_values(rest)
        target._dealer_merge_before(journal, rest)
        # What is unique among files in use is free when the others are put aside.
        journal.put(rest, active=False, dealer_merged_into_id=self.id)
        stayed = journal.redirect(rest, target)
        if values:
            journal.put(target, **values)
        target._dealer_merge_after(journal, rest)
        for rows, name, before, after in list(journal.moves(self._name)):
            rows._dealer_file_moved(name, before, after)
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["dealer.merge"]._record(self, sources, titles, journal, stayed, reason)

    def _dealer_merge_values(self, sources):
        """Return ``{field: value}`` of what is empty here and known in ``sources``, in their order."""
        values = {}
        for asked, besides in self._dealer_merge_groups():
            if any(self[name] for name in asked):
                continue
            giver = next((each for each in sources if any(each[name] for name in asked)), None)
            if giver:
                for name in (*asked, *besides):
                    field = self._fields[name]
                    values[name] = field.convert_to_write(giver[name], giver)
        return values

    def _dealer_merge_preview(self, sources):
        """Return what a merge would do, as far as the user may see it.

        :return: ``refusals``, ``values`` as (label, text), ``moves`` as (label, number)
        """
        self.ensure_one()
        found, numbers = Journal(self.env).find(sources), {}
        for kind, field, by_source in found:
            ids = {row for rows in by_source.values() for row in rows}
            model = self.env[field.model_name]
            if isinstance(kind, tuple) or not model.has_access("read"):
                continue
            numbers.setdefault(field.model_name, set()).update(ids)
        moves = []
        for model_name, ids in numbers.items():
            # Documents of other stores move, too, and are not counted here.
            model = self.env[model_name].with_context(active_test=False)
            number = model.search_count(Domain("id", "in", list(ids)))
            if number:
                moves.append((self.env["ir.model"]._get(model_name).name, number))
        values = []
        for name, value in self.sudo()._dealer_merge_values(sources.sudo()).items():
            # Both files may be read by who asks; a name they point to is no secret.
            giver = sources.sudo().filtered(name)[:1]
            if value and giver:
                label = self._fields[name]._description_string(self.env)
                values.append((label, self._dealer_merge_text(giver, name)))
        return {
            "refusals": self._dealer_merge_refusals(sources),
            "values": values,
            "moves": sorted(moves, key=lambda move: (-move[1], move[0])),
        }

    @api.model
    def _dealer_merge_text(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type == "many2one":
            return value.display_name
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        return str(value)

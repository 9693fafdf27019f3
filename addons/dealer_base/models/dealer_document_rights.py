from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class DealerDocumentRights(models.AbstractModel):
    """Rows that point to any document by ``res_model`` and ``res_id`` are as secret as it.

    Like mail.activity, access is asked of the document in both ``_check_access`` and ``_search``.
    Unlike there, ``_search`` stays one SQL statement (the ids of readable documents are a
    sub-select), so limits, groups and counts are right and cost does not grow with what is hidden.

    Who inherits declares the fields ``res_model`` (Char, indexed) and ``res_id``
    (Many2oneReference), and carries store, user and partner for its record rules.
    """

    _name = "dealer.document.rights"
    _inherit = ["dealer.user.checks"]
    _description = "Rights Taken from a Document"

    @api.model
    def _document_rights_free_domain(self):
        """Return the domain of the rows that record rules alone decide about; a hook."""
        return Domain("res_model", "=", False) | Domain("user_id", "=", self.env.uid)

    @api.model
    def _document_rights_models(self):
        """Return the names of the kinds of documents that rows may point to.

        A hook: where they are known, e.g. by a mixin, the rows need not be looked through.
        """
        # Which kinds of documents occur at all says nothing of any of them. From each kind the index
        # leads to the next one; to group the rows would be to read them all.
        self.flush_model(["res_model"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE used AS (
                    (SELECT res_model FROM %(table)s
                      WHERE res_model IS NOT NULL ORDER BY res_model LIMIT 1)
                    UNION ALL
                    SELECT (SELECT res_model FROM %(table)s
                             WHERE res_model > used.res_model ORDER BY res_model LIMIT 1)
                      FROM used
                     WHERE used.res_model IS NOT NULL
                )
                SELECT res_model FROM used WHERE res_model IS NOT NULL
                """,
                table=SQL.identifier(self._table),
            )
        )
        return [model for (model,) in rows]

    @api.model
    def _document_rights_domain(self):
        """Return the domain of the rows whose document the user may read, and of the free ones."""
        parts = [self._document_rights_free_domain()]
        for model in self._document_rights_models():
            if model in self.env and self.env[model].has_access("read"):
                readable = self.env[model].with_context(active_test=False)._search([])
                parts.append(Domain("res_model", "=", model) & Domain("res_id", "in", readable))
        return Domain.OR(parts)

    def _check_as_user(self, field_names):
        """Nobody points to a document without the right to read it, whoever the row belongs to."""
        super()._check_as_user(field_names)
        if {"res_model", "res_id"}.isdisjoint(field_names):
            return
        # Which document a row names is asked before anybody may read the row.
        for row in self.sudo().filtered("res_model"):
            if row.res_model not in self.env:
                raise ValidationError(self.env._("There are no documents of this kind."))
            self.env[row.res_model].browse(row.res_id).check_access("read")

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        allowed = self - result[0] if result else self
        # Rules have passed these rows; only where they point is read here.
        free = allowed.sudo().filtered_domain(self._document_rights_free_domain())
        by_model = {}
        for row in allowed.sudo() - free:
            by_model.setdefault(row.res_model, []).append(row)
        forbidden = self.browse()
        for model, rows in by_model.items():
            readable = set()
            if model in self.env:
                documents = self.env[model].browse({row.res_id for row in rows}).exists()
                needed = "read" if operation in ("read", "create") else "write"
                readable = set(documents._filtered_access(needed)._ids)
            for row in rows:
                if row.res_id not in readable:
                    forbidden += self.browse(row.id)
        if forbidden:
            forbidden = (result[0] if result else self.browse()) + forbidden
            return forbidden, lambda: self.env["ir.rule"]._make_access_error(operation, forbidden)
        return result

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        if not (self.env.su or bypass_access):
            domain = Domain(domain) & self._document_rights_domain()
        return super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)

from odoo import models


class DealerUserChecks(models.AbstractModel):
    """Checks that ask who writes, on every door: create, write, import, one2many lines, RPC.

    Odoo runs ``@api.constrains`` as superuser (``_validate_fields`` in ``odoo/orm/models.py``), so
    a constraint cannot know whether a person or a checked method writes. This hook can.
    """

    _name = "dealer.user.checks"
    _description = "Checks of who Writes"

    def _validate_fields(self, field_names, excluded_names=()):
        field_names = set(field_names)
        result = super()._validate_fields(field_names, excluded_names)
        if not self.env.su:
            self._check_as_user(field_names)
        return result

    def _check_as_user(self, field_names):
        """Refuse what the user may not write; a hook.

        :param set field_names: the stored fields that were written
        """

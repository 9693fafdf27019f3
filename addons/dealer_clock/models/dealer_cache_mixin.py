from odoo import api, models


class DealerCacheMixin(models.AbstractModel):
    """Rows that plain data is kept of (``ormcache``): whatever changes them lets it be made anew.

    They are what managers set and seldom change, while every clock that starts asks for them.
    """

    _name = "dealer.cache.mixin"
    _description = "Rows that are Kept as Plain Data"

    def _cache_forget(self):
        """Let all processes forget what they keep of these rows; a hook."""
        if self:
            self.env.registry.clear_cache()

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._cache_forget()
        return rows

    def write(self, vals):
        self._cache_forget()
        result = super().write(vals)
        self._cache_forget()
        return result

    def unlink(self):
        self._cache_forget()
        return super().unlink()

import contextlib

from odoo import api, models, modules


class DealerWechatCursor(models.AbstractModel):
    """Short transactions beside the running one: what was done with the platform is kept at once."""

    _name = "dealer.wechat.cursor"
    _description = "Own Transaction"

    @api.model
    @contextlib.contextmanager
    def _own_cursor(self):
        """Open a transaction of its own, READ COMMITTED, committed at the end.

        With the default isolation who waited for a lock would still see what was there before.
        Tests and installations, whose rows nobody else sees yet, stay in their own.
        """
        if modules.module.current_test or not self.env.registry.ready:
            self.env.flush_all()
            with self.env.cr.savepoint(flush=False):
                yield self.env.cr
            self.env.invalidate_all(flush=False)
            return
        with self.env.registry.cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield cr

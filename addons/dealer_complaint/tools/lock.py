from odoo.exceptions import UserError


def lock_politely(records):
    """Lock ``records`` for this transaction.

    :raise UserError: in plain words, when a colleague is writing one of them at this moment
    """
    if len(records.try_lock_for_update(allow_referencing=True)) < len(records):
        raise UserError(
            records.env._("A colleague is working on it at this moment. Reload the page and look.")
        )

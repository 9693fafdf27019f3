from urllib.parse import quote

from odoo import fields, models
from odoo.exceptions import UserError

#: So many buttons the platform takes, on top and under each.
MOST_TOP, MOST_SUB = 3, 5


class DealerWechatAccount(models.Model):
    """The menu under the chat, and the addresses behind its buttons."""

    _name = "dealer.wechat.account"
    _inherit = "dealer.wechat.account"

    menu_ids = fields.One2many("dealer.wechat.menu", "account_id")
    menu_published_at = fields.Datetime(readonly=True, copy=False)

    def _page_url(self, path):
        """Return the address by which a follower opens a page of ours, signed in.

        :param str path: local, of the pages that are offered
        """
        self.ensure_one()
        # sudo: the key stands in every menu; it opens nothing by itself
        key = self.sudo().callback_key
        return f"{self.get_base_url()}/dealer_wechat/go/{key}?to={quote(path, safe='')}"

    def action_publish_menu(self):
        """Show the menu to customers; it stands there within a few minutes.

        :raise UserError: too many or no buttons, or the platform's refusal in words
        """
        self.ensure_one()
        self.menu_ids.check_access("write")
        tops = self.menu_ids.filtered(lambda button: not button.parent_id).sorted()
        if not 1 <= len(tops) <= MOST_TOP:
            raise UserError(self.env._("WeChat shows one to three buttons."))
        for top in tops:
            if len(top.child_ids) > MOST_SUB:
                raise UserError(
                    self.env._("“%s” has more than the five buttons that fit under it.", top.name)
                )
        lang = self.company_id.partner_id.lang or self.env.lang
        body = {"button": [top._body() for top in tops.with_context(lang=lang)]}
        client = self.env["dealer.wechat.client"]
        try:
            # sudo: the secret is read by the client alone; who may write the menu was checked
            client._call(self.sudo(), "menu_create", body=body)
        except client._error_class() as error:
            raise UserError(error.words) from error
        self.sudo().menu_published_at = fields.Datetime.now()  # readonly: what was done, no input

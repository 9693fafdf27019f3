from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: So many bytes of a name the platform takes, on top and under it.
TOP_BYTES, SUB_BYTES = 16, 60


class DealerWechatMenu(models.Model):
    """A button of the menu under the chat; nothing changes for customers before it is published."""

    _name = "dealer.wechat.menu"
    _description = "WeChat Menu Button"
    _inherit = ["dealer.user.checks"]
    _order = "account_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    account_id = fields.Many2one(
        "dealer.wechat.account", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    parent_id = fields.Many2one(
        "dealer.wechat.menu",
        string="Stands Under",
        domain="[('account_id', '=', account_id), ('parent_id', '=', False), ('id', '!=', id)]",
        index="btree_not_null",
        ondelete="cascade",
    )
    child_ids = fields.One2many("dealer.wechat.menu", "parent_id", string="Under It")
    kind = fields.Selection(
        [("page", "Page of Ours"), ("link", "Other Address"), ("reply", "Answer")],
        required=True,
        default="page",
        help="A button with others under it only opens them.",
    )
    page = fields.Selection("_selection_page")
    url = fields.Char(string="Address")
    reply = fields.Text(translate=True)

    @api.model
    def _pages(self):
        """Return ``{path: label}`` of the pages that customers open signed in; addons add theirs."""
        return {}

    @api.model
    def _sign_in_page(self):
        """Return the page on which a follower whom nobody knows yet says who it is; a hook."""
        return "/web/login"

    @api.model
    def _selection_page(self):
        return list(self._pages().items())

    @api.constrains("parent_id", "account_id", "kind", "page", "url", "reply", "name")
    def _check_button(self):
        for button in self:
            parent = button.parent_id
            if parent and (parent.parent_id or parent.account_id != button.account_id):
                raise ValidationError(
                    self.env._("WeChat knows two levels, both of the same account.")
                )
            if button.parent_id and button.child_ids:
                raise ValidationError(self.env._("What has buttons under it stands on top."))
            most = SUB_BYTES if parent else TOP_BYTES
            if len((button.name or "").encode()) > most:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is too long: up to %(most)s Chinese characters.",
                        name=button.name,
                        most=most // 3,
                    )
                )
            if not button.child_ids:
                button._check_purpose()

    def _check_purpose(self):
        if self.kind == "link":
            parts = urlsplit(self.url or "")
            if parts.scheme != "https" or not parts.netloc:
                raise ValidationError(self.env._("Write a whole address: https://…"))
        elif not (self.page if self.kind == "page" else self.reply):
            raise ValidationError(
                self.env._("Say for “%s” which page it opens or what it answers.", self.name)
            )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "account_id" in field_names:
            # Rules are asked before a write; nobody moves a button to where the own reach ends.
            self.check_access("write")
        return result

    def _body(self):
        """Return the button as the platform takes it."""
        self.ensure_one()
        if self.child_ids:
            return {"name": self.name, "sub_button": [each._body() for each in self.child_ids]}
        if self.kind == "reply":
            return {"name": self.name, "type": "click", "key": f"menu:{self.id}"}
        url = self.url if self.kind == "link" else self.account_id._page_url(self.page)
        return {"name": self.name, "type": "view", "url": url}

    def action_publish(self):
        """Show the menus of the chosen buttons' accounts to customers.

        :raise UserError: see ``action_publish_menu`` of the account
        """
        for account in self.account_id:
            account.action_publish_menu()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Published. Customers see it within a few minutes."),
            },
        }

    def _tapped(self, identity, row):
        """Answer a customer who tapped this button."""
        self.ensure_one()
        self.env["dealer.wechat.keyword"]._say(identity, self.reply, f"menu:{row.id}")

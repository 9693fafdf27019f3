from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_touch.models.dealer_touch_rule import PURPOSES
from odoo.addons.dealer_touch.tools.words import fill, places

from ..tools.template_limits import fields_of, kind_of, longest, preview, trouble

#: The place that takes the words of the message itself, as people in the shops write it.
WORDS = {"words", "内容"}
#: What a field probably takes, by its kind or by the label before it on the platform.
GUESSES = (("time", "{date}"), ("date", "{date}"), ("phone_number", "{store_phone}"))


class DealerWechatTemplate(models.Model):
    """Which template of the platform a kind of message takes, and which field gets which words.

    One for single rules comes before one for their purpose; without any the account's reminder
    template is taken.
    """

    _name = "dealer.wechat.template"
    _description = "WeChat Template of a Kind of Message"
    _inherit = ["dealer.user.checks"]
    _order = "account_id, sequence, id"

    name = fields.Char(string="Title", required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    account_id = fields.Many2one(
        "dealer.wechat.account",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('kind', '=', 'oa')]",
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    number = fields.Char(
        string="Template Number",
        required=True,
        copy=False,
        help="As it stands under “Template Messages” of the platform.",
    )
    content = fields.Text(string="Text of the Template", readonly=True, copy=False)
    purpose = fields.Selection(
        [*PURPOSES, ("ask", "Ask the Customer to Write")],
        string="Taken For",
        required=True,
        default="service",
    )
    rule_ids = fields.Many2many(
        "dealer.touch.rule",
        string="Only for These Rules",
        domain="[('purpose', '=', purpose), ('addressee', '=', 'customer')]",
        help="Empty: for all messages of this kind.",
    )
    page = fields.Selection("_selection_page", string="Opens", help="What a tap on it opens.")
    value_ids = fields.One2many("dealer.wechat.template.value", "template_id", copy=True)
    preview = fields.Text(compute="_compute_preview")
    problem = fields.Text(string="What is Wrong", compute="_compute_preview")

    @api.model
    def _selection_page(self):
        return self.env["dealer.wechat.menu"]._selection_page()

    @api.depends("content", "value_ids.name", "value_ids.value")
    def _compute_preview(self):
        for template in self:
            values = template._values(template._sample())
            template.preview = preview(template.content, values) or "\n".join(
                f"{name}: {value}" for name, value in values.items()
            )
            template.problem = template._problem(values)

    @api.constrains("number")
    def _check_number(self):
        for template in self:
            if not template.number.isascii() or any(sign.isspace() for sign in template.number):
                raise ValidationError(
                    self.env._("A template's number has no spaces: copy it anew.")
                )

    @api.constrains("content", "value_ids")
    def _check_values(self):
        for template in self:
            template.value_ids._check_value()

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "account_id" in field_names:
            # Rules are asked before a write; nobody moves a template to where the own reach ends.
            self.check_access("write")
        return result

    # ------------------------------------------------------------
    # From the platform
    # ------------------------------------------------------------

    def action_read(self):
        """Read title and text of the template from the platform, and offer a value for each field.

        :raise UserError: the platform refuses, or has no such template
        """
        self.ensure_one()
        self.check_access("write")
        client = self.env["dealer.wechat.client"]
        try:
            # sudo: the secret is read by the client alone; who may write the template was checked
            answer = client._call(self.account_id.sudo(), "template_list")
        except client._error_class() as error:
            raise UserError(error.words) from error
        rows = [row for row in answer.get("template_list") or [] if isinstance(row, dict)]
        known = next((row for row in rows if row.get("template_id") == self.number), None)
        if known is None:
            titles = ", ".join(f"{row.get('title')} ({row.get('template_id')})" for row in rows)
            raise UserError(
                self.env._(
                    "The platform does not have this template. It has: %s",
                    titles or self.env._("none"),
                )
            )
        content = str(known.get("content") or "")
        there = set(fields_of(content))
        self.value_ids.filtered(lambda value: value.name not in there).unlink()
        missing = [name for name in fields_of(content) if name not in self.value_ids.mapped("name")]
        self.write(
            {
                "content": content,
                "value_ids": [
                    fields.Command.create({"name": name, "value": self._guess(name, place)})
                    for place, name in enumerate(missing)
                ],
            }
        )

    @api.model
    def _guess(self, name, place):
        for kind, value in GUESSES:
            if kind_of(name) == kind:
                return value
        return "{store}" if place and kind_of(name) == "thing" else "{words}" if not place else ""

    # ------------------------------------------------------------
    # Filling
    # ------------------------------------------------------------

    @api.model
    def _for(self, account, purpose, rule=None):
        """Return the template of a kind of message, or none.

        :param account: dealer.wechat.account
        :param rule: dealer.touch.rule
        """
        found = self.search(Domain("account_id", "=", account.id) & Domain("purpose", "=", purpose))
        own = found.filtered(lambda template: rule and rule in template.rule_ids)
        return own[:1] or found.filtered(lambda template: not template.rule_ids)[:1]

    @api.model
    def _places_known(self):
        return set(self.env["dealer.touch"]._words_known()) | WORDS

    def _places(self):
        """Return the names of the places that the values have."""
        return set().union(*(places(value.value) for value in self.value_ids))

    def _values(self, words):
        """Return ``{field: value}`` with the places filled from ``words``."""
        return {row.name: " ".join(fill(row.value, words).split()) for row in self.value_ids}

    @api.model
    def _sample(self):
        """Return words as they might be, for the preview."""
        text = self.env._("Your car is due for service.")
        return {
            **dict.fromkeys(WORDS, text),
            "customer": self.env._("Mr Wang"),
            "salutation": self.env._("Mr Wang"),
            "store": self.env.company.name,
            "store_phone": self.env.company.phone or "0574-88880000",
            "date": fields.Date.to_string(fields.Date.context_today(self)),
            "consultant": self.env.user.name,
            "document": self.env._("Sagitar"),
            "stop_link": "https://…",
        }

    def _problem(self, values):
        """Return what the platform would refuse, in words, or nothing."""
        self.ensure_one()
        lines = [
            self.env._("The field “%s” of the template gets nothing.", name)
            for name in fields_of(self.content)
            if name not in values
        ]
        lines += [
            self.env._("The template has no field “%s”.", name)
            for name in values
            if self.content and name not in fields_of(self.content)
        ]
        for name, value in values.items():
            wrong = trouble(name, value)
            if wrong == "empty":
                lines.append(self.env._("The field “%s” would be empty.", name))
            elif wrong == "long":
                lines.append(
                    self.env._(
                        "The field “%(name)s” takes %(most)s characters; “%(value)s” has %(now)s.",
                        name=name,
                        most=longest(name),
                        value=value,
                        now=len(value),
                    )
                )
            elif wrong:
                lines.append(
                    self.env._(
                        "The field “%(name)s” does not take “%(value)s”.", name=name, value=value
                    )
                )
        return "\n".join(lines)

    def _payload(self, words):
        """Return what is sent, without recipient.

        :param dict words: of the places
        :return: ``(payload, problem)``; one of them is empty
        """
        self.ensure_one()
        values = self._values(words)
        problem = self._problem(values)
        if problem:
            return None, problem
        payload = {
            "template_id": self.number,
            "data": {name: {"value": value} for name, value in values.items()},
        }
        if self.page:
            # sudo: the key of the account stands in every menu; it opens nothing by itself
            payload["url"] = self.sudo().account_id._page_url(self.page)
        return payload, ""

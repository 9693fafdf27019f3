from typing import NamedTuple

from odoo import api, models

#: The setting that names the provider, e.g. ``simulator``. Empty: no short message leaves.
CHOICE = "dealer_touch.sms_provider"
PREFIX = "dealer.sms."


class SmsMessage(NamedTuple):
    """One message as gateways in China take it."""

    #: Our own number of it, by which it is found again and a delivery report names it.
    out_id: str
    #: E.164
    phone: str
    #: The name between 【 and 】, registered with the gateway.
    sign_name: str
    content: str
    #: Number of the text that the gateway approved; some send nothing else.
    template_code: str = ""


class SmsResult(NamedTuple):
    """What the gateway said to one message."""

    accepted: bool
    #: Worth another attempt, e.g. too many at once or no answer.
    temporary: bool = False
    words: str = ""
    made: models.BaseModel | None = None


class SmsInbound(NamedTuple):
    """A message that a customer wrote."""

    #: The gateway's number of it; the same one delivered twice counts once.
    sequence: str
    phone: str
    content: str


class DealerSmsProvider(models.AbstractModel):
    """The one client of a gateway for short messages.

    A model ``dealer.sms.<name>`` that inherits this is a provider; the setting
    ``dealer_touch.sms_provider`` chooses it by its name.
    """

    _name = "dealer.sms.provider"
    _description = "Provider of Short Messages"

    @api.model
    def _chosen(self):
        """Return the model of the chosen provider, or None."""
        # Which provider is chosen is a setting of the whole database.
        name = self.env["ir.config_parameter"].sudo().get_param(CHOICE)
        return self._by_name(name) if name else None

    @api.model
    def _by_name(self, name):
        """Return the model of the provider of this name, or None where there is none."""
        model = f"{PREFIX}{name}"
        known = self.env.registry.descendants(["dealer.sms.provider"], "_inherit")
        if model == "dealer.sms.provider" or model not in known:
            return None
        return self.env[model]

    @api.model
    def _sms_send_once(self, messages):
        """Send messages, and none twice that an earlier attempt of a process that died had sent.

        :return: ``{out_id: SmsResult}``
        """
        results = self._sms_find([message.out_id for message in messages])
        fresh = [message for message in messages if message.out_id not in results]
        return results | (self._sms_send(fresh) if fresh else {})

    @api.model
    def _sms_find(self, out_ids):
        """Return ``{out_id: SmsResult}`` of those messages that the gateway has accepted already."""
        raise NotImplementedError

    @api.model
    def _sms_send(self, messages):
        """Give messages to the gateway, with a time-out; raise nothing for single messages.

        :return: ``{out_id: SmsResult}`` of all of them
        """
        raise NotImplementedError

    @api.model
    def _sms_check_callback(self, headers, body):
        """Whether a request to our door really comes from the gateway. Refuse when in doubt.

        :param headers: of the request
        :param bytes body: as it came
        """
        return False

    @api.model
    def _sms_read_callback(self, body):
        """Return the ``SmsInbound`` of a checked request.

        :raise ValueError: where it is not what the gateway describes
        """
        raise NotImplementedError

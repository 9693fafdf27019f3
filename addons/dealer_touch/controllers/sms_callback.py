import logging

from odoo.http import Controller, request, route

from odoo.addons.dealer_base.controllers.machine import MachineError, json_response

_logger = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024


class SmsCallback(Controller):
    """The door for what customers answer by SMS; the gateway calls it.

    It fails closed: only the provider that is set up is listened to, and only when the provider's
    class says that the request is genuine. Without a secret nothing is.
    """

    @route(
        "/dealer/v1/sms/<string:provider>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        readonly=False,
        save_session=False,
    )
    def post_sms(self, provider, **_form):
        try:
            return self._take(provider)
        except MachineError as error:
            return error.response

    def _take(self, provider):
        client = request.env["dealer.sms.provider"]._by_name(provider)
        chosen = request.env["dealer.sms.provider"]._chosen()
        if client is None or chosen is None or client._name != chosen._name:
            raise MachineError(404, "unknown", "There is no such gateway here.")
        raw = request.httprequest
        if (raw.content_length or 0) > MAX_BYTES:
            raise MachineError(413, "too_large", f"A message has at most {MAX_BYTES} bytes.")
        body = raw.get_data(cache=True)
        # A gateway has no user here; its signature is what is checked.
        client = client.sudo()
        if not client._sms_check_callback(raw.headers, body):
            raise MachineError(403, "forbidden", "The signature does not fit.")
        try:
            inbound = client._sms_read_callback(body)
        except ValueError as error:
            raise MachineError(400, "bad_message", str(error)) from error
        request.env["dealer.touch"].sudo()._sms_received(inbound)  # as above
        _logger.info("SMS: %s messages of customers by %s", len(inbound), provider)
        return json_response({"code": 0, "msg": "成功"})

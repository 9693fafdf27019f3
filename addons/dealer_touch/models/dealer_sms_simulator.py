import hashlib
import hmac
import json
import time

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.phone import PhoneError, parse_phone

from .dealer_sms_provider import SmsInbound, SmsResult

#: The setting with what the gateway signs its requests with; empty: every request is refused.
SECRET = "dealer_touch.sms_secret"
#: A signed request is good for so many seconds.
TOLERANCE = 600
#: Numbers that end so are refused, or find the gateway busy: to try out what happens then.
INVALID, BUSY = "0000", "9999"


class DealerSmsSimulator(models.Model):
    """A gateway that sends nothing: what it was given stands here, as a phone would show it."""

    _name = "dealer.sms.simulator"
    _inherit = ["dealer.sms.provider"]
    _description = "Simulated Short Message"
    _order = "id desc"
    _rec_name = "phone"

    out_id = fields.Char(string="Our Number", required=True)
    phone = fields.Char(required=True)
    sign_name = fields.Char(string="Signature")
    content = fields.Text(required=True)
    template_code = fields.Char(string="Template Number")

    _out_id_uniq = models.UniqueIndex("(out_id)", "This message was taken already.")

    @api.model
    def _sms_find(self, out_ids):
        found = self.search(Domain("out_id", "in", out_ids))
        return {message.out_id: SmsResult(True, made=message) for message in found}

    @api.model
    def _sms_send(self, messages):
        results, good = {}, []
        for message in messages:
            if message.phone.endswith(INVALID):
                results[message.out_id] = SmsResult(False, words="isv.MOBILE_NUMBER_ILLEGAL")
            elif message.phone.endswith(BUSY):
                results[message.out_id] = SmsResult(
                    False, temporary=True, words="isv.BUSINESS_LIMIT_CONTROL"
                )
            else:
                good.append(message)
        rows = self.create([message._asdict() for message in good])
        return results | {
            message.out_id: SmsResult(True, made=row)
            for message, row in zip(good, rows, strict=True)
        }

    @api.model
    def _sms_signature(self, secret, stamp, body):
        """Return how a request is signed: HMAC-SHA256 of the time stamp and the body."""
        return hmac.new(secret.encode(), stamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()

    @api.model
    def _sms_check_callback(self, headers, body):
        # The secret is nobody's to read; only whether it fits is told.
        secret = self.env["ir.config_parameter"].sudo().get_param(SECRET)
        stamp, signature = headers.get("X-Sms-Timestamp", ""), headers.get("X-Sms-Signature", "")
        if not secret or not signature or not (stamp.isascii() and stamp.isdigit()):
            return False
        if abs(time.time() - int(stamp[:15])) > TOLERANCE:
            return False
        good = self._sms_signature(secret, stamp, body)
        return hmac.compare_digest(good.encode(), signature.encode("utf-8", "replace"))

    @api.model
    def _sms_read_callback(self, body):
        """Read the shape that gateways share: a list of what was written (``SmsUp``)."""
        rows = json.loads(body.decode("utf-8-sig"))
        if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            raise ValueError("the message must be a list of objects")
        inbound = []
        for row in rows:
            try:
                phone = parse_phone(str(row.get("phone_number") or "")).e164
            except PhoneError as error:
                raise ValueError("phone_number: no number") from error
            sequence = str(row.get("sequence_id") or "")
            if not sequence:
                raise ValueError("sequence_id: missing")
            content = str(row.get("content") or "").replace("\x00", "")
            inbound.append(SmsInbound(sequence[:64], phone, content[:1000]))
        return inbound

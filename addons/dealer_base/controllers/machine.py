import json
import re

from werkzeug.exceptions import HTTPException

from odoo.http import Response, request

#: What Odoo reads as a form before we can; nothing of the message is left then.
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
BEARER = re.compile(r"^bearer\s+(\S+)$", re.IGNORECASE)


class MachineError(HTTPException):
    """A refusal that a machine can read: ``{"error": code, "message": words}``."""

    def __init__(self, status, error, message):
        super().__init__(
            description=message,
            response=json_response({"error": error, "message": message}, status),
        )
        self.code = status


def json_response(body, status=200):
    headers = [("Cache-Control", "no-store")]
    if status == 401:
        headers.append(("WWW-Authenticate", "Bearer"))
    return Response(
        json.dumps(body, ensure_ascii=False),
        status=status,
        headers=headers,
        content_type="application/json; charset=utf-8",
    )


class MachineController:
    """What the doors for machines share: key, group, size and shape of the message.

    Only the header counts. A cookie would let any page that a logged-in person visits post here.
    """

    def _authenticate_machine(self, group):
        """Switch to the user of the bearer key.

        :param str group: xml id of the API group that the user needs
        :raise MachineError: 401 without a valid key, 403 when the user is not in the group
        """
        match = BEARER.match(request.httprequest.headers.get("Authorization", ""))
        # Whose key it is can only be found out as superuser; nobody is logged in yet.
        keys = request.env["res.users.apikeys"].sudo()
        uid = keys._check_credentials(scope="rpc", key=match.group(1)) if match else None
        if not uid:
            raise MachineError(
                401, "unauthorized", "Send a valid key in the header “Authorization: Bearer …”."
            )
        request.update_env(user=uid)
        request.session.can_save = False
        if not request.env.user.has_group(group):
            raise MachineError(403, "forbidden", "This key may not use this interface.")

    def _read_json(self, max_bytes):
        """Return the message as an object.

        :param int max_bytes: longer messages are refused before they are read
        :raise MachineError: 413 too large, 400 not JSON (with the place), 400 not an object
        """
        http_request = request.httprequest
        if (http_request.content_length or 0) > max_bytes:
            raise MachineError(413, "too_large", f"A message has at most {max_bytes} bytes.")
        if http_request.mimetype in FORM_TYPES:
            raise MachineError(
                400, "bad_content_type", "Send the header “Content-Type: application/json”."
            )
        raw = http_request.get_data(cache=True)
        if len(raw) > max_bytes:
            raise MachineError(413, "too_large", f"A message has at most {max_bytes} bytes.")
        try:
            body = json.loads(raw.decode("utf-8-sig"), parse_constant=self._refuse_constant)
        except UnicodeDecodeError as error:
            raise MachineError(
                400, "not_utf8", f"The message is not UTF-8 at byte {error.start}."
            ) from error
        except json.JSONDecodeError as error:
            raise MachineError(
                400,
                "not_json",
                f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            ) from error
        except (ValueError, RecursionError) as error:
            raise MachineError(400, "not_json", f"Not JSON: {error}") from error
        if not isinstance(body, dict):
            raise MachineError(400, "not_an_object", "The message must be a JSON object {…}.")
        return storable(body)

    @staticmethod
    def _refuse_constant(name):
        raise ValueError(f"{name} is no JSON value")


def storable(value):
    """Return ``value`` without the characters that no database text can hold (NUL, halves of pairs)."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value

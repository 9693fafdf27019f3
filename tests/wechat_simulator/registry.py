"""Which function answers which address."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.wrappers import Request

from .errors import ApiError


@dataclass
class Endpoint:
    method: str
    function: Callable
    open_to_all: bool


ENDPOINTS: dict[tuple[str, str], Endpoint] = {}


@dataclass
class Call:
    """A request to the platform."""

    request: Request
    host: str
    path: str

    @property
    def args(self):
        return self.request.args

    @property
    def address(self) -> str:
        return self.request.remote_addr or ""

    def json(self) -> dict:
        """Return the body.

        :raise ApiError: 47001 when it is no JSON object
        """
        try:
            body = json.loads(self.request.get_data().decode())
        except ValueError as error:
            raise ApiError(47001) from error
        if not isinstance(body, dict):
            raise ApiError(47001)
        return body


def api(method: str, host: str, path: str, open_to_all: bool = False) -> Callable:
    """Register the answer to an address of a host; ``open_to_all``: it takes no access token."""

    def register(function):
        ENDPOINTS[host, path] = Endpoint(method, function, open_to_all)
        return function

    return register

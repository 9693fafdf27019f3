"""Numbers of Chinese driving licences; knows nothing of Odoo."""

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

LENGTH = 18


def parse_licence(text):
    """Return a licence number in its stored form, or None when it is none.

    It is the ID number of the person (GB 11643): place, day of birth, order, check digit. Places are
    not looked up: districts are founded and renamed faster than any table.
    """
    number = ric.compact(text or "").upper()
    if len(number) != LENGTH or not (number[:-1].isascii() and number[:-1].isdigit()):
        return None
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return None
    return number if ric.calc_check_digit(number) == number[-1] else None

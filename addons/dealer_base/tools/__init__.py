"""Formats of the trade. They need no registry: parse, or raise a `FormatError`."""

from .errors import FormatError
from .lunar import BirthdayError, check_birthday, next_birthday
from .phone import Phone, PhoneError, mask_phone, parse_phone
from .plate import Plate, PlateError, mask_plate, parse_plate
from .vin import (
    Vin,
    VinError,
    brand,
    brands,
    check_digit,
    complete_vin,
    maker,
    model_year,
    parse_vin,
)

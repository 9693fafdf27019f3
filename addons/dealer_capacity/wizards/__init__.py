# The dialogs stand on the mixins.
# ruff: noqa: I001
from . import (
    dealer_capacity_day_mixin,
    dealer_capacity_time_mixin,
    dealer_capacity_book,
    dealer_capacity_book_slot,
    dealer_capacity_swap,
)

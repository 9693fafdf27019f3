from . import (
    test_availability,
    test_booking,
    test_capacity_menus,
    test_capacity_rights,
    test_hours,
)

from . import (
    test_clock,
    test_clock_menus,
    test_clock_rights,
    test_duty,
    test_ladder,
    test_policy,
    test_tick,
    test_working_time,
)

from . import (
    test_budget,
    test_channels,
    test_planner,
    test_pruning,
    test_rule,
    test_sending,
    test_slots,
    test_sms,
    test_stop,
    test_touch_menus,
    test_touch_rights,
)

# ruff: noqa: I001
from . import (
    dealer_cache_mixin,
    dealer_clock_mixin,
    resource_calendar,
    resource_calendar_attendance,
    resource_calendar_leaves,
    resource_calendar_makeup,
    dealer_unit,
    dealer_duty,
    dealer_clock_policy,
    dealer_clock_step,
    dealer_clock,
    dealer_clock_event,
    dealer_merge_mixin,
    dealer_relation,
    res_users,
)

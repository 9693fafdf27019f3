# What builds on another part of a model stands behind it.
# ruff: noqa: I001
from . import (
    dealer_figures_print,
    dealer_figures_mixin,
    dealer_daily_figures,
    dealer_daily_report,
    dealer_daily_report_course,
    dealer_daily_report_line,
    dealer_daily_report_making,
    dealer_interaction,
    dealer_morning_digest,
    dealer_unit,
    ir_actions_report,
    res_users,
)

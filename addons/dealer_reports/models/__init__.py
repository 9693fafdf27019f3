from . import (
    dealer_daily_figures,
    dealer_daily_report,
    dealer_daily_report_course,
    dealer_daily_report_line,
    dealer_daily_report_making,
    dealer_figures_mixin,
    dealer_unit,
    res_users,
)

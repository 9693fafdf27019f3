from . import (
    dealer_board,
    dealer_boss,
    dealer_figure,
    dealer_figure_day,
    dealer_figure_mark,
    dealer_figures_mixin,
    dealer_interaction,
    dealer_target,
    dealer_unit,
    res_users,
    resource_calendar,
)

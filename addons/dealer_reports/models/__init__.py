from . import dealer_board, dealer_figure, dealer_figures_mixin, dealer_target, res_users

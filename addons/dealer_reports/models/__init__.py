from . import dealer_figure, dealer_figures_mixin, res_users

from . import dealer_figures_mixin, res_users

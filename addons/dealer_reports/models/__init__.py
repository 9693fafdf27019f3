from . import crm_lead, dealer_defeat, dealer_figures_mixin, res_users

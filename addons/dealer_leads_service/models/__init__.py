from . import dealer_callback_report, dealer_order, dealer_repurchase_rule

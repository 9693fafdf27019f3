from . import dealer_lead_inbox, dealer_wechat_identity, dealer_wechat_menu

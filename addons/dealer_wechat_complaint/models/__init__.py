from . import dealer_wechat_identity, dealer_wechat_menu, discuss_channel, helpdesk_ticket

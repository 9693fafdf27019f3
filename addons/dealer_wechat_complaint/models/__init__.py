from . import dealer_wechat_menu, discuss_channel, helpdesk_ticket

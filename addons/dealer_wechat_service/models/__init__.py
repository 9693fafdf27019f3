from . import dealer_wechat_menu

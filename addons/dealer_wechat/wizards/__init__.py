from . import dealer_wechat_bind, dealer_wechat_look

from . import (
    dealer_wechat_bind,
    dealer_wechat_check,
    dealer_wechat_look,
    dealer_wechat_search,
)

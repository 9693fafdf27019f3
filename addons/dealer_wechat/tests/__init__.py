from . import (
    test_callback,
    test_chat,
    test_client,
    test_identity,
    test_inbox,
    test_menu,
    test_outbox,
    test_secrets,
    test_sign_in,
    test_touch_channel,
    test_wechat_menus,
    test_wechat_rights,
)

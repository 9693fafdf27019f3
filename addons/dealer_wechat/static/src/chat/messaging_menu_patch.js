import {MessagingMenu} from "@mail/core/public_web/messaging_menu";
import {ThreadIcon} from "@mail/core/common/thread_icon";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(MessagingMenu.prototype, {
  /** On the phone the chats with customers have a tab of their own. */
  get _tabs() {
    const tabs = super._tabs;
    const chats = this.store.discuss.wechats;
    if (chats.length) {
      tabs.push({
        counter: chats.filter((chat) => chat.self_member_id?.message_unread_counter > 0).length,
        id: "wechat",
        icon: "fa fa-weixin",
        activeIcon: "fa fa-weixin",
        label: _t("WeChat"),
        sequence: 15,
      });
    }
    return tabs;
  },
});

patch(ThreadIcon.prototype, {
  get defaultChatIcon() {
    if (this.props.thread.isWechat) {
      return {class: "fa fa-weixin text-success", title: _t("WeChat")};
    }
    return super.defaultChatIcon;
  },
});

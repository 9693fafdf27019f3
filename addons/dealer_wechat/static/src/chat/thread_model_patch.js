import {fields} from "@mail/core/common/record";
import {Thread} from "@mail/core/common/thread_model";
import {imageUrl} from "@web/core/utils/urls";
import {patch} from "@web/core/utils/patch";

/** A chat with a follower: a direct talk with one customer that nobody joins, leaves or renames. */
patch(Thread.prototype, {
  setup() {
    super.setup(...arguments);
    /** @type {{until: string|false, left: number, follows: boolean, template: boolean, identity: number}|undefined} */
    this.wechat_state = undefined;
    this.appAsWechats = fields.One("DiscussApp", {
      compute() {
        return this.isWechat ? this.store.discuss : null;
      },
    });
  },
  get isWechat() {
    return this.channel_type === "wechat";
  },
  get isChatChannel() {
    return this.isWechat || super.isChatChannel;
  },
  get supportsCustomChannelName() {
    return !this.isWechat && super.supportsCustomChannelName;
  },
  get hasMemberList() {
    return this.isWechat || super.hasMemberList;
  },
  get allowedToUnpinChannelTypes() {
    return [...super.allowedToUnpinChannelTypes, "wechat"];
  },
  get avatarUrl() {
    return this.isWechat ? imageUrl("discuss.channel", this.id, "avatar_128") : super.avatarUrl;
  },
  /** The customer is no member: nobody's presence in Odoo stands for theirs. */
  computeCorrespondent() {
    return this.isWechat ? undefined : super.computeCorrespondent();
  },
  get displayName() {
    return this.isWechat ? this.name : super.displayName;
  },
  _computeDiscussAppCategory() {
    return this.isWechat ? this.store.discuss.wechatCategory : super._computeDiscussAppCategory();
  },
  setAsDiscussThread() {
    super.setAsDiscussThread(...arguments);
    if (this.isWechat && this.store.env.services.ui.isSmall) {
      this.store.discuss.activeTab = "wechat";
    }
  },
});

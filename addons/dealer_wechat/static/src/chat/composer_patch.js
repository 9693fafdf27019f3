import {Composer} from "@mail/core/common/composer";
import {Message} from "@mail/core/common/message_model";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";
import {WechatWordDialog} from "./word_dialog";

const {DateTime} = luxon;

patch(Composer.prototype, {
  setup() {
    super.setup();
    this.wechatOrm = useService("orm");
    this.wechatNotification = useService("notification");
    this.wechatDialog = useService("dialog");
  },
  /** What the platform still takes, as whoever writes should know it; undefined in other chats. */
  get wechat() {
    const told = this.thread?.isWechat && !this.message ? this.thread.wechat_state : undefined;
    if (!told) {
      return undefined;
    }
    const until = told.until && deserializeDateTime(told.until);
    const open = Boolean(told.follows && until && until > DateTime.now() && told.left > 0);
    let text;
    if (!told.follows) {
      text = _t("The customer does not follow any more: call, or send a text message.");
    } else if (open) {
      text = _t("%(left)s answers left, until %(until)s", {
        left: told.left,
        until: formatDateTime(until, {format: "MM-dd HH:mm"}),
      });
    } else if (until && until > DateTime.now()) {
      text = _t("All five answers are used. They are free again when the customer writes.");
    } else {
      text = _t("48 hours have passed since the customer wrote.");
    }
    return {text, open, canAsk: told.follows && !open && told.template};
  },
  get placeholder() {
    return this.thread?.isWechat && !this.props.placeholder
      ? _t("Goes to the customer in WeChat")
      : super.placeholder;
  },
  get isSendButtonDisabled() {
    return super.isSendButtonDisabled || (this.wechat && !this.wechat.open);
  },
  /** Whoever writes a sensitive word is asked first; what is sent all the same is noted. */
  async sendMessage() {
    if (!this.wechat || (await this.wechatMayGoOut())) {
      await super.sendMessage(...arguments);
    }
  },
  async wechatMayGoOut() {
    const text = this.props.composer.composerText;
    const found = text.trim()
      ? await this.wechatOrm.call("discuss.channel", "wechat_warnings", [[this.thread.id], text])
      : [];
    if (!found.length) {
      return true;
    }
    return new Promise((resolve) => {
      this.wechatDialog.add(
        WechatWordDialog,
        {found, send: () => resolve(true)},
        {onClose: () => resolve(false)}
      );
    });
  },
  async onClickAskToWrite() {
    await this.wechatOrm.call("dealer.wechat.identity", "action_ask_to_write", [
      [this.thread.wechat_state.identity],
    ]);
    this.wechatNotification.add(_t("The customer is asked to write."), {type: "success"});
  },
});

/** What was sent is sent: neither edited nor deleted nor decorated. */
patch(Message.prototype, {
  get editable() {
    return !this.thread?.isWechat && super.editable;
  },
  canAddReaction(thread) {
    return !this.thread?.isWechat && super.canAddReaction(thread);
  },
});

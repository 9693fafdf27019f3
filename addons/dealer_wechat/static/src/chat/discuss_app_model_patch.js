import {fields} from "@mail/core/common/record";
import {DiscussApp} from "@mail/core/public_web/discuss_app_model";
import {DiscussAppCategory} from "@mail/discuss/core/public_web/discuss_app_category_model";
import {compareDatetime} from "@mail/utils/common/misc";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(DiscussApp.prototype, {
  setup() {
    super.setup(...arguments);
    this.wechats = fields.Many("Thread", {inverse: "appAsWechats"});
    this.wechatCategory = fields.One("DiscussAppCategory", {
      compute() {
        return {
          extraClass: "o-mail-DiscussSidebarCategory-wechat",
          hideWhenEmpty: true,
          icon: "fa fa-weixin",
          id: "dealer_wechat.category",
          name: _t("WeChat Customers"),
          sequence: 5,
        };
      },
      eager: true,
    });
  },
});

patch(DiscussAppCategory.prototype, {
  /** Who wrote last stands first. */
  sortThreads(t1, t2) {
    if (this.eq(this.app?.wechatCategory)) {
      return compareDatetime(t2.lastInterestDt, t1.lastInterestDt) || t2.id - t1.id;
    }
    return super.sortThreads(t1, t2);
  },
});

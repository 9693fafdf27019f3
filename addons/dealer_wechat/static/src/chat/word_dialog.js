import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";

/** Names the sensitive words of a message before it goes out, and what to do instead. */
export class WechatWordDialog extends Component {
  static template = "dealer_wechat.WordDialog";
  static components = {Dialog};
  static props = {
    found: {type: Array},
    send: {type: Function},
    close: {type: Function},
  };
  onClickSend() {
    this.props.send();
    this.props.close();
  }
}

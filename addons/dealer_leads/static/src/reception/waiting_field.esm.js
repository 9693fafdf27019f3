import {Component, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;
/** Guests wait at most this long until a consultant comes. */
const PATIENCE_MINUTES = 3;

/** How long guests wait or are being received, counted while one looks. */
export class WaitingField extends Component {
  static template = "dealer_leads.WaitingField";
  static props = {...standardFieldProps};

  setup() {
    this.state = useState({now: DateTime.local()});
    const timer = browser.setInterval(() => {
      this.state.now = DateTime.local();
    }, 10_000);
    onWillUnmount(() => browser.clearInterval(timer));
  }

  get visitState() {
    return this.props.record.data.state;
  }

  get minutes() {
    const {data} = this.props.record;
    const since =
      this.visitState === "receiving" && data.received_at
        ? data.received_at
        : data[this.props.name];
    return since ? Math.max(0, Math.floor(this.state.now.diff(since, "minutes").minutes)) : 0;
  }

  get text() {
    const arrived = this.props.record.data[this.props.name];
    if (!["waiting", "receiving"].includes(this.visitState)) {
      return arrived ? arrived.toFormat("HH:mm") : "";
    }
    return _t("%s min", this.minutes);
  }

  get className() {
    if (this.visitState === "waiting" && this.minutes >= PATIENCE_MINUTES) {
      return "text-danger fw-bold";
    }
    return "text-muted";
  }
}

registry.category("fields").add("dealer_waiting", {
  component: WaitingField,
  displayName: _t("Waiting Time"),
  supportedTypes: ["datetime"],
  fieldDependencies: [
    {name: "state", type: "selection"},
    {name: "received_at", type: "datetime"},
  ],
});

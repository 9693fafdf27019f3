import {Component, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;
/** The colour follows the time without asking the server. */
const LOOK_EVERY = 10000;
const SOON = 60;

/** Shows how long is left of a term, or by how much it is over, and counts on by itself. */
export class DueField extends Component {
  static template = "dealer_clock.DueField";
  static props = {
    ...standardFieldProps,
    doneField: {type: String, optional: true},
    pausedField: {type: String, optional: true},
  };

  setup() {
    this.state = useState({now: DateTime.now()});
    const timer = setInterval(() => {
      this.state.now = DateTime.now();
    }, LOOK_EVERY);
    onWillUnmount(() => clearInterval(timer));
  }

  get due() {
    return this.props.record.data[this.props.name];
  }

  get paused() {
    const {pausedField, record} = this.props;
    return Boolean(pausedField && record.data[pausedField]);
  }

  get done() {
    const {doneField, record} = this.props;
    return Boolean(doneField && record.data[doneField]);
  }

  get minutes() {
    return Math.floor(this.due.diff(this.state.now, "minutes").minutes);
  }

  get exact() {
    return formatDateTime(this.due);
  }

  get tone() {
    if (this.paused) {
      return "text-bg-secondary";
    }
    if (this.minutes < 0) {
      return "text-bg-danger";
    }
    return this.minutes < SOON ? "text-bg-warning" : "text-bg-info";
  }

  get words() {
    if (this.paused) {
      return _t("Paused");
    }
    if (this.minutes < 0) {
      return _t("%s over", this.length(-this.minutes));
    }
    return _t("%s left", this.length(this.minutes));
  }

  length(minutes) {
    if (minutes < 60) {
      return _t("%s min", minutes);
    }
    const hours = Math.floor(minutes / 60);
    if (hours < 24) {
      return _t("%(hours)s h %(minutes)s min", {hours, minutes: minutes % 60});
    }
    return _t("%s days", Math.floor(hours / 24));
  }
}

export const dueField = {
  component: DueField,
  supportedTypes: ["datetime"],
  listViewWidth: 130,
  extractProps: ({options}) => ({
    doneField: options.done_field,
    pausedField: options.paused_field,
  }),
};

registry.category("fields").add("dealer_due", dueField);

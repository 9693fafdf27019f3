import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {deserializeDateTime, formatDate} from "@web/core/l10n/dates";
import {AudioPlayer} from "../audio/audio_field.esm";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {useService} from "@web/core/utils/hooks";

const EVIDENCE = {
  system: "text-bg-success",
  witnessed: "text-bg-info",
  declared: "text-bg-light border",
};

/** All that happened with a customer in the store, the newest first; pages come as one asks. */
export class Timeline extends Component {
  static template = "dealer_base.Timeline";
  static components = {AudioPlayer};
  static props = {...standardWidgetProps};

  setup() {
    this.orm = useService("orm");
    this.action = useService("action");
    this.keepLast = new KeepLast();
    this.state = useState({rows: [], kinds: [], more: false, kind: false, busy: false});
    this.count = this.props.record.data.dealer_interaction_count;
    onWillStart(() => this.load());
    onWillUpdateProps(async (props) => {
      if (props.record.resId !== this.shown) {
        this.state.kind = false;
        await this.load(props);
      }
    });
    // Whoever logs a contact from the form wants to see it here.
    useRecordObserver(async (record) => {
      const count = record.data.dealer_interaction_count;
      if (record.resId === this.shown && count !== this.count) {
        this.count = count;
        await this.load();
      }
    });
  }

  get saved() {
    return Boolean(this.props.record.resId);
  }

  async fetch(record, before) {
    const kinds = this.state.kind ? [this.state.kind] : null;
    return this.keepLast.add(
      this.orm.call("dealer.timeline", "timeline_page", [record.resModel, record.resId], {
        kinds,
        before,
      })
    );
  }

  async load(props = this.props) {
    const {record} = props;
    this.shown = record.resId;
    this.count = record.data.dealer_interaction_count;
    if (!record.resId) {
      Object.assign(this.state, {rows: [], kinds: [], more: false});
      return;
    }
    Object.assign(this.state, await this.fetch(record, null));
  }

  async loadMore() {
    this.state.busy = true;
    try {
      const last = this.state.rows.at(-1);
      const page = await this.fetch(this.props.record, [last.moment, last.id]);
      this.state.rows.push(...page.rows);
      this.state.more = page.more;
    } finally {
      this.state.busy = false;
    }
  }

  async choose(kind) {
    this.state.kind = kind;
    await this.load();
  }

  async open(row) {
    this.action.doAction(await this.orm.call("dealer.timeline", "action_open", [[row.id]]));
  }

  async openList() {
    const {resModel, resId} = this.props.record;
    this.action.doAction(await this.orm.call(resModel, "action_dealer_timeline", [[resId]]));
  }

  /** The rows by day: `[{day, rows}]`. */
  get days() {
    const days = [];
    for (const row of this.state.rows) {
      const moment = deserializeDateTime(row.moment);
      const day = `${formatDate(moment)} ${moment.toFormat("ccc")}`;
      if (days.at(-1)?.day !== day) {
        days.push({day, rows: []});
      }
      days.at(-1).rows.push({...row, time: moment.toFormat("HH:mm")});
    }
    return days;
  }

  get total() {
    return this.state.kinds.reduce((sum, kind) => sum + kind.count, 0);
  }

  evidenceClass(row) {
    return EVIDENCE[row.evidence] || "text-bg-light border";
  }

  length(seconds) {
    if (seconds < 60) {
      return _t("%s s", seconds);
    }
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) {
      return _t("%(minutes)s min %(seconds)s s", {minutes, seconds: seconds % 60});
    }
    return _t("%(hours)s h %(minutes)s min", {
      hours: Math.floor(minutes / 60),
      minutes: minutes % 60,
    });
  }
}

registry.category("view_widgets").add("dealer_timeline", {component: Timeline});

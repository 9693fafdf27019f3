import {Component, onWillStart, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {useService} from "@web/core/utils/hooks";

const TRENDS = {
  up: {icon: "fa-long-arrow-up text-danger", label: _t("stronger")},
  down: {icon: "fa-long-arrow-down text-success", label: _t("weaker")},
  same: {icon: "fa-minus text-muted", label: _t("as before")},
  new: {icon: "fa-asterisk text-muted", label: _t("noted once")},
};

/** How strongly the customer of a lead felt about what, contact by contact. */
export class HeatMap extends Component {
  static template = "dealer_leads.HeatMap";
  static props = {...standardWidgetProps};

  setup() {
    this.orm = useService("orm");
    this.keepLast = new KeepLast();
    this.state = useState({columns: [], rows: [], by_week: false});
    onWillStart(() => this.load(this.props.record));
    // What was noted a moment ago is shown when the record was saved.
    useRecordObserver(async (record) => {
      const told = JSON.stringify([record.resId, record.data.dealer_insight_summary]);
      if (told !== this.told) {
        await this.load(record);
      }
    });
  }

  async load(record) {
    this.told = JSON.stringify([record.resId, record.data.dealer_insight_summary]);
    const nothing = {columns: [], rows: [], by_week: false};
    const map = record.resId
      ? await this.keepLast.add(this.orm.call("crm.lead", "dealer_heat_map", [record.resId]))
      : nothing;
    Object.assign(this.state, map);
  }

  /** The rows by kind, so that each kind has one heading. */
  get kinds() {
    const kinds = [];
    for (const row of this.state.rows) {
      if (kinds.at(-1)?.kind !== row.kind) {
        kinds.push({kind: row.kind, label: row.kind_label, rows: []});
      }
      kinds.at(-1).rows.push(row);
    }
    return kinds;
  }

  trend(row) {
    return TRENDS[row.trend];
  }

  cellClass(cell) {
    return cell === null ? "o_dealer_heat_none" : `o_dealer_heat_${cell}`;
  }

  cellLabel(row, cell, column) {
    if (cell === null) {
      return _t("%s: nothing noted", column.label);
    }
    return _t("%(name)s, %(column)s: strength %(strength)s", {
      name: row.name,
      column: `${column.label} ${column.about}`,
      strength: cell,
    });
  }

  /** The table in sentences, for who does not see colours. */
  get sentences() {
    return this.state.rows.map((row) =>
      _t("%(kind)s %(name)s: now %(strength)s of 5, %(trend)s", {
        kind: row.kind_label,
        name: row.name,
        strength: row.latest,
        trend: this.trend(row).label,
      })
    );
  }
}

registry.category("view_widgets").add("dealer_heat_map", {component: HeatMap});

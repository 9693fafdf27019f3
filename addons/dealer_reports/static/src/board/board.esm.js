import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {BoardChart} from "./board_chart.esm";
import {WorkbenchRenderer} from "@dealer_base/workbench/workbench_view.esm";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";
import {useService} from "@web/core/utils/hooks";

const PERIODS = {day: _t("Today"), week: _t("This Week"), month: _t("This Month")};
const BEFORE = {day: _t("Yesterday"), week: _t("Last Week"), month: _t("Last Month")};

/** How am I doing: the figures of the post, below the counters of its start page. */
export class DealerBoard extends Component {
  static template = "dealer_reports.Board";
  static components = {BoardChart};
  static props = {workbench: String};

  setup() {
    this.orm = useService("orm");
    this.action = useService("action");
    this.state = useState({board: null, course: null, radar: null});
    this.periods = PERIODS;
    onWillStart(() => this.load(this.props.workbench, "month", null));
    onWillUpdateProps(async (next) => {
      if (next.workbench !== this.props.workbench) {
        await this.load(next.workbench, "month", null);
      }
    });
  }

  call(method, ...args) {
    return this.orm.silent.call("dealer.board", method, args);
  }

  async load(workbench, period, scope) {
    const board = await this.call("board_read", workbench, period, scope);
    this.state.course = null;
    this.state.board = board;
    this.state.radar =
      board && board.axes && workbench !== "marketing"
        ? await this.call("board_radar", board.scope)
        : null;
  }

  turn(changes) {
    const {period, scope} = {...this.state.board, ...changes};
    return this.load(this.props.workbench, period, scope);
  }

  get beforeLabel() {
    return BEFORE[this.state.board.period];
  }

  number(value, isRate) {
    if (value === null) {
      return "–";
    }
    return isRate
      ? `${formatFloat(100 * value, {digits: [16, 1]})}%`
      : formatFloat(value, {digits: [16, 0]});
  }

  target(figure) {
    return figure.is_rate ? `${figure.target}%` : this.number(figure.target, false);
  }

  width(figure) {
    return Math.round(100 * Math.min(1, figure.reached || 0));
  }

  async open(key) {
    const {period, scope} = this.state.board;
    this.action.doAction(await this.call("board_open", key, period, scope));
  }

  async openAxis(key) {
    this.action.doAction(await this.call("board_open", key, "month", this.state.board.scope));
  }

  async show(key) {
    if (this.state.course && this.state.course.key === key) {
      this.state.course = null;
      return;
    }
    const course = await this.call("board_course", key, this.state.board.scope);
    this.state.course = {key, ...course};
  }

  get courseChart() {
    const {days, now, before, is_rate, label} = this.state.course;
    const factor = is_rate ? 100 : 1;
    const scaled = (values) => values.map((value) => (value === null ? null : factor * value));
    return {
      kind: "line",
      label,
      labels: days,
      sets: [
        {label: _t("This Month"), values: scaled(now)},
        {label: _t("Last Month"), values: scaled(before)},
      ],
      unit: is_rate ? "%" : "",
    };
  }

  get radarChart() {
    const {axes} = this.state.radar;
    const scaled = (name) => axes.map((axis) => (axis[name] === null ? 0 : 100 * axis[name]));
    return {
      kind: "radar",
      label: _t("Ability Radar"),
      labels: axes.map((axis) => axis.label),
      sets: [
        {label: this.scopeLabel, values: scaled("value")},
        {label: _t("Median of the Team"), values: scaled("median")},
      ],
      unit: "%",
    };
  }

  get scopeLabel() {
    const {scopes, scope} = this.state.board;
    return scopes.find((each) => each.key === scope).label;
  }
}

WorkbenchRenderer.components = {...WorkbenchRenderer.components, DealerBoard};

import {
  Component,
  onWillStart,
  onWillUpdateProps,
  onWillUnmount,
  useEffect,
  useRef,
  useState,
} from "@odoo/owl";
import {formatDate, deserializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const COLORS = {read: "#2f6fb2", questioned: "#e08e00", foreseen: "#8a8f98"};
const point = ([date, km]) => ({x: deserializeDate(date).toMillis(), y: km});

/** The mileage of a car over time: what was read, what is questioned, what is foreseen. */
export class MileageCurve extends Component {
  static template = "dealer_service.MileageCurve";
  static props = {...standardWidgetProps};

  setup() {
    this.orm = useService("orm");
    this.canvas = useRef("canvas");
    this.state = useState({readings: [], forecast: []});
    onWillStart(async () => {
      await Promise.all([loadBundle("web.chartjs_lib"), this.load(this.props.record.resId)]);
    });
    onWillUpdateProps(async (props) => {
      if (props.record.resId !== this.shown || props.record !== this.props.record) {
        await this.load(props.record.resId);
      }
    });
    useEffect(
      () => this.draw(),
      () => [this.state.readings, this.state.forecast]
    );
    onWillUnmount(() => this.chart?.destroy());
  }

  async load(id) {
    this.shown = id;
    const curve = id
      ? await this.orm.call("dealer.vehicle", "mileage_curve", [id])
      : {readings: [], forecast: []};
    Object.assign(this.state, curve);
  }

  draw() {
    this.chart?.destroy();
    this.chart = null;
    if (!this.canvas.el) {
      return;
    }
    const set = (label, points, color, more) => ({
      label,
      data: points.map(point),
      borderColor: color,
      backgroundColor: color,
      ...more,
    });
    const datasets = [
      set(
        _t("Read"),
        this.state.readings.filter((reading) => !reading[2]),
        COLORS.read,
        {showLine: true, pointRadius: 4}
      ),
      set(
        _t("Questioned"),
        this.state.readings.filter((reading) => reading[2]),
        COLORS.questioned,
        {pointStyle: "triangle", pointRadius: 6}
      ),
      set(_t("Foreseen"), this.state.forecast, COLORS.foreseen, {
        showLine: true,
        borderDash: [6, 6],
        pointRadius: 0,
      }),
    ];
    const day = (value) => formatDate(luxon.DateTime.fromMillis(value));
    // eslint-disable-next-line no-undef
    this.chart = new Chart(this.canvas.el, {
      type: "scatter",
      data: {datasets: datasets.filter((each) => each.data.length)},
      options: {
        animation: false,
        maintainAspectRatio: false,
        scales: {
          x: {bounds: "data", ticks: {callback: day, maxTicksLimit: 6}},
          y: {beginAtZero: true, title: {display: true, text: _t("km")}},
        },
        plugins: {
          tooltip: {
            callbacks: {
              label: ({parsed}) => `${day(parsed.x)}: ${Math.round(parsed.y)} ${_t("km")}`,
            },
          },
        },
      },
    });
  }
}

registry.category("view_widgets").add("dealer_mileage_curve", {
  component: MileageCurve,
});

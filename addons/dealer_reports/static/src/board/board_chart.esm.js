import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {getColor} from "@web/core/colors/colors";
import {loadBundle} from "@web/core/assets";

/** A chart of the board: a course of days, or the radar. */
export class BoardChart extends Component {
  static template = "dealer_reports.BoardChart";
  static props = {kind: String, label: String, labels: Array, sets: Array, unit: String};

  setup() {
    this.canvas = useRef("canvas");
    onWillStart(() => loadBundle("web.chartjs_lib"));
    useEffect(() => this.draw());
    onWillUnmount(() => this.chart && this.chart.destroy());
  }

  draw() {
    if (this.chart) {
      this.chart.destroy();
    }
    const radar = this.props.kind === "radar";
    const scale = {beginAtZero: true, ticks: {callback: (value) => `${value}${this.props.unit}`}};
    const scales = radar
      ? {
          r: {
            ...scale,
            max: 100,
            ticks: {...scale.ticks, stepSize: 25, backdropColor: "transparent"},
          },
        }
      : {y: {...scale, ticks: {...scale.ticks, precision: 0}}};
    this.chart = new Chart(this.canvas.el, {
      type: this.props.kind,
      data: {
        labels: this.props.labels,
        datasets: this.props.sets.map((set, index) => ({
          label: set.label,
          data: set.values,
          borderColor: getColor(index, "light", this.props.sets.length),
          backgroundColor: radar
            ? `${getColor(index, "light", this.props.sets.length)}33`
            : undefined,
          borderDash: index ? [4, 4] : [],
          pointRadius: radar ? 3 : 2,
          spanGaps: false,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        scales,
        plugins: {legend: {position: "bottom"}},
      },
    });
  }
}

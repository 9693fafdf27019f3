import {Domain} from "@web/core/domain";
import {GraphRenderer} from "@web/views/graph/graph_renderer";
import {PivotController} from "@web/views/pivot/pivot_controller";
import {PivotRenderer} from "@web/views/pivot/pivot_renderer";
import {graphView} from "@web/views/graph/graph_view";
import {pivotView} from "@web/views/pivot/pivot_view";
import {registry} from "@web/core/registry";
import {usePrint} from "./print/print_menu.esm";
import {useService} from "@web/core/utils/hooks";

/**
 * A number opens the rows that it counts: Odoo opens all rows of the cell, whatever was counted.
 *
 * @param {Object} orm
 * @param {String} model of the report
 * @param {String} measure whose number was clicked
 * @param {Array} domain of the cell
 * @returns {Promise<Array>}
 */
export async function rowsOf(orm, model, measure, domain) {
  const counted = await orm.call(model, "figure_domain", [measure]);
  return Domain.and([domain, counted]).toList();
}

export class FiguresPivotRenderer extends PivotRenderer {
  setup() {
    super.setup();
    this.orm = useService("orm");
  }

  onOpenView(cell, newWindow) {
    this.openedMeasure = cell.measure;
    super.onOpenView(cell, newWindow);
  }

  async openView(domain, views, context, newWindow) {
    const {resModel} = this.model.metaData;
    const rows = await rowsOf(this.orm, resModel, this.openedMeasure, domain);
    super.openView(rows, views, context, newWindow);
  }
}

export class FiguresPivotController extends PivotController {
  setup() {
    super.setup();
    usePrint(this.env, () => {
      const {activeMeasures, fullColGroupBys, fullRowGroupBys, resModel} = this.model.metaData;
      return {
        model: resModel,
        domain: this.model.searchParams.domain,
        measures: activeMeasures,
        rows: fullRowGroupBys,
        cols: fullColGroupBys,
      };
    });
  }
}

/** A table whose cells are the darker, the more they count. */
export class HeatPivotRenderer extends FiguresPivotRenderer {
  static template = "dealer_reports.HeatPivotRenderer";

  isInside(cell) {
    return cell.groupId.every((group) => group.length);
  }

  heat(cell) {
    const cells = this.table.rows.flatMap((row) => row.subGroupMeasurements);
    const most = Math.max(
      ...cells.filter((each) => this.isInside(each)).map((each) => each.value || 0)
    );
    const share = this.isInside(cell) && most > 0 ? (cell.value || 0) / most : 0;
    // Over the ground of the cell, which Odoo's classes insist on.
    return share ? `box-shadow: inset 0 0 0 100vmax rgba(220, 53, 69, ${0.65 * share})` : "";
  }
}

export class FiguresGraphRenderer extends GraphRenderer {
  setup() {
    super.setup();
    this.orm = useService("orm");
  }

  async openView(domain, views, context, newWindow) {
    const {resModel, measure} = this.model.metaData;
    const rows = await rowsOf(this.orm, resModel, measure, domain);
    super.openView(rows, views, context, newWindow);
  }
}

registry.category("views").add("dealer_figures_pivot", {
  ...pivotView,
  Controller: FiguresPivotController,
  Renderer: FiguresPivotRenderer,
});
registry.category("views").add("dealer_heat_pivot", {
  ...pivotView,
  Controller: FiguresPivotController,
  Renderer: HeatPivotRenderer,
});
registry.category("views").add("dealer_figures_graph", {
  ...graphView,
  Renderer: FiguresGraphRenderer,
});

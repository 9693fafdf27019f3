import {Component} from "@odoo/owl";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {STATIC_ACTIONS_GROUP_NUMBER} from "@web/search/action_menus/action_menus";
import {registry} from "@web/core/registry";
import {useBus, useService} from "@web/core/utils/hooks";

/** The view that is on the screen knows what it shows; it prints when it hears this. */
const PRINT = "dealer-print";

export class PrintMenu extends Component {
  static template = "dealer_reports.PrintMenu";
  static components = {DropdownItem};
  static props = {};

  onSelected() {
    this.env.searchModel.trigger(PRINT);
  }
}

registry.category("cogMenu").add("dealer-print", {
  Component: PrintMenu,
  groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
  isDisplayed: (env) =>
    ["dealer_figures_list", "dealer_figures_pivot"].includes(
      env.config.viewArch?.getAttribute("js_class")
    ),
});

/**
 * Print what the view shows when the menu asks for it.
 *
 * @param {Object} env of the view
 * @param {Function} shown returns the model and what is shown of it
 */
export function usePrint(env, shown) {
  const orm = useService("orm");
  const action = useService("action");
  useBus(env.searchModel, PRINT, async () => {
    const {model, ...table} = shown();
    const facets = env.searchModel.facets.map((facet) =>
      [facet.title, facet.values.join(` ${facet.separator || ""} `)].filter(Boolean).join(": ")
    );
    const report = await orm.call(model, "action_print", [
      {...table, title: env.config.getDisplayName(), facets: facets.join("; ")},
    ]);
    await action.doAction(report);
  });
}

import {ListController} from "@web/views/list/list_controller";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {usePrint} from "./print_menu.esm";

export class FiguresListController extends ListController {
  setup() {
    super.setup();
    usePrint(this.env, () => {
      const {root} = this.model;
      const ticked = root.selection.map((record) => record.resId);
      return {
        model: root.resModel,
        domain: ticked.length && !root.isDomainSelected ? [["id", "in", ticked]] : root.domain,
        columns: this.archInfo.columns
          .filter((column) => column.type === "field")
          .filter((column) => !column.optional || this.optionalActiveFields[column.name])
          .map((column) => column.name),
        groups: root.groupBy,
      };
    });
  }
}

registry.category("views").add("dealer_figures_list", {
  ...listView,
  Controller: FiguresListController,
});

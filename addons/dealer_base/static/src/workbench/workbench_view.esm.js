import {KanbanController} from "@web/views/kanban/kanban_controller";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {session} from "@web/session";

export class WorkbenchController extends KanbanController {
  get display() {
    // A start page has nothing to search or to turn over.
    return {...super.display, controlPanel: false};
  }
}

export class WorkbenchRenderer extends KanbanRenderer {
  static template = "dealer_base.WorkbenchRenderer";

  get runnerSleeps() {
    return Boolean(session.dealer_runner_sleeps);
  }
}

registry.category("views").add("dealer_workbench", {
  ...kanbanView,
  Controller: WorkbenchController,
  Renderer: WorkbenchRenderer,
});

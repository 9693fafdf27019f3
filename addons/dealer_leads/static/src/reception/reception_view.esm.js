import {onMounted, onWillUnmount} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {ReceptionDesk} from "./reception_desk.esm";
import {browser} from "@web/core/browser/browser";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";

/** The board of several desks and consultants shows what the others did. */
const RELOAD_DELAY = 20_000;

export class ReceptionController extends KanbanController {
  setup() {
    super.setup();
    let timer = null;
    onMounted(() => {
      timer = browser.setInterval(() => this.reload(), RELOAD_DELAY);
    });
    onWillUnmount(() => browser.clearInterval(timer));
  }

  async reload() {
    const inDialog = document.querySelector(".o_dialog");
    if (!document.hidden && !inDialog && this.model.isReady) {
      await this.model.load();
    }
  }
}

export class ReceptionRenderer extends KanbanRenderer {
  static template = "dealer_leads.ReceptionRenderer";
  static components = {...KanbanRenderer.components, ReceptionDesk};

  /** Who may register visits has the box; the server adds this from the rights. */
  get registers() {
    return this.props.archInfo.activeActions.create;
  }
}

registry.category("views").add("dealer_reception", {
  ...kanbanView,
  Controller: ReceptionController,
  Renderer: ReceptionRenderer,
});

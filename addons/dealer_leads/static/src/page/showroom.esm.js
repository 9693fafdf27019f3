import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

/** Tells that a car is looked at; the server counts it only of customers who agreed. */
export class ShowroomCar extends Interaction {
  static selector = ".o_dealer_showroom_car[data-seen]";

  start() {
    rpc("/showroom/seen", {car_id: Number(this.el.dataset.seen)}, {silent: true}).catch(() => {
      // The page is of use without being counted, e.g. where the net is gone.
    });
  }
}

registry.category("public.interactions").add("dealer_leads.showroom_car", ShowroomCar);

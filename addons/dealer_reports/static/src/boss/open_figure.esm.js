import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

/**
 * A link of the owner's phone: opens the records behind a number, or an alarm's record.
 *
 * The stores it concerns are switched on first; what is chosen in the switcher stays on.
 *
 * @param {Object} env
 * @param {Object} request with the parameters of the address
 * @returns {Promise<Object>} the action to go on with, none on the way back
 */
export async function openFigure(env, {params}) {
  // The records push an address of their own: who comes back by it wants the page, not them again.
  if (browser.history.state?.dealerFigureOpened) {
    browser.history.back();
    return null;
  }
  browser.history.replaceState(
    {...browser.history.state, dealerFigureOpened: true},
    "",
    browser.location.href
  );
  const {action, companies} = await env.services.orm.call("dealer.boss", "action_open", [], {
    figure: params.figure,
    unit: params.unit,
    date_from: params.from,
    date_to: params.to,
    clock: params.clock,
  });
  const active = user.activeCompanies.map((company) => company.id);
  const missing = companies.filter((company) => !active.includes(company));
  if (missing.length) {
    await user.activateCompanies([...active, ...missing], {
      includeChildCompanies: false,
      reload: false,
    });
  }
  return action;
}
openFigure.path = "dealer-figure";

registry.category("actions").add("dealer_figure", openFigure);

import {Component, onMounted, useEffect, useRef, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";
import {useDebounced} from "@web/core/utils/timing";
import {useService} from "@web/core/utils/hooks";

const MODEL = "dealer.visit";
const LOOKUP_DELAY = 150;

/** Look guests up and register them with the keyboard alone: type, Enter, Enter. */
export class ReceptionDesk extends Component {
  static template = "dealer_leads.ReceptionDesk";
  static props = {onRegistered: Function};

  setup() {
    this.orm = useService("orm");
    this.action = useService("action");
    this.notification = useService("notification");
    this.input = useRef("input");
    this.party = useRef("party");
    this.latest = new KeepLast();
    this.state = useState({
      text: "",
      found: null,
      active: 0,
      guest: null,
      choices: null,
      saving: false,
    });
    // What stands in the box when an answer comes may be longer than what was asked.
    this.asked = "";
    this.lookUpSoon = useDebounced(() => this.lookUp(), LOOKUP_DELAY);
    onMounted(() => {
      if (!this.env.isSmall) {
        this.input.el.focus();
      }
    });
    useEffect(
      (guest) => {
        if (guest && this.party.el) {
          this.party.el.focus();
          this.party.el.select();
        }
      },
      () => [this.state.guest]
    );
  }

  /** Cards that fit, and the guest who is not on file. */
  get offers() {
    const {found} = this.state;
    return found ? [...found.cards, {relation_id: false, ...found.guest, isNew: true}] : [];
  }

  async lookUp() {
    const text = this.state.text.trim();
    this.asked = text;
    if (!text) {
      this.state.found = null;
      return;
    }
    this.state.found = await this.latest.add(this.orm.call(MODEL, "reception_lookup", [text]));
    // Enter takes what is marked: never somebody who only has the same surname.
    this.state.active = this.state.found?.sure ? 0 : this.offers.length - 1;
  }

  onInput(ev) {
    this.state.text = ev.target.value;
    this.lookUpSoon();
  }

  async onKeydown(ev) {
    // Enter that ends the composition of a Chinese word is not for us.
    if (ev.isComposing) {
      return;
    }
    const last = this.offers.length - 1;
    if (ev.key === "ArrowDown") {
      this.state.active = Math.min(last, this.state.active + 1);
    } else if (ev.key === "ArrowUp") {
      this.state.active = Math.max(0, this.state.active - 1);
    } else if (ev.key === "Escape") {
      this.clear();
    } else if (ev.key === "Enter") {
      ev.preventDefault();
      await this.pickActive();
      return;
    } else {
      return;
    }
    ev.preventDefault();
  }

  async pickActive() {
    if (this.asked !== this.state.text.trim() || !this.state.found) {
      this.lookUpSoon.cancel();
      await this.lookUp();
    }
    const offer = this.offers[this.state.active];
    if (offer) {
      await this.pick(offer);
    }
  }

  async pick(offer) {
    if (offer.visit_id) {
      await this.open(offer.visit_id);
      return;
    }
    const choices = await this.orm.call(MODEL, "reception_choices", []);
    const [next] = choices.consultants;
    this.state.choices = choices;
    this.state.guest = {
      relation_id: offer.relation_id,
      card: offer.isNew ? "" : `${offer.name} ${offer.phone}`.trim(),
      visitor_name: offer.name || "",
      phone: offer.isNew ? offer.phone : "",
      plate: offer.isNew ? offer.plate : "",
      party_size: 1,
      purpose: "look",
      invited: false,
      consultant_id: offer.consultant_id || (next ? next.id : false),
      wished: false,
      series: "",
      source_id: false,
    };
  }

  open(visitId) {
    return this.action.doAction({
      type: "ir.actions.act_window",
      res_model: MODEL,
      res_id: visitId,
      views: [[false, "form"]],
    });
  }

  consultantLabel(consultant) {
    const words = {busy: _t("with guests"), off: _t("not on duty")};
    const word = words[consultant.state];
    return word ? `${consultant.name} (${word})` : consultant.name;
  }

  onChangeNumber(field, ev) {
    this.state.guest[field] = parseInt(ev.target.value, 10) || false;
  }

  onFormKeydown(ev) {
    if (ev.key === "Escape") {
      this.clear();
    }
  }

  async register() {
    if (this.state.saving) {
      return;
    }
    this.state.saving = true;
    try {
      // eslint-disable-next-line no-unused-vars -- the card is for the eye only
      const {card, ...values} = this.state.guest;
      const visit = await this.orm.call(MODEL, "reception_register", [values]);
      this.notification.add(_t("%s is registered.", visit.name), {type: "success"});
      this.clear();
      await this.props.onRegistered();
    } finally {
      this.state.saving = false;
    }
  }

  clear() {
    Object.assign(this.state, {text: "", found: null, guest: null, active: 0});
    this.asked = "";
    this.input.el?.focus();
  }
}

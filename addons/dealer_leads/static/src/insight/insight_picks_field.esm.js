import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const STRONGEST = 5;
const FIRST_TAP = 3;
const LONG_TAP = 600;
const KINDS = ["need", "competitor", "price", "objection"];

/**
 * Chips of what the customer thinks: a tap picks, further taps make it stronger; a long tap, the
 * cross or the delete key takes it back.
 */
export class InsightPicksField extends Component {
  static template = "dealer_leads.InsightPicksField";
  static props = {...standardFieldProps};

  setup() {
    this.orm = useService("orm");
    this.state = useState({kinds: []});
    this.pressed = null;
    onWillStart(async () => {
      const [topics, fields] = await Promise.all([
        this.orm.searchRead("dealer.insight.topic", [["kind", "in", KINDS]], ["name", "kind"], {
          order: "sequence, id",
        }),
        this.orm.call("dealer.insight.topic", "fields_get", [["kind"], ["selection"]]),
      ]);
      const labels = Object.fromEntries(fields.kind.selection);
      this.state.kinds = KINDS.map((kind) => ({
        kind,
        label: labels[kind],
        topics: topics.filter((topic) => topic.kind === kind),
      })).filter((group) => group.topics.length);
    });
  }

  get picks() {
    return this.props.record.data[this.props.name] || {};
  }

  get known() {
    return this.props.record.data.insight_known || {};
  }

  strength(topic) {
    return this.picks[topic.id];
  }

  isPicked(topic) {
    return topic.id in this.picks;
  }

  chipClass(topic) {
    if (this.isPicked(topic)) {
      return `o_dealer_heat_${this.strength(topic)} o_dealer_chip_picked`;
    }
    return this.known[topic.id] ? "o_dealer_chip_known" : "";
  }

  label(topic) {
    if (this.isPicked(topic)) {
      return this.strength(topic)
        ? _t("%(name)s, strength %(strength)s of 5", {
            name: topic.name,
            strength: this.strength(topic),
          })
        : _t("%s, settled", topic.name);
    }
    return this.known[topic.id]
      ? _t("%(name)s, known with strength %(strength)s", {
          name: topic.name,
          strength: this.known[topic.id],
        })
      : topic.name;
  }

  update(picks) {
    return this.props.record.update({[this.props.name]: picks});
  }

  tap(topic) {
    if (this.props.readonly) {
      return;
    }
    if (this.pressed === "long") {
      this.pressed = null;
      return;
    }
    const now = this.strength(topic);
    const next =
      now === undefined ? this.known[topic.id] || FIRST_TAP : Math.min(now + 1, STRONGEST);
    this.update({...this.picks, [topic.id]: next});
  }

  remove(topic) {
    const picks = {...this.picks};
    delete picks[topic.id];
    this.update(picks);
  }

  /** What was known before is settled now: an observation, too. */
  settle(topic) {
    this.update({...this.picks, [topic.id]: 0});
  }

  takeBack(topic) {
    if (this.props.readonly) {
      return;
    }
    if (this.isPicked(topic)) {
      this.remove(topic);
    } else if (this.known[topic.id]) {
      this.settle(topic);
    }
  }

  onPointerDown(topic) {
    this.pressed = "short";
    browser.clearTimeout(this.timer);
    this.timer = browser.setTimeout(() => {
      this.pressed = "long";
      this.takeBack(topic);
    }, LONG_TAP);
  }

  onPointerUp() {
    browser.clearTimeout(this.timer);
  }

  onKeydown(topic, event) {
    if (["Delete", "Backspace"].includes(event.key)) {
      event.preventDefault();
      this.takeBack(topic);
    } else if (["-", "ArrowDown"].includes(event.key) && this.isPicked(topic)) {
      event.preventDefault();
      this.update({...this.picks, [topic.id]: Math.max(1, this.strength(topic) - 1)});
    } else if (["+", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.tap(topic);
    }
  }
}

registry.category("fields").add("dealer_insight_picks", {
  component: InsightPicksField,
  displayName: _t("Chips of What Customers Think"),
  supportedTypes: ["json"],
  fieldDependencies: [{name: "insight_known", type: "json"}],
});

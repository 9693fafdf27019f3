import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const STARS = [1, 2, 3, 4, 5];

/** The questions of a call, one below the other, answered by a tap; a second tap takes it back. */
export class CallbackAnswersField extends Component {
  static template = "dealer_service.CallbackAnswersField";
  static props = {...standardFieldProps};

  stars = STARS;

  get answers() {
    return this.props.record.data[this.props.name].records;
  }

  get yesNo() {
    return [
      {value: "yes", label: _t("Yes")},
      {value: "no", label: _t("No")},
    ];
  }

  choices(answer) {
    return (answer.data.choices || "")
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  }

  isMissing(answer) {
    const {kind, required} = answer.data;
    return required && !this.props.readonly && !answer.data[kind];
  }

  starLabel(star) {
    return _t("%s of 5 stars", star);
  }

  tap(answer, field, value) {
    if (this.props.readonly) {
      return;
    }
    const empty = field === "stars" ? 0 : false;
    answer.update({[field]: answer.data[field] === value ? empty : value});
  }

  write(answer, event) {
    answer.update({text: event.target.value || false});
  }
}

registry.category("fields").add("dealer_callback_answers", {
  component: CallbackAnswersField,
  displayName: _t("Questions of a Call-Back"),
  supportedTypes: ["one2many"],
  // Which fields are read and written stands in the list that the form names.
  useSubView: true,
});

import {CharField} from "@web/views/fields/char/char_field";
import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * Whether the text is the address of a recording that a browser may play.
 *
 * @param {String} text
 * @returns {Boolean} false for all but http and https, e.g. for javascript:
 */
export function isPlayable(text) {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** Plays a recording; nothing is loaded before somebody presses play. */
export class AudioPlayer extends Component {
  static template = "dealer_base.AudioPlayer";
  static props = {url: String};

  get playable() {
    return isPlayable(this.props.url);
  }
}

/** A link to a recording: a player where it is read, a text where it is written. */
export class AudioField extends Component {
  static template = "dealer_base.AudioField";
  static components = {AudioPlayer, CharField};
  static props = {...standardFieldProps};

  get url() {
    return this.props.record.data[this.props.name] || "";
  }
}

registry.category("fields").add("dealer_audio", {
  component: AudioField,
  supportedTypes: ["char"],
});

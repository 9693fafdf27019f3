import {Component, onMounted, onWillUnmount} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const LOOK_EVERY = 2000;
const WORKING = ["queued", "running"];

/** A bar of a file that is being taken in; it asks the server on until the file is done. */
export class ImportProgressField extends Component {
  static template = "dealer_leads.ImportProgressField";
  static props = {...standardFieldProps};

  setup() {
    let timer = null;
    const look = async () => {
      const {record} = this.props;
      if (WORKING.includes(record.data.state) && !(await record.isDirty())) {
        await record.load();
      }
      timer = setTimeout(look, LOOK_EVERY);
    };
    onMounted(() => {
      timer = setTimeout(look, LOOK_EVERY);
    });
    onWillUnmount(() => clearTimeout(timer));
  }

  get percent() {
    return Math.floor(this.props.record.data[this.props.name]);
  }
}

registry.category("fields").add("dealer_import_progress", {
  component: ImportProgressField,
  supportedTypes: ["float"],
});

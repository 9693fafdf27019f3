import {Component, onMounted, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const ENGINE = "dealer.capacity";
/** Several people book at once; the board shows what the others did. */
const RELOAD_DELAY = 30_000;
const SNAP = 15;

/** Minutes after midnight as people read them. */
export function clock(minutes) {
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** What lies between the blocks of a day, within the hours; only where a unit is free. */
export function gaps(cell, units) {
  const found = [];
  for (const [start, stop] of cell.open) {
    const edges = new Set([start, stop]);
    for (const block of cell.blocks) {
      for (const edge of [block.from, block.to]) {
        if (edge > start && edge < stop) {
          edges.add(edge);
        }
      }
    }
    const marks = [...edges].sort((one, other) => one - other);
    for (let place = 0; place + 1 < marks.length; place++) {
      const [from, to] = [marks[place], marks[place + 1]];
      let used = 0;
      for (const block of cell.blocks) {
        used += block.from < to && block.to > from ? block.units : 0;
      }
      const last = found[found.length - 1];
      if (used < units && last && last.to === from) {
        last.to = to;
      } else if (used < units) {
        found.push({from, to});
      }
    }
  }
  return found;
}

/** Who is taken when, who is free and who is full: a week on a desk, a day on a phone. */
export class CapacityBoard extends Component {
  static template = "dealer_capacity.CapacityBoard";
  static props = {...standardActionServiceProps};

  setup() {
    this.orm = useService("orm");
    this.action = useService("action");
    this.ui = useService("ui");
    this.notification = useService("notification");
    this.keepLast = new KeepLast();
    this.state = useState({data: null, kind: null, unit: null, day: null, over: null});
    this.dragged = null;
    let timer = null;
    onWillStart(() => this.load());
    onMounted(() => {
      timer = browser.setInterval(() => this.reload(), RELOAD_DELAY);
    });
    onWillUnmount(() => browser.clearInterval(timer));
  }

  get phone() {
    return this.ui.isSmall;
  }

  get days() {
    return this.phone ? 1 : 7;
  }

  async load() {
    const {kind, day, unit} = this.state;
    const data = await this.keepLast.add(
      this.orm.call(ENGINE, "board", [kind, day, this.days, unit])
    );
    Object.assign(this.state, {data, kind: data.kind_id, unit: data.unit_id});
    if (data.days.length) {
      this.state.day = data.days[0].date;
    }
  }

  async reload() {
    if (!document.hidden && !this.dragged && !document.querySelector(".o_dialog")) {
      await this.load();
    }
  }

  chooseKind(kind) {
    this.state.kind = kind;
    return this.load();
  }

  chooseUnit(ev) {
    this.state.unit = parseInt(ev.target.value, 10);
    return this.load();
  }

  step(direction) {
    const day = luxon.DateTime.fromISO(this.state.day).plus({days: direction * this.days});
    this.state.day = day.toISODate();
    return this.load();
  }

  today() {
    this.state.day = null;
    return this.load();
  }

  clock(minutes) {
    return clock(minutes);
  }

  gaps(row, cell) {
    return gaps(cell, row.units);
  }

  /** Blocks and free times of a day in one list, for phones. */
  agenda(row, cell) {
    const free = gaps(cell, row.units).map((gap) => ({...gap, free: true}));
    return [...cell.blocks, ...free].sort((one, other) => one.from - other.from);
  }

  /** Place of a stretch of time in the day's bar. */
  place(from, to) {
    const {from: first, to: last} = this.state.data;
    const whole = last - first;
    const left = Math.max(0, (100 * (from - first)) / whole);
    const right = Math.min(100, (100 * (to - first)) / whole);
    return `left: ${left}%; width: ${right - left}%`;
  }

  words(cell) {
    if (!cell.open_minutes) {
      return _t("Closed");
    }
    if (!cell.free_minutes) {
      return _t("Full");
    }
    return _t("%s h free", Math.round(cell.free_minutes / 6) / 10);
  }

  tone(cell) {
    if (!cell.open_minutes) {
      return "text-muted";
    }
    return cell.free_minutes ? "text-success" : "text-danger";
  }

  blockClass(block) {
    const tones = {
      held: "text-bg-warning",
      confirmed: "text-bg-primary",
      consumed: "text-bg-secondary",
    };
    const tone = block.conflict ? "text-bg-danger" : tones[block.state];
    return `${tone} ${block.movable ? "o_dealer_movable" : ""}`;
  }

  blockTitle(block) {
    const name = block.title || (block.state === "held" ? _t("Being booked") : _t("Taken"));
    const words = `${clock(block.from)}–${clock(block.to)} ${name}`;
    return block.conflict ? `${words}\n${block.conflict}` : words;
  }

  blockName(block) {
    return block.title || (block.state === "held" ? _t("Being booked") : _t("Taken"));
  }

  async open(block) {
    if (!block.booking_id) {
      return;
    }
    await this.action.doAction({
      type: "ir.actions.act_window",
      res_model: "dealer.capacity.booking",
      res_id: block.booking_id,
      views: [[false, "form"]],
    });
  }

  book(day) {
    const context = {default_unit_id: this.state.unit};
    if (day) {
      context.default_day = day;
    }
    return this.action.doAction("dealer_capacity.dealer_capacity_book_action", {
      additionalContext: context,
      onClose: () => this.load(),
    });
  }

  // ------------------------------------------------------------
  // Moving by dragging
  // ------------------------------------------------------------

  onDragStart(ev, block) {
    const bar = ev.target.closest(".o_dealer_bar").getBoundingClientRect();
    const {from, to} = this.state.data;
    const grabbed = from + ((ev.clientX - bar.left) / bar.width) * (to - from);
    this.dragged = {block, offset: grabbed - block.from};
    ev.dataTransfer.effectAllowed = "move";
    ev.dataTransfer.setData("text/plain", String(block.id));
  }

  onDragEnd() {
    this.dragged = null;
    this.state.over = null;
  }

  /** The minute after midnight at which the block would begin if it were dropped here. */
  dropMinute(ev, row) {
    const bar = ev.currentTarget.getBoundingClientRect();
    const {from, to} = this.state.data;
    const minute = from + ((ev.clientX - bar.left) / bar.width) * (to - from);
    const snap = Math.max(SNAP, row.step);
    return Math.max(0, Math.round((minute - this.dragged.offset) / snap) * snap);
  }

  onDragOver(ev, row, cell) {
    if (!this.dragged) {
      return;
    }
    ev.preventDefault();
    const over = {row: row.id, date: cell.date, minute: this.dropMinute(ev, row)};
    const old = this.state.over;
    if (!old || ["row", "date", "minute"].some((name) => old[name] !== over[name])) {
      this.state.over = over;
    }
  }

  overStyle() {
    const {block} = this.dragged;
    const {minute} = this.state.over;
    return this.place(minute, minute + block.to - block.from);
  }

  isOver(row, cell) {
    const {over} = this.state;
    return this.dragged && over && over.row === row.id && over.date === cell.date;
  }

  async onDrop(ev, row, cell) {
    if (!this.dragged) {
      return;
    }
    ev.preventDefault();
    const {block} = this.dragged;
    const minute = this.dropMinute(ev, row);
    this.onDragEnd();
    await this.move(block, row, cell.date, minute);
  }

  async move(block, row, date, minute) {
    try {
      await this.orm.call(ENGINE, "board_move", [block.booking_id, block.id, row.id, date, minute]);
      this.notification.add(
        _t("Moved to %(name)s, %(time)s", {name: row.name, time: clock(minute)}),
        {
          type: "success",
        }
      );
    } catch (error) {
      const message = error.data && error.data.message;
      if (!message) {
        throw error;
      }
      this.notification.add(message, {title: _t("Not moved"), type: "danger", sticky: true});
    }
    await this.load();
  }
}

registry.category("actions").add("dealer_capacity_board", CapacityBoard);

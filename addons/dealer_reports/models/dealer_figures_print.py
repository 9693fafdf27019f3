from datetime import date, datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from ..tools.paper import cut_pages

#: A print of more is read by nobody, and holds up the server.
MOST_LINES = 1000
MOST_COLUMNS = 45
#: Size of the letters in pixels, the smaller one from so many columns on.
NORMAL, SMALL, MANY_COLUMNS = 11, 9, 24
#: So many stores are named one by one.
MOST_STORES = 3


class DealerFiguresPrint(models.AbstractModel):
    """Reports on paper: the table that stands on the screen, on A4, with the same rights.

    The client says what it shows (a search, columns or groups); every number is read anew, as who
    prints.
    """

    _name = "dealer.figures.print"
    _description = "Reports on Paper"
    #: The field that says of which days the rows are.
    _print_day = "day"

    @api.model
    def action_print(self, shown):
        """Return the action that prints what the client shows; refuse what is too much for paper.

        :param dict shown: ``title``, ``domain``, ``facets`` (words of the search), and either
            ``columns`` (names) and ``groups`` of a list, or ``measures``, ``rows`` and ``cols`` of
            a pivot
        """
        self.browse().check_access("read")
        self._print_table(shown)
        report = self.env.ref(f"dealer_reports.action_print_{self._table}")
        return report.report_action(None, data=dict(shown), config=False)

    @api.model
    def _print_values(self, shown):
        """Return what the template prints."""
        domain = Domain(shown.get("domain") or [])
        table = self._print_table(shown)
        [(first, last)] = self._read_group(
            domain, [], [f"{self._print_day}:min", f"{self._print_day}:max"]
        )
        units = [unit for (unit,) in self._read_group(domain, ["unit_id"]) if unit]
        # Names of stores are no secret.
        stores = [unit.sudo().name for unit in units[:MOST_STORES]]
        if len(units) > MOST_STORES:
            stores.append(self.env._("%s stores in all", len(units)))
        days = [format_date(self.env, self._print_date(day)) for day in (first, last) if day]
        size = SMALL if len(table["head"]) > MANY_COLUMNS else NORMAL
        shares, pages = cut_pages(table["head"], table["lines"], size)
        return {
            "table": table,
            "size": size,
            "shares": shares,
            "pages": pages,
            "title": str(shown.get("title") or self._description),
            "stores": "、".join(stores),
            "period": " – ".join(dict.fromkeys(days)),
            "facets": str(shown.get("facets") or ""),
            "printed_by": self.env.user.name,
            "printed_at": format_datetime(self.env, fields.Datetime.now(), dt_format="short"),
        }

    def _print_date(self, moment):
        if isinstance(moment, datetime):
            return fields.Datetime.context_timestamp(self, moment).date()
        return moment

    def _print_table(self, shown):
        """Return ``{"head": [label], "lines": [{"kind", "level", "cells"}]}``.

        :raise UserError: when it is more than paper holds
        """
        return self._print_pivot(shown) if shown.get("measures") else self._print_list(shown)

    def _print_check(self, lines, columns):
        if lines > MOST_LINES:
            raise UserError(
                self.env._(
                    "%(lines)s lines are too many to print, %(most)s at most. Choose a shorter"
                    " period or fewer people, or export to Excel.",
                    lines=lines,
                    most=MOST_LINES,
                )
            )
        if columns > MOST_COLUMNS:
            raise UserError(
                self.env._(
                    "%(columns)s columns do not fit on a sheet, %(most)s at most. Hide some, or"
                    " export to Excel.",
                    columns=columns,
                    most=MOST_COLUMNS,
                )
            )

    # ------------------------------------------------------------------ lists

    def _print_list(self, shown):
        domain = Domain(shown.get("domain") or [])
        # What the user may not read is not in it.
        known = self.fields_get(shown.get("columns") or ["display_name"])
        names = [name for name in shown.get("columns") or ["display_name"] if name in known]
        count = self.search_count(domain)
        self._print_check(count, len(names))
        group = next((self._print_group(spec) for spec in shown.get("groups") or []), None)
        order = ", ".join(filter(None, (group, self._order)))
        rows = self.search(domain, order=order).read([*names, *([group] if group else [])])
        lines, last = [], None
        for row in rows:
            if group:
                heading = self._print_cell(self._fields[group], row[group])
                if heading != last or not lines:
                    lines.append({"kind": "group", "level": 0, "cells": [heading or "–"]})
                last = heading
            cells = [self._print_cell(self._fields[name], row[name]) for name in names]
            lines.append({"kind": "row", "level": 0, "cells": cells})
        sums = [
            sum(row[name] or 0 for row in rows) if self._print_adds_up(name) else ""
            for name in names
        ]
        if not self._print_adds_up(names[0]):
            sums[0] = self.env._("Total (%s)", count)
        lines.append({"kind": "total", "level": 0, "cells": sums})
        return {
            "head": [known[name]["string"] for name in names],
            "numbers": [self._print_is_number(name) for name in names],
            "lines": lines,
            "wide": False,
        }

    def _print_group(self, spec):
        """Return the field that a list is grouped by, None for pieces of time."""
        name = spec.split(":")[0]
        field = self._fields.get(name)
        return name if field and ":" not in spec and field._description_sortable else None

    def _print_is_number(self, name):
        return self._fields[name].type in ("integer", "float", "monetary")

    def _print_adds_up(self, name):
        field = self._fields[name]
        return field.type == "integer" and field.aggregator == "sum"

    def _print_cell(self, field, value):
        """Return a value as words, from what ``read`` says."""
        if field.type == "boolean":
            return "✓" if value else ""
        if field.type in ("integer", "float", "monetary"):
            return self._print_number(value, field.name.startswith("rate_"))
        if not value:
            return ""
        if field.type == "many2one":
            return value[1]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "datetime":
            return format_datetime(self.env, value, dt_format="short")
        if field.type == "date":
            return format_date(self.env, value)
        return str(value)

    def _print_number(self, value, is_share=False):
        if value is None or value is False:
            return ""
        if is_share:
            return f"{value:.1%}"
        return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)

    # ------------------------------------------------------------------ pivots

    def _print_pivot(self, shown):
        domain = Domain(shown.get("domain") or [])
        rows, cols = list(shown.get("rows") or []), list(shown.get("cols") or [])
        measures = list(shown["measures"])
        specs = [self._print_aggregate(name) for name in measures]
        heads = self._print_groups(domain, cols, specs) if cols else {}
        places = [(), *(key for key in heads if key)]
        columns = [*places[1:], ()] if cols else [()]
        self._print_check(0, len(columns) * len(measures) + 1)
        tree, lines = {}, []
        for depth in range(len(rows) + 1):
            found = {}
            for place_specs in ([], cols) if cols else ([],):
                groups = self.formatted_read_group(domain, rows[:depth] + place_specs, specs)
                for group in groups:
                    key = tuple(self._print_key(group[spec]) for spec in rows[:depth])
                    place = tuple(self._print_key(group[spec]) for spec in place_specs)
                    found.setdefault(key, {})[place] = [group[spec] for spec in specs]
                self._print_check(len(found) + len(tree), 0)
            tree.update(found)
        for key in self._print_sorted(tree):
            cells = [
                self._print_number(value, name.startswith("rate_"))
                for place in columns
                for name, value in zip(
                    measures, tree[key].get(place, [None] * len(measures)), strict=True
                )
            ]
            label = self._print_label(rows[len(key) - 1], key[-1]) if key else self.env._("Total")
            kind = "row" if key and len(key) == len(rows) else "group"
            lines.append(
                {"kind": kind if key else "total", "level": len(key), "cells": [label, *cells]}
            )
        labels = self.fields_get([name for name in measures if name != "__count"])
        names = [
            labels[name]["string"] if name in labels else self.env._("Count") for name in measures
        ]
        head = [""]
        for place in columns:
            words = " / ".join(
                self._print_label(spec, value) for spec, value in zip(cols, place, strict=False)
            )
            total = self.env._("Total") if cols and not place else ""
            place_words = words or total
            if len(measures) == 1 and place_words:
                head.append(place_words)
            else:
                head += [f"{place_words} {name}".strip() for name in names]
        return {
            "head": head,
            "numbers": [False, *(True for _place in columns for _name in measures)],
            "lines": lines,
            "wide": True,
        }

    def _print_groups(self, domain, groupby, specs):
        """Return ``{key: group}`` in the order of the screen."""
        return {
            tuple(self._print_key(group[spec]) for spec in groupby): group
            for group in self.formatted_read_group(domain, groupby, specs)
        }

    def _print_aggregate(self, name):
        if name == "__count":
            return name
        field = self._fields.get(name)
        if not field or not field.aggregator:
            raise UserError(self.env._("There is no figure “%s” in this report.", name))
        return f"{name}:{field.aggregator}"

    def _print_key(self, value):
        return tuple(value) if isinstance(value, (list, tuple)) else value

    def _print_sorted(self, tree):
        """Return the keys with each group before its parts, in the order in which they were read."""
        below = {}
        for key in tree:
            if key:
                below.setdefault(key[:-1], []).append(key)

        def walk(key):
            yield key
            for child in below.get(key, ()):
                yield from walk(child)

        return list(walk(())) if () in tree else []

    def _print_label(self, spec, value):
        field = self._fields[spec.split(":")[0]]
        if isinstance(value, tuple):
            return str(value[1])
        if value is False or value is None:
            return self.env._("None")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, str(value))
        return format_date(self.env, value) if isinstance(value, date) else str(value)

from collections import defaultdict

from psycopg2 import errors

from odoo.tools import SQL

#: What may be in the way of one row that is to point elsewhere; it stays where it is then.
IN_THE_WAY = (errors.UniqueViolation, errors.ExclusionViolation, errors.CheckViolation)
#: Names of records in XML files, log-ins, companies, and pairs of files are not moved.
STAYS = {"dealer.duplicate", "ir.model.data", "res.company", "res.users"}


def pointers(env, name):
    """Yield ``(kind, field)`` of all stored fields of the registry that can point to ``name``.

    ``kind`` is ``many2one``, ``many2one_reference`` (a model's name and a number), ``reference`` or
    ``many2many``. Odoo's own merge of contacts asks the foreign keys of the database; the registry
    knows references without a foreign key, too, and which columns follow from others.
    """
    seen = set()
    for model_name in sorted(env.registry):
        model = env[model_name]
        if model._abstract or model._transient or not model._auto or model_name in STAYS:
            continue
        for field in model._fields.values():
            if not field.store or field.inherited or field.company_dependent:
                continue
            if field.type == "many2many":
                if name not in (field.comodel_name, model_name):
                    continue
                for key in _sides(field, model_name, name):
                    if key not in seen:
                        seen.add(key)
                        yield "many2many", field
            elif field.compute and field.readonly:
                continue  # it follows from what it is computed from
            elif (field.type == "many2one" and field.comodel_name == name) or (
                field.type in ("many2one_reference", "reference")
            ):
                yield field.type, field


def _sides(field, model_name, name):
    """Return ``(table, column, other column)`` of the sides of a many2many that hold ``name``."""
    sides = []
    if model_name == name:
        sides.append((field.relation, field.column1, field.column2))
    if field.comodel_name == name:
        sides.append((field.relation, field.column2, field.column1))
    return sides


class Journal:
    """Changes that can be taken back: which column of which rows, what stood there, what stands now.

    It changes columns past ``write()``: moving a document to another file is no change of the
    document that its guards, its mails and its terms should follow. Stored values that are computed
    are computed again; those that people may edit as well are left as they are. Values are kept as
    the database writes them as text, which is without loss for every type of column.
    """

    def __init__(self, env, entries=()):
        # The journal works for the system: rows of other stores are moved with the rest, unseen.
        # Whoever calls has checked the right on what is merged.
        quiet = {"active_test": False, "tracking_disable": True, "mail_notrack": True}
        self.env = env(su=True, context={**env.context, **quiet})
        self.entries = list(entries)

    # ------------------------------------------------------------ changing

    def put(self, records, **values):
        """Write values into fields of ``records``, all at once, and remember what stood there."""
        if records:
            records = records.with_env(self.env)
            columns = {
                name: records._fields[name].convert_to_column(value, records[:1])
                for name, value in values.items()
            }
            self._note(records._name, records.ids, columns)

    def find(self, sources):
        """Return ``[(kind, field, {source id: row ids})]`` of the rows that point to ``sources``.

        Rows of a many2many are named by the other side.
        """
        self.env.flush_all()
        found = []
        for kind, field in pointers(self.env, sources._name):
            if kind == "many2many":
                for table, column, other in _sides(field, field.model_name, sources._name):
                    rows = self.env.execute_query(
                        SQL(
                            "SELECT %s, %s FROM %s WHERE %s IN %s",
                            SQL.identifier(column),
                            SQL.identifier(other),
                            SQL.identifier(table),
                            SQL.identifier(column),
                            tuple(sources.ids),
                        )
                    )
                    self._group(found, (table, column, other), field, rows)
            else:
                rows = self._find_rows(kind, field, sources)
                self._group(found, kind, field, rows)
        return found

    def _find_rows(self, kind, field, sources):
        model = self.env[field.model_name]
        column, table = SQL.identifier(field.name), SQL.identifier(model._table)
        where = [SQL("%s IN %s", column, tuple(sources.ids))]
        source = column
        if kind == "many2one_reference":
            named = model._fields.get(field.model_field)
            if not named or not named.store:
                return []
            where.append(SQL("%s = %s", SQL.identifier(named.name), sources._name))
            if model._name == "ir.attachment":
                where.append(SQL("res_field IS NULL"))  # pictures are values of the file itself
        elif kind == "reference":
            names = tuple(f"{sources._name},{source_id}" for source_id in sources.ids)
            where = [SQL("%s IN %s", column, names)]
            source = SQL("split_part(%s, ',', 2)::int", column)
        if model._name == sources._name:
            where.append(SQL("id NOT IN %s", tuple(sources.ids)))
        return self.env.execute_query(
            SQL("SELECT %s, id FROM %s WHERE %s", source, table, SQL(" AND ").join(where))
        )

    @staticmethod
    def _group(found, kind, field, rows):
        by_source = defaultdict(list)
        for source_id, row_id in rows:
            by_source[source_id].append(row_id)
        if by_source:
            found.append((kind, field, dict(by_source)))

    def redirect(self, sources, target):
        """Let all rows that point to ``sources`` point to ``target``, in all tables.

        A row that cannot, because ``target`` has one like it, stays where it is.

        :return: ``{model: row ids}`` of what stayed
        """
        stayed = defaultdict(list)
        for kind, field, by_source in self.find(sources):
            if isinstance(kind, tuple):
                for source_id, others in by_source.items():
                    self._move_pairs(field, kind, source_id, target.id, others)
                continue
            value = f"{target._name},{target.id}" if kind == "reference" else target.id
            for row_ids in by_source.values():
                # A file does not point to itself.
                own = target.ids if field.model_name == target._name else []
                row_ids = [row_id for row_id in row_ids if row_id not in own]
                stayed[field.model_name] += self._try(field, row_ids, value)
        return {model: rows for model, rows in stayed.items() if rows}

    def _try(self, field, row_ids, value):
        """Point rows elsewhere, together or one by one; return the ids of those that cannot."""
        if not row_ids:
            return []
        try:
            with self.env.cr.savepoint(flush=False):
                self._note(field.model_name, row_ids, {field.name: value})
            return []
        except IN_THE_WAY:
            if len(row_ids) == 1:
                return row_ids
        return [row for row_id in row_ids for row in self._try(field, [row_id], value)]

    def _move_pairs(self, field, side, source_id, target_id, others):
        table, column, other = side
        self.env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(column)s = %(target)s"
                " WHERE %(column)s = %(source)s AND %(other)s IN %(others)s AND NOT EXISTS ("
                "SELECT FROM %(table)s AS had"
                " WHERE had.%(column)s = %(target)s AND had.%(other)s = %(table)s.%(other)s)"
                " RETURNING %(other)s",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                other=SQL.identifier(other),
                source=source_id,
                target=target_id,
                others=tuple(others),
            )
        )
        moved = sorted(row[0] for row in self.env.cr.fetchall())
        self.env[field.model_name].invalidate_model([field.name], flush=False)
        if moved:
            self.entries.append(
                {
                    "model": field.model_name,
                    "fields": [field.name],
                    "pairs": list(side),
                    "new": target_id,
                    "old": [[source_id, moved]],
                }
            )

    def _note(self, model_name, row_ids, values):
        model = self.env[model_name]
        self.env.flush_all()
        old = self.env.execute_query(
            SQL(
                "SELECT %s, array_agg(id ORDER BY id) FROM %s WHERE id IN %s GROUP BY 1",
                self._texts(values),
                SQL.identifier(model._table),
                tuple(row_ids),
            )
        )
        new = self._write(model, row_ids, values)
        self.entries.append(
            {
                "model": model_name,
                "fields": list(values),
                "new": new,
                "old": [[texts, ids] for texts, ids in old],
            }
        )

    @staticmethod
    def _texts(names):
        columns = SQL(", ").join(SQL("%s::text", SQL.identifier(name)) for name in names)
        return SQL("ARRAY[%s]", columns)

    def _write(self, model, row_ids, values):
        """Write columns, have computed what follows from them; return the values as texts."""
        records = model.browse(row_ids)
        records.modified(list(values), before=True)
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id IN %s RETURNING %s",
                SQL.identifier(model._table),
                SQL(", ").join(
                    SQL(
                        "%s = %s::%s",
                        SQL.identifier(name),
                        value,
                        SQL(model._fields[name].column_type[1]),
                    )
                    for name, value in values.items()
                ),
                tuple(row_ids),
                self._texts(values),
            ),
            log_exceptions=False,
        )
        texts = self.env.cr.fetchall()
        records.invalidate_recordset(list(values), flush=False)
        for name in values:
            for inverse in model.pool.field_inverses[model._fields[name]]:
                self.env[inverse.model_name].invalidate_model([inverse.name], flush=False)
        records.modified(list(values))
        self._spare_edited()
        return texts[0][0] if texts else None

    def _spare_edited(self):
        """Leave alone what was computed once and belongs to people since, e.g. a lead's number."""
        for field in list(self.env.fields_to_compute()):
            if not field.readonly:
                records = self.env.records_to_compute(field)
                self.env.remove_to_compute(field, records)

    # ------------------------------------------------------------ taking back

    def changed_since(self):
        """Return ``[(model, field name, row ids)]`` of values that are not as they were left."""
        self.env.flush_all()
        changed, later = [], set()
        for entry in reversed(self.entries):
            now = self._read(entry)
            for place, name in enumerate(entry["fields"]):
                # What a later entry changed once more is looked at there. Rows that are gone are
                # in nobody's way.
                wrong = [
                    row_id
                    for row_id, texts in now.items()
                    if texts[place] != entry["new"][place]
                    and (entry["model"], name, row_id) not in later
                ]
                later |= {(entry["model"], name, row_id) for row_id in now}
                if wrong:
                    changed.append((entry["model"], name, wrong))
        return changed

    def _read(self, entry):
        """Return ``{row id: values as texts}`` of the rows of an entry that are still there."""
        if "pairs" in entry:
            return {}  # a pair that was taken away meanwhile stays away
        ids = [row_id for _old, row_ids in entry["old"] for row_id in row_ids]
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE id IN %s",
                self._texts(entry["fields"]),
                SQL.identifier(self.env[entry["model"]]._table),
                tuple(ids),
            )
        )
        return dict(rows)

    def revert(self):
        """Put back what stood there, the last change first; rows that are gone stay gone."""
        self.env.flush_all()
        for entry in reversed(self.entries):
            model = self.env[entry["model"]]
            for old, row_ids in entry["old"]:
                if "pairs" in entry:
                    field = model._fields[entry["fields"][0]]
                    Journal(self.env)._move_pairs(field, entry["pairs"], entry["new"], old, row_ids)
                elif standing := model.browse(row_ids).exists():
                    self.env.flush_all()
                    self._write(model, standing.ids, dict(zip(entry["fields"], old, strict=True)))
        self.env.flush_all()
        self.env.invalidate_all()

    def moves(self, name):
        """Yield ``(records, field name, before, after)`` of what points to another ``name`` now."""
        files = self.env[name]
        for entry in self.entries:
            if "pairs" in entry:
                continue
            model = self.env[entry["model"]]
            for place, field_name in enumerate(entry["fields"]):
                field = model._fields[field_name]
                if field.type != "many2one" or field.comodel_name != name:
                    continue
                for old, ids in entry["old"]:
                    before, after = (
                        files.browse(int(texts[place]) if texts[place] else [])
                        for texts in (old, entry["new"])
                    )
                    yield model.browse(ids).exists(), field_name, before, after

    def rows(self):
        """Return ``{model: row ids}`` of all rows that were moved or changed."""
        rows = defaultdict(set)
        for entry in self.entries:
            for _old, ids in entry["old"]:
                # A pair is a row of the other side: its documents did not change.
                if "pairs" not in entry:
                    rows[entry["model"]].update(ids)
        return rows

    def count(self):
        """Return how many rows were moved or changed."""
        return sum(len(ids) for ids in self.rows().values())

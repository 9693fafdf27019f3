"""Chinese terms of helpdesk_mgmt, which ships none.

They lie in ``i18n_extra/<language>.po`` of this addon. What Odoo keeps in the database (views,
fields, menus, records) it takes from there by itself: an entry names the record it belongs to. Words
in code are looked up under the addon that says them, so they are handed on when Odoo starts; a
translation that helpdesk_mgmt ships one day goes before ours.
"""

from pathlib import Path

from odoo.tools.misc import ReadonlyDict
from odoo.tools.translate import (
    JAVASCRIPT_TRANSLATION_COMMENT,
    PYTHON_TRANSLATION_COMMENT,
    code_translations,
    translation_file_reader,
)

MODULE = "helpdesk_mgmt"
FOLDER = Path(__file__).parent.parent / "i18n_extra"


def hand_on_terms():
    """Let Odoo find our translations of helpdesk_mgmt's words in code."""
    for path in sorted(FOLDER.glob("*.po")):
        rows = [row for row in _read(path) if row["type"] == "code" and row["value"]]
        lang = path.stem
        theirs = code_translations.get_python_translations(MODULE, lang)
        python = _of_kind(rows, PYTHON_TRANSLATION_COMMENT)
        code_translations.python_translations[MODULE, lang] = ReadonlyDict({**python, **theirs})
        theirs = code_translations.get_web_translations(MODULE, lang)["messages"]
        script = _of_kind(rows, JAVASCRIPT_TRANSLATION_COMMENT)
        script |= {message["id"]: message["string"] for message in theirs}
        messages = tuple(
            ReadonlyDict({"id": source, "string": words}) for source, words in script.items()
        )
        code_translations.web_translations[MODULE, lang] = ReadonlyDict({"messages": messages})


def _read(path):
    with path.open("rb") as file:
        return list(translation_file_reader(file))


def _of_kind(rows, comment):
    return {row["src"]: row["value"] for row in rows if comment in row["comments"]}

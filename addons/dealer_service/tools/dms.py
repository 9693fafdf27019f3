"""What the maker's system sends: kinds, fields and their shapes; knows nothing of Odoo.

A row names what it is (``kind``), which one (``external_id``), how new it is (``version`` or
``updated_at``), and what the system says of it. ``FIELDS`` is the list of what is read; all of it
belongs to the DMS, so that its value goes before ours. What it leaves empty says nothing.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: In the order in which they are worked off: a car names its customer, an order its car.
KINDS = ("customer", "vehicle", "repair_order")
#: Times without zone are Chinese ones: that is where the makers' systems are.
ZONE = ZoneInfo("Asia/Shanghai")
MAX_ID = 64
#: What an integer of the database holds.
MAX_NUMBER = 2_147_483_647
MAX_LINES = 500
#: Cars show less in a whole life; more is a slip of the finger.
MAX_MILEAGE = 2_000_000

TEXT, LONG, DAY, MOMENT, NUMBER, AMOUNT, FLAG, ROWS = range(8)
LENGTHS = {TEXT: 128, LONG: 4000}
LINE = {
    "kind": TEXT,
    "code": TEXT,
    "name": TEXT,
    "quantity": AMOUNT,
    "price": AMOUNT,
    "amount": AMOUNT,
    "paid_by": TEXT,
}
FAULT = {
    "code": TEXT,
    "name": TEXT,
    "system": TEXT,
    "part": TEXT,
    "safety": FLAG,
    "acute": TEXT,
    "remedy": TEXT,
}
FIELDS = {
    "customer": {
        "name": TEXT,
        "phone": TEXT,
        "email": TEXT,
        "street": TEXT,
        "city": TEXT,
        "zip": TEXT,
    },
    "vehicle": {
        "vin": TEXT,
        "plate": TEXT,
        "customer": TEXT,
        "owner_since": DAY,
        "brand": TEXT,
        "series": TEXT,
        "color": TEXT,
        "engine_no": TEXT,
        "first_registration": DAY,
        "purchase_date": DAY,
        "invoice_date": DAY,
        "delivery_date": DAY,
        "warranty_due": DAY,
        "compulsory_insurance_due": DAY,
        "commercial_insurance_due": DAY,
        "mileage": NUMBER,
        "mileage_at": MOMENT,
    },
    "repair_order": {
        "number": TEXT,
        "vehicle": TEXT,
        "vin": TEXT,
        "plate": TEXT,
        "type": TEXT,
        "opened_at": MOMENT,
        "agreed_at": MOMENT,
        "completed_at": MOMENT,
        "delivered_at": MOMENT,
        "cancelled": FLAG,
        "mileage": NUMBER,
        "complaint": LONG,
        "findings": LONG,
        "work_done": LONG,
        "advisor": TEXT,
        "lines": ROWS,
        "faults": ROWS,
    },
}
NEEDED = {"customer": (), "vehicle": (), "repair_order": ("opened_at",)}
#: Words of ours, and those that the makers' systems show (维修 返工 索赔 ...).
ORDER_TYPES = {
    "maintenance": ("maintenance", "保养", "首保", "定期保养", "常规保养", "销售"),
    "repair": ("repair", "维修", "一般维修", "机电维修"),
    "body": ("body", "钣喷", "钣金", "喷漆", "事故", "事故维修"),
    "claim": ("claim", "索赔", "保修", "三包"),
    "rework": ("rework", "返工", "返修"),
    "campaign": ("campaign", "召回", "服务活动"),
    "inspection": ("inspection", "年检", "年审"),
    "fitting": ("fitting", "精品", "加装", "装潢"),
}
LINE_KINDS = {
    "labour": ("labour", "labor", "工时", "项目", "维修项目"),
    "part": ("part", "配件", "备件", "材料"),
    "other": ("other", "其他", "附加", "外加工"),
}
PAYERS = {
    "customer": ("customer", "客户", "自费", "客户付费"),
    "warranty": ("warranty", "索赔", "保修", "厂家", "三包"),
    "insurance": ("insurance", "保险", "保险公司"),
    "store": ("store", "内部", "本店", "免费"),
}
REMEDIES = {
    "repaired": ("repaired", "维修", "修理"),
    "part": ("part", "更换主要零件", "更换零件"),
    "assembly": ("assembly", "更换总成"),
}
WORDS = {
    "type": ORDER_TYPES,
    "lines.kind": LINE_KINDS,
    "lines.paid_by": PAYERS,
    "faults.remedy": REMEDIES,
}
_BY_WORD = {
    name: {word: key for key, words in choices.items() for word in words}
    for name, choices in WORDS.items()
}
SYSTEMS = {
    "engine": ("engine", "发动机"),
    "gearbox": ("gearbox", "变速器", "变速箱"),
    "battery": ("battery", "动力蓄电池", "动力电池"),
    "motor": ("motor", "驱动电机"),
    "steering": ("steering", "转向系统", "转向"),
    "brake": ("brake", "制动系统", "制动"),
    "suspension": ("suspension", "悬架系统", "悬架"),
    "drive": ("drive", "传动系统"),
    "emission": ("emission", "排放系统", "污染控制装置"),
    "body": ("body", "车身"),
}
ACUTE = {
    "steering": ("steering", "转向失效"),
    "brake": ("brake", "制动失效"),
    "body_crack": ("body_crack", "车身开裂"),
    "fuel_leak": ("fuel_leak", "燃油泄漏"),
    "battery_fire": ("battery_fire", "电池起火"),
}
for _name, _choices in (("faults.system", SYSTEMS), ("faults.acute", ACUTE)):
    WORDS[_name] = _choices
    _BY_WORD[_name] = {word: key for key, words in _choices.items() for word in words}


def word(name, text, default=None):
    """Return our key of a word that the DMS says in field ``name``."""
    return _BY_WORD[name].get((text or "").strip(), default)


def parse_moment(text):
    """Return an ISO 8601 time as naive UTC, as the database keeps it; whole seconds."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZONE)
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def check_row(row):
    """Return the sentences that say why a row cannot be taken at all; none: it is stored.

    What needs a look into the files (a number that is none, a car nobody knows) is judged later.
    """
    if not isinstance(row, dict):
        return ["a row must be an object {…}"]
    problems = []
    kind = row.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        problems.append(f"kind: must be one of {', '.join(KINDS)}")
    external_id = row.get("external_id")
    if not isinstance(external_id, str) or not external_id.strip():
        problems.append("external_id: a text is needed, the number of this record in the DMS")
    elif len(external_id.strip()) > MAX_ID:
        problems.append(f"external_id: at most {MAX_ID} characters")
    version, updated_at = row.get("version"), row.get("updated_at")
    if version in (None, "") and updated_at in (None, ""):
        problems.append("version or updated_at: one is needed, it tells older from newer")
    if version not in (None, ""):
        problems += _check("version", NUMBER, version)
    if updated_at not in (None, ""):
        problems += _check("updated_at", MOMENT, updated_at)
    if kind not in FIELDS:
        return problems
    for name, shape in FIELDS[kind].items():
        value = row.get(name)
        if value in (None, ""):
            if name in NEEDED[kind]:
                problems.append(f"{name}: is needed")
        elif shape == ROWS:
            problems += _check_rows(name, value, LINE if name == "lines" else FAULT)
        else:
            problems += _check(name, shape, value)
    return problems or _check_course(kind, row)


def _check_rows(name, value, shapes):
    if not isinstance(value, list):
        return [f"{name}: a list […] is needed"]
    if len(value) > MAX_LINES:
        return [f"{name}: at most {MAX_LINES}"]
    problems = []
    for place, line in enumerate(value, 1):
        where = f"{name} {place}"
        if not isinstance(line, dict):
            problems.append(f"{where}: must be an object {{…}}")
            continue
        for key, shape in shapes.items():
            if line.get(key) not in (None, ""):
                problems += [
                    f"{where}, {sentence}" for sentence in _check(key, shape, line[key], name)
                ]
        if line.get("name") in (None, "") and line.get("code") in (None, ""):
            problems.append(f"{where}: name or code is needed")
    return problems


def _check(name, shape, value, within=None):
    """Return what is wrong with the shape of one value that is there."""
    if shape in LENGTHS:
        if not isinstance(value, str):
            return [f"{name}: must be a text"]
        if len(value) > LENGTHS[shape]:
            return [f"{name}: at most {LENGTHS[shape]} characters"]
        choices = WORDS.get(f"{within}.{name}" if within else name)
        if choices and word(f"{within}.{name}" if within else name, value) is None:
            return [f"{name}: must be one of {', '.join(choices)}"]
    elif shape in (DAY, MOMENT):
        try:
            date.fromisoformat(value) if shape == DAY else parse_moment(value)
        except (TypeError, ValueError, OverflowError):
            example = "2026-11-07" if shape == DAY else "2026-11-07T22:35:00+08:00"
            return [f"{name}: must be ISO 8601, e.g. {example}"]
    elif shape == NUMBER:
        limit = MAX_MILEAGE if name == "mileage" else MAX_NUMBER
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= limit:
            return [f"{name}: must be a whole number from 0 to {limit}"]
    elif shape == AMOUNT:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return [f"{name}: must be a number"]
        if not 0 <= value < 10_000_000:
            return [f"{name}: must be from 0 to below 10,000,000"]
    elif shape == FLAG and not isinstance(value, bool):
        return [f"{name}: must be true or false"]
    return []


def _check_course(kind, row):
    """Return what is wrong with the order of the times of an order."""
    if kind != "repair_order":
        return []
    opened = parse_moment(row["opened_at"])
    agreed = parse_moment(row["agreed_at"]) if row.get("agreed_at") else opened
    problems = []
    if row.get("delivered_at") and parse_moment(row["delivered_at"]) < opened:
        problems.append("delivered_at: lies before opened_at")
    if row.get("completed_at") and parse_moment(row["completed_at"]) < agreed:
        problems.append("completed_at: lies before agreed_at or opened_at")
    return problems


def same_person(ours, theirs):
    """Whether two names may be those of one person: 王先生 is 王伟, 张伟 is not 李娜."""
    ours, theirs = ("".join((name or "").split()).casefold() for name in (ours, theirs))
    if ours == theirs:
        return True
    for short, long in ((ours, theirs), (theirs, ours)):
        for title in ("先生", "女士", "小姐"):
            if short.endswith(title) and long.startswith(short[: -len(title)]):
                return len(short) > len(title)
    return False

"""Files of the maker's system: which column is what, and rows of cells as rows of the interface."""

import re
from datetime import date

from odoo.addons.dealer_base.tools.cells import parse_moment
from odoo.addons.dealer_base.tools.headings import heading_key

from . import dms

#: Title rows above a heading are few.
TITLE_ROWS = 15
#: Headings as the makers' systems print them, by what the column is; ``lines.`` is of a line.
HEADINGS = {
    "customer": {
        "external_id": "客户编号 客户代码 客户号 客户ID 会员编号 external_id",
        "name": "客户名称 客户姓名 姓名 车主 车主姓名 name",
        "phone": "手机 手机号 手机号码 移动电话 联系电话 电话 phone",
        "email": "邮箱 电子邮箱 email",
        "street": "地址 联系地址 详细地址 street",
        "city": "城市 所在城市 city",
        "zip": "邮编 邮政编码 zip",
        "updated_at": "更新时间 修改时间 最后更新时间 updated_at",
    },
    "vehicle": {
        "external_id": "车辆编号 车辆代码 车辆ID external_id",
        "vin": "VIN VIN码 车架号 底盘号 车辆识别代号",
        "plate": "车牌 车牌号 车牌号码 牌照号 plate",
        "customer": "客户编号 客户代码 客户号 车主编号 customer",
        "owner_since": "过户日期 车主变更日期 owner_since",
        "brand": "品牌 brand",
        "series": "车系 series",
        "color": "颜色 车身颜色 外观颜色 color",
        "engine_no": "发动机号 发动机号码 engine_no",
        "first_registration": "上牌日期 登记日期 初次登记日期 first_registration",
        "purchase_date": "购车日期 销售日期 purchase_date",
        "invoice_date": "开票日期 发票日期 invoice_date",
        "delivery_date": "交车日期 delivery_date",
        "warranty_due": "保修截止日期 质保到期 保修到期日 warranty_due",
        "compulsory_insurance_due": "交强险到期 交强险到期日 compulsory_insurance_due",
        "commercial_insurance_due": "商业险到期 商业险到期日 保险到期 commercial_insurance_due",
        "mileage": "里程 行驶里程 当前里程 最后里程 mileage",
        "mileage_at": "里程日期 最后进厂日期 mileage_at",
        "updated_at": "更新时间 修改时间 最后更新时间 updated_at",
    },
    "repair_order": {
        "external_id": "工单号 维修单号 结算单号 委托书号 单号 external_id",
        "vehicle": "车辆编号 车辆代码 vehicle",
        "vin": "VIN VIN码 车架号 底盘号 车辆识别代号",
        "plate": "车牌 车牌号 车牌号码 牌照号 plate",
        "type": "维修类型 工单类型 业务类型 修理类型 type",
        "opened_at": "开单时间 开单日期 进厂时间 进厂日期 opened_at",
        "completed_at": "竣工时间 竣工日期 完工时间 completed_at",
        "delivered_at": "交车时间 交车日期 出厂时间 结算时间 结算日期 delivered_at",
        "cancelled": "是否作废 作废 已取消 cancelled",
        "mileage": "进厂里程 行驶里程 里程 mileage",
        "complaint": "客户描述 故障描述 客户陈述 complaint",
        "findings": "检查结果 故障原因 findings",
        "work_done": "维修措施 处理结果 work_done",
        "advisor": "服务顾问 接待员 业务接待 advisor",
        "lines.kind": "项目类别 明细类型 类别",
        "lines.code": "项目代码 配件代码 备件号 配件编号 工时代码",
        "lines.name": "项目名称 配件名称 备件名称 维修项目 明细名称",
        "lines.quantity": "数量 工时数",
        "lines.price": "单价",
        "lines.amount": "金额 小计 应收金额",
        "lines.paid_by": "付费方式 结算方式 收费区分",
        "faults.code": "故障码 故障代码",
        "faults.name": "故障名称",
        "faults.system": "故障系统 总成",
        "updated_at": "更新时间 修改时间 最后更新时间 updated_at",
    },
}
TARGETS = {
    kind: {heading_key(word): target for target, words in columns.items() for word in words.split()}
    for kind, columns in HEADINGS.items()
}
_TRUE = {"是", "y", "yes", "true", "1", "已作废", "作废", "已取消"}
_SHAPES = {
    kind: {
        **shapes,
        "updated_at": dms.MOMENT,
        **{f"lines.{name}": shape for name, shape in dms.LINE.items()},
        **{f"faults.{name}": shape for name, shape in dms.FAULT.items()},
    }
    for kind, shapes in dms.FIELDS.items()
}


def find_heading(rows, kind):
    """Return ``(index of the heading row, {column: what it is})``, or None where no column is known."""
    best = None
    for index, row in enumerate(rows[:TITLE_ROWS]):
        found, taken = {}, set()
        for column, cell in enumerate(row.cells):
            target = TARGETS[kind].get(heading_key(cell))
            if target and target not in taken:
                found[column] = target
                taken.add(target)
        if found and (best is None or len(found) > len(best[1])):
            best = index, found
    return best


def guess_kind(rows):
    """Return the kind whose headings fit best, or None."""
    found = {kind: find_heading(rows, kind) for kind in dms.KINDS}
    counts = {kind: len(one[1]) for kind, one in found.items() if one}
    return max(counts, key=counts.get) if counts else None


def read_rows(rows, kind, columns, today):
    """Yield ``(numbers of the rows in the file, row of the interface)``.

    The lines of an order stand below each other with its number on each.

    :param rows: the rows below the heading
    :param columns: ``{column: what it is}``
    """
    found = {}
    for row in rows:
        said = {
            target: _value(row.cells[column], _SHAPES[kind].get(target, dms.TEXT), today)
            for column, target in columns.items()
            if column < len(row.cells) and row.cells[column]
        }
        if not said:
            continue
        key = said.get("external_id")
        # A car has no number of its own in many lists: its VIN names it.
        if not key and kind == "vehicle" and isinstance(said.get("vin"), str):
            key = said["external_id"] = said["vin"]
        whole = kind == "repair_order" and key in found
        if whole:
            numbers, record = found[key]
            numbers.append(row.number)
        else:
            numbers, record = [row.number], {"kind": kind}
            found[key or ("", row.number)] = numbers, record
        parts = {}
        for target, value in said.items():
            part, _dot, name = target.rpartition(".")
            if part:
                parts.setdefault(part, {})[name] = value
            else:
                record.setdefault(target, value)
        for part, line in parts.items():
            lines = record.setdefault(part, [])
            if part == "lines" or line not in lines:
                lines.append(line)
    yield from found.values()


def _value(text, shape, today: date):
    """Return what a cell says in the shape of the interface, or the text itself where it does not."""
    try:
        if shape == dms.DAY:
            return parse_moment(text, today).date().isoformat()
        if shape == dms.MOMENT:
            return parse_moment(text, today).isoformat()
        if shape in (dms.NUMBER, dms.AMOUNT):
            number = float(re.sub(r"[,，\s¥￥元]|公里|km", "", text, flags=re.IGNORECASE))
            return int(number) if shape == dms.NUMBER and number.is_integer() else number
    except (ValueError, OverflowError):
        return text
    if shape == dms.FLAG:
        return text.strip().lower() in _TRUE
    return text

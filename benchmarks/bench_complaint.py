"""Budgets: a case of a complaint written down, and moved to its next step ÷ a plain helpdesk_mgmt ticket created, and its
stage written, ≤ 1.5; and ≤ 1 of the same with helpdesk_mgmt_sla.

Three databases, one process, by turns: ours; Odoo and OCA without our addons; the same with helpdesk_mgmt_sla and one rule
of 24 hours. All are written by people with the rights of their post, one record a transaction, committed: followers,
tracking and messages are in the time of each. Nobody is assigned and no stage sends a mail, which keeps the plain ticket cheap.
"""

import statistics
import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api, tools
from odoo.fields import Command
from odoo.modules.module import get_module_path, initialize_sys_path
from odoo.modules.registry import Registry

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
ROOT = Path(get_module_path("dealer_base")).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from measure import Clock, need, refuse_real_databases, tell  # noqa: E402

ROUNDS = 25
FACTS = "周五修过的异响又出现了，第三次来店。"
OPINION = "同意，请当天处理。"
#: From registered to filed: the step, who takes it, what the method gets.
WAY = (
    ("care_opinion", "care_manager"),
    ("gm_opinion", "general_manager"),
    ("dispatch", "service_manager"),
    ("start", "service_advisor"),
    ("return", "service_advisor"),
    ("check", "care_manager"),
    ("satisfied", "care_agent"),
    ("sign", "general_manager"),
    ("file", "care_agent"),
)


def beside(name, *install):
    """Return the superuser's environment in the database beside ours, with addons installed there."""
    registry = Registry.new(
        f"{env.cr.dbname}_{name}", update_module=bool(install), install_modules=install
    )
    need("dealer.unit" not in registry, "our addons are in the database that should be plain")
    return api.Environment(registry.cursor(), SUPERUSER_ID, {})


def make_person(env, login, group, company):
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": login,
                "login": login,
                "email": f"{login}@example.com",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set(env.ref(group).ids)],
            }
        )
    )


class Plain:
    """helpdesk_mgmt as OCA ships it."""

    def __init__(self, env):
        self.env = env
        company = env.company
        self.user = make_person(env, "agent", "helpdesk_mgmt.group_helpdesk_user", company)
        self.partner = env["res.partner"].create({"name": "王客户", "phone": "13900000001"})
        stages = [
            env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{name}")
            for name in ("in_progress", "awaiting", "new")
        ]
        need(not any(stage.mail_template_id for stage in stages), "a stage sends mails")
        self.stages = stages
        self.team = env["helpdesk.ticket.team"].browse()
        self.steps = Clock()
        self.births = Clock()
        env.cr.commit()

    def create(self):
        vals = {
            "name": "异响",
            "description": FACTS,
            "partner_id": self.partner.id,
        }
        if self.team:
            vals["team_id"] = self.team.id
        ticket = self.env(user=self.user.id)["helpdesk.ticket"].create(vals)
        self.env.cr.commit()
        return ticket

    def move(self, ticket, stage):
        ticket.write({"stage_id": stage.id})
        self.env.cr.commit()

    def run(self, timed):
        work = (lambda clock, *call: clock.run(self.env, *call)) if timed else untimed
        ticket = work(self.births, self.create)
        for stage in self.stages:
            work(self.steps, self.move, ticket, stage)
            need(ticket.stage_id == stage, "the stage was not written")
        told = (
            ticket.sudo()
            .message_ids.sudo()
            .tracking_value_ids.filtered(lambda value: value.field_id.name == "stage_id")
        )
        need(len(told) == len(self.stages), "changes of stage were not tracked")

    def step_mean(self):
        return self.steps.median

    def step_cpu(self):
        return statistics.mean(self.steps.cpu)


class Sla(Plain):
    """helpdesk_mgmt with its own terms: a rule of 24 hours until a ticket is done."""

    def __init__(self, env):
        super().__init__(env)
        self.team = env["helpdesk.ticket.team"].create(
            {
                "name": "SLA",
                "use_sla": True,
                "resource_calendar_id": env.company.resource_calendar_id.id,
            }
        )
        env["helpdesk.sla"].create(
            {
                "name": "24 h",
                "hours": 24,
                "stage_id": env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done").id,
            }
        )
        env.cr.commit()

    def run(self, timed):
        super().run(timed)
        sla = self.env["helpdesk.ticket.sla"].search([], order="id desc", limit=1)
        need(
            sla.deadline and sla.state == "in_progress",
            "the term of helpdesk_mgmt_sla does not run",
        )


class Case:
    """A complaint of a store, from the care agent to the file."""

    def __init__(self, env):
        self.env = env
        quiet = env(context={**env.context, "tracking_disable": True})
        unit = quiet["dealer.unit"].create({"name": "基准店", "code": "BENCH"})
        self.company = unit.company_id
        posts = {post for _step, post in WAY}
        self.people = {
            post: make_person(env, post, f"dealer_base.group_{post}", self.company)
            for post in posts
        }
        self.partner = quiet["res.partner"].create(
            {"name": "王客户", "phone": "13900000001", "is_dealer_customer": True}
        )
        quiet["dealer.relation"].create({"partner_id": self.partner.id, "unit_id": unit.id})
        self.vehicle = quiet["dealer.vehicle"].create(
            {
                "vin": "LSVAA49J132047371",
                "plate": "浙B12345",
                "unit_id": unit.id,
                "owner_ids": [Command.create({"partner_id": self.partner.id})],
            }
        )
        self.kind = env.ref("dealer_complaint.kind_repair_not_fixed")
        self.births = Clock()
        self.steps = {name: Clock() for name, _post in WAY}
        self.forms = {name: Clock() for name, _post in WAY}
        env.cr.commit()

    def tickets(self, post):
        return self.env(user=self.people[post].id)["helpdesk.ticket"]

    def create(self):
        case = self.tickets("care_agent").create(
            {
                "name": "异响",
                "facts": FACTS,
                "feelings": "很生气",
                "demands": "修好并退费",
                "partner_id": self.partner.id,
                "vehicle_id": self.vehicle.id,
                "kind_id": self.kind.id,
            }
        )
        self.env.cr.commit()
        return case

    def take(self, case, name, post):
        """Take a step as the method behind its button does."""
        own = self.tickets(post).browse(case.id)
        if name == "dispatch":
            own._dispatch(self.people["service_advisor"], OPINION)
        elif name == "start":
            own.action_start()
        elif name == "file":
            own.action_file()
        else:
            own._transition(name, OPINION)
        self.env.cr.commit()

    def sign(self, case, name, post):
        """Take a step by the form that people fill in."""
        if name in ("start", "file"):
            self.take(case, name, post)
            return
        values = {"ticket_ids": case.ids, "step": name, "opinion": OPINION}
        if name == "dispatch":
            values["handler_id"] = self.people["service_advisor"].id
        form = self.env(user=self.people[post].id)["dealer.case.step"].create(values)
        form.action_sign()
        self.env.cr.commit()

    def run(self, timed, by_form=False):
        work = (lambda clock, *call: clock.run(self.env, *call)) if timed else untimed
        case = work(Clock() if by_form else self.births, self.create)
        clocks, step = (self.forms, self.sign) if by_form else (self.steps, self.take)
        for name, post in WAY:
            if name == "check":
                case.sudo().cause_id = self.env.ref("dealer_complaint.cause_process_repair")
                self.env.cr.commit()
            work(clocks[name], step, case, name, post)
        self.check(case.sudo())

    def check(self, case):
        """Look whether all was signed, sealed and timed before the time of it is believed."""
        need(case.case_state == "filed" and case.stage_id.case_state == "filed", "it is not filed")
        need(case.step_ids.mapped("step") == [name for name, _post in WAY], "steps are not signed")
        event, why = self.env["dealer.case.event"]._first_break(case)
        need(event is None, f"the sealed file is broken: {why}")
        kinds = case.clock_ids.mapped("kind")
        need(sorted(kinds) == ["case_call_back", "case_return", "case_sign"], f"clocks: {kinds}")
        need(all(case.clock_ids.mapped("stopped_at")), "clocks run on")
        told = [value.field_id.name for value in case.message_ids.tracking_value_ids]
        need(told.count("stage_id") == len(WAY), "steps were not tracked")

    def step_mean(self, clocks=None):
        return statistics.mean(clock.median for clock in (clocks or self.steps).values())

    def step_cpu(self):
        return statistics.mean(statistics.mean(clock.cpu) for clock in self.steps.values())


def untimed(_clock, work, *arguments):
    return work(*arguments)


refuse_real_databases(env)
tools.config["addons_path"].append(str(ROOT / ".state" / "beside" / "odoo" / "addons"))
initialize_sys_path()
ours = Case(env)
plain = Plain(beside("plain"))
sla = Sla(beside("sla", "helpdesk_mgmt_sla"))
sides = [plain, sla, ours]
for turn in range(ROUNDS + 2):
    # The first two fill what a running server has filled: rights, views of messages, sequences.
    for side in sides if turn % 2 else reversed(sides):
        side.run(turn > 1)
    ours.run(turn > 1, by_form=True)

for what, other, budget in (
    ("plain ticket", plain, 1.5),
    ("ticket with helpdesk_mgmt_sla", sla, 1),
):
    tell(f"case created ÷ {what}", ours.births.median / other.births.median, budget)
    tell(
        "the same in processor time",
        statistics.mean(ours.births.cpu) / statistics.mean(other.births.cpu),
    )
for what, other, budget in (
    ("plain ticket", plain, 1.5),
    ("ticket with helpdesk_mgmt_sla", sla, 1),
):
    tell(
        f"step of a case (mean of {len(WAY)}) ÷ stage of a {what}",
        ours.step_mean() / other.step_mean(),
        budget,
    )
    tell("the same in processor time", ours.step_cpu() / other.step_cpu())
for what, clock in (("plain", plain.births), ("with SLA", sla.births), ("case", ours.births)):
    tell(f"created, {what}", clock.milliseconds, unit="ms")
    tell(f"queries, {what}", clock.query_count)
for what, side in (("plain", plain), ("with SLA", sla)):
    tell(f"stage, {what}", 1000 * side.step_mean(), unit="ms")
    tell(f"queries, {what}", side.steps.query_count)
queries = statistics.mean(clock.query_count for clock in ours.steps.values())
calm = {name: ours.steps[name] for name in ("care_opinion", "gm_opinion", "dispatch", "start")}
tell("steps that start and stop no clock ÷ stage, plain", ours.step_mean(calm) / plain.step_mean())
tell("queries of a step of a case, mean", queries)
tell("step of a case", 1000 * ours.step_mean(), unit="ms")
tell("step of a case by its form", 1000 * ours.step_mean(ours.forms), unit="ms")
for name, clock in ours.steps.items():
    tell(f"step {name}", clock.milliseconds, unit="ms")
    tell(f"queries, {name}", clock.query_count)
for side in (plain, sla):
    side.env.cr.close()

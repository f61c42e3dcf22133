"""Every route tried as the right person, as a colleague, and as nobody; a new route fails until it stands here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest

from engine import SYSTEM, Bundle, CompleteTask, DeployProcess, StartInstance, queries
from tests.web.conftest import DIAGRAM, Do
from tests.workflows.casework import Case
from tests.workflows.loans.conftest import LoanCase
from tests.workflows.signed import open_case, sign_contract
from workflows.records import (
    complaint_access,
    complaint_links,
    complaints,
    conflicts,
    corrections,
    deadlines,
    departures,
    documents,
    joinings,
    leads,
    links,
    mails,
    matters,
    walls,
)

LOGIN, GONE, DENIED, LOST = 302, 404, 403, 401


@dataclass(frozen=True)
class Route:
    """A route: how it is called, and the status that each person is answered with; ``nobody`` is not logged in."""

    method: str
    path: str
    people: dict[str, int]
    nobody: int
    form: dict[str, str] = field(default_factory=dict)
    in_a_real_firm: dict[str, int] = field(default_factory=dict)


def get(path, people, nobody=LOGIN, **more):
    return Route("get", path, people, nobody, **more)


def post(path, people, nobody=LOST, **more):
    return Route("post", path, people, nobody, **more)


ALL = {"lawyer1": 200, "finance": 200, "admin": 200}
PRESENTER = {"admin": 200, "lawyer1": 200}
REAL = {"admin": 200, "lawyer1": DENIED, "director": DENIED}
ADMIN = {"admin": 303, "director": DENIED, "lawyer1": DENIED}
READERS = {"designer": 200, "admin": 200, "director": 200, "lawyer1": DENIED}
ROUTES = {
    # for everybody, also outside
    "static": get("/static/app.css", {"lawyer1": 200}, 200),
    "healthz": get("/healthz", {"lawyer1": 200}, 200),
    "readyz": get("/readyz", {"lawyer1": 200}, 200),
    "metrics": get("/metrics", {"lawyer1": 200}, 200),  # to this machine only
    "choose_language": get("/language/en", {"lawyer1": 302}, 302),
    "start.index": get("/", {"lawyer1": 302}, 200),
    "start.log_in": post("/login", {"finance": 422}, 422, form={"login": "lawyer1", "password": "wrong"}),
    "start.log_out": post("/logout", {"lawyer1": 303}),
    # the holder of a link
    "client.open_page": get("/c/{link}", {"lawyer1": 200}, 200),
    "client.answer": post("/c/{link}", {"lawyer1": 422}, 422),
    "client.thanks": get("/c/{link}/thanks", {"lawyer1": 302}, 302),
    "client.read_document": get("/c/{link}/documents/{shown}", {"lawyer1": 200}, 200),
    # the inbox: a task of the lawyers
    "inbox.index": get("/inbox", ALL),
    "inbox.palette": get("/palette", ALL),
    "inbox.diagram": get("/diagrams/{definition}", ALL),
    "inbox.open_task": get("/inbox/{task}", {"lawyer2": 200, "finance": DENIED, "admin": 200}),
    "inbox.complete": post("/inbox/{task}", {"finance": DENIED, "admin": DENIED, "lawyer2": 303}, form={"subject": "货款"}),
    "inbox.autosave": post("/inbox/{task}/draft", {"finance": DENIED, "admin": DENIED, "lawyer2": 200}),
    "inbox.claim": post("/inbox/{task}/claim", {"finance": DENIED, "admin": DENIED, "lawyer2": 303}),
    "inbox.release": post("/inbox/{claimed}/release", {"finance": DENIED, "lawyer2": DENIED, "lawyer1": 303}),
    "inbox.assign": post("/inbox/{task}/assign", {"finance": DENIED, "lawyer1": 303}, form={"person": "{lawyer2}"}),
    "inbox.start": post("/inbox/start", {"lawyer1": DENIED, "admin": DENIED, "desk": 303}),
    # operations
    "operations.index": get("/operations", {"admin": 200, "director": 200, "lawyer1": DENIED, "designer": DENIED}),
    "operations.retry": post("/operations/incidents/{incident}/retry", ADMIN),
    "operations.skip": post("/operations/incidents/{incident}/skip", ADMIN, form={"reason": "x"}),
    "operations.cancel": post("/operations/instances/{instance}/cancel", ADMIN, form={"reason": "x"}),
    "operations.move_clock": post(
        "/operations/clock", {"lawyer1": 303, "admin": 303}, form={"jump": "timer"}, in_a_real_firm={"admin": DENIED}
    ),
    "operations.mails_page": get("/operations/mails", PRESENTER, in_a_real_firm=REAL),
    "operations.mail": get("/operations/mails/{mail}", PRESENTER, in_a_real_firm=REAL),
    "operations.attachment": get("/operations/mails/{mail}/attachments/{document}", PRESENTER, in_a_real_firm=REAL),
    # diagrams, reading only
    "processes.index": get("/processes", READERS),
    "processes.process": get("/processes/memo", READERS),
    "processes.source": get("/processes/memo/1.bpmn", READERS),
    # case files: lawyer1's
    "matters.index": get("/matters", {"lawyer1": 200, "lawyer2": 200, "finance": 200}),
    "matters.show": get("/cases/{lead}", {"lawyer1": 200, "partner1": 200, "lawyer2": DENIED, "admin": DENIED}),
    "matters.request_closing": post("/cases/{lead}/close", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": 302}),
    "matters.withdraw_closing": post(
        "/cases/{lead}/withdraw-closing", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": 302}, form={"reason": "x"}
    ),
    "matters.request_update": post("/cases/{lead}/update", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": 302}),
    "matters.begin": post("/cases/{lead}/begin/memo", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": DENIED}),  # not offered there
    "matters.hand_over": post("/cases/{lead}/links/{by_hand}", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": 200}),
    "matters.revoke_link": post("/cases/{lead}/links/{by_hand}/revoke", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": 422}),
    "matters.log_communication": post("/cases/{lead}/communications", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": 422}),
    # no such payment: who may call one is told so, others learn nothing
    "matters.call_payment": post("/cases/{lead}/fees/nothing", {"lawyer2": DENIED, "admin": DENIED, "lawyer1": GONE}),
    "matters.clients": get("/matters/clients", {"lawyer1": 200, "finance": 200, "admin": DENIED}),
    "matters.client": get("/matters/clients/{client}", {"lawyer1": 200, "lawyer2": GONE, "admin": DENIED}),
    # conflict checks: for those who judge and decide; walls are put up by compliance and the director
    "interests.index": get("/interests", {"compliance": 200, "director": 200, "lawyer1": 302, "partner1": 302, "admin": 302}),
    "interests.show": get("/interests/{lawyer1}", {"lawyer1": 200, "compliance": 200, "lawyer2": DENIED, "partner1": DENIED}),
    "interests.declare": post("/interests/{lawyer1}", {"compliance": 303, "lawyer2": DENIED, "partner1": DENIED}),
    "money.index": get("/money", {"finance": 200, "lawyer1": DENIED, "admin": DENIED}),
    "money.note": post("/money", {"finance": 422, "lawyer1": DENIED, "admin": DENIED}),
    "conflicts.index": get("/conflicts", {"compliance": 200, "partner1": 200, "director": 200, "lawyer1": DENIED, "admin": DENIED}),
    "conflicts.show": get("/conflicts/{check}", {"compliance": 200, "partner1": 200, "lawyer1": DENIED, "desk": DENIED}),
    "conflicts.judge": post("/conflicts/{check}", {"compliance": 409, "lawyer1": DENIED, "admin": DENIED}),  # nothing to judge
    "conflicts.compare": post("/conflicts/{check}/compare", {"compliance": 303, "lawyer1": DENIED, "admin": DENIED}),
    "conflicts.walls_page": get("/conflicts/walls", {"compliance": 200, "partner1": 200, "lawyer1": DENIED, "admin": DENIED}),
    "conflicts.propose_wall": post("/conflicts/walls", {"partner1": 422, "lawyer1": DENIED, "admin": DENIED}, form={"lead_no": "x"}),
    "conflicts.activate_wall": post("/conflicts/walls/{wall}/activate", {"compliance": 303, "partner1": DENIED, "admin": DENIED}),
    "conflicts.ask_lift_wall": post(
        "/conflicts/walls/{wall}/ask-lift", {"director": 422, "partner1": DENIED, "admin": DENIED}, form={"reason": "x"}
    ),
    "conflicts.lift_wall": post("/conflicts/walls/{wall}/lift", {"compliance": 422, "partner1": DENIED, "admin": DENIED}),
    "conflicts.keep_wall": post("/conflicts/walls/{wall}/keep", {"compliance": 422, "partner1": DENIED, "admin": DENIED}),
    "conflicts.take_back_wall": post(
        "/conflicts/walls/{wall}/take-back", {"compliance": 303, "lawyer1": DENIED, "admin": DENIED}, form={"reason": "x"}
    ),
    "conflicts.withdraw_consent": post("/conflicts/{check}/withdraw", {"compliance": 422, "lawyer1": DENIED, "admin": DENIED}),
    # bringing old data in
    "imports.index": get("/imports", {"admin": 200, "director": 200, "lawyer1": DENIED, "desk": DENIED}),
    "imports.upload": post("/imports", {"admin": 422, "lawyer1": DENIED}),
    "imports.show": get("/imports/nothing", {"admin": GONE, "lawyer1": DENIED}),
    "imports.accept": post("/imports/nothing/accept", {"admin": GONE, "lawyer1": DENIED}),
    "imports.discard": post("/imports/nothing/discard", {"admin": GONE, "lawyer1": DENIED}),
    "imports.left_out": get("/imports/nothing/left-out.csv", {"admin": GONE, "lawyer1": DENIED}),
    "imports.template": get("/imports/template/clients.csv", {"admin": 200, "lawyer1": DENIED}),
    # deadlines: of the cases that somebody may see whole; the holidays for those who answer for them
    "deadlines.index": get("/deadlines", ALL),
    "deadlines.calendar_file": get("/deadlines.ics", ALL),
    "deadlines.show": get("/deadlines/{deadline}", {"lawyer1": 200, "partner1": 200, "lawyer2": GONE, "admin": GONE}),
    "deadlines.holidays_page": get("/deadlines/holidays", {"admin": 200, "partner1": 200, "lawyer1": DENIED}),
    "deadlines.propose_holidays": post("/deadlines/holidays", {"admin": 422, "director": DENIED, "lawyer1": DENIED}),
    # complaints: for who handles and watches over them; for whom they are about they do not exist
    "complaints.index": get("/complaints", {"compliance": 200, "desk": 200, "partner1": 200, "lawyer1": DENIED, "admin": DENIED}),
    "complaints.register": get("/complaints/new", {"desk": 200, "compliance": 200, "partner1": DENIED, "lawyer1": DENIED}),
    "complaints.show": get("/complaints/{complaint}", {"compliance": 200, "director": 200, "partner1": GONE, "lawyer1": DENIED}),
    "complaints.extend": post("/complaints/{complaint}/extend", {"compliance": 422, "partner1": GONE, "lawyer1": DENIED}),
    "complaints.answer": post(
        "/complaints/{complaint}/answer", {"compliance": 422, "partner1": GONE, "lawyer1": DENIED}, form={"decision": "agree"}
    ),
    "complaints.go_external": post("/complaints/{complaint}/external", {"compliance": 422, "partner1": GONE, "lawyer1": DENIED}),
    "complaints.hand_over": post("/complaints/{complaint}/link", {"compliance": 200, "partner1": GONE, "lawyer1": DENIED}),
    # the holder of a link to complain
    "complain.open_page": get("/complain/{channel}", {"lawyer1": 200}, 200),
    "complain.complain": post("/complain/{channel}", {"lawyer1": 422}, 422),
    "complain.answer": post("/complain/{channel}/{complaint}/answer", {"lawyer1": DENIED}, DENIED, form={"decision": "agree"}),
    "complain.read_document": get("/complain/{channel}/documents/{document}", {"lawyer1": GONE}, GONE),
    # what is mended, and what clients said
    "improvement.index": get("/improvement", ALL),
    "improvement.register": get("/improvement/new", {"compliance": 200, "partner1": 200, "lawyer1": DENIED, "admin": DENIED}),
    "improvement.show": get("/improvement/{correction}", {"compliance": 200, "lawyer1": GONE, "admin": GONE}),
    # letters under the seal
    "outgoing.index": get("/letters", {"desk": 200, "compliance": 200, "director": 200, "lawyer1": DENIED}),
    "outgoing.void": post("/letters/nothing/void", {"desk": GONE, "compliance": DENIED, "lawyer1": DENIED}),
    # the firm's compliance year
    "compliance.index": get("/compliance", {"compliance": 200, "partner1": 200, "finance": 200, "lawyer1": DENIED}),
    "compliance.show": get("/compliance/nothing", {"compliance": GONE, "lawyer1": DENIED}),
    # joining and leaving: everybody gives their own notice; for others the rest does not exist
    "staff.index": get("/staff", ALL),
    "staff.leave": get("/staff/leave", ALL),
    "staff.absence": get("/staff/absence", {"partner1": 200, "director": 200, "lawyer1": DENIED, "admin": DENIED}),
    "staff.join": get("/staff/join", {"compliance": 200, "director": 200, "admin": 200, "lawyer1": DENIED, "partner1": DENIED}),
    "staff.show": get("/staff/departures/{departure}", {"lawyer1": 200, "director": 200, "admin": 200, "lawyer2": GONE}),
    "staff.record_choice": post(
        "/staff/departures/{departure}/choice", {"partner1": 404, "lawyer1": DENIED}, form={"choice": "STAY", "note": "x"}
    ),
    "staff.candidate": get("/staff/joinings/{candidate}", {"compliance": 200, "admin": 200, "lawyer1": DENIED}),
    # the archive
    "archive.index": get("/archive", ALL),
    "archive.volume_register": get("/archive/register.csv", ALL),
    "archive.matter_index": get("/archive/matters", ALL),
    "archive.matter_register": get("/archive/matters.xlsx", ALL),
    "archive.search": get("/archive/search?q=合同", ALL),
    "archive.places_page": get("/archive/places", {"archivist": 200, "partner1": 200, "lawyer1": DENIED, "admin": DENIED}),
    "archive.add_place": post("/archive/places", {"archivist": 422, "partner1": DENIED, "lawyer1": DENIED}),
    "archive.remove_place": post("/archive/places/none/remove", {"archivist": GONE, "partner1": DENIED, "lawyer1": DENIED}),
    "archive.at": get("/archive/at/{volume}", {"archivist": 302, "lawyer1": 302, "lawyer2": GONE, "admin": GONE}),
    "archive.labels": get("/archive/labels.pdf", {"archivist": 422, "lawyer1": DENIED}),  # no volume has a number yet
    "archive.scan": get("/archive/scan", {"archivist": 200, "partner1": 200, "lawyer1": DENIED, "admin": DENIED}),
    "archive.storage": get("/archive/storage", {"archivist": 200, "desk": 200, "lawyer1": DENIED, "admin": DENIED}),
    "archive.add_reading": post("/archive/storage", {"archivist": 422, "partner1": DENIED, "lawyer1": DENIED}),
    "archive.statistics": get("/archive/statistics", {"archivist": 200, "partner1": 200, "lawyer1": DENIED}),
    "archive.statistics_file": get("/archive/statistics.csv", {"archivist": 200, "lawyer1": DENIED}),
    "archive.put": post("/archive/scan", {"archivist": GONE, "partner1": DENIED, "lawyer1": DENIED}),
    "archive.show": get("/archive/{volume}", {"lawyer1": 200, "archivist": 200, "lawyer2": GONE, "admin": GONE}),
    "archive.upload": post("/archive/{volume}/files", {"lawyer1": 422, "lawyer2": GONE, "admin": GONE}),
    "archive.package": get("/archive/{volume}/package.zip", {"lawyer1": GONE, "lawyer2": GONE}),  # not filed yet
    "archive.open_document": post("/documents/{document}", {"lawyer1": GONE, "lawyer2": GONE}, form={"purpose": "x"}),  # no secret
    # borrowing: everybody their own; the register for who keeps the archive; a loan for its people and those in charge
    "loans.index": get("/loans", ALL),
    "loans.register": get("/loans/register", {"archivist": 200, "partner1": 200, "lawyer1": DENIED, "admin": DENIED}),
    "loans.apply": get("/loans/new", ALL),
    "loans.show": get("/loans/{loan}", {"lawyer1": 200, "archivist": 200, "lawyer2": GONE, "admin": GONE}),
    "loans.renew": post("/loans/{loan}/renew", {"lawyer1": 303, "lawyer2": GONE}, form={"reason": "还要用"}),
    "loans.withdraw": post("/loans/{loan}/withdraw", {"lawyer2": GONE, "lawyer1": 303}),
    "loans.missing": post("/loans/{loan}/missing", {"lawyer1": 303, "lawyer2": GONE}, form={"reason": "不见了"}),
    "loans.reading.read_volume": get("/loans/{loan}/read", {"lawyer1": 200, "archivist": GONE, "director": GONE}),
    "loans.reading.draw": get("/loans/{loan}/pages/1", {"lawyer1": 200, "archivist": GONE, "director": GONE, "admin": GONE}),
    "loans.reading.finish": post("/loans/{loan}/finish", {"archivist": GONE, "lawyer1": 303}),
    # patrols and transfers: whoever keeps the archive
    "custody.index": get("/custody", {"archivist": 200, "director": 200, "lawyer1": DENIED, "admin": DENIED}),
    "custody.begin_patrol": post("/custody/patrols", {"archivist": 303, "lawyer1": DENIED}),
    "custody.begin_transfer": post("/custody/transfers", {"archivist": 422, "lawyer1": DENIED}),
    "custody.report": get("/custody/reports/none", {"archivist": GONE, "lawyer1": DENIED}),
    # appraisal and destruction: those in charge of the archive; a published list for everybody
    "appraisals.index": get("/appraisals", {"archivist": 200, "director": 200, "compliance": 200, "lawyer1": DENIED, "admin": DENIED}),
    "appraisals.begin": post("/appraisals/new", {"archivist": 422, "director": 422, "compliance": DENIED, "lawyer1": DENIED}),
    "appraisals.show": get("/appraisals/none", {"archivist": GONE, "lawyer1": GONE}),
    "appraisals.answer": post("/appraisals/none/answer", {"archivist": GONE, "lawyer1": DENIED}),
    "appraisals.object_to": post("/appraisals/items/none/objection", {"lawyer1": GONE, "archivist": GONE}),
    "appraisals.find_tombstone": get("/appraisals/tombstones?file_no=x", {"archivist": GONE, "lawyer1": DENIED}),
    "retention.index": post("/retention", {"director": 422, "compliance": 422, "archivist": DENIED, "lawyer1": DENIED}),
    "retention.enter": get("/retention/{volume}/hold", {"compliance": 200, "director": 200, "archivist": GONE, "lawyer1": DENIED}),
    "retention.lift": post("/retention/holds/none/lift", {"compliance": GONE, "director": GONE, "archivist": DENIED}),
    "archive.document": get("/documents/{document}", {"lawyer1": 200, "partner1": 200, "lawyer2": GONE, "admin": GONE}),
}


class World:
    """What the paths name, made when a path needs it."""

    def __init__(self, house):
        self.house, self.made = house, {}

    def fill(self, text):
        """A path or an entry with the ids of this world."""
        while "{" in text:
            name = text.split("{")[1].split("}")[0]
            if name not in self.made:
                self.made[name] = getattr(self, f"make_{name}")()
            text = text.replace("{" + name + "}", self.made[name])
        return text

    def make_task(self):
        return self.house.begin()

    def make_claimed(self):
        from engine import ClaimTask  # noqa: PLC0415

        task_id = self.house.begin()
        self.house.engine.run(ClaimTask(task_id), self.house.cast["lawyer1"])
        return task_id

    def make_lawyer1(self):
        return self.house.cast["lawyer1"].id

    def make_lawyer2(self):
        return self.house.cast["lawyer2"].id

    def make_instance(self):
        return self.house.task(self.house.begin()).row.instance_id

    def make_definition(self):
        return self.house.task(self.house.begin()).definition_id

    def make_incident(self):
        instance_id = self.make_instance()
        self.house.engine.run(CompleteTask(self.house.open_task(instance_id), {"subject": "货款"}), self.house.cast["lawyer1"])
        self.house.behaviour["break"] = True
        self.house.engine.run(CompleteTask(self.house.open_task(instance_id), {}), self.house.cast["partner1"])
        self.house.behaviour["break"] = False
        with self.house.engine.reading() as session:
            return queries.list_incidents(session)[0].id

    def make_lead(self):
        case = Case(self.house.engine)
        case.register()
        open_case(case, sign_contract(case))
        return case.lead_id

    def matter(self):
        with self.house.engine.reading() as session:
            return matters.find_matter_by_lead(session, self.fill("{lead}"))

    def make_check(self):
        with self.house.engine.reading() as session:
            return conflicts.find_check(session, self.fill("{lead}")).id

    def make_wall(self):
        given = {"lead_id": self.fill("{lead}"), "people": [self.house.cast["lawyer2"].id], "reason": "另案代理对方"}
        return self.house.engine.run(Do(lambda context: walls.propose(context, **given)), self.house.cast["partner1"]).id

    def make_deadline(self):
        given = {"lead_id": self.fill("{lead}"), "source": "manual", "suggested": {"kind": "answer_civil"}}
        return self.house.engine.run(Do(lambda context: deadlines.propose_deadline(context, **given)), SYSTEM).id

    def make_client(self):
        with self.house.engine.reading() as session:
            return leads.get_lead(session, self.fill("{lead}")).client_id

    def make_volume(self):
        return self.matter().volume_id

    def make_loan(self):
        """The electronic reading of a filed volume by its lawyer."""
        case = LoanCase(self.house.engine)
        case.store()
        return case.read_on_screen()

    def add_document(self):
        given = {"lead_id": self.fill("{lead}"), "kind": "memo", "title": "通报", "media_type": documents.TEXT, "content": b"x"}
        return self.house.engine.run(Do(lambda context: documents.add_document(context, **given)), SYSTEM).id

    make_document = make_shown = add_document

    def make_mail(self):
        given = {"to": "a@b.invalid", "subject": "通报", "body": "x", "lead_id": self.fill("{lead}"), "via": "stored"}
        attached = [self.fill("{document}")]
        return self.house.engine.run(Do(lambda context: mails.record_mail(context, **given, attachments=attached)), SYSTEM).id

    def make_link(self):
        asks = DIAGRAM.replace("承办律师", "客户").replace('id="memo"', 'id="asks"').replace('bpmnElement="memo"', 'bpmnElement="asks"')
        form = {"components": [{"type": "textfield", "key": "subject", "label": "主题", "validate": {"required": True}}]}
        bundle = Bundle("asks", asks.encode(), {}, {"memo/write": {"type": "default", **form}})
        self.house.engine.run(DeployProcess((bundle,)), SYSTEM)
        instance_id = self.house.engine.run(StartInstance("asks"), SYSTEM)
        given = {"purpose": "default", "element_id": "Task_Write", "instance_id": instance_id, "lead_id": self.fill("{lead}")}
        shown = [self.fill("{shown}")]
        _link, url = self.house.engine.run(
            Do(lambda context: links.issue_link(context, **given, recipient_name="张三", document_ids=shown)), SYSTEM
        )
        return url.rpartition("/c/")[2]

    def make_complaint(self):
        given = {"source": "phone", "facts": "没有进展", "case_lead_id": self.fill("{lead}")}

        def write(context):
            made = complaints.register_complaint(context, **given)
            complaint_access.choose_handler(context, made.id)
            return made.id

        return self.house.engine.run(Do(write), SYSTEM)

    def make_channel(self):
        lead_id = self.fill("{lead}")
        return self.house.engine.run(Do(lambda context: complaint_links.issue_channel(context, lead_id)), SYSTEM).rpartition("/")[2]

    def make_correction(self):
        given = {"source": "audit", "problem": "缺少办案小结"}
        return self.house.engine.run(Do(lambda context: corrections.open_correction(context, **given).id), SYSTEM)

    def make_departure(self):
        given = {"person_id": self.fill("{lawyer1}"), "kind": "leaving", "last_day": date(2026, 12, 31)}
        return self.house.engine.run(Do(lambda context: departures.begin(context, **given).id), SYSTEM)

    def make_candidate(self):
        given = {"name": "沈一诺", "email": "shen@example.invalid", "post": "承办律师"}
        return self.house.engine.run(Do(lambda context: joinings.invite(context, **given).id), SYSTEM)

    def make_by_hand(self):
        given = {"purpose": "default", "element_id": "Task_A", "instance_id": "i1", "lead_id": self.fill("{lead}")}
        return self.house.engine.run(Do(lambda context: links.issue_link(context, **given, recipient_name="张三")[0].id), SYSTEM)


@pytest.fixture
def world(house, monkeypatch):
    monkeypatch.setattr("web.operations.routes.MoveClock", lambda to: Do(lambda context: None))
    monkeypatch.setattr("web.inbox.routes.StartInstance", lambda key: StartInstance("memo"))
    return World(house)


def call(browser, route, world):
    """The status a browser is answered with."""
    path = world.fill(route.path)
    form = {name: world.fill(value) for name, value in route.form.items()}
    return (browser.get(path) if route.method == "get" else browser.post(path, **form)).status_code


def test_every_route_stands_here(make_app):
    assert {rule.endpoint for rule in make_app().url_map.iter_rules()} == ROUTES.keys()


@pytest.mark.parametrize("endpoint", ROUTES)
def test_a_route_opens_for_those_it_is_for(endpoint, world, browse):
    route = ROUTES[endpoint]
    answered = {"nobody": call(browse(), route, world)}
    # those who may not come first: whoever may changes what the route is about
    for login, _status in sorted(route.people.items(), key=lambda item: -item[1]):
        answered[login] = call(browse(login), route, world)
    assert answered == {"nobody": route.nobody, **route.people}


@pytest.mark.parametrize("endpoint", [name for name, route in ROUTES.items() if route.in_a_real_firm])
def test_what_the_demo_opens_is_closed_in_a_real_firm(endpoint, world, browse):
    route = ROUTES[endpoint]
    answered = {login: call(browse(login, demo=False), route, world) for login in route.in_a_real_firm}
    assert answered == route.in_a_real_firm


@pytest.mark.parametrize("endpoint", [name for name, route in ROUTES.items() if route.method == "post"])
def test_no_post_is_taken_without_the_pages_token(endpoint, world, browse):
    route = ROUTES[endpoint]
    login = next(iter(route.people))
    assert browse(login).client.post(world.fill(route.path), data={"_token": "forged"}).status_code == 400

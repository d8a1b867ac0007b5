"""A design that requires an attribute: what is missing is named wherever somebody could add it."""

from dataclasses import dataclass, replace

import lxml.html
import pytest
from werkzeug.test import TestResponse

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import groups as contract
from conferral.contracts.rpc import previews
from services.issuer_web.handlers.designs import InstalledDesigns
from tests.support.answering import Answering
from tests.support.dashboards import Browser, form_on
from tests.support.installations import Installation, Tenant, signed_in

ANA = {"rows__0__name": "Ana Example", "rows__0__email": "ana@example.org"}
GRADE = previews.AttributeDeclaration(key="grade", label="Grade", type="text")


def declared(plugin_id: str, grade: previews.AttributeDeclaration) -> previews.DesignDeclaration:
    return previews.DesignDeclaration(
        plugin_id=plugin_id, plugin_version="1.0", name=plugin_id, description="", origin="", attributes=(grade,)
    )


@dataclass(frozen=True)
class Strict:
    """An organisation with a group whose design requires a grade, and one whose design does not."""

    tenant: Tenant
    owner: Browser
    group_id: str

    @property
    def home(self) -> str:
        return f"/o/{self.tenant.id}"


@pytest.fixture(scope="module")
def strict(running: Installation) -> Strict:
    """No design that ships requires anything, so what the publisher would declare is given here."""
    designs = (declared("strict", GRADE.model_copy(update={"required": True})), declared("classic", GRADE))
    caller = Answering({previews.LIST_INSTALLED_DESIGNS: previews.InstalledDesigns(designs=designs)})
    app = running.dashboard()
    app.extensions["conferral"] = replace(app.extensions["conferral"], installed=InstalledDesigns(caller))
    tenant = running.tenant()
    design_id, group_id = new_id(), new_id()
    tenant.ask(
        contract.CREATE_DESIGN, design_id=design_id, name="Strict", plugin_id="strict", plugin_version="1.0",
        options={}, required_attributes=("grade",),
    )  # fmt: skip
    content = contract.GroupContent(name="Strict Group", design_id=design_id)
    tenant.ask(contract.CREATE_GROUP, group_id=group_id, content=content)
    return Strict(tenant, signed_in(app, tenant.owner), group_id)


def text_of(answer: TestResponse) -> str:
    return " ".join(lxml.html.fromstring(answer.text).text_content().split())


def test_the_form_marks_what_is_needed_and_creates_without_it(strict: Strict) -> None:
    path = f"{strict.home}/groups/{strict.group_id}/create-credentials"
    page = strict.owner.get(path)
    assert "To be published, a credential also needs: Grade." in text_of(page)
    assert "Grade (needed to publish)" in text_of(page)
    created = strict.owner.submit(strict.owner.form(path).filled(**ANA))
    assert created.status_code == 303
    review = strict.owner.get(f"{created.location}/review")
    (link,) = lxml.html.fromstring(review.text).xpath("//td[@class='id']/a/@href")
    preview = strict.owner.get(link)
    assert "Incomplete: Grade is needed before this can be published." in text_of(preview)
    lacking = lxml.html.fromstring(preview.text).get_element_by_id("rows-0-attributes-grade-lacking")
    assert "Still missing" in lacking.text_content()
    saved = strict.owner.submit(form_on(preview, "/credentials/").filled(rows__0__attributes__grade="A"))
    done = text_of(strict.owner.get(saved.location))
    assert "Incomplete" not in done
    assert "Still missing" not in done


def test_of_several_groups_it_says_which_one_needs_it(strict: Strict) -> None:
    path = f"{strict.home}/create-credentials?group={strict.group_id}&group={strict.tenant.group_id}"
    assert "Grade (needed to publish in Strict Group)" in text_of(strict.owner.get(path))
    form = strict.owner.form(path, "/create-credentials").filled(**{**ANA, "rows__0__email": "both@example.org"})
    assert strict.owner.submit(form).status_code == 303
    found = {
        row["group_id"]: row["incomplete"]
        for row in strict.tenant.world.rows("credentials")
        if row["content"]["email"] == "both@example.org"
    }
    assert found == {strict.group_id: True, strict.tenant.group_id: False}

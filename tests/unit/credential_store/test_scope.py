import pytest

from services.credential_store.domain import scope


def test_a_scope_cannot_be_made_by_hand():
    with pytest.raises(TypeError):
        scope.OrganisationScope("a" * 26)
    with pytest.raises(TypeError):
        scope.SystemScope("relay")


def test_a_scope_names_its_organisation_or_its_purpose():
    assert scope.of_membership("o").organisation_id == scope.of_message("o").organisation_id == "o"
    assert scope.of_system("relay").comment == "conferral:relay"

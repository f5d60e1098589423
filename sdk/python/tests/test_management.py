"""The client of the Management API on the real server: every group, pages, errors, null and absent. Each test runs on both clients."""

from __future__ import annotations

import uuid

import pytest
from pydantic import ValidationError

from logto.management import ManagementError, NotFoundError
from logto.management import models as m
from management_twins import TWINS
from real_server import RealServer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RealServer(tmp_path_factory.mktemp("management"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def credentials(server):
    made = server.command("app", "create", "--type", "m2m", "--name", "client", "--management-api", "--json")
    return server.endpoint, made["id"], made["secret"]


@pytest.fixture(params=TWINS)
def management(request, credentials):
    return TWINS[request.param](*credentials)


def unique(word):
    return f"{word}_{uuid.uuid4().hex[:8]}"


def test_users(management):
    name = unique("ada")
    made = management.users.create(m.CreateUser(username=name, name="Ada", password="correct-horse-7-battery", custom_data={"a": 1}))
    assert made.username == name and made.custom_data == {"a": 1}
    user = management.users.get(made.id)
    assert isinstance(user, m.User) and user.id == made.id and user.is_suspended is False and user.created_at > 1_500_000_000_000
    assert [one.id for one in management.users.list(search=name)] == [made.id]
    assert [one.id for one in management.users.list(search_params={"search.username": name, "mode": "exact"})] == [made.id]
    assert management.users.get_has_password(made.id).has_password is True
    assert management.users.verify_password(made.id, m.VerifyUserPassword(password="correct-horse-7-battery")) is None
    management.users.update_is_suspended(made.id, m.UpdateUserIsSuspended(is_suspended=True))
    assert management.users.get(made.id).is_suspended is True
    assert management.users.update_custom_data(made.id, m.UpdateUserCustomData(custom_data={"b": 2})) == {"a": 1, "b": 2}
    profile = management.users.update_profile(made.id, m.UpdateUserProfile(profile=m.CreateUserProfile(family_name="Byron")))
    assert profile.family_name == "Byron" and profile.given_name is None
    management.users.delete(made.id)
    with pytest.raises(NotFoundError):
        management.users.get(made.id)


def test_a_change_tells_null_from_absent(management):
    name = unique("grace")
    made = management.users.create(m.CreateUser(username=name, name="Grace", avatar="https://example.com/a.png"))
    kept = management.users.update(made.id, m.UpdateUser(avatar=None))
    assert kept.name == "Grace" and kept.avatar is None
    kept = management.users.update(made.id, m.UpdateUser(name=None))
    assert kept.name is None and kept.username == name
    with pytest.raises(ValidationError):
        m.UpdateUser(custom_data=None)
    with pytest.raises(ValidationError):
        m.UpdateUser(nmae="Grace")
    management.users.delete(made.id)


def test_several_things_are_made_by_one_request(management):
    names = [unique("cabin").replace("_", ""), unique("deck").replace("_", "")]
    batch = [m.CreateCustomProfileFieldsBatch(name=name, type="Text", required=False) for name in names]
    assert [made.name for made in management.custom_profile_fields.create_batch(batch)] == names
    for name in names:
        management.custom_profile_fields.delete_by_name(name)


def test_a_list_longer_than_a_page_is_fetched_page_by_page(management):
    word = unique("many")
    made = [management.users.create(m.CreateUser(username=f"{word}_{number}")).id for number in range(7)]
    listed = management.users.list(search=f"{word}%", page_size=3)
    assert sorted(one.id for one in listed) == sorted(made)
    assert [len(page) for page in listed.pages()] == [3, 3, 1]
    assert len(listed.page(2)) == 3 and listed.page(9) == []
    assert sorted(one.id for one in management.users.list(search=f"{word}%", page_size=7)) == sorted(made)
    for size in (0, 101):
        with pytest.raises(ValueError):
            management.users.list(page_size=size)
    for id in made:
        management.users.delete(id)


def test_errors_have_code_status_and_issues(management):
    with pytest.raises(NotFoundError) as missing:
        management.users.get("nobody")
    assert missing.value.status == 404 and missing.value.code.startswith("entity.")
    with pytest.raises(ManagementError) as wrong:
        management.applications.create(m.CreateApplication(name="", type="SPA"))
    assert (wrong.value.status, wrong.value.code) == (400, "guard.invalid_input")
    assert ("name",) in [issue.path for issue in wrong.value.issues] and all(issue.message for issue in wrong.value.issues)
    name = unique("twice")
    made = management.users.create(m.CreateUser(username=name))
    with pytest.raises(ManagementError) as taken:
        management.users.create(m.CreateUser(username=name))
    assert taken.value.status == 422 and taken.value.code == "user.username_already_in_use"
    assert taken.value.description == str(taken.value) and taken.value.next_step and "management.md" in taken.value.docs
    management.users.delete(made.id)


def test_an_id_cannot_leave_its_place_in_the_path(management):
    for id in ("", ".", ".."):
        with pytest.raises(ValueError):
            management.users.delete(id)
    for id in ("../roles", "a/b", "a?b=c", "%2e%2e", "a#b"):
        with pytest.raises(ManagementError):
            management.users.get(id)


def test_applications(management):
    made = management.applications.create(m.CreateApplication(
        name=unique("site"), type="Traditional",
        oidc_client_metadata=m.CreateApplicationOidcClientMetadata(redirect_uris=["https://a.example/cb"], post_logout_redirect_uris=[]),
    ))
    found = management.applications.get(made.id)
    assert found.oidc_client_metadata.redirect_uris == ["https://a.example/cb"] and found.type == "Traditional"
    changed = management.applications.update(made.id, m.UpdateApplication(description="a site"))
    assert changed.description == "a site" and changed.name == made.name
    assert management.applications.update(made.id, m.UpdateApplication(description=None)).description is None
    assert made.id in [one.id for one in management.applications.list(types=["Traditional", "SPA"])]
    assert made.id not in [one.id for one in management.applications.list(types="SPA")]
    assert management.applications.update_custom_data(made.id, {"customKey": None, "b": [1]}) is not None
    secret = management.applications.create_secret(made.id, m.CreateApplicationSecret(name="second"))
    assert secret.value and "second" in [one.name for one in management.applications.list_secrets(made.id)]
    management.applications.update_secret(made.id, "second", m.UpdateApplicationSecret(name="a / b?"))
    management.applications.delete_secret(made.id, "a / b?")
    assert "a / b?" not in [one.name for one in management.applications.list_secrets(made.id)]
    management.applications.delete(made.id)


def test_roles_and_resources(management):
    resource = management.resources.create(m.CreateResource(name="Shop", indicator=f"https://{unique('shop')}.example"))
    scope = management.resources.create_scope(resource.id, m.CreateResourceScope(name="read:goods", description=None))
    assert [one.name for one in management.resources.list_scopes(resource.id)] == ["read:goods"]
    assert management.resources.update_scope(resource.id, scope.id, m.UpdateResourceScope(description="goods")).description == "goods"
    assert resource.id in [one.id for one in management.resources.list(include_scopes=True)]
    assert management.resources.update(resource.id, m.UpdateResource(access_token_ttl=600)).access_token_ttl == 600
    role = management.roles.create(m.CreateRole(name=unique("role"), description="x"))
    # Answers 201 with the scopes, or 200 without.
    assert isinstance(management.roles.create_scope(role.id, m.CreateRoleScope(scope_ids=[scope.id])), list)
    assert [one.id for one in management.roles.list_scopes(role.id)] == [scope.id]
    user = management.users.create(m.CreateUser(username=unique("u")))
    assert management.users.assign_roles(user.id, m.AssignUserRoles(role_ids=[role.id])).role_ids == [role.id]
    assert [one.id for one in management.users.list_roles(user.id)] == [role.id]
    assert [one.id for one in management.roles.list_users(role.id)] == [user.id]
    assert management.roles.get(role.id).name == management.roles.update(role.id, m.UpdateRole(description="y")).name
    management.users.delete_role(user.id, role.id)
    management.roles.delete_scope(role.id, scope.id)
    for delete, id in ((management.users, user.id), (management.roles, role.id), (management.resources, resource.id)):
        delete.delete(id)


def test_organizations_and_their_template(management):
    scope = management.organization_scopes.create(m.CreateOrganizationScope(name=unique("scope")))
    role = management.organization_roles.create(m.CreateOrganizationRole(name=unique("role")))
    management.organization_roles.create_scope(role.id, m.CreateOrganizationRoleScope(organization_scope_ids=[scope.id]))
    assert [one.id for one in management.organization_roles.list_scopes(role.id)] == [scope.id]
    assert management.organization_scopes.update(scope.id, m.UpdateOrganizationScope(description="d")).description == "d"
    organization = management.organizations.create(m.CreateOrganization(name=unique("org")))
    user = management.users.create(m.CreateUser(username=unique("u")))
    management.organizations.add_users(organization.id, m.AddOrganizationUsers(user_ids=[user.id]))
    management.organizations.assign_roles_to_user(organization.id, user.id, m.AssignOrganizationRolesToUser(organization_role_ids=[role.id]))
    assert [one.id for one in management.organizations.list_user_scopes(organization.id, user.id)] == [scope.id]
    [member] = management.organizations.list_users(organization.id, page_size=1)
    assert member.id == user.id
    assert [one.id for one in management.users.list_organizations(user.id)] == [organization.id]
    assert management.organizations.update(organization.id, m.UpdateOrganization(description=None)).description is None
    management.organizations.create_jit_email_domain(organization.id, m.CreateOrganizationJitEmailDomain(email_domain="a.example"))
    assert len(list(management.organizations.list_jit_email_domains(organization.id))) == 1
    management.organizations.delete_jit_email_domain(organization.id, "a.example")
    management.organizations.delete(organization.id)
    management.organization_roles.delete(role.id)
    management.organization_scopes.delete(scope.id)
    management.users.delete(user.id)


def test_consents_come_in_pages_of_an_object(management):
    application = management.applications.create(m.CreateApplication(name=unique("third"), type="Traditional", is_third_party=True))
    user = management.users.create(m.CreateUser(username=unique("u")))
    organization = management.organizations.create(m.CreateOrganization(name=unique("org")))
    management.organizations.add_users(organization.id, m.AddOrganizationUsers(user_ids=[user.id]))
    ids = m.ReplaceApplicationUserConsentOrganizations(organization_ids=[organization.id])
    management.applications.replace_user_consent_organizations(application.id, user.id, ids)
    assert [one.id for one in management.applications.list_user_consent_organizations(application.id, user.id)] == [organization.id]
    for delete, id in ((management.applications, application.id), (management.users, user.id), (management.organizations, organization.id)):
        delete.delete(id)


def test_configs_logs_experience_and_locks(management):
    assert isinstance(management.configs.get_admin_console(), m.AdminConsoleConfig)
    assert isinstance(management.configs.get_oidc_session(), m.OidcSessionConfig)
    experience = management.sign_in_experience.get()
    assert isinstance(experience, m.SignInExp) and experience.color.primary_color
    changed = management.sign_in_experience.update(m.UpdateSignInExp(terms_of_use_url="https://a.example/terms"))
    assert changed.terms_of_use_url == "https://a.example/terms" and changed.color == experience.color
    assert management.sign_in_experience.update(m.UpdateSignInExp(terms_of_use_url=None)).terms_of_use_url is None
    [log, *_] = management.audit_logs.list(log_key="ExchangeTokenBy.ClientCredentials")
    assert management.audit_logs.get(log.id).key == log.key
    locks = m.DeleteSentinelActivities(target_type="User", targets=["nobody"])
    assert management.sentinel_activities.delete(locks) is None

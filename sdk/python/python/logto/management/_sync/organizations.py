"""Operations on organizations. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._calls import QueryValue
from .._paging import Pages
from ..models.organizations import (
    AddOrganizationApplications,
    AddOrganizationUsers,
    AddedOrganizationUsers,
    AssignOrganizationRolesToApplication,
    AssignOrganizationRolesToApplications,
    AssignOrganizationRolesToUser,
    AssignOrganizationRolesToUsers,
    AssignedOrganizationRolesToUser,
    CreateOrganization,
    CreateOrganizationJitEmailDomain,
    CreateOrganizationJitRole,
    CreateOrganizationJitSsoConnector,
    ListedOrganization,
    OrganizationApplication,
    OrganizationJitEmailDomain,
    OrganizationUser,
    ReplaceOrganizationApplicationRoles,
    ReplaceOrganizationApplications,
    ReplaceOrganizationJitEmailDomains,
    ReplaceOrganizationJitRoles,
    ReplaceOrganizationJitSsoConnectors,
    ReplaceOrganizationUserRoles,
    ReplaceOrganizationUsers,
    UpdateOrganization,
)
from ..models.shared import Organization, OrganizationJitSsoConnector, OrganizationRole, OrganizationScope


class Organizations(Group):
    """Operations on organizations."""

    def list(self, *, q: QueryValue = None, show_featured: QueryValue = None, page_size: int = 100) -> Pages[ListedOrganization]:
        """``GET /api/organizations``"""
        return self._list(
            "/api/organizations",
            (),
            {"q": q, "showFeatured": show_featured},
            List[ListedOrganization],
            list,
            page_size,
        )

    def create(self, body: CreateOrganization) -> Organization:
        """``POST /api/organizations``"""
        request = call("POST", "/api/organizations", body=body)
        return self._fetch(request, Organization)

    def delete(self, organization_id: str) -> None:
        """``DELETE /api/organizations/{id}``"""
        request = call("DELETE", "/api/organizations/{}", (organization_id,))
        self._send(request)

    def get(self, organization_id: str) -> Organization:
        """``GET /api/organizations/{id}``"""
        request = call("GET", "/api/organizations/{}", (organization_id,))
        return self._fetch(request, Organization)

    def update(self, organization_id: str, body: UpdateOrganization) -> Organization:
        """``PATCH /api/organizations/{id}``"""
        request = call("PATCH", "/api/organizations/{}", (organization_id,), body=body)
        return self._fetch(request, Organization)

    def list_applications(
        self,
        organization_id: str,
        *,
        q: QueryValue = None,
        page_size: int = 100,
    ) -> Pages[OrganizationApplication]:
        """``GET /api/organizations/{id}/applications``"""
        return self._list(
            "/api/organizations/{}/applications",
            (organization_id,),
            {"q": q},
            List[OrganizationApplication],
            list,
            page_size,
        )

    def add_applications(self, organization_id: str, body: AddOrganizationApplications) -> None:
        """``POST /api/organizations/{id}/applications``"""
        request = call("POST", "/api/organizations/{}/applications", (organization_id,), body=body)
        self._send(request)

    def replace_applications(self, organization_id: str, body: ReplaceOrganizationApplications) -> None:
        """``PUT /api/organizations/{id}/applications``"""
        request = call("PUT", "/api/organizations/{}/applications", (organization_id,), body=body)
        self._send(request)

    def assign_roles_to_applications(self, organization_id: str, body: AssignOrganizationRolesToApplications) -> None:
        """``POST /api/organizations/{id}/applications/roles``"""
        request = call("POST", "/api/organizations/{}/applications/roles", (organization_id,), body=body)
        self._send(request)

    def delete_application(self, organization_id: str, application_id: str) -> None:
        """``DELETE /api/organizations/{id}/applications/{applicationId}``"""
        request = call("DELETE", "/api/organizations/{}/applications/{}", (organization_id, application_id))
        self._send(request)

    def list_application_roles(
        self,
        organization_id: str,
        application_id: str,
        *,
        page_size: int = 100,
    ) -> Pages[OrganizationRole]:
        """``GET /api/organizations/{id}/applications/{applicationId}/roles``"""
        return self._list(
            "/api/organizations/{}/applications/{}/roles",
            (organization_id, application_id),
            {},
            List[OrganizationRole],
            list,
            page_size,
        )

    def assign_roles_to_application(
        self,
        organization_id: str,
        application_id: str,
        body: AssignOrganizationRolesToApplication,
    ) -> None:
        """``POST /api/organizations/{id}/applications/{applicationId}/roles``"""
        request = call("POST", "/api/organizations/{}/applications/{}/roles", (organization_id, application_id), body=body)
        self._send(request)

    def replace_application_roles(
        self,
        organization_id: str,
        application_id: str,
        body: ReplaceOrganizationApplicationRoles,
    ) -> None:
        """``PUT /api/organizations/{id}/applications/{applicationId}/roles``"""
        request = call("PUT", "/api/organizations/{}/applications/{}/roles", (organization_id, application_id), body=body)
        self._send(request)

    def delete_application_role(self, organization_id: str, application_id: str, organization_role_id: str) -> None:
        """``DELETE /api/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}``"""
        request = call(
            "DELETE",
            "/api/organizations/{}/applications/{}/roles/{}",
            (organization_id, application_id, organization_role_id),
        )
        self._send(request)

    def list_jit_email_domains(self, organization_id: str, *, page_size: int = 100) -> Pages[OrganizationJitEmailDomain]:
        """``GET /api/organizations/{id}/jit/email-domains``"""
        return self._list(
            "/api/organizations/{}/jit/email-domains",
            (organization_id,),
            {},
            List[OrganizationJitEmailDomain],
            list,
            page_size,
        )

    def create_jit_email_domain(self, organization_id: str, body: CreateOrganizationJitEmailDomain) -> OrganizationJitEmailDomain:
        """``POST /api/organizations/{id}/jit/email-domains``"""
        request = call("POST", "/api/organizations/{}/jit/email-domains", (organization_id,), body=body)
        return self._fetch(request, OrganizationJitEmailDomain)

    def replace_jit_email_domains(self, organization_id: str, body: ReplaceOrganizationJitEmailDomains) -> None:
        """``PUT /api/organizations/{id}/jit/email-domains``"""
        request = call("PUT", "/api/organizations/{}/jit/email-domains", (organization_id,), body=body)
        self._send(request)

    def delete_jit_email_domain(self, organization_id: str, email_domain: str) -> None:
        """``DELETE /api/organizations/{id}/jit/email-domains/{emailDomain}``"""
        request = call("DELETE", "/api/organizations/{}/jit/email-domains/{}", (organization_id, email_domain))
        self._send(request)

    def list_jit_roles(self, organization_id: str, *, page_size: int = 100) -> Pages[OrganizationRole]:
        """``GET /api/organizations/{id}/jit/roles``"""
        return self._list("/api/organizations/{}/jit/roles", (organization_id,), {}, List[OrganizationRole], list, page_size)

    def create_jit_role(self, organization_id: str, body: CreateOrganizationJitRole) -> None:
        """``POST /api/organizations/{id}/jit/roles``"""
        request = call("POST", "/api/organizations/{}/jit/roles", (organization_id,), body=body)
        self._send(request)

    def replace_jit_roles(self, organization_id: str, body: ReplaceOrganizationJitRoles) -> None:
        """``PUT /api/organizations/{id}/jit/roles``"""
        request = call("PUT", "/api/organizations/{}/jit/roles", (organization_id,), body=body)
        self._send(request)

    def delete_jit_role(self, organization_id: str, organization_role_id: str) -> None:
        """``DELETE /api/organizations/{id}/jit/roles/{organizationRoleId}``"""
        request = call("DELETE", "/api/organizations/{}/jit/roles/{}", (organization_id, organization_role_id))
        self._send(request)

    def list_jit_sso_connectors(self, organization_id: str, *, page_size: int = 100) -> Pages[OrganizationJitSsoConnector]:
        """``GET /api/organizations/{id}/jit/sso-connectors``"""
        return self._list(
            "/api/organizations/{}/jit/sso-connectors",
            (organization_id,),
            {},
            List[OrganizationJitSsoConnector],
            list,
            page_size,
        )

    def create_jit_sso_connector(self, organization_id: str, body: CreateOrganizationJitSsoConnector) -> None:
        """``POST /api/organizations/{id}/jit/sso-connectors``"""
        request = call("POST", "/api/organizations/{}/jit/sso-connectors", (organization_id,), body=body)
        self._send(request)

    def replace_jit_sso_connectors(self, organization_id: str, body: ReplaceOrganizationJitSsoConnectors) -> None:
        """``PUT /api/organizations/{id}/jit/sso-connectors``"""
        request = call("PUT", "/api/organizations/{}/jit/sso-connectors", (organization_id,), body=body)
        self._send(request)

    def delete_jit_sso_connector(self, organization_id: str, sso_connector_id: str) -> None:
        """``DELETE /api/organizations/{id}/jit/sso-connectors/{ssoConnectorId}``"""
        request = call("DELETE", "/api/organizations/{}/jit/sso-connectors/{}", (organization_id, sso_connector_id))
        self._send(request)

    def list_users(
        self,
        organization_id: str,
        *,
        q: QueryValue = None,
        organization_role_id: QueryValue = None,
        page_size: int = 100,
    ) -> Pages[OrganizationUser]:
        """``GET /api/organizations/{id}/users``"""
        return self._list(
            "/api/organizations/{}/users",
            (organization_id,),
            {"q": q, "organizationRoleId": organization_role_id},
            List[OrganizationUser],
            list,
            page_size,
        )

    def add_users(self, organization_id: str, body: AddOrganizationUsers) -> AddedOrganizationUsers:
        """``POST /api/organizations/{id}/users``"""
        request = call("POST", "/api/organizations/{}/users", (organization_id,), body=body)
        return self._fetch(request, AddedOrganizationUsers)

    def replace_users(self, organization_id: str, body: ReplaceOrganizationUsers) -> None:
        """``PUT /api/organizations/{id}/users``"""
        request = call("PUT", "/api/organizations/{}/users", (organization_id,), body=body)
        self._send(request)

    def assign_roles_to_users(self, organization_id: str, body: AssignOrganizationRolesToUsers) -> None:
        """``POST /api/organizations/{id}/users/roles``"""
        request = call("POST", "/api/organizations/{}/users/roles", (organization_id,), body=body)
        self._send(request)

    def delete_user(self, organization_id: str, user_id: str) -> None:
        """``DELETE /api/organizations/{id}/users/{userId}``"""
        request = call("DELETE", "/api/organizations/{}/users/{}", (organization_id, user_id))
        self._send(request)

    def list_user_roles(self, organization_id: str, user_id: str, *, page_size: int = 100) -> Pages[OrganizationRole]:
        """``GET /api/organizations/{id}/users/{userId}/roles``"""
        return self._list(
            "/api/organizations/{}/users/{}/roles",
            (organization_id, user_id),
            {},
            List[OrganizationRole],
            list,
            page_size,
        )

    def assign_roles_to_user(
        self,
        organization_id: str,
        user_id: str,
        body: AssignOrganizationRolesToUser,
    ) -> AssignedOrganizationRolesToUser:
        """``POST /api/organizations/{id}/users/{userId}/roles``"""
        request = call("POST", "/api/organizations/{}/users/{}/roles", (organization_id, user_id), body=body)
        return self._fetch(request, AssignedOrganizationRolesToUser)

    def replace_user_roles(self, organization_id: str, user_id: str, body: ReplaceOrganizationUserRoles) -> None:
        """``PUT /api/organizations/{id}/users/{userId}/roles``"""
        request = call("PUT", "/api/organizations/{}/users/{}/roles", (organization_id, user_id), body=body)
        self._send(request)

    def delete_user_role(self, organization_id: str, user_id: str, organization_role_id: str) -> None:
        """``DELETE /api/organizations/{id}/users/{userId}/roles/{organizationRoleId}``"""
        request = call("DELETE", "/api/organizations/{}/users/{}/roles/{}", (organization_id, user_id, organization_role_id))
        self._send(request)

    def list_user_scopes(self, organization_id: str, user_id: str) -> List[OrganizationScope]:
        """``GET /api/organizations/{id}/users/{userId}/scopes``"""
        request = call("GET", "/api/organizations/{}/users/{}/scopes", (organization_id, user_id))
        return self._fetch(request, List[OrganizationScope])

"""Operations on applications. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .._base import Group, call, searched
from .._calls import QueryValue
from .._paging import Pages
from ..models.applications import (
    Application,
    ApplicationAccessControl,
    ApplicationSecret,
    ApplicationSignInExperience,
    ApplicationUserConsentOrganization,
    AssignApplicationRoles,
    CreateApplication,
    CreateApplicationSecret,
    CreateApplicationUserConsentOrganization,
    CreateApplicationUserConsentScope,
    ReplaceApplicationAccessControl,
    ReplaceApplicationRoles,
    ReplaceApplicationSignInExperience,
    ReplaceApplicationUserConsentOrganizations,
    UpdateApplication,
    UpdateApplicationSecret,
)
from ..models.shared import (
    ApplicationOrganization,
    AssignedApplicationRoles,
    CimdUserConsentScope,
    ListedApplication,
    Organization,
    ReplacedApplicationRoles,
    Role,
)


class Applications(Group):
    """Operations on applications."""

    def list(
        self,
        *,
        types: QueryValue = None,
        exclude_role_id: QueryValue = None,
        exclude_organization_id: QueryValue = None,
        is_third_party: QueryValue = None,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[ListedApplication]:
        """``GET /api/applications``"""
        return self._list(
            "/api/applications",
            (),
            {
                **searched(search, search_params),
                "types": types,
                "excludeRoleId": exclude_role_id,
                "excludeOrganizationId": exclude_organization_id,
                "isThirdParty": is_third_party,
            },
            List[ListedApplication],
            list,
            page_size,
        )

    def create(self, body: CreateApplication) -> ListedApplication:
        """``POST /api/applications``"""
        request = call("POST", "/api/applications", body=body)
        return self._fetch(request, ListedApplication)

    def get_access_control(self, application_id: str) -> ApplicationAccessControl:
        """``GET /api/applications/{applicationId}/access-control``"""
        request = call("GET", "/api/applications/{}/access-control", (application_id,))
        return self._fetch(request, ApplicationAccessControl)

    def replace_access_control(self, application_id: str, body: ReplaceApplicationAccessControl) -> ApplicationAccessControl:
        """``PUT /api/applications/{applicationId}/access-control``"""
        request = call("PUT", "/api/applications/{}/access-control", (application_id,), body=body)
        return self._fetch(request, ApplicationAccessControl)

    def update_custom_data(self, application_id: str, body: Dict[str, Any]) -> Dict[str, Any]:
        """``PATCH /api/applications/{applicationId}/custom-data``"""
        request = call("PATCH", "/api/applications/{}/custom-data", (application_id,), body=body)
        return self._fetch(request, Dict[str, Any])

    def list_roles(
        self,
        application_id: str,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[Role]:
        """``GET /api/applications/{applicationId}/roles``"""
        return self._list(
            "/api/applications/{}/roles",
            (application_id,),
            searched(search, search_params),
            List[Role],
            list,
            page_size,
        )

    def assign_roles(self, application_id: str, body: AssignApplicationRoles) -> AssignedApplicationRoles:
        """``POST /api/applications/{applicationId}/roles``"""
        request = call("POST", "/api/applications/{}/roles", (application_id,), body=body)
        return self._fetch(request, AssignedApplicationRoles)

    def replace_roles(self, application_id: str, body: ReplaceApplicationRoles) -> ReplacedApplicationRoles:
        """``PUT /api/applications/{applicationId}/roles``"""
        request = call("PUT", "/api/applications/{}/roles", (application_id,), body=body)
        return self._fetch(request, ReplacedApplicationRoles)

    def delete_role(self, application_id: str, role_id: str) -> None:
        """``DELETE /api/applications/{applicationId}/roles/{roleId}``"""
        request = call("DELETE", "/api/applications/{}/roles/{}", (application_id, role_id))
        self._send(request)

    def get_sign_in_experience(self, application_id: str) -> ApplicationSignInExperience:
        """``GET /api/applications/{applicationId}/sign-in-experience``"""
        request = call("GET", "/api/applications/{}/sign-in-experience", (application_id,))
        return self._fetch(request, ApplicationSignInExperience)

    def replace_sign_in_experience(
        self,
        application_id: str,
        body: ReplaceApplicationSignInExperience,
    ) -> ApplicationSignInExperience:
        """``PUT /api/applications/{applicationId}/sign-in-experience``"""
        request = call("PUT", "/api/applications/{}/sign-in-experience", (application_id,), body=body)
        return self._fetch(request, ApplicationSignInExperience)

    def list_user_consent_scopes(self, application_id: str) -> CimdUserConsentScope:
        """``GET /api/applications/{applicationId}/user-consent-scopes``"""
        request = call("GET", "/api/applications/{}/user-consent-scopes", (application_id,))
        return self._fetch(request, CimdUserConsentScope)

    def create_user_consent_scope(self, application_id: str, body: CreateApplicationUserConsentScope) -> None:
        """``POST /api/applications/{applicationId}/user-consent-scopes``"""
        request = call("POST", "/api/applications/{}/user-consent-scopes", (application_id,), body=body)
        self._send(request)

    def delete_user_consent_scope(self, application_id: str, scope_type: str, scope_id: str) -> None:
        """``DELETE /api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}``"""
        request = call("DELETE", "/api/applications/{}/user-consent-scopes/{}/{}", (application_id, scope_type, scope_id))
        self._send(request)

    def delete(self, application_id: str) -> None:
        """``DELETE /api/applications/{id}``"""
        request = call("DELETE", "/api/applications/{}", (application_id,))
        self._send(request)

    def get(self, application_id: str) -> Application:
        """``GET /api/applications/{id}``"""
        request = call("GET", "/api/applications/{}", (application_id,))
        return self._fetch(request, Application)

    def update(self, application_id: str, body: UpdateApplication) -> ListedApplication:
        """``PATCH /api/applications/{id}``"""
        request = call("PATCH", "/api/applications/{}", (application_id,), body=body)
        return self._fetch(request, ListedApplication)

    def delete_legacy_secret(self, application_id: str) -> ListedApplication:
        """``DELETE /api/applications/{id}/legacy-secret``"""
        request = call("DELETE", "/api/applications/{}/legacy-secret", (application_id,))
        return self._fetch(request, ListedApplication)

    def list_organizations(self, application_id: str, *, page_size: int = 100) -> Pages[ApplicationOrganization]:
        """``GET /api/applications/{id}/organizations``"""
        return self._list(
            "/api/applications/{}/organizations",
            (application_id,),
            {},
            List[ApplicationOrganization],
            list,
            page_size,
        )

    def list_secrets(self, application_id: str) -> List[ApplicationSecret]:
        """``GET /api/applications/{id}/secrets``"""
        request = call("GET", "/api/applications/{}/secrets", (application_id,))
        return self._fetch(request, List[ApplicationSecret])

    def create_secret(self, application_id: str, body: CreateApplicationSecret) -> ApplicationSecret:
        """``POST /api/applications/{id}/secrets``"""
        request = call("POST", "/api/applications/{}/secrets", (application_id,), body=body)
        return self._fetch(request, ApplicationSecret)

    def delete_secret(self, application_id: str, name: str) -> None:
        """``DELETE /api/applications/{id}/secrets/{name}``"""
        request = call("DELETE", "/api/applications/{}/secrets/{}", (application_id, name))
        self._send(request)

    def update_secret(self, application_id: str, name: str, body: UpdateApplicationSecret) -> Optional[ApplicationSecret]:
        """``PATCH /api/applications/{id}/secrets/{name}``"""
        request = call("PATCH", "/api/applications/{}/secrets/{}", (application_id, name), body=body)
        return self._fetch_if((200,), request, ApplicationSecret)

    def list_user_consent_organizations(self, application_id: str, user_id: str, *, page_size: int = 100) -> Pages[Organization]:
        """``GET /api/applications/{id}/users/{userId}/consent-organizations``"""
        return self._list(
            "/api/applications/{}/users/{}/consent-organizations",
            (application_id, user_id),
            {},
            ApplicationUserConsentOrganization,
            lambda answer: answer.organizations,
            page_size,
        )

    def create_user_consent_organization(
        self,
        application_id: str,
        user_id: str,
        body: CreateApplicationUserConsentOrganization,
    ) -> None:
        """``POST /api/applications/{id}/users/{userId}/consent-organizations``"""
        request = call("POST", "/api/applications/{}/users/{}/consent-organizations", (application_id, user_id), body=body)
        self._send(request)

    def replace_user_consent_organizations(
        self,
        application_id: str,
        user_id: str,
        body: ReplaceApplicationUserConsentOrganizations,
    ) -> None:
        """``PUT /api/applications/{id}/users/{userId}/consent-organizations``"""
        request = call("PUT", "/api/applications/{}/users/{}/consent-organizations", (application_id, user_id), body=body)
        self._send(request)

    def delete_user_consent_organization(self, application_id: str, user_id: str, organization_id: str) -> None:
        """``DELETE /api/applications/{id}/users/{userId}/consent-organizations/{organizationId}``"""
        request = call(
            "DELETE",
            "/api/applications/{}/users/{}/consent-organizations/{}",
            (application_id, user_id, organization_id),
        )
        self._send(request)

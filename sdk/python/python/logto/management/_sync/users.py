"""Operations on users. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .._base import Group, call, searched
from .._calls import QueryValue
from .._paging import Pages
from ..models.shared import (
    ApplicationOrganization,
    AssignedApplicationRoles,
    ReplacedApplicationRoles,
    Role,
    UserIdentity,
    UserProfile,
)
from ..models.users import (
    AssignUserRoles,
    CreateUser,
    CreateUserIdentity,
    CreateUserMfaVerification,
    CreateUserPersonalAccessToken,
    CreatedUserMfaVerification,
    DeletePersonalAccessTokenPost,
    DeletedUserIdentity,
    ListedUserSession,
    ReplaceUserIdentity,
    ReplaceUserRoles,
    UpdatePersonalAccessTokenName,
    UpdateUser,
    UpdateUserCustomData,
    UpdateUserIsSuspended,
    UpdateUserLogtoConfigs,
    UpdateUserPassword,
    UpdateUserPasswordExpiration,
    UpdateUserPersonalAccessToken,
    UpdateUserProfile,
    User,
    UserAllIdentity,
    UserGrant,
    UserHasPassword,
    UserIdentityResponse,
    UserLogtoConfig,
    UserMfaVerification,
    UserPersonalAccessToken,
    UserSession,
    UserSsoIdentityResponse,
    UserTrustedDevice,
    VerifyUserPassword,
)


class Users(Group):
    """Operations on users."""

    def list(
        self,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[User]:
        """``GET /api/users``"""
        return self._list("/api/users", (), searched(search, search_params), List[User], list, page_size)

    def create(self, body: CreateUser) -> User:
        """``POST /api/users``"""
        request = call("POST", "/api/users", body=body)
        return self._fetch(request, User)

    def delete(self, user_id: str) -> None:
        """``DELETE /api/users/{userId}``"""
        request = call("DELETE", "/api/users/{}", (user_id,))
        self._send(request)

    def get(self, user_id: str, *, include_sso_identities: QueryValue = None, include_password_hash: QueryValue = None) -> User:
        """``GET /api/users/{userId}``"""
        request = call(
            "GET",
            "/api/users/{}",
            (user_id,),
            query={"includeSsoIdentities": include_sso_identities, "includePasswordHash": include_password_hash},
        )
        return self._fetch(request, User)

    def update(self, user_id: str, body: UpdateUser) -> User:
        """``PATCH /api/users/{userId}``"""
        request = call("PATCH", "/api/users/{}", (user_id,), body=body)
        return self._fetch(request, User)

    def list_all_identities(self, user_id: str, *, include_token_secret: QueryValue = None) -> UserAllIdentity:
        """``GET /api/users/{userId}/all-identities``"""
        request = call("GET", "/api/users/{}/all-identities", (user_id,), query={"includeTokenSecret": include_token_secret})
        return self._fetch(request, UserAllIdentity)

    def list_custom_data(self, user_id: str) -> Dict[str, Any]:
        """``GET /api/users/{userId}/custom-data``"""
        request = call("GET", "/api/users/{}/custom-data", (user_id,))
        return self._fetch(request, Dict[str, Any])

    def update_custom_data(self, user_id: str, body: UpdateUserCustomData) -> Dict[str, Any]:
        """``PATCH /api/users/{userId}/custom-data``"""
        request = call("PATCH", "/api/users/{}/custom-data", (user_id,), body=body)
        return self._fetch(request, Dict[str, Any])

    def list_grants(self, user_id: str, *, app_type: QueryValue = None) -> UserGrant:
        """``GET /api/users/{userId}/grants``"""
        request = call("GET", "/api/users/{}/grants", (user_id,), query={"appType": app_type})
        return self._fetch(request, UserGrant)

    def delete_grant(self, user_id: str, grant_id: str) -> None:
        """``DELETE /api/users/{userId}/grants/{grantId}``"""
        request = call("DELETE", "/api/users/{}/grants/{}", (user_id, grant_id))
        self._send(request)

    def get_has_password(self, user_id: str) -> UserHasPassword:
        """``GET /api/users/{userId}/has-password``"""
        request = call("GET", "/api/users/{}/has-password", (user_id,))
        return self._fetch(request, UserHasPassword)

    def create_identity(self, user_id: str, body: CreateUserIdentity) -> Dict[str, UserIdentity]:
        """``POST /api/users/{userId}/identities``"""
        request = call("POST", "/api/users/{}/identities", (user_id,), body=body)
        return self._fetch(request, Dict[str, UserIdentity])

    def delete_identity(self, user_id: str, target: str) -> DeletedUserIdentity:
        """``DELETE /api/users/{userId}/identities/{target}``"""
        request = call("DELETE", "/api/users/{}/identities/{}", (user_id, target))
        return self._fetch(request, DeletedUserIdentity)

    def get_identity(self, user_id: str, target: str, *, include_token_secret: QueryValue = None) -> UserIdentityResponse:
        """``GET /api/users/{userId}/identities/{target}``"""
        request = call(
            "GET",
            "/api/users/{}/identities/{}",
            (user_id, target),
            query={"includeTokenSecret": include_token_secret},
        )
        return self._fetch(request, UserIdentityResponse)

    def replace_identity(self, user_id: str, target: str, body: ReplaceUserIdentity) -> Dict[str, UserIdentity]:
        """``PUT /api/users/{userId}/identities/{target}``"""
        request = call("PUT", "/api/users/{}/identities/{}", (user_id, target), body=body)
        return self._fetch(request, Dict[str, UserIdentity])

    def update_is_suspended(self, user_id: str, body: UpdateUserIsSuspended) -> User:
        """``PATCH /api/users/{userId}/is-suspended``"""
        request = call("PATCH", "/api/users/{}/is-suspended", (user_id,), body=body)
        return self._fetch(request, User)

    def list_logto_configs(self, user_id: str) -> UserLogtoConfig:
        """``GET /api/users/{userId}/logto-configs``"""
        request = call("GET", "/api/users/{}/logto-configs", (user_id,))
        return self._fetch(request, UserLogtoConfig)

    def update_logto_configs(self, user_id: str, body: UpdateUserLogtoConfigs) -> UserLogtoConfig:
        """``PATCH /api/users/{userId}/logto-configs``"""
        request = call("PATCH", "/api/users/{}/logto-configs", (user_id,), body=body)
        return self._fetch(request, UserLogtoConfig)

    def list_mfa_verifications(self, user_id: str) -> List[UserMfaVerification]:
        """``GET /api/users/{userId}/mfa-verifications``"""
        request = call("GET", "/api/users/{}/mfa-verifications", (user_id,))
        return self._fetch(request, List[UserMfaVerification])

    def create_mfa_verification(self, user_id: str, body: CreateUserMfaVerification) -> CreatedUserMfaVerification:
        """``POST /api/users/{userId}/mfa-verifications``"""
        request = call("POST", "/api/users/{}/mfa-verifications", (user_id,), body=body)
        return self._fetch(request, CreatedUserMfaVerification)

    def delete_mfa_verification(self, user_id: str, verification_id: str) -> None:
        """``DELETE /api/users/{userId}/mfa-verifications/{verificationId}``"""
        request = call("DELETE", "/api/users/{}/mfa-verifications/{}", (user_id, verification_id))
        self._send(request)

    def list_organizations(self, user_id: str) -> List[ApplicationOrganization]:
        """``GET /api/users/{userId}/organizations``"""
        request = call("GET", "/api/users/{}/organizations", (user_id,))
        return self._fetch(request, List[ApplicationOrganization])

    def update_password(self, user_id: str, body: UpdateUserPassword) -> User:
        """``PATCH /api/users/{userId}/password``"""
        request = call("PATCH", "/api/users/{}/password", (user_id,), body=body)
        return self._fetch(request, User)

    def update_password_expiration(self, user_id: str, body: UpdateUserPasswordExpiration) -> User:
        """``PATCH /api/users/{userId}/password/expiration``"""
        request = call("PATCH", "/api/users/{}/password/expiration", (user_id,), body=body)
        return self._fetch(request, User)

    def verify_password(self, user_id: str, body: VerifyUserPassword) -> None:
        """``POST /api/users/{userId}/password/verify``"""
        request = call("POST", "/api/users/{}/password/verify", (user_id,), body=body)
        self._send(request)

    def list_personal_access_tokens(self, user_id: str) -> List[UserPersonalAccessToken]:
        """``GET /api/users/{userId}/personal-access-tokens``"""
        request = call("GET", "/api/users/{}/personal-access-tokens", (user_id,))
        return self._fetch(request, List[UserPersonalAccessToken])

    def update_personal_access_token_name(self, user_id: str, body: UpdatePersonalAccessTokenName) -> UserPersonalAccessToken:
        """``PATCH /api/users/{userId}/personal-access-tokens``"""
        request = call("PATCH", "/api/users/{}/personal-access-tokens", (user_id,), body=body)
        return self._fetch(request, UserPersonalAccessToken)

    def create_personal_access_token(self, user_id: str, body: CreateUserPersonalAccessToken) -> UserPersonalAccessToken:
        """``POST /api/users/{userId}/personal-access-tokens``"""
        request = call("POST", "/api/users/{}/personal-access-tokens", (user_id,), body=body)
        return self._fetch(request, UserPersonalAccessToken)

    def delete_personal_access_token_post(self, user_id: str, body: DeletePersonalAccessTokenPost) -> None:
        """``POST /api/users/{userId}/personal-access-tokens/delete``"""
        request = call("POST", "/api/users/{}/personal-access-tokens/delete", (user_id,), body=body)
        self._send(request)

    def delete_personal_access_token(self, user_id: str, name: str) -> None:
        """``DELETE /api/users/{userId}/personal-access-tokens/{name}``"""
        request = call("DELETE", "/api/users/{}/personal-access-tokens/{}", (user_id, name))
        self._send(request)

    def update_personal_access_token(
        self,
        user_id: str,
        name: str,
        body: UpdateUserPersonalAccessToken,
    ) -> UserPersonalAccessToken:
        """``PATCH /api/users/{userId}/personal-access-tokens/{name}``"""
        request = call("PATCH", "/api/users/{}/personal-access-tokens/{}", (user_id, name), body=body)
        return self._fetch(request, UserPersonalAccessToken)

    def update_profile(self, user_id: str, body: UpdateUserProfile) -> UserProfile:
        """``PATCH /api/users/{userId}/profile``"""
        request = call("PATCH", "/api/users/{}/profile", (user_id,), body=body)
        return self._fetch(request, UserProfile)

    def list_roles(
        self,
        user_id: str,
        *,
        search: Optional[str] = None,
        search_params: Optional[Mapping[str, QueryValue]] = None,
        page_size: int = 100,
    ) -> Pages[Role]:
        """``GET /api/users/{userId}/roles``"""
        return self._list("/api/users/{}/roles", (user_id,), searched(search, search_params), List[Role], list, page_size)

    def assign_roles(self, user_id: str, body: AssignUserRoles) -> AssignedApplicationRoles:
        """``POST /api/users/{userId}/roles``"""
        request = call("POST", "/api/users/{}/roles", (user_id,), body=body)
        return self._fetch(request, AssignedApplicationRoles)

    def replace_roles(self, user_id: str, body: ReplaceUserRoles) -> ReplacedApplicationRoles:
        """``PUT /api/users/{userId}/roles``"""
        request = call("PUT", "/api/users/{}/roles", (user_id,), body=body)
        return self._fetch(request, ReplacedApplicationRoles)

    def delete_role(self, user_id: str, role_id: str) -> None:
        """``DELETE /api/users/{userId}/roles/{roleId}``"""
        request = call("DELETE", "/api/users/{}/roles/{}", (user_id, role_id))
        self._send(request)

    def list_sessions(self, user_id: str) -> ListedUserSession:
        """``GET /api/users/{userId}/sessions``"""
        request = call("GET", "/api/users/{}/sessions", (user_id,))
        return self._fetch(request, ListedUserSession)

    def delete_session(self, user_id: str, session_id: str, *, revoke_grants_target: QueryValue = None) -> None:
        """``DELETE /api/users/{userId}/sessions/{sessionId}``"""
        request = call(
            "DELETE",
            "/api/users/{}/sessions/{}",
            (user_id, session_id),
            query={"revokeGrantsTarget": revoke_grants_target},
        )
        self._send(request)

    def get_session(self, user_id: str, session_id: str) -> UserSession:
        """``GET /api/users/{userId}/sessions/{sessionId}``"""
        request = call("GET", "/api/users/{}/sessions/{}", (user_id, session_id))
        return self._fetch(request, UserSession)

    def get_sso_identity(
        self,
        user_id: str,
        sso_connector_id: str,
        *,
        include_token_secret: QueryValue = None,
    ) -> UserSsoIdentityResponse:
        """``GET /api/users/{userId}/sso-identities/{ssoConnectorId}``"""
        request = call(
            "GET",
            "/api/users/{}/sso-identities/{}",
            (user_id, sso_connector_id),
            query={"includeTokenSecret": include_token_secret},
        )
        return self._fetch(request, UserSsoIdentityResponse)

    def list_trusted_devices(self, user_id: str, *, page_size: int = 100) -> Pages[UserTrustedDevice]:
        """``GET /api/users/{userId}/trusted-devices``"""
        return self._list("/api/users/{}/trusted-devices", (user_id,), {}, List[UserTrustedDevice], list, page_size)

    def delete_trusted_device(self, user_id: str, trusted_device_id: str) -> None:
        """``DELETE /api/users/{userId}/trusted-devices/{trustedDeviceId}``"""
        request = call("DELETE", "/api/users/{}/trusted-devices/{}", (user_id, trusted_device_id))
        self._send(request)

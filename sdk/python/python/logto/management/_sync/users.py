"""Operations on users. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .._base import Group, call, searched
from .._calls import QueryValue
from .._paging import Pages
from ..models.shared import ApplicationOrganization, AssignedApplicationRoles, ReplacedApplicationRoles, Role, UserProfile
from ..models.users import (
    AssignUserRoles,
    CreateUser,
    CreateUserMfaVerification,
    CreatedUserMfaVerification,
    ReplaceUserRoles,
    UpdateUser,
    UpdateUserCustomData,
    UpdateUserIsSuspended,
    UpdateUserLogtoConfigs,
    UpdateUserPassword,
    UpdateUserPasswordExpiration,
    UpdateUserProfile,
    User,
    UserHasPassword,
    UserLogtoConfig,
    UserMfaVerification,
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

    def list_custom_data(self, user_id: str) -> Dict[str, Any]:
        """``GET /api/users/{userId}/custom-data``"""
        request = call("GET", "/api/users/{}/custom-data", (user_id,))
        return self._fetch(request, Dict[str, Any])

    def update_custom_data(self, user_id: str, body: UpdateUserCustomData) -> Dict[str, Any]:
        """``PATCH /api/users/{userId}/custom-data``"""
        request = call("PATCH", "/api/users/{}/custom-data", (user_id,), body=body)
        return self._fetch(request, Dict[str, Any])

    def get_has_password(self, user_id: str) -> UserHasPassword:
        """``GET /api/users/{userId}/has-password``"""
        request = call("GET", "/api/users/{}/has-password", (user_id,))
        return self._fetch(request, UserHasPassword)

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

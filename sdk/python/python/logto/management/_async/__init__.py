"""The client of the Management API, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._base import AsyncBase

if TYPE_CHECKING:
    from .account_center import AsyncAccountCenter
    from .administrators import AsyncAdministrators
    from .applications import AsyncApplications
    from .audit_logs import AsyncAuditLogs
    from .captcha_provider import AsyncCaptchaProvider
    from .cimd import AsyncCimd
    from .client_registration import AsyncClientRegistration
    from .configs import AsyncConfigs
    from .connector_factories import AsyncConnectorFactories
    from .connectors import AsyncConnectors
    from .custom_phrases import AsyncCustomPhrases
    from .custom_profile_fields import AsyncCustomProfileFields
    from .dashboard import AsyncDashboard
    from .domains import AsyncDomains
    from .email_templates import AsyncEmailTemplates
    from .hooks import AsyncHooks
    from .one_time_tokens import AsyncOneTimeTokens
    from .organization_invitations import AsyncOrganizationInvitations
    from .organization_roles import AsyncOrganizationRoles
    from .organization_scopes import AsyncOrganizationScopes
    from .organizations import AsyncOrganizations
    from .refusals import AsyncRefusals
    from .resources import AsyncResources
    from .roles import AsyncRoles
    from .secrets import AsyncSecrets
    from .sentinel_activities import AsyncSentinelActivities
    from .sign_in_experience import AsyncSignInExperience
    from .sso_connector_providers import AsyncSsoConnectorProviders
    from .sso_connectors import AsyncSsoConnectors
    from .subject_tokens import AsyncSubjectTokens
    from .systems import AsyncSystems
    from .tenants import AsyncTenants
    from .user_assets import AsyncUserAssets
    from .users import AsyncUsers
    from .verification_codes import AsyncVerificationCodes


class AsyncManagementClient(AsyncBase):
    """The Management API in coroutines. Each group of operations is loaded when it is first used."""

    @cached_property
    def account_center(self) -> AsyncAccountCenter:
        from .account_center import AsyncAccountCenter

        return AsyncAccountCenter(self)

    @cached_property
    def administrators(self) -> AsyncAdministrators:
        from .administrators import AsyncAdministrators

        return AsyncAdministrators(self)

    @cached_property
    def applications(self) -> AsyncApplications:
        from .applications import AsyncApplications

        return AsyncApplications(self)

    @cached_property
    def audit_logs(self) -> AsyncAuditLogs:
        from .audit_logs import AsyncAuditLogs

        return AsyncAuditLogs(self)

    @cached_property
    def captcha_provider(self) -> AsyncCaptchaProvider:
        from .captcha_provider import AsyncCaptchaProvider

        return AsyncCaptchaProvider(self)

    @cached_property
    def cimd(self) -> AsyncCimd:
        from .cimd import AsyncCimd

        return AsyncCimd(self)

    @cached_property
    def client_registration(self) -> AsyncClientRegistration:
        from .client_registration import AsyncClientRegistration

        return AsyncClientRegistration(self)

    @cached_property
    def configs(self) -> AsyncConfigs:
        from .configs import AsyncConfigs

        return AsyncConfigs(self)

    @cached_property
    def connector_factories(self) -> AsyncConnectorFactories:
        from .connector_factories import AsyncConnectorFactories

        return AsyncConnectorFactories(self)

    @cached_property
    def connectors(self) -> AsyncConnectors:
        from .connectors import AsyncConnectors

        return AsyncConnectors(self)

    @cached_property
    def custom_phrases(self) -> AsyncCustomPhrases:
        from .custom_phrases import AsyncCustomPhrases

        return AsyncCustomPhrases(self)

    @cached_property
    def custom_profile_fields(self) -> AsyncCustomProfileFields:
        from .custom_profile_fields import AsyncCustomProfileFields

        return AsyncCustomProfileFields(self)

    @cached_property
    def dashboard(self) -> AsyncDashboard:
        from .dashboard import AsyncDashboard

        return AsyncDashboard(self)

    @cached_property
    def domains(self) -> AsyncDomains:
        from .domains import AsyncDomains

        return AsyncDomains(self)

    @cached_property
    def email_templates(self) -> AsyncEmailTemplates:
        from .email_templates import AsyncEmailTemplates

        return AsyncEmailTemplates(self)

    @cached_property
    def hooks(self) -> AsyncHooks:
        from .hooks import AsyncHooks

        return AsyncHooks(self)

    @cached_property
    def one_time_tokens(self) -> AsyncOneTimeTokens:
        from .one_time_tokens import AsyncOneTimeTokens

        return AsyncOneTimeTokens(self)

    @cached_property
    def organization_invitations(self) -> AsyncOrganizationInvitations:
        from .organization_invitations import AsyncOrganizationInvitations

        return AsyncOrganizationInvitations(self)

    @cached_property
    def organization_roles(self) -> AsyncOrganizationRoles:
        from .organization_roles import AsyncOrganizationRoles

        return AsyncOrganizationRoles(self)

    @cached_property
    def organization_scopes(self) -> AsyncOrganizationScopes:
        from .organization_scopes import AsyncOrganizationScopes

        return AsyncOrganizationScopes(self)

    @cached_property
    def organizations(self) -> AsyncOrganizations:
        from .organizations import AsyncOrganizations

        return AsyncOrganizations(self)

    @cached_property
    def refusals(self) -> AsyncRefusals:
        from .refusals import AsyncRefusals

        return AsyncRefusals(self)

    @cached_property
    def resources(self) -> AsyncResources:
        from .resources import AsyncResources

        return AsyncResources(self)

    @cached_property
    def roles(self) -> AsyncRoles:
        from .roles import AsyncRoles

        return AsyncRoles(self)

    @cached_property
    def secrets(self) -> AsyncSecrets:
        from .secrets import AsyncSecrets

        return AsyncSecrets(self)

    @cached_property
    def sentinel_activities(self) -> AsyncSentinelActivities:
        from .sentinel_activities import AsyncSentinelActivities

        return AsyncSentinelActivities(self)

    @cached_property
    def sign_in_experience(self) -> AsyncSignInExperience:
        from .sign_in_experience import AsyncSignInExperience

        return AsyncSignInExperience(self)

    @cached_property
    def sso_connector_providers(self) -> AsyncSsoConnectorProviders:
        from .sso_connector_providers import AsyncSsoConnectorProviders

        return AsyncSsoConnectorProviders(self)

    @cached_property
    def sso_connectors(self) -> AsyncSsoConnectors:
        from .sso_connectors import AsyncSsoConnectors

        return AsyncSsoConnectors(self)

    @cached_property
    def subject_tokens(self) -> AsyncSubjectTokens:
        from .subject_tokens import AsyncSubjectTokens

        return AsyncSubjectTokens(self)

    @cached_property
    def systems(self) -> AsyncSystems:
        from .systems import AsyncSystems

        return AsyncSystems(self)

    @cached_property
    def tenants(self) -> AsyncTenants:
        from .tenants import AsyncTenants

        return AsyncTenants(self)

    @cached_property
    def user_assets(self) -> AsyncUserAssets:
        from .user_assets import AsyncUserAssets

        return AsyncUserAssets(self)

    @cached_property
    def users(self) -> AsyncUsers:
        from .users import AsyncUsers

        return AsyncUsers(self)

    @cached_property
    def verification_codes(self) -> AsyncVerificationCodes:
        from .verification_codes import AsyncVerificationCodes

        return AsyncVerificationCodes(self)

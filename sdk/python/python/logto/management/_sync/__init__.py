"""The client of the Management API. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._base import Base

if TYPE_CHECKING:
    from .account_center import AccountCenter
    from .administrators import Administrators
    from .applications import Applications
    from .audit_logs import AuditLogs
    from .captcha_provider import CaptchaProvider
    from .cimd import Cimd
    from .client_registration import ClientRegistration
    from .configs import Configs
    from .connector_factories import ConnectorFactories
    from .connectors import Connectors
    from .custom_phrases import CustomPhrases
    from .custom_profile_fields import CustomProfileFields
    from .dashboard import Dashboard
    from .domains import Domains
    from .email_templates import EmailTemplates
    from .hooks import Hooks
    from .one_time_tokens import OneTimeTokens
    from .organization_invitations import OrganizationInvitations
    from .organization_roles import OrganizationRoles
    from .organization_scopes import OrganizationScopes
    from .organizations import Organizations
    from .refusals import Refusals
    from .resources import Resources
    from .roles import Roles
    from .secrets import Secrets
    from .sentinel_activities import SentinelActivities
    from .sign_in_experience import SignInExperience
    from .sso_connector_providers import SsoConnectorProviders
    from .sso_connectors import SsoConnectors
    from .subject_tokens import SubjectTokens
    from .systems import Systems
    from .tenants import Tenants
    from .user_assets import UserAssets
    from .users import Users
    from .verification_codes import VerificationCodes


class ManagementClient(Base):
    """The Management API in plain functions. Each group of operations is loaded when it is first used."""

    @cached_property
    def account_center(self) -> AccountCenter:
        from .account_center import AccountCenter

        return AccountCenter(self)

    @cached_property
    def administrators(self) -> Administrators:
        from .administrators import Administrators

        return Administrators(self)

    @cached_property
    def applications(self) -> Applications:
        from .applications import Applications

        return Applications(self)

    @cached_property
    def audit_logs(self) -> AuditLogs:
        from .audit_logs import AuditLogs

        return AuditLogs(self)

    @cached_property
    def captcha_provider(self) -> CaptchaProvider:
        from .captcha_provider import CaptchaProvider

        return CaptchaProvider(self)

    @cached_property
    def cimd(self) -> Cimd:
        from .cimd import Cimd

        return Cimd(self)

    @cached_property
    def client_registration(self) -> ClientRegistration:
        from .client_registration import ClientRegistration

        return ClientRegistration(self)

    @cached_property
    def configs(self) -> Configs:
        from .configs import Configs

        return Configs(self)

    @cached_property
    def connector_factories(self) -> ConnectorFactories:
        from .connector_factories import ConnectorFactories

        return ConnectorFactories(self)

    @cached_property
    def connectors(self) -> Connectors:
        from .connectors import Connectors

        return Connectors(self)

    @cached_property
    def custom_phrases(self) -> CustomPhrases:
        from .custom_phrases import CustomPhrases

        return CustomPhrases(self)

    @cached_property
    def custom_profile_fields(self) -> CustomProfileFields:
        from .custom_profile_fields import CustomProfileFields

        return CustomProfileFields(self)

    @cached_property
    def dashboard(self) -> Dashboard:
        from .dashboard import Dashboard

        return Dashboard(self)

    @cached_property
    def domains(self) -> Domains:
        from .domains import Domains

        return Domains(self)

    @cached_property
    def email_templates(self) -> EmailTemplates:
        from .email_templates import EmailTemplates

        return EmailTemplates(self)

    @cached_property
    def hooks(self) -> Hooks:
        from .hooks import Hooks

        return Hooks(self)

    @cached_property
    def one_time_tokens(self) -> OneTimeTokens:
        from .one_time_tokens import OneTimeTokens

        return OneTimeTokens(self)

    @cached_property
    def organization_invitations(self) -> OrganizationInvitations:
        from .organization_invitations import OrganizationInvitations

        return OrganizationInvitations(self)

    @cached_property
    def organization_roles(self) -> OrganizationRoles:
        from .organization_roles import OrganizationRoles

        return OrganizationRoles(self)

    @cached_property
    def organization_scopes(self) -> OrganizationScopes:
        from .organization_scopes import OrganizationScopes

        return OrganizationScopes(self)

    @cached_property
    def organizations(self) -> Organizations:
        from .organizations import Organizations

        return Organizations(self)

    @cached_property
    def refusals(self) -> Refusals:
        from .refusals import Refusals

        return Refusals(self)

    @cached_property
    def resources(self) -> Resources:
        from .resources import Resources

        return Resources(self)

    @cached_property
    def roles(self) -> Roles:
        from .roles import Roles

        return Roles(self)

    @cached_property
    def secrets(self) -> Secrets:
        from .secrets import Secrets

        return Secrets(self)

    @cached_property
    def sentinel_activities(self) -> SentinelActivities:
        from .sentinel_activities import SentinelActivities

        return SentinelActivities(self)

    @cached_property
    def sign_in_experience(self) -> SignInExperience:
        from .sign_in_experience import SignInExperience

        return SignInExperience(self)

    @cached_property
    def sso_connector_providers(self) -> SsoConnectorProviders:
        from .sso_connector_providers import SsoConnectorProviders

        return SsoConnectorProviders(self)

    @cached_property
    def sso_connectors(self) -> SsoConnectors:
        from .sso_connectors import SsoConnectors

        return SsoConnectors(self)

    @cached_property
    def subject_tokens(self) -> SubjectTokens:
        from .subject_tokens import SubjectTokens

        return SubjectTokens(self)

    @cached_property
    def systems(self) -> Systems:
        from .systems import Systems

        return Systems(self)

    @cached_property
    def tenants(self) -> Tenants:
        from .tenants import Tenants

        return Tenants(self)

    @cached_property
    def user_assets(self) -> UserAssets:
        from .user_assets import UserAssets

        return UserAssets(self)

    @cached_property
    def users(self) -> Users:
        from .users import Users

        return Users(self)

    @cached_property
    def verification_codes(self) -> VerificationCodes:
        from .verification_codes import VerificationCodes

        return VerificationCodes(self)

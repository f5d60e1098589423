"""All models of the Management API, each loaded when it is first used. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account_center import AccountCenterSettings as AccountCenterSettings
    from .account_center import AccountCenterSettingsFields as AccountCenterSettingsFields
    from .shared import AccountCenterSettingsProfileField as AccountCenterSettingsProfileField
    from .configs import AccountConfig as AccountConfig
    from .configs import Action as Action
    from .dashboard import ActiveUserCounts as ActiveUserCounts
    from .dashboard import ActiveUserCountsDau as ActiveUserCountsDau
    from .dashboard import ActiveUserCountsDauCurve as ActiveUserCountsDauCurve
    from .dashboard import ActiveUserCountsMau as ActiveUserCountsMau
    from .dashboard import ActiveUserCountsWau as ActiveUserCountsWau
    from .one_time_tokens import AddOneTimeTokens as AddOneTimeTokens
    from .one_time_tokens import AddOneTimeTokensContext as AddOneTimeTokensContext
    from .organizations import AddOrganizationApplications as AddOrganizationApplications
    from .organizations import AddOrganizationUsers as AddOrganizationUsers
    from .organizations import AddedOrganizationUsers as AddedOrganizationUsers
    from .configs import AdminConsoleConfig as AdminConsoleConfig
    from .configs import AdminConsoleConfigCheckedChargeNotification as AdminConsoleConfigCheckedChargeNotification
    from .configs import AdminConsoleConfigDevelopmentTenantMigrationNotification as AdminConsoleConfigDevelopmentTenantMigrationNotification
    from .administrators import Administrator as Administrator
    from .administrators import AdministratorInvitation as AdministratorInvitation
    from .applications import Application as Application
    from .applications import ApplicationAccessControl as ApplicationAccessControl
    from .applications import ApplicationAccessControlOrganizationRoleRule as ApplicationAccessControlOrganizationRoleRule
    from .shared import ApplicationCustomClientMetadata as ApplicationCustomClientMetadata
    from .shared import ApplicationCustomClientMetadataTlsClientAuthSubject as ApplicationCustomClientMetadataTlsClientAuthSubject
    from .shared import ApplicationOidcClientMetadata as ApplicationOidcClientMetadata
    from .shared import ApplicationOrganization as ApplicationOrganization
    from .applications import ApplicationSecret as ApplicationSecret
    from .applications import ApplicationSignInExperience as ApplicationSignInExperience
    from .applications import ApplicationUserConsentOrganization as ApplicationUserConsentOrganization
    from .applications import AssignApplicationRoles as AssignApplicationRoles
    from .cimd import AssignCimdUserConsentScopes as AssignCimdUserConsentScopes
    from .organizations import AssignOrganizationRolesToApplication as AssignOrganizationRolesToApplication
    from .organizations import AssignOrganizationRolesToApplications as AssignOrganizationRolesToApplications
    from .organizations import AssignOrganizationRolesToUser as AssignOrganizationRolesToUser
    from .organizations import AssignOrganizationRolesToUsers as AssignOrganizationRolesToUsers
    from .users import AssignUserRoles as AssignUserRoles
    from .shared import AssignedApplicationRoles as AssignedApplicationRoles
    from .organizations import AssignedOrganizationRolesToUser as AssignedOrganizationRolesToUser
    from .captcha_provider import CaptchaProviderResponse as CaptchaProviderResponse
    from .captcha_provider import CaptchaProviderResponseConfig as CaptchaProviderResponseConfig
    from .sign_in_experience import CheckPasswordWithDefaultSignInExperience as CheckPasswordWithDefaultSignInExperience
    from .sign_in_experience import CheckedPasswordWithDefaultSignInExperience as CheckedPasswordWithDefaultSignInExperience
    from .sign_in_experience import CheckedPasswordWithDefaultSignInExperienceIssue as CheckedPasswordWithDefaultSignInExperienceIssue
    from .configs import CimdConfig as CimdConfig
    from .shared import CimdUserConsentScope as CimdUserConsentScope
    from .shared import CimdUserConsentScopeOrganizationScope as CimdUserConsentScopeOrganizationScope
    from .shared import CimdUserConsentScopeResourceScope as CimdUserConsentScopeResourceScope
    from .shared import CimdUserConsentScopeResourceScopeResource as CimdUserConsentScopeResourceScopeResource
    from .domains import CleanupDomains as CleanupDomains
    from .domains import CleanupDomainsResponse as CleanupDomainsResponse
    from .connectors import Connector as Connector
    from .connector_factories import ConnectorFactory as ConnectorFactory
    from .shared import ConnectorFactoryFormItem as ConnectorFactoryFormItem
    from .shared import ConnectorFactoryFormItemSelectItem as ConnectorFactoryFormItemSelectItem
    from .shared import ConnectorFactoryFormItemShowCondition as ConnectorFactoryFormItemShowCondition
    from .connectors import ConnectorMetadata as ConnectorMetadata
    from .administrators import CreateAdministratorInvitation as CreateAdministratorInvitation
    from .applications import CreateApplication as CreateApplication
    from .applications import CreateApplicationCustomClientMetadata as CreateApplicationCustomClientMetadata
    from .applications import CreateApplicationCustomClientMetadataTlsClientAuthSubject as CreateApplicationCustomClientMetadataTlsClientAuthSubject
    from .applications import CreateApplicationOidcClientMetadata as CreateApplicationOidcClientMetadata
    from .applications import CreateApplicationSecret as CreateApplicationSecret
    from .applications import CreateApplicationUserConsentOrganization as CreateApplicationUserConsentOrganization
    from .applications import CreateApplicationUserConsentScope as CreateApplicationUserConsentScope
    from .connectors import CreateConnector as CreateConnector
    from .connectors import CreateConnectorAuthorizationUri as CreateConnectorAuthorizationUri
    from .connectors import CreateConnectorMetadata as CreateConnectorMetadata
    from .connectors import CreateConnectorTest as CreateConnectorTest
    from .custom_profile_fields import CreateCustomProfileField as CreateCustomProfileField
    from .custom_profile_fields import CreateCustomProfileFieldConfig as CreateCustomProfileFieldConfig
    from .custom_profile_fields import CreateCustomProfileFieldConfigOption as CreateCustomProfileFieldConfigOption
    from .custom_profile_fields import CreateCustomProfileFieldConfigPart as CreateCustomProfileFieldConfigPart
    from .custom_profile_fields import CreateCustomProfileFieldConfigPartConfig as CreateCustomProfileFieldConfigPartConfig
    from .custom_profile_fields import CreateCustomProfileFieldsBatch as CreateCustomProfileFieldsBatch
    from .domains import CreateDomain as CreateDomain
    from .hooks import CreateHook as CreateHook
    from .hooks import CreateHookConfig as CreateHookConfig
    from .hooks import CreateHookTest as CreateHookTest
    from .hooks import CreateHookTestConfig as CreateHookTestConfig
    from .client_registration import CreateInitialAccessToken as CreateInitialAccessToken
    from .organizations import CreateOrganization as CreateOrganization
    from .shared import CreateOrganizationBranding as CreateOrganizationBranding
    from .shared import CreateOrganizationColor as CreateOrganizationColor
    from .organization_invitations import CreateOrganizationInvitation as CreateOrganizationInvitation
    from .organization_invitations import CreateOrganizationInvitationMessage as CreateOrganizationInvitationMessage
    from .organizations import CreateOrganizationJitEmailDomain as CreateOrganizationJitEmailDomain
    from .organizations import CreateOrganizationJitRole as CreateOrganizationJitRole
    from .organizations import CreateOrganizationJitSsoConnector as CreateOrganizationJitSsoConnector
    from .organization_roles import CreateOrganizationRole as CreateOrganizationRole
    from .organization_roles import CreateOrganizationRoleResourceScope as CreateOrganizationRoleResourceScope
    from .organization_roles import CreateOrganizationRoleScope as CreateOrganizationRoleScope
    from .organization_scopes import CreateOrganizationScope as CreateOrganizationScope
    from .resources import CreateResource as CreateResource
    from .resources import CreateResourceScope as CreateResourceScope
    from .roles import CreateRole as CreateRole
    from .roles import CreateRoleApplication as CreateRoleApplication
    from .roles import CreateRoleScope as CreateRoleScope
    from .roles import CreateRoleUser as CreateRoleUser
    from .sso_connectors import CreateSsoConnector as CreateSsoConnector
    from .sso_connectors import CreateSsoConnectorBranding as CreateSsoConnectorBranding
    from .subject_tokens import CreateSubjectToken as CreateSubjectToken
    from .tenants import CreateTenant as CreateTenant
    from .users import CreateUser as CreateUser
    from .users import CreateUserIdentity as CreateUserIdentity
    from .users import CreateUserMfaVerification as CreateUserMfaVerification
    from .users import CreateUserPersonalAccessToken as CreateUserPersonalAccessToken
    from .users import CreateUserProfile as CreateUserProfile
    from .users import CreateUserProfileAddress as CreateUserProfileAddress
    from .verification_codes import CreateVerificationCode as CreateVerificationCode
    from .connectors import CreatedConnectorAuthorizationUri as CreatedConnectorAuthorizationUri
    from .hooks import CreatedHook as CreatedHook
    from .client_registration import CreatedInitialAccessToken as CreatedInitialAccessToken
    from .subject_tokens import CreatedSubjectToken as CreatedSubjectToken
    from .users import CreatedUserMfaVerification as CreatedUserMfaVerification
    from .custom_phrases import CustomPhrase as CustomPhrase
    from .custom_profile_fields import CustomProfileFieldByName as CustomProfileFieldByName
    from .custom_profile_fields import CustomProfileFieldByNameConfig as CustomProfileFieldByNameConfig
    from .custom_profile_fields import CustomProfileFieldByNameConfigOption as CustomProfileFieldByNameConfigOption
    from .custom_profile_fields import CustomProfileFieldByNameConfigPart as CustomProfileFieldByNameConfigPart
    from .custom_profile_fields import CustomProfileFieldByNameConfigPartConfig as CustomProfileFieldByNameConfigPartConfig
    from .users import DeletePersonalAccessTokenPost as DeletePersonalAccessTokenPost
    from .sentinel_activities import DeleteSentinelActivities as DeleteSentinelActivities
    from .email_templates import DeletedEmailTemplates as DeletedEmailTemplates
    from .users import DeletedUserIdentity as DeletedUserIdentity
    from .domains import Domain as Domain
    from .domains import DomainDnsRecord as DomainDnsRecord
    from .email_templates import EmailTemplate as EmailTemplate
    from .email_templates import EmailTemplateDetails as EmailTemplateDetails
    from .hooks import Hook as Hook
    from .hooks import HookConfig as HookConfig
    from .hooks import HookExecutionStats as HookExecutionStats
    from .hooks import HookRecentLog as HookRecentLog
    from .configs import IdTokenConfig as IdTokenConfig
    from .client_registration import InitialAccessToken as InitialAccessToken
    from .configs import JwtCustomizer as JwtCustomizer
    from .configs import ListedAction as ListedAction
    from .shared import ListedApplication as ListedApplication
    from .configs import ListedJwtCustomizer as ListedJwtCustomizer
    from .organizations import ListedOrganization as ListedOrganization
    from .shared import ListedOrganizationFeaturedUser as ListedOrganizationFeaturedUser
    from .organization_roles import ListedOrganizationRole as ListedOrganizationRole
    from .organization_roles import ListedOrganizationRoleResourceScope as ListedOrganizationRoleResourceScope
    from .resources import ListedResource as ListedResource
    from .shared import ListedResourceScope as ListedResourceScope
    from .roles import ListedRole as ListedRole
    from .roles import ListedRoleFeaturedApplication as ListedRoleFeaturedApplication
    from .users import ListedUserSession as ListedUserSession
    from .audit_logs import Log as Log
    from .shared import LogPayload as LogPayload
    from .dashboard import NewUserCounts as NewUserCounts
    from .dashboard import NewUserCountsToday as NewUserCountsToday
    from .configs import OidcKey as OidcKey
    from .configs import OidcSessionConfig as OidcSessionConfig
    from .one_time_tokens import OneTimeToken as OneTimeToken
    from .one_time_tokens import OneTimeTokenContext as OneTimeTokenContext
    from .shared import Organization as Organization
    from .organizations import OrganizationApplication as OrganizationApplication
    from .shared import OrganizationColor as OrganizationColor
    from .organization_invitations import OrganizationInvitation as OrganizationInvitation
    from .shared import OrganizationInvitationOrganizationRole as OrganizationInvitationOrganizationRole
    from .organizations import OrganizationJitEmailDomain as OrganizationJitEmailDomain
    from .shared import OrganizationJitSsoConnector as OrganizationJitSsoConnector
    from .shared import OrganizationRole as OrganizationRole
    from .shared import OrganizationScope as OrganizationScope
    from .organizations import OrganizationUser as OrganizationUser
    from .refusals import Refusal as Refusal
    from .refusals import RefusalExplanation as RefusalExplanation
    from .applications import ReplaceApplicationAccessControl as ReplaceApplicationAccessControl
    from .applications import ReplaceApplicationAccessControlOrganizationRoleRule as ReplaceApplicationAccessControlOrganizationRoleRule
    from .applications import ReplaceApplicationRoles as ReplaceApplicationRoles
    from .applications import ReplaceApplicationSignInExperience as ReplaceApplicationSignInExperience
    from .applications import ReplaceApplicationUserConsentOrganizations as ReplaceApplicationUserConsentOrganizations
    from .domains import ReplaceDomainVerificationFiles as ReplaceDomainVerificationFiles
    from .email_templates import ReplaceEmailTemplates as ReplaceEmailTemplates
    from .email_templates import ReplaceEmailTemplatesTemplate as ReplaceEmailTemplatesTemplate
    from .email_templates import ReplaceEmailTemplatesTemplateDetails as ReplaceEmailTemplatesTemplateDetails
    from .one_time_tokens import ReplaceOneTimeTokenStatus as ReplaceOneTimeTokenStatus
    from .organizations import ReplaceOrganizationApplicationRoles as ReplaceOrganizationApplicationRoles
    from .organizations import ReplaceOrganizationApplications as ReplaceOrganizationApplications
    from .organization_invitations import ReplaceOrganizationInvitationStatus as ReplaceOrganizationInvitationStatus
    from .organizations import ReplaceOrganizationJitEmailDomains as ReplaceOrganizationJitEmailDomains
    from .organizations import ReplaceOrganizationJitRoles as ReplaceOrganizationJitRoles
    from .organizations import ReplaceOrganizationJitSsoConnectors as ReplaceOrganizationJitSsoConnectors
    from .organization_roles import ReplaceOrganizationRoleResourceScopes as ReplaceOrganizationRoleResourceScopes
    from .organization_roles import ReplaceOrganizationRoleScopes as ReplaceOrganizationRoleScopes
    from .organizations import ReplaceOrganizationUserRoles as ReplaceOrganizationUserRoles
    from .organizations import ReplaceOrganizationUsers as ReplaceOrganizationUsers
    from .users import ReplaceUserIdentity as ReplaceUserIdentity
    from .users import ReplaceUserRoles as ReplaceUserRoles
    from .shared import ReplacedApplicationRoles as ReplacedApplicationRoles
    from .shared import Resource as Resource
    from .shared import Role as Role
    from .roles import RoleScope as RoleScope
    from .roles import RoleUser as RoleUser
    from .configs import RotateOidcKeys as RotateOidcKeys
    from .sign_in_experience import SignInExp as SignInExp
    from .sign_in_experience import SignInExpAdaptiveMfa as SignInExpAdaptiveMfa
    from .shared import SignInExpBranding as SignInExpBranding
    from .sign_in_experience import SignInExpCaptchaPolicy as SignInExpCaptchaPolicy
    from .sign_in_experience import SignInExpColor as SignInExpColor
    from .sign_in_experience import SignInExpCustomUiAssets as SignInExpCustomUiAssets
    from .sign_in_experience import SignInExpCustomUiCsp as SignInExpCustomUiCsp
    from .sign_in_experience import SignInExpEmailBlocklistPolicy as SignInExpEmailBlocklistPolicy
    from .sign_in_experience import SignInExpLanguageInfo as SignInExpLanguageInfo
    from .sign_in_experience import SignInExpMfa as SignInExpMfa
    from .sign_in_experience import SignInExpPasskeySignIn as SignInExpPasskeySignIn
    from .sign_in_experience import SignInExpPasswordExpiration as SignInExpPasswordExpiration
    from .sign_in_experience import SignInExpPasswordPolicy as SignInExpPasswordPolicy
    from .sign_in_experience import SignInExpPasswordPolicyCharacterTypes as SignInExpPasswordPolicyCharacterTypes
    from .sign_in_experience import SignInExpPasswordPolicyLength as SignInExpPasswordPolicyLength
    from .sign_in_experience import SignInExpPasswordPolicyRejects as SignInExpPasswordPolicyRejects
    from .sign_in_experience import SignInExpSentinelPolicy as SignInExpSentinelPolicy
    from .sign_in_experience import SignInExpSignIn as SignInExpSignIn
    from .sign_in_experience import SignInExpSignInMethod as SignInExpSignInMethod
    from .sign_in_experience import SignInExpSignUp as SignInExpSignUp
    from .sign_in_experience import SignInExpSignUpSecondaryIdentifier as SignInExpSignUpSecondaryIdentifier
    from .sign_in_experience import SignInExpSocialSignIn as SignInExpSocialSignIn
    from .sign_in_experience import SignInExpTrustedDevice as SignInExpTrustedDevice
    from .sign_in_experience import SignInExpUsernamePolicy as SignInExpUsernamePolicy
    from .sign_in_experience import SignInExpUsernamePolicyAllowedChars as SignInExpUsernamePolicyAllowedChars
    from .sign_in_experience import SignInExpVerificationCodePolicy as SignInExpVerificationCodePolicy
    from .sso_connectors import SsoConnector as SsoConnector
    from .shared import SsoConnectorBranding as SsoConnectorBranding
    from .sso_connector_providers import SsoConnectorProvider as SsoConnectorProvider
    from .systems import SystemApplicationConfig as SystemApplicationConfig
    from .systems import SystemApplicationConfigProtectedApps as SystemApplicationConfigProtectedApps
    from .tenants import Tenant as Tenant
    from .configs import TestAction as TestAction
    from .configs import TestJwtCustomizer as TestJwtCustomizer
    from .dashboard import TotalUserCount as TotalUserCount
    from .account_center import UpdateAccountCenterSettings as UpdateAccountCenterSettings
    from .account_center import UpdateAccountCenterSettingsFields as UpdateAccountCenterSettingsFields
    from .shared import UpdateAccountCenterSettingsProfileField as UpdateAccountCenterSettingsProfileField
    from .configs import UpdateAccountConfig as UpdateAccountConfig
    from .configs import UpdateAction as UpdateAction
    from .configs import UpdateAdminConsoleConfig as UpdateAdminConsoleConfig
    from .configs import UpdateAdminConsoleConfigCheckedChargeNotification as UpdateAdminConsoleConfigCheckedChargeNotification
    from .configs import UpdateAdminConsoleConfigDevelopmentTenantMigrationNotification as UpdateAdminConsoleConfigDevelopmentTenantMigrationNotification
    from .administrators import UpdateAdministrator as UpdateAdministrator
    from .applications import UpdateApplication as UpdateApplication
    from .applications import UpdateApplicationSecret as UpdateApplicationSecret
    from .captcha_provider import UpdateCaptchaProvider as UpdateCaptchaProvider
    from .captcha_provider import UpdateCaptchaProviderConfig as UpdateCaptchaProviderConfig
    from .configs import UpdateCimdConfig as UpdateCimdConfig
    from .connectors import UpdateConnector as UpdateConnector
    from .custom_profile_fields import UpdateCustomProfileFieldByName as UpdateCustomProfileFieldByName
    from .custom_profile_fields import UpdateCustomProfileFieldsSieOrder as UpdateCustomProfileFieldsSieOrder
    from .custom_profile_fields import UpdateCustomProfileFieldsSieOrderOrder as UpdateCustomProfileFieldsSieOrderOrder
    from .email_templates import UpdateEmailTemplateDetails as UpdateEmailTemplateDetails
    from .hooks import UpdateHook as UpdateHook
    from .hooks import UpdateHookConfig as UpdateHookConfig
    from .configs import UpdateJwtCustomizer as UpdateJwtCustomizer
    from .configs import UpdateOidcSessionConfig as UpdateOidcSessionConfig
    from .organizations import UpdateOrganization as UpdateOrganization
    from .organization_roles import UpdateOrganizationRole as UpdateOrganizationRole
    from .organization_scopes import UpdateOrganizationScope as UpdateOrganizationScope
    from .users import UpdatePersonalAccessTokenName as UpdatePersonalAccessTokenName
    from .resources import UpdateResource as UpdateResource
    from .resources import UpdateResourceIsDefault as UpdateResourceIsDefault
    from .resources import UpdateResourceScope as UpdateResourceScope
    from .roles import UpdateRole as UpdateRole
    from .sign_in_experience import UpdateSignInExp as UpdateSignInExp
    from .sign_in_experience import UpdateSignInExpAdaptiveMfa as UpdateSignInExpAdaptiveMfa
    from .sign_in_experience import UpdateSignInExpCaptchaPolicy as UpdateSignInExpCaptchaPolicy
    from .sign_in_experience import UpdateSignInExpColor as UpdateSignInExpColor
    from .sign_in_experience import UpdateSignInExpCustomUiAssets as UpdateSignInExpCustomUiAssets
    from .sign_in_experience import UpdateSignInExpCustomUiCsp as UpdateSignInExpCustomUiCsp
    from .sign_in_experience import UpdateSignInExpEmailBlocklistPolicy as UpdateSignInExpEmailBlocklistPolicy
    from .sign_in_experience import UpdateSignInExpLanguageInfo as UpdateSignInExpLanguageInfo
    from .sign_in_experience import UpdateSignInExpMfa as UpdateSignInExpMfa
    from .sign_in_experience import UpdateSignInExpPasskeySignIn as UpdateSignInExpPasskeySignIn
    from .sign_in_experience import UpdateSignInExpPasswordExpiration as UpdateSignInExpPasswordExpiration
    from .sign_in_experience import UpdateSignInExpPasswordPolicy as UpdateSignInExpPasswordPolicy
    from .sign_in_experience import UpdateSignInExpPasswordPolicyCharacterTypes as UpdateSignInExpPasswordPolicyCharacterTypes
    from .sign_in_experience import UpdateSignInExpPasswordPolicyLength as UpdateSignInExpPasswordPolicyLength
    from .sign_in_experience import UpdateSignInExpPasswordPolicyRejects as UpdateSignInExpPasswordPolicyRejects
    from .sign_in_experience import UpdateSignInExpSentinelPolicy as UpdateSignInExpSentinelPolicy
    from .sign_in_experience import UpdateSignInExpSignIn as UpdateSignInExpSignIn
    from .sign_in_experience import UpdateSignInExpSignInMethod as UpdateSignInExpSignInMethod
    from .sign_in_experience import UpdateSignInExpSignUp as UpdateSignInExpSignUp
    from .sign_in_experience import UpdateSignInExpSignUpSecondaryIdentifier as UpdateSignInExpSignUpSecondaryIdentifier
    from .sign_in_experience import UpdateSignInExpSocialSignIn as UpdateSignInExpSocialSignIn
    from .sign_in_experience import UpdateSignInExpTrustedDevice as UpdateSignInExpTrustedDevice
    from .sign_in_experience import UpdateSignInExpUsernamePolicy as UpdateSignInExpUsernamePolicy
    from .sign_in_experience import UpdateSignInExpUsernamePolicyAllowedChars as UpdateSignInExpUsernamePolicyAllowedChars
    from .sign_in_experience import UpdateSignInExpVerificationCodePolicy as UpdateSignInExpVerificationCodePolicy
    from .sso_connectors import UpdateSsoConnector as UpdateSsoConnector
    from .users import UpdateUser as UpdateUser
    from .users import UpdateUserCustomData as UpdateUserCustomData
    from .users import UpdateUserIsSuspended as UpdateUserIsSuspended
    from .users import UpdateUserLogtoConfigs as UpdateUserLogtoConfigs
    from .users import UpdateUserLogtoConfigsMfa as UpdateUserLogtoConfigsMfa
    from .users import UpdateUserLogtoConfigsPasskeySignIn as UpdateUserLogtoConfigsPasskeySignIn
    from .users import UpdateUserPassword as UpdateUserPassword
    from .users import UpdateUserPasswordExpiration as UpdateUserPasswordExpiration
    from .users import UpdateUserPersonalAccessToken as UpdateUserPersonalAccessToken
    from .users import UpdateUserProfile as UpdateUserProfile
    from .configs import UpsertAction as UpsertAction
    from .configs import UpsertIdTokenConfig as UpsertIdTokenConfig
    from .configs import UpsertJwtCustomizer as UpsertJwtCustomizer
    from .users import User as User
    from .users import UserAllIdentity as UserAllIdentity
    from .users import UserAllIdentitySocialIdentity as UserAllIdentitySocialIdentity
    from .users import UserAllIdentitySsoIdentity as UserAllIdentitySsoIdentity
    from .user_assets import UserAssetServiceStatus as UserAssetServiceStatus
    from .users import UserGrant as UserGrant
    from .users import UserGrantGrant as UserGrantGrant
    from .users import UserGrantGrantApplication as UserGrantGrantApplication
    from .users import UserGrantGrantPayload as UserGrantGrantPayload
    from .users import UserGrantGrantPayloadOpenid as UserGrantGrantPayloadOpenid
    from .users import UserHasPassword as UserHasPassword
    from .shared import UserIdentity as UserIdentity
    from .users import UserIdentityResponse as UserIdentityResponse
    from .users import UserIdentityResponseTokenSecret as UserIdentityResponseTokenSecret
    from .users import UserIdentityResponseTokenSecretMetadata as UserIdentityResponseTokenSecretMetadata
    from .users import UserLogtoConfig as UserLogtoConfig
    from .users import UserLogtoConfigMfa as UserLogtoConfigMfa
    from .users import UserLogtoConfigPasskeySignIn as UserLogtoConfigPasskeySignIn
    from .users import UserMfaVerification as UserMfaVerification
    from .users import UserPersonalAccessToken as UserPersonalAccessToken
    from .shared import UserProfile as UserProfile
    from .shared import UserProfileAddress as UserProfileAddress
    from .users import UserSession as UserSession
    from .users import UserSessionPayload as UserSessionPayload
    from .users import UserSessionPayloadAuthorization as UserSessionPayloadAuthorization
    from .shared import UserSsoIdentity as UserSsoIdentity
    from .users import UserSsoIdentityResponse as UserSsoIdentityResponse
    from .users import UserSsoIdentityResponseTokenSecret as UserSsoIdentityResponseTokenSecret
    from .users import UserTrustedDevice as UserTrustedDevice
    from .sign_in_experience import UsernameCaseSensitivityConflicts as UsernameCaseSensitivityConflicts
    from .sign_in_experience import UsernameCaseSensitivityConflictsSample as UsernameCaseSensitivityConflictsSample
    from .one_time_tokens import VerifyOneTimeToken as VerifyOneTimeToken
    from .users import VerifyUserPassword as VerifyUserPassword
    from .verification_codes import VerifyVerificationCode as VerifyVerificationCode

_MODULES = {
    "AccountCenterSettings": "account_center",
    "AccountCenterSettingsFields": "account_center",
    "AccountCenterSettingsProfileField": "shared",
    "AccountConfig": "configs",
    "Action": "configs",
    "ActiveUserCounts": "dashboard",
    "ActiveUserCountsDau": "dashboard",
    "ActiveUserCountsDauCurve": "dashboard",
    "ActiveUserCountsMau": "dashboard",
    "ActiveUserCountsWau": "dashboard",
    "AddOneTimeTokens": "one_time_tokens",
    "AddOneTimeTokensContext": "one_time_tokens",
    "AddOrganizationApplications": "organizations",
    "AddOrganizationUsers": "organizations",
    "AddedOrganizationUsers": "organizations",
    "AdminConsoleConfig": "configs",
    "AdminConsoleConfigCheckedChargeNotification": "configs",
    "AdminConsoleConfigDevelopmentTenantMigrationNotification": "configs",
    "Administrator": "administrators",
    "AdministratorInvitation": "administrators",
    "Application": "applications",
    "ApplicationAccessControl": "applications",
    "ApplicationAccessControlOrganizationRoleRule": "applications",
    "ApplicationCustomClientMetadata": "shared",
    "ApplicationCustomClientMetadataTlsClientAuthSubject": "shared",
    "ApplicationOidcClientMetadata": "shared",
    "ApplicationOrganization": "shared",
    "ApplicationSecret": "applications",
    "ApplicationSignInExperience": "applications",
    "ApplicationUserConsentOrganization": "applications",
    "AssignApplicationRoles": "applications",
    "AssignCimdUserConsentScopes": "cimd",
    "AssignOrganizationRolesToApplication": "organizations",
    "AssignOrganizationRolesToApplications": "organizations",
    "AssignOrganizationRolesToUser": "organizations",
    "AssignOrganizationRolesToUsers": "organizations",
    "AssignUserRoles": "users",
    "AssignedApplicationRoles": "shared",
    "AssignedOrganizationRolesToUser": "organizations",
    "CaptchaProviderResponse": "captcha_provider",
    "CaptchaProviderResponseConfig": "captcha_provider",
    "CheckPasswordWithDefaultSignInExperience": "sign_in_experience",
    "CheckedPasswordWithDefaultSignInExperience": "sign_in_experience",
    "CheckedPasswordWithDefaultSignInExperienceIssue": "sign_in_experience",
    "CimdConfig": "configs",
    "CimdUserConsentScope": "shared",
    "CimdUserConsentScopeOrganizationScope": "shared",
    "CimdUserConsentScopeResourceScope": "shared",
    "CimdUserConsentScopeResourceScopeResource": "shared",
    "CleanupDomains": "domains",
    "CleanupDomainsResponse": "domains",
    "Connector": "connectors",
    "ConnectorFactory": "connector_factories",
    "ConnectorFactoryFormItem": "shared",
    "ConnectorFactoryFormItemSelectItem": "shared",
    "ConnectorFactoryFormItemShowCondition": "shared",
    "ConnectorMetadata": "connectors",
    "CreateAdministratorInvitation": "administrators",
    "CreateApplication": "applications",
    "CreateApplicationCustomClientMetadata": "applications",
    "CreateApplicationCustomClientMetadataTlsClientAuthSubject": "applications",
    "CreateApplicationOidcClientMetadata": "applications",
    "CreateApplicationSecret": "applications",
    "CreateApplicationUserConsentOrganization": "applications",
    "CreateApplicationUserConsentScope": "applications",
    "CreateConnector": "connectors",
    "CreateConnectorAuthorizationUri": "connectors",
    "CreateConnectorMetadata": "connectors",
    "CreateConnectorTest": "connectors",
    "CreateCustomProfileField": "custom_profile_fields",
    "CreateCustomProfileFieldConfig": "custom_profile_fields",
    "CreateCustomProfileFieldConfigOption": "custom_profile_fields",
    "CreateCustomProfileFieldConfigPart": "custom_profile_fields",
    "CreateCustomProfileFieldConfigPartConfig": "custom_profile_fields",
    "CreateCustomProfileFieldsBatch": "custom_profile_fields",
    "CreateDomain": "domains",
    "CreateHook": "hooks",
    "CreateHookConfig": "hooks",
    "CreateHookTest": "hooks",
    "CreateHookTestConfig": "hooks",
    "CreateInitialAccessToken": "client_registration",
    "CreateOrganization": "organizations",
    "CreateOrganizationBranding": "shared",
    "CreateOrganizationColor": "shared",
    "CreateOrganizationInvitation": "organization_invitations",
    "CreateOrganizationInvitationMessage": "organization_invitations",
    "CreateOrganizationJitEmailDomain": "organizations",
    "CreateOrganizationJitRole": "organizations",
    "CreateOrganizationJitSsoConnector": "organizations",
    "CreateOrganizationRole": "organization_roles",
    "CreateOrganizationRoleResourceScope": "organization_roles",
    "CreateOrganizationRoleScope": "organization_roles",
    "CreateOrganizationScope": "organization_scopes",
    "CreateResource": "resources",
    "CreateResourceScope": "resources",
    "CreateRole": "roles",
    "CreateRoleApplication": "roles",
    "CreateRoleScope": "roles",
    "CreateRoleUser": "roles",
    "CreateSsoConnector": "sso_connectors",
    "CreateSsoConnectorBranding": "sso_connectors",
    "CreateSubjectToken": "subject_tokens",
    "CreateTenant": "tenants",
    "CreateUser": "users",
    "CreateUserIdentity": "users",
    "CreateUserMfaVerification": "users",
    "CreateUserPersonalAccessToken": "users",
    "CreateUserProfile": "users",
    "CreateUserProfileAddress": "users",
    "CreateVerificationCode": "verification_codes",
    "CreatedConnectorAuthorizationUri": "connectors",
    "CreatedHook": "hooks",
    "CreatedInitialAccessToken": "client_registration",
    "CreatedSubjectToken": "subject_tokens",
    "CreatedUserMfaVerification": "users",
    "CustomPhrase": "custom_phrases",
    "CustomProfileFieldByName": "custom_profile_fields",
    "CustomProfileFieldByNameConfig": "custom_profile_fields",
    "CustomProfileFieldByNameConfigOption": "custom_profile_fields",
    "CustomProfileFieldByNameConfigPart": "custom_profile_fields",
    "CustomProfileFieldByNameConfigPartConfig": "custom_profile_fields",
    "DeletePersonalAccessTokenPost": "users",
    "DeleteSentinelActivities": "sentinel_activities",
    "DeletedEmailTemplates": "email_templates",
    "DeletedUserIdentity": "users",
    "Domain": "domains",
    "DomainDnsRecord": "domains",
    "EmailTemplate": "email_templates",
    "EmailTemplateDetails": "email_templates",
    "Hook": "hooks",
    "HookConfig": "hooks",
    "HookExecutionStats": "hooks",
    "HookRecentLog": "hooks",
    "IdTokenConfig": "configs",
    "InitialAccessToken": "client_registration",
    "JwtCustomizer": "configs",
    "ListedAction": "configs",
    "ListedApplication": "shared",
    "ListedJwtCustomizer": "configs",
    "ListedOrganization": "organizations",
    "ListedOrganizationFeaturedUser": "shared",
    "ListedOrganizationRole": "organization_roles",
    "ListedOrganizationRoleResourceScope": "organization_roles",
    "ListedResource": "resources",
    "ListedResourceScope": "shared",
    "ListedRole": "roles",
    "ListedRoleFeaturedApplication": "roles",
    "ListedUserSession": "users",
    "Log": "audit_logs",
    "LogPayload": "shared",
    "NewUserCounts": "dashboard",
    "NewUserCountsToday": "dashboard",
    "OidcKey": "configs",
    "OidcSessionConfig": "configs",
    "OneTimeToken": "one_time_tokens",
    "OneTimeTokenContext": "one_time_tokens",
    "Organization": "shared",
    "OrganizationApplication": "organizations",
    "OrganizationColor": "shared",
    "OrganizationInvitation": "organization_invitations",
    "OrganizationInvitationOrganizationRole": "shared",
    "OrganizationJitEmailDomain": "organizations",
    "OrganizationJitSsoConnector": "shared",
    "OrganizationRole": "shared",
    "OrganizationScope": "shared",
    "OrganizationUser": "organizations",
    "Refusal": "refusals",
    "RefusalExplanation": "refusals",
    "ReplaceApplicationAccessControl": "applications",
    "ReplaceApplicationAccessControlOrganizationRoleRule": "applications",
    "ReplaceApplicationRoles": "applications",
    "ReplaceApplicationSignInExperience": "applications",
    "ReplaceApplicationUserConsentOrganizations": "applications",
    "ReplaceDomainVerificationFiles": "domains",
    "ReplaceEmailTemplates": "email_templates",
    "ReplaceEmailTemplatesTemplate": "email_templates",
    "ReplaceEmailTemplatesTemplateDetails": "email_templates",
    "ReplaceOneTimeTokenStatus": "one_time_tokens",
    "ReplaceOrganizationApplicationRoles": "organizations",
    "ReplaceOrganizationApplications": "organizations",
    "ReplaceOrganizationInvitationStatus": "organization_invitations",
    "ReplaceOrganizationJitEmailDomains": "organizations",
    "ReplaceOrganizationJitRoles": "organizations",
    "ReplaceOrganizationJitSsoConnectors": "organizations",
    "ReplaceOrganizationRoleResourceScopes": "organization_roles",
    "ReplaceOrganizationRoleScopes": "organization_roles",
    "ReplaceOrganizationUserRoles": "organizations",
    "ReplaceOrganizationUsers": "organizations",
    "ReplaceUserIdentity": "users",
    "ReplaceUserRoles": "users",
    "ReplacedApplicationRoles": "shared",
    "Resource": "shared",
    "Role": "shared",
    "RoleScope": "roles",
    "RoleUser": "roles",
    "RotateOidcKeys": "configs",
    "SignInExp": "sign_in_experience",
    "SignInExpAdaptiveMfa": "sign_in_experience",
    "SignInExpBranding": "shared",
    "SignInExpCaptchaPolicy": "sign_in_experience",
    "SignInExpColor": "sign_in_experience",
    "SignInExpCustomUiAssets": "sign_in_experience",
    "SignInExpCustomUiCsp": "sign_in_experience",
    "SignInExpEmailBlocklistPolicy": "sign_in_experience",
    "SignInExpLanguageInfo": "sign_in_experience",
    "SignInExpMfa": "sign_in_experience",
    "SignInExpPasskeySignIn": "sign_in_experience",
    "SignInExpPasswordExpiration": "sign_in_experience",
    "SignInExpPasswordPolicy": "sign_in_experience",
    "SignInExpPasswordPolicyCharacterTypes": "sign_in_experience",
    "SignInExpPasswordPolicyLength": "sign_in_experience",
    "SignInExpPasswordPolicyRejects": "sign_in_experience",
    "SignInExpSentinelPolicy": "sign_in_experience",
    "SignInExpSignIn": "sign_in_experience",
    "SignInExpSignInMethod": "sign_in_experience",
    "SignInExpSignUp": "sign_in_experience",
    "SignInExpSignUpSecondaryIdentifier": "sign_in_experience",
    "SignInExpSocialSignIn": "sign_in_experience",
    "SignInExpTrustedDevice": "sign_in_experience",
    "SignInExpUsernamePolicy": "sign_in_experience",
    "SignInExpUsernamePolicyAllowedChars": "sign_in_experience",
    "SignInExpVerificationCodePolicy": "sign_in_experience",
    "SsoConnector": "sso_connectors",
    "SsoConnectorBranding": "shared",
    "SsoConnectorProvider": "sso_connector_providers",
    "SystemApplicationConfig": "systems",
    "SystemApplicationConfigProtectedApps": "systems",
    "Tenant": "tenants",
    "TestAction": "configs",
    "TestJwtCustomizer": "configs",
    "TotalUserCount": "dashboard",
    "UpdateAccountCenterSettings": "account_center",
    "UpdateAccountCenterSettingsFields": "account_center",
    "UpdateAccountCenterSettingsProfileField": "shared",
    "UpdateAccountConfig": "configs",
    "UpdateAction": "configs",
    "UpdateAdminConsoleConfig": "configs",
    "UpdateAdminConsoleConfigCheckedChargeNotification": "configs",
    "UpdateAdminConsoleConfigDevelopmentTenantMigrationNotification": "configs",
    "UpdateAdministrator": "administrators",
    "UpdateApplication": "applications",
    "UpdateApplicationSecret": "applications",
    "UpdateCaptchaProvider": "captcha_provider",
    "UpdateCaptchaProviderConfig": "captcha_provider",
    "UpdateCimdConfig": "configs",
    "UpdateConnector": "connectors",
    "UpdateCustomProfileFieldByName": "custom_profile_fields",
    "UpdateCustomProfileFieldsSieOrder": "custom_profile_fields",
    "UpdateCustomProfileFieldsSieOrderOrder": "custom_profile_fields",
    "UpdateEmailTemplateDetails": "email_templates",
    "UpdateHook": "hooks",
    "UpdateHookConfig": "hooks",
    "UpdateJwtCustomizer": "configs",
    "UpdateOidcSessionConfig": "configs",
    "UpdateOrganization": "organizations",
    "UpdateOrganizationRole": "organization_roles",
    "UpdateOrganizationScope": "organization_scopes",
    "UpdatePersonalAccessTokenName": "users",
    "UpdateResource": "resources",
    "UpdateResourceIsDefault": "resources",
    "UpdateResourceScope": "resources",
    "UpdateRole": "roles",
    "UpdateSignInExp": "sign_in_experience",
    "UpdateSignInExpAdaptiveMfa": "sign_in_experience",
    "UpdateSignInExpCaptchaPolicy": "sign_in_experience",
    "UpdateSignInExpColor": "sign_in_experience",
    "UpdateSignInExpCustomUiAssets": "sign_in_experience",
    "UpdateSignInExpCustomUiCsp": "sign_in_experience",
    "UpdateSignInExpEmailBlocklistPolicy": "sign_in_experience",
    "UpdateSignInExpLanguageInfo": "sign_in_experience",
    "UpdateSignInExpMfa": "sign_in_experience",
    "UpdateSignInExpPasskeySignIn": "sign_in_experience",
    "UpdateSignInExpPasswordExpiration": "sign_in_experience",
    "UpdateSignInExpPasswordPolicy": "sign_in_experience",
    "UpdateSignInExpPasswordPolicyCharacterTypes": "sign_in_experience",
    "UpdateSignInExpPasswordPolicyLength": "sign_in_experience",
    "UpdateSignInExpPasswordPolicyRejects": "sign_in_experience",
    "UpdateSignInExpSentinelPolicy": "sign_in_experience",
    "UpdateSignInExpSignIn": "sign_in_experience",
    "UpdateSignInExpSignInMethod": "sign_in_experience",
    "UpdateSignInExpSignUp": "sign_in_experience",
    "UpdateSignInExpSignUpSecondaryIdentifier": "sign_in_experience",
    "UpdateSignInExpSocialSignIn": "sign_in_experience",
    "UpdateSignInExpTrustedDevice": "sign_in_experience",
    "UpdateSignInExpUsernamePolicy": "sign_in_experience",
    "UpdateSignInExpUsernamePolicyAllowedChars": "sign_in_experience",
    "UpdateSignInExpVerificationCodePolicy": "sign_in_experience",
    "UpdateSsoConnector": "sso_connectors",
    "UpdateUser": "users",
    "UpdateUserCustomData": "users",
    "UpdateUserIsSuspended": "users",
    "UpdateUserLogtoConfigs": "users",
    "UpdateUserLogtoConfigsMfa": "users",
    "UpdateUserLogtoConfigsPasskeySignIn": "users",
    "UpdateUserPassword": "users",
    "UpdateUserPasswordExpiration": "users",
    "UpdateUserPersonalAccessToken": "users",
    "UpdateUserProfile": "users",
    "UpsertAction": "configs",
    "UpsertIdTokenConfig": "configs",
    "UpsertJwtCustomizer": "configs",
    "User": "users",
    "UserAllIdentity": "users",
    "UserAllIdentitySocialIdentity": "users",
    "UserAllIdentitySsoIdentity": "users",
    "UserAssetServiceStatus": "user_assets",
    "UserGrant": "users",
    "UserGrantGrant": "users",
    "UserGrantGrantApplication": "users",
    "UserGrantGrantPayload": "users",
    "UserGrantGrantPayloadOpenid": "users",
    "UserHasPassword": "users",
    "UserIdentity": "shared",
    "UserIdentityResponse": "users",
    "UserIdentityResponseTokenSecret": "users",
    "UserIdentityResponseTokenSecretMetadata": "users",
    "UserLogtoConfig": "users",
    "UserLogtoConfigMfa": "users",
    "UserLogtoConfigPasskeySignIn": "users",
    "UserMfaVerification": "users",
    "UserPersonalAccessToken": "users",
    "UserProfile": "shared",
    "UserProfileAddress": "shared",
    "UserSession": "users",
    "UserSessionPayload": "users",
    "UserSessionPayloadAuthorization": "users",
    "UserSsoIdentity": "shared",
    "UserSsoIdentityResponse": "users",
    "UserSsoIdentityResponseTokenSecret": "users",
    "UserTrustedDevice": "users",
    "UsernameCaseSensitivityConflicts": "sign_in_experience",
    "UsernameCaseSensitivityConflictsSample": "sign_in_experience",
    "VerifyOneTimeToken": "one_time_tokens",
    "VerifyUserPassword": "users",
    "VerifyVerificationCode": "verification_codes",
}

__all__ = [
    "AccountCenterSettings",
    "AccountCenterSettingsFields",
    "AccountCenterSettingsProfileField",
    "AccountConfig",
    "Action",
    "ActiveUserCounts",
    "ActiveUserCountsDau",
    "ActiveUserCountsDauCurve",
    "ActiveUserCountsMau",
    "ActiveUserCountsWau",
    "AddOneTimeTokens",
    "AddOneTimeTokensContext",
    "AddOrganizationApplications",
    "AddOrganizationUsers",
    "AddedOrganizationUsers",
    "AdminConsoleConfig",
    "AdminConsoleConfigCheckedChargeNotification",
    "AdminConsoleConfigDevelopmentTenantMigrationNotification",
    "Administrator",
    "AdministratorInvitation",
    "Application",
    "ApplicationAccessControl",
    "ApplicationAccessControlOrganizationRoleRule",
    "ApplicationCustomClientMetadata",
    "ApplicationCustomClientMetadataTlsClientAuthSubject",
    "ApplicationOidcClientMetadata",
    "ApplicationOrganization",
    "ApplicationSecret",
    "ApplicationSignInExperience",
    "ApplicationUserConsentOrganization",
    "AssignApplicationRoles",
    "AssignCimdUserConsentScopes",
    "AssignOrganizationRolesToApplication",
    "AssignOrganizationRolesToApplications",
    "AssignOrganizationRolesToUser",
    "AssignOrganizationRolesToUsers",
    "AssignUserRoles",
    "AssignedApplicationRoles",
    "AssignedOrganizationRolesToUser",
    "CaptchaProviderResponse",
    "CaptchaProviderResponseConfig",
    "CheckPasswordWithDefaultSignInExperience",
    "CheckedPasswordWithDefaultSignInExperience",
    "CheckedPasswordWithDefaultSignInExperienceIssue",
    "CimdConfig",
    "CimdUserConsentScope",
    "CimdUserConsentScopeOrganizationScope",
    "CimdUserConsentScopeResourceScope",
    "CimdUserConsentScopeResourceScopeResource",
    "CleanupDomains",
    "CleanupDomainsResponse",
    "Connector",
    "ConnectorFactory",
    "ConnectorFactoryFormItem",
    "ConnectorFactoryFormItemSelectItem",
    "ConnectorFactoryFormItemShowCondition",
    "ConnectorMetadata",
    "CreateAdministratorInvitation",
    "CreateApplication",
    "CreateApplicationCustomClientMetadata",
    "CreateApplicationCustomClientMetadataTlsClientAuthSubject",
    "CreateApplicationOidcClientMetadata",
    "CreateApplicationSecret",
    "CreateApplicationUserConsentOrganization",
    "CreateApplicationUserConsentScope",
    "CreateConnector",
    "CreateConnectorAuthorizationUri",
    "CreateConnectorMetadata",
    "CreateConnectorTest",
    "CreateCustomProfileField",
    "CreateCustomProfileFieldConfig",
    "CreateCustomProfileFieldConfigOption",
    "CreateCustomProfileFieldConfigPart",
    "CreateCustomProfileFieldConfigPartConfig",
    "CreateCustomProfileFieldsBatch",
    "CreateDomain",
    "CreateHook",
    "CreateHookConfig",
    "CreateHookTest",
    "CreateHookTestConfig",
    "CreateInitialAccessToken",
    "CreateOrganization",
    "CreateOrganizationBranding",
    "CreateOrganizationColor",
    "CreateOrganizationInvitation",
    "CreateOrganizationInvitationMessage",
    "CreateOrganizationJitEmailDomain",
    "CreateOrganizationJitRole",
    "CreateOrganizationJitSsoConnector",
    "CreateOrganizationRole",
    "CreateOrganizationRoleResourceScope",
    "CreateOrganizationRoleScope",
    "CreateOrganizationScope",
    "CreateResource",
    "CreateResourceScope",
    "CreateRole",
    "CreateRoleApplication",
    "CreateRoleScope",
    "CreateRoleUser",
    "CreateSsoConnector",
    "CreateSsoConnectorBranding",
    "CreateSubjectToken",
    "CreateTenant",
    "CreateUser",
    "CreateUserIdentity",
    "CreateUserMfaVerification",
    "CreateUserPersonalAccessToken",
    "CreateUserProfile",
    "CreateUserProfileAddress",
    "CreateVerificationCode",
    "CreatedConnectorAuthorizationUri",
    "CreatedHook",
    "CreatedInitialAccessToken",
    "CreatedSubjectToken",
    "CreatedUserMfaVerification",
    "CustomPhrase",
    "CustomProfileFieldByName",
    "CustomProfileFieldByNameConfig",
    "CustomProfileFieldByNameConfigOption",
    "CustomProfileFieldByNameConfigPart",
    "CustomProfileFieldByNameConfigPartConfig",
    "DeletePersonalAccessTokenPost",
    "DeleteSentinelActivities",
    "DeletedEmailTemplates",
    "DeletedUserIdentity",
    "Domain",
    "DomainDnsRecord",
    "EmailTemplate",
    "EmailTemplateDetails",
    "Hook",
    "HookConfig",
    "HookExecutionStats",
    "HookRecentLog",
    "IdTokenConfig",
    "InitialAccessToken",
    "JwtCustomizer",
    "ListedAction",
    "ListedApplication",
    "ListedJwtCustomizer",
    "ListedOrganization",
    "ListedOrganizationFeaturedUser",
    "ListedOrganizationRole",
    "ListedOrganizationRoleResourceScope",
    "ListedResource",
    "ListedResourceScope",
    "ListedRole",
    "ListedRoleFeaturedApplication",
    "ListedUserSession",
    "Log",
    "LogPayload",
    "NewUserCounts",
    "NewUserCountsToday",
    "OidcKey",
    "OidcSessionConfig",
    "OneTimeToken",
    "OneTimeTokenContext",
    "Organization",
    "OrganizationApplication",
    "OrganizationColor",
    "OrganizationInvitation",
    "OrganizationInvitationOrganizationRole",
    "OrganizationJitEmailDomain",
    "OrganizationJitSsoConnector",
    "OrganizationRole",
    "OrganizationScope",
    "OrganizationUser",
    "Refusal",
    "RefusalExplanation",
    "ReplaceApplicationAccessControl",
    "ReplaceApplicationAccessControlOrganizationRoleRule",
    "ReplaceApplicationRoles",
    "ReplaceApplicationSignInExperience",
    "ReplaceApplicationUserConsentOrganizations",
    "ReplaceDomainVerificationFiles",
    "ReplaceEmailTemplates",
    "ReplaceEmailTemplatesTemplate",
    "ReplaceEmailTemplatesTemplateDetails",
    "ReplaceOneTimeTokenStatus",
    "ReplaceOrganizationApplicationRoles",
    "ReplaceOrganizationApplications",
    "ReplaceOrganizationInvitationStatus",
    "ReplaceOrganizationJitEmailDomains",
    "ReplaceOrganizationJitRoles",
    "ReplaceOrganizationJitSsoConnectors",
    "ReplaceOrganizationRoleResourceScopes",
    "ReplaceOrganizationRoleScopes",
    "ReplaceOrganizationUserRoles",
    "ReplaceOrganizationUsers",
    "ReplaceUserIdentity",
    "ReplaceUserRoles",
    "ReplacedApplicationRoles",
    "Resource",
    "Role",
    "RoleScope",
    "RoleUser",
    "RotateOidcKeys",
    "SignInExp",
    "SignInExpAdaptiveMfa",
    "SignInExpBranding",
    "SignInExpCaptchaPolicy",
    "SignInExpColor",
    "SignInExpCustomUiAssets",
    "SignInExpCustomUiCsp",
    "SignInExpEmailBlocklistPolicy",
    "SignInExpLanguageInfo",
    "SignInExpMfa",
    "SignInExpPasskeySignIn",
    "SignInExpPasswordExpiration",
    "SignInExpPasswordPolicy",
    "SignInExpPasswordPolicyCharacterTypes",
    "SignInExpPasswordPolicyLength",
    "SignInExpPasswordPolicyRejects",
    "SignInExpSentinelPolicy",
    "SignInExpSignIn",
    "SignInExpSignInMethod",
    "SignInExpSignUp",
    "SignInExpSignUpSecondaryIdentifier",
    "SignInExpSocialSignIn",
    "SignInExpTrustedDevice",
    "SignInExpUsernamePolicy",
    "SignInExpUsernamePolicyAllowedChars",
    "SignInExpVerificationCodePolicy",
    "SsoConnector",
    "SsoConnectorBranding",
    "SsoConnectorProvider",
    "SystemApplicationConfig",
    "SystemApplicationConfigProtectedApps",
    "Tenant",
    "TestAction",
    "TestJwtCustomizer",
    "TotalUserCount",
    "UpdateAccountCenterSettings",
    "UpdateAccountCenterSettingsFields",
    "UpdateAccountCenterSettingsProfileField",
    "UpdateAccountConfig",
    "UpdateAction",
    "UpdateAdminConsoleConfig",
    "UpdateAdminConsoleConfigCheckedChargeNotification",
    "UpdateAdminConsoleConfigDevelopmentTenantMigrationNotification",
    "UpdateAdministrator",
    "UpdateApplication",
    "UpdateApplicationSecret",
    "UpdateCaptchaProvider",
    "UpdateCaptchaProviderConfig",
    "UpdateCimdConfig",
    "UpdateConnector",
    "UpdateCustomProfileFieldByName",
    "UpdateCustomProfileFieldsSieOrder",
    "UpdateCustomProfileFieldsSieOrderOrder",
    "UpdateEmailTemplateDetails",
    "UpdateHook",
    "UpdateHookConfig",
    "UpdateJwtCustomizer",
    "UpdateOidcSessionConfig",
    "UpdateOrganization",
    "UpdateOrganizationRole",
    "UpdateOrganizationScope",
    "UpdatePersonalAccessTokenName",
    "UpdateResource",
    "UpdateResourceIsDefault",
    "UpdateResourceScope",
    "UpdateRole",
    "UpdateSignInExp",
    "UpdateSignInExpAdaptiveMfa",
    "UpdateSignInExpCaptchaPolicy",
    "UpdateSignInExpColor",
    "UpdateSignInExpCustomUiAssets",
    "UpdateSignInExpCustomUiCsp",
    "UpdateSignInExpEmailBlocklistPolicy",
    "UpdateSignInExpLanguageInfo",
    "UpdateSignInExpMfa",
    "UpdateSignInExpPasskeySignIn",
    "UpdateSignInExpPasswordExpiration",
    "UpdateSignInExpPasswordPolicy",
    "UpdateSignInExpPasswordPolicyCharacterTypes",
    "UpdateSignInExpPasswordPolicyLength",
    "UpdateSignInExpPasswordPolicyRejects",
    "UpdateSignInExpSentinelPolicy",
    "UpdateSignInExpSignIn",
    "UpdateSignInExpSignInMethod",
    "UpdateSignInExpSignUp",
    "UpdateSignInExpSignUpSecondaryIdentifier",
    "UpdateSignInExpSocialSignIn",
    "UpdateSignInExpTrustedDevice",
    "UpdateSignInExpUsernamePolicy",
    "UpdateSignInExpUsernamePolicyAllowedChars",
    "UpdateSignInExpVerificationCodePolicy",
    "UpdateSsoConnector",
    "UpdateUser",
    "UpdateUserCustomData",
    "UpdateUserIsSuspended",
    "UpdateUserLogtoConfigs",
    "UpdateUserLogtoConfigsMfa",
    "UpdateUserLogtoConfigsPasskeySignIn",
    "UpdateUserPassword",
    "UpdateUserPasswordExpiration",
    "UpdateUserPersonalAccessToken",
    "UpdateUserProfile",
    "UpsertAction",
    "UpsertIdTokenConfig",
    "UpsertJwtCustomizer",
    "User",
    "UserAllIdentity",
    "UserAllIdentitySocialIdentity",
    "UserAllIdentitySsoIdentity",
    "UserAssetServiceStatus",
    "UserGrant",
    "UserGrantGrant",
    "UserGrantGrantApplication",
    "UserGrantGrantPayload",
    "UserGrantGrantPayloadOpenid",
    "UserHasPassword",
    "UserIdentity",
    "UserIdentityResponse",
    "UserIdentityResponseTokenSecret",
    "UserIdentityResponseTokenSecretMetadata",
    "UserLogtoConfig",
    "UserLogtoConfigMfa",
    "UserLogtoConfigPasskeySignIn",
    "UserMfaVerification",
    "UserPersonalAccessToken",
    "UserProfile",
    "UserProfileAddress",
    "UserSession",
    "UserSessionPayload",
    "UserSessionPayloadAuthorization",
    "UserSsoIdentity",
    "UserSsoIdentityResponse",
    "UserSsoIdentityResponseTokenSecret",
    "UserTrustedDevice",
    "UsernameCaseSensitivityConflicts",
    "UsernameCaseSensitivityConflictsSample",
    "VerifyOneTimeToken",
    "VerifyUserPassword",
    "VerifyVerificationCode",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)

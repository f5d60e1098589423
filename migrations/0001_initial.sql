-- One text for SQLite and PostgreSQL: ids and JSON are text, times are Unix milliseconds (bigint), handles are stored
-- as the base64url SHA-256 of what the client holds. Every row carries its tenant; keys begin with it. The other indexes of
-- tables that grow fast don't: while PostgreSQL has no statistics it thinks a tenant has one row, so that any index that
-- begins with the tenant is as good as the key, and looks through the codes of all users to find one.

create table tenants (
  id text primary key,
  name text not null,
  -- Where it answers; that of `default` and `admin` is a setting.
  endpoint text,
  -- Counts the changes of passwords: what was proved before a change is told by it, not by clocks.
  password_epoch bigint not null default 0,
  created_at bigint not null
);

create unique index tenants_endpoint_key on tenants (endpoint);

-- Counts the changes of each section of the slow-changing configuration; every node compares them with its snapshot.
create table config_versions (
  tenant_id text not null references tenants (id) on delete cascade,
  section text not null,
  version bigint not null default 0,
  primary key (tenant_id, section)
);

-- The key whose effective_at passed last signs. One that is still to come is published already; the one before only verifies.
create table signing_keys (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  algorithm text not null,
  -- Keys of the tenant sign everything unless an application asks for another algorithm: each has keys of its own.
  purpose text not null check (purpose in ('tenant', 'application')),
  private_key text not null,
  effective_at bigint not null,
  -- Orders keys of the same time.
  ordinal bigint not null,
  created_at bigint not null,
  primary key (tenant_id, id)
);

create table cookie_keys (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  value text not null,
  effective_at bigint not null,
  -- Orders keys of the same time.
  ordinal bigint not null,
  created_at bigint not null,
  primary key (tenant_id, id)
);

-- Keyed configuration: idToken, adminConsole, oidc.session, …
create table configs (
  tenant_id text not null references tenants (id) on delete cascade,
  key text not null,
  value text not null,
  primary key (tenant_id, key)
);

-- Scripts: jwt.accessToken, jwt.clientCredentials, action.postSignIn, …
create table scripts (
  tenant_id text not null references tenants (id) on delete cascade,
  -- As paths name it: access-token, client-credentials, action.postSignIn, …
  name text not null,
  -- Sealed: the script and its settings as JSON, with the environment variables, which may be secrets.
  settings text not null,
  updated_at bigint not null,
  primary key (tenant_id, name)
);

create table sign_in_experiences (
  tenant_id text primary key references tenants (id) on delete cascade,
  -- The whole settings object without tenantId and id.
  settings text not null
);

-- A tenant's own texts of the hosted pages.
create table custom_phrases (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  language_tag text not null,
  translation text not null,
  primary key (tenant_id, id),
  unique (tenant_id, language_tag)
);

-- Texts of e-mails.
create table email_templates (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  language_tag text not null,
  template_type text not null,
  details text not null,
  created_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, language_tag, template_type)
);

-- Who checks that a person is there: one for each tenant at most.
create table captcha_providers (
  tenant_id text primary key references tenants (id) on delete cascade,
  id text not null,
  -- Sealed: the settings as JSON, with the secret of the service.
  config text not null,
  created_at bigint not null,
  updated_at bigint not null
);

-- Proofs of work that were shown. Each counts once.
create table captcha_answers (
  tenant_id text not null references tenants (id) on delete cascade,
  challenge_digest text not null,
  expires_at bigint not null,
  primary key (tenant_id, challenge_digest)
);
create index captcha_answers_expiry on captcha_answers (expires_at);

-- The catalogue of what people are asked for at registration.
create table custom_profile_fields (
  tenant_id text not null references tenants (id) on delete cascade,
  name text not null,
  id text not null,
  type text not null,
  label text not null default '',
  description text,
  required boolean not null,
  config text not null default '{}',
  created_at bigint not null,
  sie_order bigint not null,
  primary key (tenant_id, name)
);

-- Services that send messages, of which a tenant has one for e-mail and one for SMS at most, and social providers.
create table connectors (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  -- What is behind it: simple-mail-transfer-protocol, oidc, …
  factory_id text not null,
  type text not null check (type in ('Email', 'Sms', 'Social')),
  -- Names the service. Accounts at social providers are linked to users under it.
  target text not null,
  -- Sealed: the settings as JSON, with the credentials of the service.
  config text not null,
  -- What a standard connector says of itself: name and logos.
  metadata text not null default '{}',
  sync_profile boolean not null default false,
  -- Whether the tokens of the provider are kept in `secrets`.
  enable_token_storage boolean not null default false,
  created_at bigint not null,
  primary key (tenant_id, id)
);
create unique index connectors_message on connectors (tenant_id, type) where type <> 'Social';
create unique index connectors_target on connectors (tenant_id, target) where type = 'Social';

-- Providers of enterprises.
create table sso_connectors (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  -- The kind of provider: OIDC, Okta, AzureAdOidc or GoogleWorkspace.
  provider_name text not null,
  connector_name text not null,
  -- Sealed: the settings as JSON, with the credentials; {} until they are made.
  config text not null,
  -- E-mail domains as JSON, in lower case and in ASCII.
  domains text not null default '[]',
  branding text not null default '{}',
  sync_profile boolean not null default false,
  -- Whether the tokens of the provider are kept in `secrets`.
  enable_token_storage boolean not null default false,
  created_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, connector_name)
);

create table users (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  username text,
  -- Folded forms for lookup and uniqueness; the plain columns keep what people typed.
  username_folded text,
  primary_email text,
  email_folded text,
  primary_phone text,
  password_digest text,
  password_algorithm text,
  name text,
  avatar text,
  profile text not null default '{}',
  custom_data text not null default '{}',
  logto_config text not null default '{}',
  application_id text,
  is_suspended boolean not null default false,
  is_password_expired boolean not null default false,
  last_sign_in_at bigint,
  password_updated_at bigint,
  -- The tenant's password_epoch when the password was last changed or unfinished sign-ins were made void; 0 for a first one.
  password_epoch bigint not null default 0,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, username),
  unique (tenant_id, email_folded),
  unique (tenant_id, primary_phone)
);
create index users_username_folded on users (tenant_id, username_folded);
create index users_created_at on users (tenant_id, created_at, id);
-- What a search looks at, so that it need not read the rest of each row.
create index users_searched on users (tenant_id, created_at, id, username_folded, email_folded, primary_phone, name);

-- Accounts at social providers. `target` names the provider.
create table user_identities (
  tenant_id text not null,
  user_id text not null,
  target text not null,
  -- The account's id there.
  identity_id text not null,
  -- What the provider said about the account, if it was asked.
  details text,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant_id, user_id, target),
  unique (tenant_id, target, identity_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);

-- Accounts at enterprises. Connectors with the same issuer have accounts of their own: each is another enterprise.
create table user_sso_identities (
  tenant_id text not null,
  id text not null,
  user_id text not null,
  issuer text not null,
  identity_id text not null,
  detail text not null default '{}',
  sso_connector_id text not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, sso_connector_id, issuer, identity_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  foreign key (tenant_id, sso_connector_id) references sso_connectors (tenant_id, id) on delete cascade
);
create index user_sso_identities_user on user_sso_identities (user_id, tenant_id);

-- Tokens that providers gave for accounts elsewhere; they go with the identity, the connector and the user.
create table secrets (
  tenant_id text not null,
  id text not null,
  user_id text not null,
  type text not null check (type in ('federated_token_set')),
  -- Of a social identity.
  target text,
  connector_id text,
  -- Of an account at an enterprise.
  sso_connector_id text,
  issuer text,
  -- The account's id at the provider.
  identity_id text not null,
  -- The key of this row, sealed under SECRET_VAULT_KEK.
  encrypted_dek text not null,
  -- The tokens as JSON, sealed under that key.
  ciphertext text not null,
  -- What may be shown: scope, expiry, type, whether there is a refresh token.
  metadata text not null,
  -- Until when one request has the refresh of the tokens.
  refreshed_until bigint,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, user_id, target),
  unique (tenant_id, user_id, sso_connector_id),
  check (
    (target is not null and connector_id is not null and sso_connector_id is null and issuer is null)
    or (target is null and connector_id is null and sso_connector_id is not null and issuer is not null)
  ),
  foreign key (tenant_id, user_id, target) references user_identities (tenant_id, user_id, target) on delete cascade,
  foreign key (tenant_id, connector_id) references connectors (tenant_id, id) on delete cascade,
  foreign key (tenant_id, sso_connector_id, issuer, identity_id)
    references user_sso_identities (tenant_id, sso_connector_id, issuer, identity_id) on delete cascade
);
create index secrets_connector on secrets (tenant_id, connector_id);
create index secrets_sso_identity on secrets (tenant_id, sso_connector_id, issuer, identity_id);

-- Personal access tokens: only their digests are stored.
create table personal_access_tokens (
  tenant_id text not null,
  user_id text not null,
  name text not null,
  digest text not null,
  created_at bigint not null,
  expires_at bigint,
  primary key (digest),
  unique (tenant_id, user_id, name),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);

-- Second factors that users have bound.
create table user_mfa_factors (
  tenant_id text not null,
  id text not null,
  user_id text not null,
  type text not null check (type in ('Totp', 'WebAuthn', 'BackupCode')),
  -- Sealed: the seed of an authenticator app; backup codes as [{code, usedAt?}].
  secret text,
  -- The newest time step of which a code was used, so that none is used twice.
  last_used_time_step bigint,
  -- Of a WebAuthn credential; its other members are in `data`.
  credential_id text,
  data text not null default '{}',
  created_at bigint not null,
  last_used_at bigint,
  primary key (tenant_id, id),
  unique (tenant_id, credential_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
-- Named as PostgreSQL names the key of a constraint, because SQLite reports the columns of either.
create unique index user_mfa_factors_tenant_id_user_id_type_key on user_mfa_factors (tenant_id, user_id, type)
  where type <> 'WebAuthn';
-- Devices where somebody showed a second factor, and is not asked for it for a while.
create table trusted_devices (
  tenant_id text not null,
  id text not null,
  user_id text not null,
  secret_hash text not null,
  -- Of what protected the account when the trust began: password, factors, addresses. Under another it is worth nothing.
  protection_digest text not null,
  user_agent text,
  ip text,
  country text,
  city text,
  created_at bigint not null,
  last_used_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index trusted_devices_user on trusted_devices (user_id, tenant_id);
create index trusted_devices_expiry on trusted_devices (expires_at);
-- Accounts that their owners want deleted, and may keep until then.
create table account_deletions (
  tenant_id text not null,
  user_id text not null,
  requested_at bigint not null,
  due_at bigint not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index account_deletions_due on account_deletions (tenant_id, due_at);
-- Where people signed in, for adaptive MFA.
create table user_sign_in_countries (
  tenant_id text not null,
  user_id text not null,
  country text not null,
  last_sign_in_at bigint not null,
  primary key (tenant_id, user_id, country),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create table user_geo_locations (
  tenant_id text not null,
  user_id text not null,
  -- Millionths of a degree.
  latitude bigint not null,
  longitude bigint not null,
  updated_at bigint not null,
  primary key (tenant_id, user_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);

create index user_mfa_factors_user on user_mfa_factors (user_id, tenant_id);
-- The start asks under which keys secrets are sealed, and must not read them all.
create index user_mfa_factors_key on user_mfa_factors (substr(secret, 1, 20));

-- How many users a tenant has, spread over rows so that people who register at the same moment don't wait for each other:
-- counting a million rows would take longer than everything else a page of the list does.
create table user_counts (
  tenant_id text not null references tenants (id) on delete cascade,
  shard bigint not null,
  users bigint not null,
  primary key (tenant_id, shard)
);

-- How many users stand between places of the list, so that a page in the middle is found without counting all users before it.
-- A row counts the users from the row before it up to this place, which it leaves out. Those after the last row are not counted
-- here: people who register change no row of this table.
create table user_list_marks (
  tenant_id text not null references tenants (id) on delete cascade,
  created_at bigint not null,
  id text not null,
  users bigint not null,
  primary key (tenant_id, created_at, id)
);

create table roles (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  name text not null,
  description text not null,
  type text not null default 'User' check (type in ('User', 'MachineToMachine')),
  is_default boolean not null default false,
  created_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table resources (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  name text not null,
  indicator text not null,
  is_default boolean not null default false,
  access_token_ttl bigint not null default 3600,
  created_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, indicator)
);
create unique index resources_default on resources (tenant_id) where is_default = true;

create table scopes (
  tenant_id text not null,
  id text not null,
  resource_id text not null,
  name text not null,
  description text,
  created_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, resource_id, name),
  foreign key (tenant_id, resource_id) references resources (tenant_id, id) on delete cascade
);

create table roles_scopes (
  tenant_id text not null,
  role_id text not null,
  scope_id text not null,
  primary key (tenant_id, role_id, scope_id),
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade,
  foreign key (tenant_id, scope_id) references scopes (tenant_id, id) on delete cascade
);
create index roles_scopes_scope on roles_scopes (tenant_id, scope_id);

create table users_roles (
  tenant_id text not null,
  user_id text not null,
  role_id text not null,
  primary key (tenant_id, user_id, role_id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
);
create index users_roles_role on users_roles (tenant_id, role_id);

create table applications (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  name text not null,
  description text,
  type text not null check (type in ('Native', 'SPA', 'Traditional', 'MachineToMachine', 'Protected', 'SAML')),
  oidc_client_metadata text not null,
  custom_client_metadata text not null default '{}',
  protected_app_metadata text,
  custom_data text not null default '{}',
  is_third_party boolean not null default false,
  app_level_access_control_enabled boolean not null default false,
  -- How often it became another one to people. What they granted it before has ended.
  consent_epoch bigint not null default 0,
  created_at bigint not null,
  primary key (tenant_id, id)
);

create table application_secrets (
  tenant_id text not null,
  application_id text not null,
  name text not null,
  value text not null,
  created_at bigint not null,
  expires_at bigint,
  primary key (tenant_id, application_id, name),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
);

create table application_sign_in_experiences (
  tenant_id text not null,
  application_id text not null,
  -- color, branding, customCss, termsOfUseUrl, privacyPolicyUrl, displayName
  settings text not null,
  primary key (tenant_id, application_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
);

create table applications_roles (
  tenant_id text not null,
  application_id text not null,
  role_id text not null,
  primary key (tenant_id, application_id, role_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
);
create index applications_roles_role on applications_roles (tenant_id, role_id);

create table organizations (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  name text not null,
  description text,
  custom_data text not null default '{}',
  is_mfa_required boolean not null default false,
  is_trusted_device_allowed boolean not null default true,
  color text not null default '{}',
  branding text not null default '{}',
  custom_css text,
  created_at bigint not null,
  primary key (tenant_id, id)
);

create table organization_roles (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  name text not null,
  description text,
  type text not null default 'User' check (type in ('User', 'MachineToMachine')),
  created_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table organization_scopes (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  name text not null,
  description text,
  created_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table organization_role_scopes (
  tenant_id text not null,
  organization_role_id text not null,
  organization_scope_id text not null,
  primary key (tenant_id, organization_role_id, organization_scope_id),
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_scope_id) references organization_scopes (tenant_id, id) on delete cascade
);

create table organization_role_resource_scopes (
  tenant_id text not null,
  organization_role_id text not null,
  scope_id text not null,
  primary key (tenant_id, organization_role_id, scope_id),
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade,
  foreign key (tenant_id, scope_id) references scopes (tenant_id, id) on delete cascade
);

create table organization_users (
  tenant_id text not null,
  organization_id text not null,
  user_id text not null,
  created_at bigint not null,
  primary key (tenant_id, organization_id, user_id),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index organization_users_user on organization_users (tenant_id, user_id);

create table organization_role_users (
  tenant_id text not null,
  organization_id text not null,
  organization_role_id text not null,
  user_id text not null,
  primary key (tenant_id, organization_id, user_id, organization_role_id),
  foreign key (tenant_id, organization_id, user_id)
    references organization_users (tenant_id, organization_id, user_id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
);
create index organization_role_users_user on organization_role_users (tenant_id, user_id);

create table organization_applications (
  tenant_id text not null,
  organization_id text not null,
  application_id text not null,
  created_at bigint not null,
  primary key (tenant_id, organization_id, application_id),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
);
create index organization_applications_application on organization_applications (tenant_id, application_id);

create table organization_role_applications (
  tenant_id text not null,
  organization_id text not null,
  organization_role_id text not null,
  application_id text not null,
  primary key (tenant_id, organization_id, application_id, organization_role_id),
  foreign key (tenant_id, organization_id, application_id)
    references organization_applications (tenant_id, organization_id, application_id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
);

-- `inviter_id` and `accepted_user_id` are cleared when their user is deleted.
create table organization_invitations (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  organization_id text not null,
  inviter_id text,
  invitee text not null,
  -- The address as addresses are compared.
  invitee_folded text not null,
  accepted_user_id text,
  status text not null check (status in ('Pending', 'Accepted', 'Expired', 'Revoked')),
  created_at bigint not null,
  updated_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade
);
create unique index organization_invitations_pending on organization_invitations (tenant_id, organization_id, invitee_folded)
  where status = 'Pending';
create index organization_invitations_organization on organization_invitations (tenant_id, organization_id, created_at);
create index organization_invitations_invitee on organization_invitations (tenant_id, invitee_folded);
create index organization_invitations_inviter on organization_invitations (tenant_id, inviter_id)
  where inviter_id is not null;
create index organization_invitations_accepted on organization_invitations (tenant_id, accepted_user_id)
  where accepted_user_id is not null;

create table organization_invitation_roles (
  tenant_id text not null,
  organization_invitation_id text not null,
  organization_role_id text not null,
  primary key (tenant_id, organization_invitation_id, organization_role_id),
  foreign key (tenant_id, organization_invitation_id)
    references organization_invitations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
);
create index organization_invitation_roles_role on organization_invitation_roles (tenant_id, organization_role_id);

create table organization_jit_email_domains (
  tenant_id text not null,
  organization_id text not null,
  email_domain text not null,
  primary key (tenant_id, organization_id, email_domain),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade
);
create index organization_jit_email_domains_domain on organization_jit_email_domains (tenant_id, email_domain);

create table organization_jit_roles (
  tenant_id text not null,
  organization_id text not null,
  organization_role_id text not null,
  primary key (tenant_id, organization_id, organization_role_id),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
);

create table organization_jit_sso_connectors (
  tenant_id text not null,
  organization_id text not null,
  sso_connector_id text not null,
  primary key (tenant_id, organization_id, sso_connector_id),
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, sso_connector_id) references sso_connectors (tenant_id, id) on delete cascade
);
create index organization_jit_sso_connectors_connector
  on organization_jit_sso_connectors (tenant_id, sso_connector_id);

-- What a third-party application may ask a user for. kind: user-scopes (value = scope name), resource-scopes,
-- organization-scopes, organization-resource-scopes (value = scope id).
create table application_consent_scopes (
  tenant_id text not null,
  application_id text not null,
  kind text not null,
  value text not null,
  primary key (tenant_id, application_id, kind, value),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
);

-- Organizations that a user opened to a third-party application.
create table application_consent_organizations (
  tenant_id text not null,
  application_id text not null,
  organization_id text not null,
  user_id text not null,
  primary key (tenant_id, application_id, user_id, organization_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id, user_id)
    references organization_users (tenant_id, organization_id, user_id) on delete cascade
);

-- The same for all clients that nobody registered, which describe themselves in a document (draft-ietf-oauth-client-id-metadata-document).
create table cimd_consent_scopes (
  tenant_id text not null references tenants (id) on delete cascade,
  kind text not null,
  value text not null,
  primary key (tenant_id, kind, value)
);

-- Who may use an application whose access is controlled: users, holders of a role (of the tenant, or in one organization) and
-- members of an organization.
create table application_access_users (
  tenant_id text not null,
  application_id text not null,
  user_id text not null,
  primary key (tenant_id, application_id, user_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index application_access_users_user on application_access_users (tenant_id, user_id);

create table application_access_roles (
  tenant_id text not null,
  application_id text not null,
  role_id text not null,
  primary key (tenant_id, application_id, role_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
);
create index application_access_roles_role on application_access_roles (tenant_id, role_id);

create table application_access_organizations (
  tenant_id text not null,
  application_id text not null,
  organization_id text not null,
  primary key (tenant_id, application_id, organization_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade
);
create index application_access_organizations_organization on application_access_organizations (tenant_id, organization_id);

create table application_access_organization_roles (
  tenant_id text not null,
  application_id text not null,
  organization_id text not null,
  organization_role_id text not null,
  primary key (tenant_id, application_id, organization_id, organization_role_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id) references organizations (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_role_id) references organization_roles (tenant_id, id) on delete cascade
);
create index application_access_organization_roles_organization
  on application_access_organization_roles (tenant_id, organization_id);
create index application_access_organization_roles_role
  on application_access_organization_roles (tenant_id, organization_role_id);

-- A browser's sign-in. The cookie holds the handle; uid names the session in tokens and APIs.
create table sessions (
  tenant_id text not null references tenants (id) on delete cascade,
  uid text not null,
  handle_digest text not null,
  user_id text,
  signed_in_at bigint,
  -- What that sign-in proved: {assurance, methods}.
  authentication text,
  -- client id → {sid, grantId, persistsLogout}
  authorizations text not null default '{}',
  -- Pending RP-initiated logout: {secret, clientId, postLogoutRedirectUri, state}
  logout text,
  -- The application that the user signed in for, and how: {interactionEvent, userId, verificationRecords, signInContext}.
  client_id text,
  last_submission text,
  version bigint not null default 0,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, uid),
  unique (handle_digest),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index sessions_user on sessions (user_id, tenant_id);
create index sessions_expiry on sessions (expires_at);

-- What a user allowed a client.
create table grants (
  tenant_id text not null,
  id text not null,
  user_id text not null,
  client_id text not null,
  session_uid text,
  -- Space-separated OpenID Connect scopes.
  scope text not null,
  -- resource indicator → space-separated scopes
  resources text not null default '{}',
  rejected text not null default '{}',
  -- Of a token exchange: the grant of the token that was exchanged, or the personal access token, and what that token allowed.
  parent_id text,
  personal_access_token text references personal_access_tokens (digest) on delete cascade,
  exchange text,
  -- The client's when the user was asked. A client without a row in applications stays at 0.
  consent_epoch bigint not null default 0,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  foreign key (tenant_id, parent_id) references grants (tenant_id, id) on delete cascade
);
-- The name of a client that nobody registered, as the user saw it.
create table cimd_grant_clients (
  tenant_id text not null,
  grant_id text not null,
  name text not null,
  primary key (tenant_id, grant_id),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
);

-- The organization that a user opened to such a client with a grant.
create table cimd_grant_organizations (
  tenant_id text not null,
  grant_id text not null,
  organization_id text not null,
  user_id text not null,
  primary key (tenant_id, grant_id),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade,
  foreign key (tenant_id, organization_id, user_id)
    references organization_users (tenant_id, organization_id, user_id) on delete cascade
);
create index cimd_grant_organizations_membership
  on cimd_grant_organizations (organization_id, user_id, tenant_id);

create index grants_parent on grants (parent_id, tenant_id) where parent_id is not null;
create index grants_personal_access_token on grants (personal_access_token) where personal_access_token is not null;
create index grants_user on grants (user_id, tenant_id);
create index grants_session on grants (session_uid, tenant_id);
create index grants_expiry on grants (expires_at);

-- Clients whose grants of epochs before this one have ended and wait for the job that deletes them.
create table ended_grants (
  tenant_id text not null references tenants (id) on delete cascade,
  client_id text not null,
  before_epoch bigint not null,
  primary key (tenant_id, client_id)
);

-- One visit to the sign-in or consent pages.
create table interactions (
  tenant_id text not null references tenants (id) on delete cascade,
  -- Digest of the handle in the cookie.
  uid text not null,
  client_id text not null,
  prompt text not null check (prompt in ('login', 'consent')),
  -- The authorization request as checked.
  request text not null,
  session_uid text,
  grant_id text,
  -- The stored state of the sign-in machine.
  state text not null default '{}',
  -- Set once by a finished step: {login:{accountId}} or {consent:{grantId}}.
  result text,
  -- Digest of the secret of the browser that began the sign-in.
  browser_digest text,
  -- What the pages' forms must send back.
  xsrf text not null,
  -- The tenant's password_epoch when the sign-in began or was accepted.
  password_epoch bigint not null default 0,
  version bigint not null default 0,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, uid)
);
create index interactions_expiry on interactions (expires_at);

-- Codes that were sent to an address and wait for their answer. An interaction has one per kind of address at most.
create table verification_codes (
  tenant_id text not null references tenants (id) on delete cascade,
  -- The digest of the interaction's handle, or of an address to which an administrator had a code sent.
  owner text not null,
  interaction_uid text,
  type text not null check (type in ('Email', 'Phone')),
  -- The verification in the interaction's state, or the owner again.
  verification_id text not null,
  -- Sealed: six digits are found by trying, whatever digest they have.
  code text not null,
  -- Answers that were compared.
  tries bigint not null default 0,
  expires_at bigint not null,
  primary key (tenant_id, owner, type),
  foreign key (tenant_id, interaction_uid) references interactions (tenant_id, uid) on delete cascade
);
-- The start asks under which keys secrets are sealed, and must not read them all.
create index verification_codes_key on verification_codes (substr(code, 1, 20));

-- What people proved, or are asked to prove, at the account API. It counts for its user alone and until it expires.
create table verification_records (
  tenant_id text not null,
  id text not null,
  user_id text not null,
  -- As in the state of an interaction.
  record text not null,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index verification_records_user on verification_records (user_id, tenant_id);
create index verification_records_expiry on verification_records (expires_at);

-- Tokens of magic links.
create table one_time_tokens (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  email text not null,
  -- Sealed; found by its digest.
  token text not null,
  token_digest text not null,
  context text not null,
  status text not null check (status in ('active', 'consumed', 'revoked', 'expired')),
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, token_digest)
);
create index one_time_tokens_list on one_time_tokens (tenant_id, created_at);
-- The start asks under which keys secrets are sealed, and must not read them all.
create index one_time_tokens_key on one_time_tokens (substr(token, 1, 20));

-- Links by which people become administrators; each is found by its digest.
create table administrator_invitations (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'support', 'auditor')),
  token_digest text not null,
  -- A user or an application, which may be gone by now.
  inviter_id text not null,
  inviter_is_application boolean not null,
  accepted_user_id text,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, token_digest)
);

create table authorization_codes (
  digest text primary key,
  tenant_id text not null,
  grant_id text not null,
  client_id text not null,
  user_id text not null,
  session_uid text,
  redirect_uri text not null,
  code_challenge text,
  -- The thumbprint of the key that it is bound to (RFC 9449 section 10).
  dpop_jkt text,
  nonce text,
  scope text not null,
  -- JSON array of resource indicators asked for.
  resources text not null default '[]',
  expires_with_session boolean not null default false,
  sid text,
  auth_time bigint,
  -- What tokens say of the sign-in: {acr, amr}.
  authentication text,
  -- Single claims that were asked for: {userinfo, idToken}, names.
  claims text,
  created_at bigint not null,
  expires_at bigint not null,
  consumed_at bigint,
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
);
create index authorization_codes_grant on authorization_codes (grant_id, tenant_id);
create index authorization_codes_expiry on authorization_codes (expires_at);

-- A device without a browser that waits for its user (RFC 8628).
create table device_codes (
  -- Of the device code.
  digest text primary key,
  tenant_id text not null references tenants (id) on delete cascade,
  -- Without its separator.
  user_code text not null,
  client_id text not null,
  -- The authorization request as checked.
  request text not null,
  code_challenge text,
  -- Where the device asked from, for the person who decides.
  device_address text not null,
  device_agent text not null,
  -- Digest of the secret of the browser in which the code was entered: no other one may decide.
  browser_digest text,
  denied boolean not null default false,
  -- Set when the user approved, as in authorization_codes.
  grant_id text,
  user_id text,
  session_uid text,
  nonce text,
  scope text not null default '',
  resources text not null default '[]',
  expires_with_session boolean not null default false,
  sid text,
  auth_time bigint,
  authentication text,
  claims text,
  created_at bigint not null,
  expires_at bigint not null,
  consumed_at bigint,
  unique (tenant_id, user_code),
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
);
create index device_codes_grant on device_codes (grant_id, tenant_id);
create index device_codes_expiry on device_codes (expires_at);

-- Authorization requests that clients sent themselves (RFC 9126).
create table pushed_requests (
  -- Of the handle in the request_uri.
  digest text primary key,
  tenant_id text not null references tenants (id) on delete cascade,
  -- The parameters, checked; the client is among them.
  params text not null,
  -- Whether the client signed them (RFC 9101).
  is_signed boolean not null default false,
  created_at bigint not null,
  expires_at bigint not null
);
create index pushed_requests_expiry on pushed_requests (expires_at);

-- JWTs of clients that count only once (RFC 7523 section 3 item 7), until they have expired.
create table used_jwts (
  tenant_id text not null references tenants (id) on delete cascade,
  -- Of its kind, whose it is and its jti.
  digest text not null,
  expires_at bigint not null,
  primary key (tenant_id, digest)
);
create index used_jwts_expiry on used_jwts (expires_at);

create table refresh_tokens (
  digest text primary key,
  tenant_id text not null,
  grant_id text not null,
  client_id text not null,
  user_id text not null,
  session_uid text,
  scope text not null,
  resources text not null default '[]',
  nonce text,
  sid text,
  auth_time bigint,
  authentication text,
  claims text,
  gty text not null,
  rotations bigint not null default 0,
  -- When the first token of this chain of rotations was issued.
  first_issued_at bigint not null,
  expires_with_session boolean not null default false,
  issued_at bigint not null,
  expires_at bigint not null,
  consumed_at bigint,
  -- Set at rotation: the successor is derived from the presented token and this salt, so that a retry gets the same one.
  successor_salt text,
  -- The thumbprint of the key that it is bound to (RFC 9449).
  jkt text,
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
);
create index refresh_tokens_grant on refresh_tokens (grant_id, tenant_id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);

create table access_tokens (
  digest text primary key,
  tenant_id text not null,
  grant_id text not null,
  client_id text not null,
  user_id text not null,
  session_uid text,
  scope text not null,
  gty text not null,
  -- What introspection says of the sign-in: {acr, amr}.
  authentication text,
  auth_time bigint,
  -- Names of single claims that userinfo has for it, as JSON.
  claims text,
  -- Who acts for the user (RFC 8693 section 4.1), as JSON.
  act text,
  -- The thumbprint of the key that it is bound to (RFC 9449).
  jkt text,
  expires_with_session boolean not null default false,
  issued_at bigint not null,
  expires_at bigint not null,
  foreign key (tenant_id, grant_id) references grants (tenant_id, id) on delete cascade
);
create index access_tokens_grant on access_tokens (grant_id, tenant_id);
create index access_tokens_expiry on access_tokens (expires_at);

-- Tokens with which clients register themselves (RFC 7591), by digest.
create table initial_access_tokens (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  digest text not null,
  name text not null,
  user_scopes text not null,
  max_uses bigint not null,
  uses bigint not null,
  created_at bigint not null,
  expires_at bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, digest)
);

-- Clients that registered themselves, with the digest of the token by which they change themselves (RFC 7592).
create table client_registrations (
  tenant_id text not null,
  application_id text not null,
  digest text not null,
  created_at bigint not null,
  primary key (tenant_id, application_id),
  foreign key (tenant_id, application_id) references applications (tenant_id, id) on delete cascade
);

-- Impersonation tokens, by digest: each is exchanged once.
create table subject_tokens (
  digest text primary key,
  tenant_id text not null,
  user_id text not null,
  -- What the caller says about the purpose.
  context text not null default '{}',
  created_at bigint not null,
  expires_at bigint not null,
  consumed_at bigint,
  foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index subject_tokens_user on subject_tokens (user_id, tenant_id);
create index subject_tokens_expiry on subject_tokens (expires_at);

-- Failed attempts per target (hash of the canonical identifier) and kind of proof.
create table sentinel_counters (
  tenant_id text not null references tenants (id) on delete cascade,
  target_hash text not null,
  action text not null,
  failures bigint not null default 0,
  window_started_at bigint not null,
  blocked_until bigint,
  primary key (tenant_id, target_hash, action)
);

create index sentinel_counters_window on sentinel_counters (window_started_at);

-- Who had a token issued on a day of UTC (days since 1970-01-01). Counts stay when a user is deleted.
create table daily_active_users (
  tenant_id text not null references tenants (id) on delete cascade,
  day bigint not null,
  user_id text not null,
  primary key (tenant_id, day, user_id)
);
create index daily_active_users_day on daily_active_users (day);

create table logs (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  key text not null,
  -- Whom the entry is about, as far as it says so; from the payload.
  user_id text,
  application_id text,
  -- Of requests to webhooks: whose, and whether it was taken.
  hook_id text,
  hook_succeeded boolean,
  payload text not null,
  created_at bigint not null,
  primary key (tenant_id, id)
);
create index logs_created_at on logs (created_at);
create index logs_key on logs (tenant_id, key, created_at);
create index logs_user on logs (user_id, created_at) where user_id is not null;
create index logs_application on logs (application_id, created_at) where application_id is not null;
create index logs_hook on logs (tenant_id, hook_id, created_at, hook_succeeded) where hook_id is not null;

-- Requests that were refused, by their request id: kept for a week.
create table refusals (
  tenant_id text not null references tenants (id) on delete cascade,
  request_id text not null,
  method text not null,
  -- Without query.
  path text not null,
  -- Of the answer, as are `code` and `description`.
  status bigint not null,
  code text not null,
  description text not null,
  -- What only operators are told.
  detail text,
  client_id text,
  user_id text,
  -- What the check saw, without secrets: an object as JSON.
  facts text not null,
  created_at bigint not null,
  primary key (tenant_id, request_id)
);
create index refusals_created_at on refusals (tenant_id, created_at);
create index refusals_age on refusals (created_at);
-- What is deleted with a user.
create index refusals_user on refusals (user_id) where user_id is not null;
-- How large the entries of an hour that is over were, in bytes, about. `hour` counts since 1970.
create table log_hours (
  hour bigint primary key,
  entries bigint not null,
  bytes bigint not null
);
-- Files that people uploaded, in the storage under `key`. A row is older than its file and goes before it.
create table user_assets (
  tenant_id text not null references tenants (id) on delete cascade,
  key text not null,
  -- As it was given out.
  url text not null,
  -- Whose it is, if it is a person's. When they are deleted, their files are removed first.
  user_id text,
  -- Digest of the handle of the sign-in in which it was uploaded, while it is nobody's. It may live longer than the sign-in.
  interaction text,
  -- When it is removed unless somebody takes it; null once it stays.
  expires_at bigint,
  created_at bigint not null,
  primary key (tenant_id, key)
);
create index user_assets_user on user_assets (user_id, tenant_id) where user_id is not null;
create index user_assets_interaction on user_assets (interaction, tenant_id) where interaction is not null;
create index user_assets_expiry on user_assets (expires_at) where expires_at is not null;

-- Jobs that are done again and again: whoever moves `next_run_at` does it.
create table jobs (
  name text primary key,
  next_run_at bigint not null
);

-- Events to deliver after the transaction that caused them. `next_attempt_at` is also the end of the lease of the node that
-- works on the row.
create table outbox (
  id text primary key,
  tenant_id text not null references tenants (id) on delete cascade,
  subscriber text not null,
  event text not null,
  payload text not null,
  attempts bigint not null default 0,
  next_attempt_at bigint not null,
  created_at bigint not null
);
create index outbox_lane on outbox (subscriber, next_attempt_at);

-- Webhooks: who is told of which events.
create table hooks (
  tenant_id text not null references tenants (id) on delete cascade,
  id text not null,
  name text not null,
  -- The one event of a webhook without `events`.
  event text,
  -- Names of events.
  events text not null default '[]',
  -- Sealed: {config: {url, headers?, retries?}, signingKey}.
  settings text not null,
  enabled boolean not null default true,
  created_at bigint not null,
  primary key (tenant_id, id)
);

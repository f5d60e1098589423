-- What a search for a part of a user's identifiers or name looks at: an index of every three characters that follow each
-- other. It has small letters only, as searches compare them. It knows users by a number; those of a tenant follow each other, so
-- that a search stays in its tenant.
create table user_search_tenants (
  number integer primary key,
  tenant_id text not null unique references tenants (id) on delete cascade
);
create trigger user_search_tenant_added after insert on tenants begin
  insert into user_search_tenants (tenant_id) values (new.id);
end;

create table user_search_keys (
  number integer primary key,
  tenant_id text not null,
  user_id text not null,
  created_at bigint not null,
  unique (tenant_id, user_id)
);
create virtual table user_search using fts5 (
  id, username, email, phone, name,
  content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

create trigger user_search_added after insert on users begin
  insert into user_search_keys (number, tenant_id, user_id, created_at)
  select 1 + coalesce(
      (select max(k.number) from user_search_keys k where k.number between t.number << 40 and (t.number << 40) + 1099511627774),
      t.number << 40
    ), new.tenant_id, new.id, new.created_at
  from user_search_tenants t where t.tenant_id = new.tenant_id;
  insert into user_search (rowid, id, username, email, phone, name)
  select k.number, lower(new.id), new.username_folded, new.email_folded, new.primary_phone, lower(new.name)
  from user_search_keys k where k.tenant_id = new.tenant_id and k.user_id = new.id;
end;
create trigger user_search_changed after update of username_folded, email_folded, primary_phone, name on users
when old.username_folded is not new.username_folded or old.email_folded is not new.email_folded
  or old.primary_phone is not new.primary_phone or old.name is not new.name
begin
  update user_search
  set id = lower(new.id), username = new.username_folded, email = new.email_folded, phone = new.primary_phone,
    name = lower(new.name)
  where rowid = (select k.number from user_search_keys k where k.tenant_id = new.tenant_id and k.user_id = new.id);
end;
create trigger user_search_removed after delete on users begin
  delete from user_search
  where rowid = (select k.number from user_search_keys k where k.tenant_id = old.tenant_id and k.user_id = old.id);
  delete from user_search_keys where tenant_id = old.tenant_id and user_id = old.id;
end;

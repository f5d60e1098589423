-- Searches for a part of a user's identifiers or name use an index of three characters each where the server has pg_trgm and
-- the account may install it; elsewhere they look at each user. The extension stands beside our schema, never in it.
do $$
begin
  create extension if not exists pg_trgm with schema public;
exception when others then
  raise notice 'pg_trgm is not available: searches will look at each user';
end $$;
do $$
declare
  place text := (
    select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'
  );
  -- As the searches ask for it (`UNICODE` in crates/db).
  letters text := (select ' collate "und-x-icu"' where exists (select 1 from pg_collation where collname = 'und-x-icu'));
begin
  if place is not null then
    execute format(
      'create index users_parts on users using gin (lower(id%2$s) %1$I.gin_trgm_ops, username_folded %1$I.gin_trgm_ops, '
      'email_folded %1$I.gin_trgm_ops, primary_phone %1$I.gin_trgm_ops, lower(name%2$s) %1$I.gin_trgm_ops)',
      place, coalesce(letters, '')
    );
  end if;
end $$;

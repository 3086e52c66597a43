"""The tables of a journal, and the statements that change its rows."""

from __future__ import annotations

CREATE_TABLES = """
create table call (name text primary key, value text not null);
create table row (
    row_index integer primary key,
    digest text not null,
    key text not null,
    fields text not null,     -- hash of each field, as JSON
    content text not null,    -- hash of the whole record
    audit text not null default 'none',  -- 'due': sent again, 'doubled': stored more than once
    status text,              -- null until the result is known
    id text,
    error text,               -- class name and message, if the status is not 'done'
    first_sent_at real not null,  -- clock of the call, seconds since the epoch
    doubtful_since real,      -- first request that is not proven absent, as above
    sent_at real not null,    -- clock of the call, seconds since the epoch
    completed_at real         -- as above
);
create table field_path (name text primary key);
create table baseline (id text primary key, digest text);  -- rows from before the call
create table state (name text primary key, value real not null);
create index baseline_by_digest on baseline (digest);
create index row_by_digest on row (digest);
create index row_by_key on row (key);
"""

TABLES = {"call", "row", "field_path", "baseline", "state"}

SELECT_TABLES = "select name from sqlite_master where type = 'table'"

UPSERT_SENT_ROW = """
insert into row (row_index, digest, key, fields, content, first_sent_at, doubtful_since, sent_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)
on conflict (row_index) do update set digest = excluded.digest, key = excluded.key,
    fields = excluded.fields, content = excluded.content, sent_at = excluded.sent_at,
    doubtful_since = case when status = 'failed' then excluded.sent_at
        else coalesce(doubtful_since, excluded.sent_at) end,
    status = null, error = null
"""

UPDATE_OUTCOME = """
update row set status = ?, id = ?, error = ?, completed_at = ? where row_index = ?
"""

UPDATE_FOUND = """
update row set status = 'done', id = ?, error = null,
    completed_at = case when status = 'done' then completed_at else ? end
where row_index = ?
"""

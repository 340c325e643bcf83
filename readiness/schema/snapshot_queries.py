"""What `pg_catalog` is asked, one question per kind of object, in the server's own words.

Each question answers with rows (kind, name, table, facts): facts are a flat JSON object of texts.
`$1` is the schema. Objects that belong to an extension are the extension's business, and the
index or sequence behind a constraint or an identity is told by its owner.
"""

from __future__ import annotations

__all__ = ["QUERIES"]

TABLES = """
SELECT 'table', c.relname, c.relname, jsonb_build_object(
    'persistence', c.relpersistence, 'row security', c.relrowsecurity,
    'forced row security', c.relforcerowsecurity,
    'partitioned by', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) ELSE '' END,
    'partition of', coalesce((SELECT p.relname FROM pg_inherits h JOIN pg_class p
        ON p.oid = h.inhparent WHERE h.inhrelid = c.oid AND c.relispartition), ''),
    'bound', coalesce(pg_get_expr(c.relpartbound, c.oid), ''),
    'comment', coalesce(obj_description(c.oid, 'pg_class'), ''))
FROM pg_class c
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p')
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

COLUMNS = """
SELECT 'column', c.relname || '.' || a.attname, c.relname, jsonb_build_object(
    'type', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull,
    'default', CASE a.attgenerated WHEN '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '')
        ELSE '' END,
    'generated', CASE a.attgenerated WHEN '' THEN '' ELSE '(' || pg_get_expr(d.adbin, d.adrelid)
        || CASE a.attgenerated WHEN 's' THEN ') STORED' ELSE ') VIRTUAL' END END,
    'identity', a.attidentity,
    'collation', CASE WHEN a.attcollation <> t.typcollation THEN o.collname ELSE '' END,
    'comment', coalesce(col_description(c.oid, a.attnum), ''))
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation o ON o.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = $1::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

# From version 18 on a NOT NULL is a constraint too; it is told with its column.
CONSTRAINTS = """
SELECT 'constraint', c.relname || '.' || n.conname, c.relname, jsonb_build_object(
    'definition', pg_get_constraintdef(n.oid, true),
    'class', n.contype, 'validated', n.convalidated)
FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
WHERE c.relnamespace = $1::regnamespace AND n.contype IN ('c', 'f', 'p', 'u', 'x')
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

INDEXES = """
SELECT 'index', i.relname, c.relname, jsonb_build_object(
    'definition', pg_get_indexdef(i.oid, 0, true), 'unique', x.indisunique,
    'valid', x.indisvalid AND x.indisready)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'm')
  AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conindid = i.oid
                  AND n.contype IN ('p', 'u', 'x'))
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

ENUMS = """
SELECT 'enum', t.typname, '', jsonb_build_object(
    'labels', string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
WHERE t.typnamespace = $1::regnamespace
  AND t.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
GROUP BY t.oid, t.typname
"""

DOMAINS = """
SELECT 'domain', t.typname, '', jsonb_build_object(
    'type', format_type(t.typbasetype, t.typtypmod), 'not null', t.typnotnull,
    'default', coalesce(t.typdefault, ''),
    'checks', coalesce((SELECT string_agg(pg_get_constraintdef(n.oid, true), ' AND '
                                          ORDER BY n.conname)
                        FROM pg_constraint n WHERE n.contypid = t.oid AND n.contype = 'c'), ''))
FROM pg_type t
WHERE t.typnamespace = $1::regnamespace AND t.typtype = 'd'
  AND t.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

# The sequence behind an identity column is part of that column and cannot be made apart from it.
SEQUENCES = """
SELECT 'sequence', c.relname, coalesce(t.relname, ''), jsonb_build_object(
    'type', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
    'minimum', s.seqmin, 'maximum', s.seqmax, 'cycle', s.seqcycle,
    'owned by', coalesce(t.relname || '.' || a.attname, ''), 'identity', d.deptype = 'i')
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relnamespace = $1::regnamespace
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

TRIGGERS = """
SELECT 'trigger', c.relname || '.' || t.tgname, c.relname, jsonb_build_object(
    'definition', pg_get_triggerdef(t.oid, true), 'enabled', t.tgenabled)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = $1::regnamespace AND NOT t.tgisinternal
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

VIEWS = """
SELECT 'view', c.relname, c.relname, jsonb_build_object(
    'definition', pg_get_viewdef(c.oid, true), 'materialized', c.relkind = 'm',
    'options', coalesce(array_to_string(c.reloptions, ', '), ''))
FROM pg_class c
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('v', 'm')
  AND c.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

FUNCTIONS = """
SELECT 'function', p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', '',
    jsonb_build_object('definition', regexp_replace(pg_get_functiondef(p.oid),
        '^(CREATE OR REPLACE (FUNCTION|PROCEDURE) )' || quote_ident($1) || '[.]', '\\1'))
FROM pg_proc p
WHERE p.pronamespace = $1::regnamespace AND p.prokind IN ('f', 'p')
  AND p.oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""

POLICIES = """
SELECT 'policy', p.tablename || '.' || p.policyname, p.tablename, jsonb_build_object(
    'definition', concat_ws(' ', 'AS', p.permissive, 'FOR', p.cmd, 'TO',
        array_to_string(p.roles, ', '),
        'USING (' || p.qual || ')', 'WITH CHECK (' || p.with_check || ')'))
FROM pg_policies p WHERE p.schemaname = $1
"""

EXTENSIONS = """
SELECT 'extension', e.extname, '', jsonb_build_object('version', e.extversion)
FROM pg_extension e WHERE e.extname <> 'plpgsql' AND $1 <> ''
"""

# The owner may do everything anyway and is called differently on each server.
PRIVILEGES = """
SELECT 'privilege', c.relname || ' to ' || CASE g.grantee WHEN 0 THEN 'public'
        ELSE pg_get_userbyid(g.grantee) END, c.relname,
    jsonb_build_object('granted', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type))
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) g
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND g.grantee <> c.relowner
GROUP BY c.relname, g.grantee
"""

QUERIES = (
    *(EXTENSIONS, ENUMS, DOMAINS, SEQUENCES, FUNCTIONS, TABLES, COLUMNS, CONSTRAINTS),
    *(INDEXES, TRIGGERS, VIEWS, POLICIES, PRIVILEGES),
)

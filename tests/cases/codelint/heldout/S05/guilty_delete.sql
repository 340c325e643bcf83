-- upgrade to schema 14
ALTER TABLE positions ADD COLUMN position_idx smallint;
ALTER TABLE positions DROP COLUMN opened_by;  -- expect: S05
DROP TABLE position_history;  -- expect: S05

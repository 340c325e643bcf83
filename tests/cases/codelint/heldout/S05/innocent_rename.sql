-- Renamed, not dropped: the rows stay.
ALTER TABLE positions RENAME TO legs;
ALTER TABLE legs RENAME COLUMN size TO quantity;
ALTER TABLE legs DROP CONSTRAINT positions_size_check;
ALTER TABLE legs ADD CONSTRAINT legs_quantity_check CHECK (quantity >= 0);

-- Events refer to their order by id; the leg is the order's.
CREATE TABLE order_events (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_order_id text NOT NULL,
    kind text NOT NULL,
    ts_event timestamptz NOT NULL
);

CREATE TABLE order_notes (
    note_id bigint PRIMARY KEY,
    text text NOT NULL
);

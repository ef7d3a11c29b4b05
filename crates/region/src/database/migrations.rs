//! The schema, step by step. A step that has been released is never changed: a new one follows.

/// One step, in the words of each engine.
pub(super) struct Step {
    /// Number, from 1 without gaps.
    pub(super) version: i64,
    /// What is new with it.
    pub(super) name: &'static str,
    /// For SQLite.
    pub(super) sqlite: &'static str,
    /// For PostgreSQL.
    pub(super) postgres: &'static str,
}

/// All steps, in order.
pub(super) const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "events",
        sqlite: include_str!("../../migrations/0001_events.sqlite.sql"),
        postgres: include_str!("../../migrations/0001_events.postgres.sql"),
    },
    Step {
        version: 2,
        name: "index",
        sqlite: include_str!("../../migrations/0002_index.sql"),
        postgres: include_str!("../../migrations/0002_index.sql"),
    },
    Step {
        version: 3,
        name: "batch heads",
        sqlite: include_str!("../../migrations/0003_batch_heads.sqlite.sql"),
        postgres: include_str!("../../migrations/0003_batch_heads.postgres.sql"),
    },
    Step {
        version: 4,
        name: "figures",
        sqlite: include_str!("../../migrations/0004_figures.sql"),
        postgres: include_str!("../../migrations/0004_figures.sql"),
    },
    Step {
        version: 5,
        name: "down link",
        sqlite: include_str!("../../migrations/0005_down_link.sqlite.sql"),
        postgres: include_str!("../../migrations/0005_down_link.postgres.sql"),
    },
    Step {
        version: 6,
        name: "conveyances",
        sqlite: include_str!("../../migrations/0006_conveyances.sql"),
        postgres: include_str!("../../migrations/0006_conveyances.sql"),
    },
];

//! Which gates this collector serves. Alone: all. Over PostgreSQL: the gates are divided into
//! shards, and a shard is whose lock one holds; a collector that dies loses its locks with its
//! connection, and the others take them.

use std::collections::BTreeSet;

use domain::id::GateAddress;
use sha2::{Digest as _, Sha256};

use super::Shared;
use crate::database::{Database, DatabaseError, Locks, Value};

/// Shards, unless configured.
pub const SHARDS_DEFAULT: u16 = 32;
/// Most shards.
pub const SHARDS_MAX: u16 = 4_096;
/// A collector that has not been seen for this long counts as gone, seconds.
const SEEN_S: i64 = 3;
/// Its name is forgotten after this long, seconds.
const FORGET_S: i64 = 600;

/// Why sharing failed.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Two collectors would divide the gates differently, and some gate be served by none.
    #[error("shards = {ours} here, but the collectors of this store have agreed on {theirs}")]
    Differ {
        /// Configured here.
        ours: u16,
        /// In the store.
        theirs: i64,
    },
}

/// What changed hands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Shards that are ours from now on.
    pub(super) gained: Vec<u16>,
    /// Shards that are not ours any more.
    pub(super) lost: Vec<u16>,
}

/// The shards of this collector.
pub(super) struct Shards<'a> {
    database: &'a Database,
    shared: &'a Shared,
    locks: Locks,
    held: BTreeSet<u16>,
}

/// The shard of a gate among `shards`.
pub(super) fn shard_of(gate: &GateAddress, shards: u16) -> u16 {
    let hash = Sha256::digest(gate.to_string().as_bytes());
    let number = u64::from_be_bytes(hash[..8].try_into().expect("a hash has 32 bytes"));
    u16::try_from(number % u64::from(shards)).expect("below a number of 16 bits")
}

/// How many shards each of `alive` collectors holds at the most.
fn fair(shards: u16, alive: i64) -> usize {
    let alive = usize::try_from(alive).unwrap_or(1).max(1);
    usize::from(shards).div_ceil(alive)
}

impl<'a> Shards<'a> {
    /// Joins the others; `None` where a collector is alone.
    pub(super) async fn join(
        database: &'a Database,
        shared: Option<&'a Shared>,
    ) -> Result<Option<Self>, ShareError> {
        let Some(shared) = shared else {
            return Ok(None);
        };
        let Some(locks) = database.locks().await? else {
            return Ok(None);
        };
        let ours = shared.shards;
        database
            .run(
                "proposed how to share",
                "INSERT INTO agreed (name, value) VALUES ('shards', $1) ON CONFLICT DO NOTHING",
                &[Value::Int(ours.into())],
            )
            .await?;
        let rows = database
            .rows(
                "asked how to share",
                "SELECT value FROM agreed WHERE name = 'shards'",
                &[],
            )
            .await?;
        let theirs = rows.first().map_or(Ok(0), |row| row.int(0))?;
        if theirs != i64::from(ours) {
            return Err(ShareError::Differ { ours, theirs });
        }
        Ok(Some(Self {
            database,
            shared,
            locks,
            held: BTreeSet::new(),
        }))
    }

    /// Says that this collector is alive, and takes or gives shards until each has its share.
    pub(super) async fn balance(&mut self) -> Result<Change, ShareError> {
        let share = fair(self.shared.shards, self.alive().await?);
        let mut change = Change::default();
        while self.held.len() > share {
            let shard = *self.held.last().expect("more than none are held");
            self.locks.give_back(i32::from(shard)).await?;
            self.held.remove(&shard);
            change.lost.push(shard);
        }
        // Each begins elsewhere, so that two do not run for the same ones.
        let count = self.shared.shards;
        let start = start_of(&self.shared.name, count);
        for step in 0..count {
            if self.held.len() >= share {
                break;
            }
            let shard = (start + step) % count;
            if !self.held.contains(&shard) && self.locks.try_take(i32::from(shard)).await? {
                self.held.insert(shard);
                change.gained.push(shard);
            }
        }
        Ok(change)
    }

    /// Takes leave: the others need not wait until this collector counts as gone.
    pub(super) async fn leave(self) -> Result<(), ShareError> {
        let sql = "DELETE FROM collector WHERE name = $1";
        let name = [Value::from(self.shared.name.as_str())];
        self.database.run("took leave", sql, &name).await?;
        Ok(())
    }

    /// Collectors that have been seen lately, this one among them. By the server's clock alone.
    async fn alive(&self) -> Result<i64, ShareError> {
        self.database
            .run(
                "said that it is alive",
                "INSERT INTO collector (name, seen_at)
                 VALUES ($1, extract(epoch FROM clock_timestamp())::int8)
                 ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
                &[self.shared.name.as_str().into()],
            )
            .await?;
        self.database
            .run(
                "forgot collectors",
                "DELETE FROM collector
                 WHERE seen_at < extract(epoch FROM clock_timestamp())::int8 - $1",
                &[Value::Int(FORGET_S)],
            )
            .await?;
        let rows = self
            .database
            .rows(
                "counted collectors",
                "SELECT count(*) FROM collector
                 WHERE seen_at >= extract(epoch FROM clock_timestamp())::int8 - $1",
                &[Value::Int(SEEN_S)],
            )
            .await?;
        Ok(rows.first().map_or(Ok(1), |row| row.int(0))?)
    }

    /// The lowest shard also watches for gates that nobody has enrolled.
    pub(super) const WATCH: u16 = 0;

    /// Whether a shard is ours.
    pub(super) fn holds(&self, shard: u16) -> bool {
        self.held.contains(&shard)
    }

    /// Shards in all.
    pub(super) const fn count(&self) -> u16 {
        self.shared.shards
    }
}

fn start_of(name: &str, shards: u16) -> u16 {
    let hash = Sha256::digest(name.as_bytes());
    u16::from_be_bytes([hash[0], hash[1]]) % shards
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{GateId, PremisesId, RegionId};

    #[test]
    fn gates_spread_over_all_shards() {
        let mut counts = [0_u32; 32];
        for number in 0..3_200 {
            let gate = GateAddress {
                region: RegionId::parse("5300").unwrap(),
                premises: PremisesId::parse(&format!("{}", 530_000 + number / 4)).unwrap(),
                gate: GateId::parse(&format!("G{}", number % 4)).unwrap(),
            };
            counts[usize::from(shard_of(&gate, 32))] += 1;
        }
        assert!(counts.iter().all(|count| (50..200).contains(count)));
    }

    #[test]
    fn shares_cover_every_shard() {
        for (shards, alive, share) in [
            (32, 1, 32),
            (32, 3, 11),
            (32, 40, 1),
            (1, 2, 1),
            (32, 0, 32),
        ] {
            assert_eq!(fair(shards, alive), share);
            assert!(share * usize::try_from(alive.max(1)).unwrap() >= usize::from(shards));
        }
    }
}

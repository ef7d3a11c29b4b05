//! The history of the ledger → the tables `manifest`, `manifest_goods` and `goods_box`: what each
//! conveyance brought, as the orders of customs last said it. A row that was withdrawn stays, marked:
//! what a ship has brought does not unhappen. Knows no event and no passage.

use std::collections::BTreeMap;

use domain::conveyance::Conveyance;
use domain::ledger_row::{Row, RowKey};
use domain::manifest::{Consignment, Manifest};
use ledger::rows::key_bytes::{parse_row_key, row_key_bytes};

use super::QuestionError;
use super::conveyances::{ConveyanceKind, known_as, voyage_key};
use crate::database::{Database, DatabaseError, Purpose, Row as Columns, Transaction, Value};

/// Changes of rows that are looked through in one transaction.
const ROWS: u32 = 2_000;
/// Bytes of manifests and consignments that are read in one transaction, unless one alone is longer.
const BYTES: i64 = 16 << 20;
/// Who said that a consignment is on a manifest.
const BY_MANIFEST: &str = "manifest";
const BY_GOODS: &str = "consignment";

/// A place in the history: order and line.
type Place = (i64, i64);

const PLACE: &str = "SELECT number, line FROM history_read";

/// Reads all orders that are new.
pub(super) async fn catch_up(database: &Database) -> Result<(), QuestionError> {
    loop {
        // Looked at without a lock first: mostly there is nothing.
        let after = place(&database.rows("asked for its place", PLACE, &[]).await?)?;
        let sql = "SELECT number FROM ledger_history WHERE (number, line) > ($1, $2) LIMIT 1";
        let values = [Value::Int(after.0), Value::Int(after.1)];
        let new = database.rows("looked for new orders", sql, &values).await?;
        if new.is_empty() {
            return Ok(());
        }
        step(database).await?;
        // Other requests have their turn, and one that was given up ends here.
        tokio::task::yield_now().await;
    }
}

fn place(rows: &[Columns]) -> Result<Place, DatabaseError> {
    match rows.first() {
        Some(row) => Ok((row.int(0)?, row.int(1)?)),
        None => Ok((0, -1)),
    }
}

async fn step(database: &Database) -> Result<(), QuestionError> {
    let mut open = database.begin(Purpose::Index).await?;
    let after = place(&open.rows("asked for its place", PLACE, &[]).await?)?;
    let Some(last) = reach(&mut open, after).await? else {
        // Another process was faster.
        return Ok(());
    };
    let sql = "SELECT key, body, number, line FROM ledger_history
               WHERE (number, line) > ($1, $2) AND (number, line) <= ($3, $4)
                   AND ((key >= $5 AND key < $6) OR (key >= $6 AND key < $7))
               ORDER BY number, line";
    let [manifests, consignments, behind] = bounds();
    let values = [
        Value::Int(after.0),
        Value::Int(after.1),
        Value::Int(last.0),
        Value::Int(last.1),
        manifests.into(),
        consignments.into(),
        behind.into(),
    ];
    let mut found = Found::default();
    for row in open.rows("read goods of orders", sql, &values).await? {
        found.take(&row)?;
    }
    found.put(&mut open).await?;
    open.run("left its place", "DELETE FROM history_read", &[])
        .await?;
    let sql = "INSERT INTO history_read (number, line) VALUES ($1, $2)";
    let values = [Value::Int(last.0), Value::Int(last.1)];
    open.run("kept its place", sql, &values).await?;
    open.commit().await?;
    Ok(())
}

/// The kinds of manifests and consignments follow each other as first bytes of keys: where each
/// begins, and what is behind both.
fn bounds() -> [Vec<u8>; 3] {
    let manifest = kind_byte(&RowKey::Manifest(
        domain::id::ManifestId::parse("-").expect("a plain character"),
    ));
    let consignment = kind_byte(&RowKey::Consignment(
        domain::id::ConsignmentId::parse("-").expect("a plain character"),
    ));
    [vec![manifest], vec![consignment], vec![consignment + 1]]
}

fn kind_byte(key: &RowKey) -> u8 {
    *row_key_bytes(key).first().expect("a key has a kind")
}

/// The last place of this step: as many rows as fit into [`BYTES`], at least one.
async fn reach(open: &mut Transaction<'_>, after: Place) -> Result<Option<Place>, QuestionError> {
    let sql = "SELECT number, line, key, octet_length(body) FROM ledger_history
               WHERE (number, line) > ($1, $2) ORDER BY number, line LIMIT $3";
    let values = [
        Value::Int(after.0),
        Value::Int(after.1),
        Value::Int(ROWS.into()),
    ];
    let [manifests, _, behind] = bounds();
    let mut bytes = 0;
    let mut last = None;
    for row in open.rows("looked into orders", sql, &values).await? {
        let key = row.bytes(2)?;
        if key >= manifests.as_slice() && key < behind.as_slice() {
            let size = row.int(3)?;
            if bytes > 0 && bytes + size > BYTES {
                break;
            }
            bytes += size;
        }
        last = Some((row.int(0)?, row.int(1)?));
    }
    Ok(last)
}

/// The last version of a manifest within a step.
#[derive(Default)]
struct Version {
    /// None where the step only withdraws it.
    row: Option<Manifest>,
    is_withdrawn: bool,
}

/// What one step changes.
#[derive(Default)]
struct Found {
    manifests: BTreeMap<String, Version>,
    consignments: BTreeMap<String, Consignment>,
    unread: Vec<Vec<Value>>,
}

impl Found {
    /// Key, body, number, line.
    fn take(&mut self, row: &Columns) -> Result<(), DatabaseError> {
        let body = row.bytes(1)?;
        if body.is_empty() {
            if let Some(RowKey::Manifest(id)) = parse_row_key(row.bytes(0)?) {
                let version = self.manifests.entry(id.as_str().to_owned());
                version.or_default().is_withdrawn = true;
            }
            return Ok(());
        }
        match wire::ledger::decode_row(body) {
            Ok(Row::Manifest(manifest)) => {
                let version = Version {
                    row: Some(manifest.clone()),
                    is_withdrawn: false,
                };
                self.manifests
                    .insert(manifest.id.as_str().to_owned(), version);
            }
            Ok(Row::Consignment(row)) => {
                self.consignments.insert(row.id.as_str().to_owned(), row);
            }
            Ok(
                Row::Company(_)
                | Row::Vehicle(_)
                | Row::Driver(_)
                | Row::Premises(_)
                | Row::Container(_)
                | Row::Pass(_)
                | Row::Directive(_),
            ) => {}
            // Said with the events that nobody can read; the rest is answered all the same.
            Err(error) => self.unread.push(vec![
                format!("order {}", row.int(2)?).into(),
                Value::Int(row.int(3)?),
                error.to_string().into(),
            ]),
        }
        Ok(())
    }

    async fn put(&self, open: &mut Transaction<'_>) -> Result<(), DatabaseError> {
        const MANIFEST: &[&str] = &[
            "manifest",
            "known_as",
            "kind",
            "number",
            "name",
            "voyage",
            "voyage_key",
            "amended_at",
            "withdrawn",
        ];
        const GOODS: &[&str] = &["manifest", "consignment", "said_by"];
        const BOX: &[&str] = &["consignment", "container"];
        const UNREAD: &[&str] = &["gate", "sequence", "cause"];
        let (mut manifests, mut goods, mut boxes) = (Vec::new(), Vec::new(), Vec::new());
        for (id, version) in &self.manifests {
            let key = [id.as_str().into(), BY_MANIFEST.into()];
            let Some(row) = &version.row else {
                let sql = "UPDATE manifest SET withdrawn = 1 WHERE manifest = $1";
                open.run("marked a manifest", sql, &key[..1]).await?;
                continue;
            };
            let sql = "DELETE FROM manifest WHERE manifest = $1";
            open.run("replaced a manifest", sql, &key[..1]).await?;
            let sql = "DELETE FROM manifest_goods WHERE manifest = $1 AND said_by = $2";
            open.run("replaced a manifest's goods", sql, &key).await?;
            manifests.push(manifest_values(row, version.is_withdrawn));
            goods.extend(row.consignments.iter().map(|consignment| {
                let listed = consignment.as_str().into();
                vec![id.as_str().into(), listed, BY_MANIFEST.into()]
            }));
        }
        for (id, row) in &self.consignments {
            let key = [id.as_str().into(), BY_GOODS.into()];
            let sql = "DELETE FROM manifest_goods WHERE consignment = $1 AND said_by = $2";
            open.run("replaced goods", sql, &key).await?;
            let sql = "DELETE FROM goods_box WHERE consignment = $1";
            open.run("replaced boxes of goods", sql, &key[..1]).await?;
            let manifest = row.manifest.as_str().into();
            goods.push(vec![manifest, id.as_str().into(), BY_GOODS.into()]);
            boxes.extend(
                row.containers
                    .iter()
                    .map(|number| vec![id.as_str().into(), number.as_str().into()]),
            );
        }
        open.insert("kept manifests", "manifest", MANIFEST, &manifests)
            .await?;
        open.insert("kept goods", "manifest_goods", GOODS, &goods)
            .await?;
        open.insert("kept boxes of goods", "goods_box", BOX, &boxes)
            .await?;
        open.insert("set a row aside", "unread", UNREAD, &self.unread)
            .await
    }
}

fn manifest_values(row: &Manifest, is_withdrawn: bool) -> Vec<Value> {
    let Conveyance {
        means,
        name,
        voyage,
    } = &row.conveyance;
    vec![
        row.id.as_str().into(),
        known_as(means).into(),
        ConveyanceKind::of(means).code().into(),
        means.number().into(),
        name.as_str().into(),
        voyage.as_str().into(),
        voyage_key(voyage).into(),
        Value::Int(row.amended_at.as_micros()),
        Value::Int(is_withdrawn.into()),
    ]
}

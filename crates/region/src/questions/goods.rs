//! Decisions that are stored → `mention` of the goods that each names: manifests and consignments of
//! its facts, and boxes that no goods account for. Apart from the index of events, and caught up only
//! for those who ask for a conveyance: no other question waits for it.

use std::collections::BTreeSet;

use domain::event::{DecisionRecord, EventBody};

use super::QuestionError;
use crate::database::{Database, Purpose, Row, Transaction, Value};

/// Decisions that are read in one transaction.
const STEP: u32 = 1_000;

/// Kinds of `mention`; they are stored and never change.
pub(super) const MANIFEST: &str = "manifest";
pub(super) const CONSIGNMENT: &str = "consignment";
/// A box that is on no consignment of the decision's facts.
pub(super) const BOX: &str = "box";

/// The goods that decisions name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Goods {
    /// Manifests of the consignments, as the gate's ledger had them.
    pub(super) manifests: BTreeSet<String>,
    /// Consignments, of the pass and of the facts.
    pub(super) consignments: BTreeSet<String>,
    /// Boxes seen or on the pass that no consignment of the facts carries: they say less, because a
    /// box comes again with another ship.
    pub(super) boxes: BTreeSet<String>,
}

impl Goods {
    /// Adds what a decision names.
    pub(super) fn add(&mut self, record: &DecisionRecord) {
        let facts = &record.facts;
        let mut accounted = BTreeSet::new();
        for fact in &facts.consignments {
            self.consignments.insert(fact.id.as_str().to_owned());
            if let Some(row) = &fact.consignment {
                self.manifests.insert(row.manifest.as_str().to_owned());
                accounted.extend(&row.containers);
            }
        }
        let seen = record.evidence.containers.iter().map(|seen| &seen.number);
        let mut boxes: Vec<_> = seen.collect();
        if let Some(pass) = facts.found_pass() {
            let shares = pass.consignments.iter();
            self.consignments
                .extend(shares.map(|share| share.id.as_str().to_owned()));
            boxes.extend(pass.containers.iter().map(|one| &one.number));
        }
        let loose = boxes.into_iter().filter(|one| !accounted.contains(one));
        self.boxes
            .extend(loose.map(|number| number.as_str().to_owned()));
    }

    fn mentions(self) -> impl Iterator<Item = (&'static str, String)> {
        let of = |kind| move |value| (kind, value);
        let manifests = self.manifests.into_iter().map(of(MANIFEST));
        let consignments = self.consignments.into_iter().map(of(CONSIGNMENT));
        manifests
            .chain(consignments)
            .chain(self.boxes.into_iter().map(of(BOX)))
    }
}

/// Reads all decisions that the index has and this has not; returns how many.
pub(super) async fn catch_up(
    database: &Database,
    mut progress: impl FnMut(u64),
) -> Result<u64, QuestionError> {
    let sql = "SELECT indexed.gate FROM indexed
                   LEFT JOIN goods_read ON goods_read.gate = indexed.gate
               WHERE indexed.sequence > coalesce(goods_read.sequence, 0) ORDER BY indexed.gate";
    let mut count = 0;
    for row in database.rows("listed gates", sql, &[]).await? {
        while let Some(read) = step(database, row.text(0)?).await? {
            count += read;
            progress(count);
            // Other requests have their turn, and one that was given up ends here.
            tokio::task::yield_now().await;
        }
    }
    Ok(count)
}

/// How many decisions one step has read; none once there is nothing left.
async fn step(database: &Database, gate: &str) -> Result<Option<u64>, QuestionError> {
    let mut open = database.begin(Purpose::Index).await?;
    let sql = "SELECT indexed.sequence, coalesce(goods_read.sequence, 0) FROM indexed
                   LEFT JOIN goods_read ON goods_read.gate = indexed.gate
               WHERE indexed.gate = $1";
    let place = open
        .rows("asked for its place", sql, &[gate.into()])
        .await?;
    let Some((end, after)) = place
        .first()
        .map(|row| Ok::<_, QuestionError>((row.int(0)?, row.int(1)?)))
        .transpose()?
        .filter(|(end, after)| after < end)
    else {
        return Ok(None);
    };
    // A decision whose day was dropped is passed over: it has no payload any more.
    let sql = "SELECT decided.sequence, decided.at, decided.passage, coalesce(event.payload, $5)
               FROM decided
                   LEFT JOIN story ON story.passage = decided.passage
                       AND story.gate = decided.gate AND story.sequence = decided.sequence
                   LEFT JOIN event ON event.gate = decided.gate
                       AND event.sequence = decided.sequence AND event.day = story.day
               WHERE decided.gate = $1 AND decided.sequence > $2 AND decided.sequence <= $3
               ORDER BY decided.sequence LIMIT $4";
    let values = [
        gate.into(),
        Value::Int(after),
        Value::Int(end),
        Value::Int(STEP.into()),
        Value::Bytes(Vec::new()),
    ];
    let rows = open.rows("read decisions", sql, &values).await?;
    put(&mut open, gate, &rows).await?;
    let is_full = rows.len() == STEP as usize;
    let last = rows.last().filter(|_| is_full);
    let place = last.map_or(Ok(end), |row| row.int(0))?;
    let sql = "INSERT INTO goods_read (gate, sequence) VALUES ($1, $2)
               ON CONFLICT (gate) DO UPDATE SET sequence = excluded.sequence";
    open.run("kept its place", sql, &[gate.into(), Value::Int(place)])
        .await?;
    open.commit().await?;
    Ok(Some(rows.len() as u64))
}

/// Sequence, time, passage, payload.
async fn put(open: &mut Transaction<'_>, gate: &str, rows: &[Row]) -> Result<(), QuestionError> {
    const MENTION: &[&str] = &["kind", "value", "at", "gate", "passage"];
    let mut mentions = Vec::new();
    for row in rows {
        // What cannot be read is on the index's list already.
        let Ok((_, event)) = wire::record::decode_record(row.bytes(3)?) else {
            continue;
        };
        let (EventBody::PassageDecided(record), Some(passage)) = (&event.body, &event.passage)
        else {
            continue;
        };
        let mut goods = Goods::default();
        goods.add(record);
        for (kind, value) in goods.mentions() {
            mentions.push(vec![
                kind.into(),
                value.into(),
                Value::Int(row.int(1)?),
                gate.into(),
                passage.as_str().into(),
            ]);
        }
    }
    open.insert("noted goods", "mention", MENTION, &mentions)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::tests::record;

    #[test]
    fn a_box_says_something_only_where_no_goods_account_for_it() {
        let clean = decision::fixture::clean();
        let own = clean.facts.consignments[0].consignment.clone().unwrap();
        let (goods, number) = (own.id.as_str(), own.containers[0].as_str());
        let other = decision::fixture::other_container();
        // Facts without the row; a box beside the one on the papers.
        let mut unknown = clean.clone();
        unknown.facts.consignments[0].consignment = None;
        let mut beside = clean.clone();
        beside.evidence.containers[0].number = other.clone();
        let bare = decision::fixture::bobtail();
        for (passage, manifests, consignments, boxes) in [
            (&clean, vec![own.manifest.as_str()], vec![goods], vec![]),
            (&unknown, vec![], vec![goods], vec![number]),
            (
                &beside,
                vec![own.manifest.as_str()],
                vec![goods],
                vec![other.as_str()],
            ),
            (&bare, vec![], vec![], vec![]),
        ] {
            let mut found = Goods::default();
            found.add(&record(passage));
            let texts = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
            assert_eq!(texts(&found.manifests), manifests);
            assert_eq!(texts(&found.consignments), consignments);
            assert_eq!(texts(&found.boxes), boxes);
        }
    }
}

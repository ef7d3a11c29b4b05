//! A conveyance → its manifests, and every passage of what they list; a passage's story → the
//! conveyances that brought what it carried. Answers from the region's ledger and from what decisions
//! name, and says which of two bonds it is: goods, or the number of a box alone.

use std::collections::BTreeSet;

use domain::event::EventBody;
use domain::time::Timestamp;

use super::conveyances::{ConveyanceKind, NamedConveyance};
use super::goods::{self, Goods};
use super::search::{PassageRow, Search, passage, passages_sql, values};
use super::{QuestionError, Questions, Told, manifests};
use crate::database::{Row, Value};

/// Most manifests of one answer, the newest first.
pub const MANIFESTS_MAX: usize = 100;
/// Most manifests, consignments and boxes of a story that are looked up.
const NAMED_MAX: usize = 64;

/// Why a conveyance's passages are not told.
#[derive(Debug, thiserror::Error)]
pub enum BroughtError {
    /// No manifest names it, or not with this voyage; in words, with the way out.
    #[error("{said}")]
    Unknown {
        /// The words.
        said: String,
    },
    /// The store failed.
    #[error(transparent)]
    Question(#[from] QuestionError),
}

/// A manifest with its conveyance, as the ledger last had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestRow {
    /// Manifest.
    pub manifest: String,
    /// Kind of its conveyance.
    pub kind: ConveyanceKind,
    /// Number of the conveyance; empty for one that is named in words.
    pub number: String,
    /// Its name; may be empty.
    pub name: String,
    /// Voyage, flight or journey; may be empty.
    pub voyage: String,
    /// Last amendment.
    pub amended_at: Timestamp,
    /// Whether it was taken out of the ledger since.
    pub is_withdrawn: bool,
}

/// What a passage and a manifest have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Its decision names goods of the manifest.
    Goods,
    /// Only the number of a box, which no goods of the decision account for.
    Container,
}

impl Link {
    /// Stable text.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Goods => "goods",
            Self::Container => "container",
        }
    }
}

/// Passages of what a conveyance brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Its manifests, newest first, at most [`MANIFESTS_MAX`].
    pub manifests: Vec<ManifestRow>,
    /// The passages, newest first.
    pub passages: Vec<(PassageRow, Link)>,
}

macro_rules! manifests_sql {
    ($from:literal) => {
        concat!(
            "SELECT DISTINCT manifest.manifest, manifest.kind, manifest.number, manifest.name,
                 manifest.voyage, manifest.amended_at, manifest.withdrawn FROM ",
            $from,
            " ORDER BY manifest.amended_at DESC, manifest.manifest LIMIT "
        )
    };
}

const OF_NUMBER: &str = concat!(
    manifests_sql!(
        "manifest WHERE manifest.known_as IN ($1, $2, $3)
             AND ($4 = '' OR manifest.voyage_key = $4)"
    ),
    "$5"
);
const BY_MANIFEST: &str = concat!(
    manifests_sql!("manifest WHERE manifest.manifest = $1"),
    "$2"
);
const BY_GOODS: &str = concat!(
    manifests_sql!(
        "manifest_goods JOIN manifest ON manifest.manifest = manifest_goods.manifest
             WHERE manifest_goods.consignment = $1"
    ),
    "$2"
);
const BY_BOX: &str = concat!(
    manifests_sql!(
        "goods_box JOIN manifest_goods ON manifest_goods.consignment = goods_box.consignment
             JOIN manifest ON manifest.manifest = manifest_goods.manifest
             WHERE goods_box.container = $1"
    ),
    "$2"
);

// CROSS JOIN keeps SQLite from beginning with `mention`, which is by far the largest.
const OF_CONVEYANCE: &str = concat!(
    passages_sql!(
        ", named.link",
        "(SELECT linked.gate, linked.passage, min(linked.link) AS link FROM (
             SELECT mention.gate, mention.passage, 1 AS link
                 FROM manifest CROSS JOIN mention
                 WHERE manifest.known_as IN ($9, $10, $11)
                     AND ($12 = '' OR manifest.voyage_key = $12)
                     AND mention.kind = 'manifest' AND mention.value = manifest.manifest
             UNION ALL SELECT mention.gate, mention.passage, 1 AS link
                 FROM manifest CROSS JOIN manifest_goods CROSS JOIN mention
                 WHERE manifest.known_as IN ($9, $10, $11)
                     AND ($12 = '' OR manifest.voyage_key = $12)
                     AND manifest_goods.manifest = manifest.manifest
                     AND mention.kind = 'consignment'
                     AND mention.value = manifest_goods.consignment
             UNION ALL SELECT mention.gate, mention.passage, 2 AS link
                 FROM manifest CROSS JOIN manifest_goods CROSS JOIN goods_box CROSS JOIN mention
                 WHERE manifest.known_as IN ($9, $10, $11)
                     AND ($12 = '' OR manifest.voyage_key = $12)
                     AND manifest_goods.manifest = manifest.manifest
                     AND goods_box.consignment = manifest_goods.consignment
                     AND mention.kind = 'box' AND mention.value = goods_box.container
         ) AS linked GROUP BY linked.gate, linked.passage) AS named
         JOIN decided ON decided.passage = named.passage AND decided.gate = named.gate"
    ),
    " ORDER BY decided.at DESC, decided.gate DESC, decided.sequence DESC LIMIT $8"
);

impl Questions {
    /// Reads what [`Self::brought`] needs beside the index: new orders of the ledger, and the goods of
    /// decisions that [`Self::catch_up`] has indexed since. `progress` is told how many decisions that
    /// were so far; the first time that are all.
    ///
    /// # Errors
    /// The store failed.
    pub async fn catch_up_goods(&self, progress: impl FnMut(u64)) -> Result<u64, QuestionError> {
        manifests::catch_up(self.database()).await?;
        goods::catch_up(self.database(), progress).await
    }

    /// A page of passages of what a conveyance brought, newest first, with its manifests. The subject
    /// of `search` is passed over. Catch up before: [`Self::catch_up`], [`Self::catch_up_goods`].
    ///
    /// # Errors
    /// No manifest names the conveyance, or the store failed.
    pub async fn brought(
        &self,
        conveyance: &NamedConveyance,
        search: &Search,
    ) -> Result<Brought, BroughtError> {
        let manifests = self.manifests_of(conveyance).await?;
        if manifests.is_empty() {
            let others = self.manifests_of(&conveyance.every_voyage()).await?;
            let voyages: Vec<&str> = others.iter().map(|row| row.voyage.as_str()).collect();
            let said = conveyance.unknown(&voyages);
            return Err(BroughtError::Unknown { said });
        }
        let mut asked = values(search);
        asked.extend(conveyance.values());
        let rows = self
            .database()
            .rows("looked for a conveyance", OF_CONVEYANCE, &asked)
            .await
            .map_err(QuestionError::from)?;
        let linked = |row: &Row| {
            let link = match row.int(12)? {
                1 => Link::Goods,
                _ => Link::Container,
            };
            Ok((passage(row)?, link))
        };
        let passages = rows
            .iter()
            .map(linked)
            .collect::<Result<_, QuestionError>>();
        Ok(Brought {
            manifests,
            passages: passages?,
        })
    }

    async fn manifests_of(
        &self,
        conveyance: &NamedConveyance,
    ) -> Result<Vec<ManifestRow>, QuestionError> {
        let mut asked: Vec<Value> = conveyance.values().collect();
        asked.push(Value::from(MANIFESTS_MAX as u64));
        let rows = self
            .database()
            .rows("looked for manifests", OF_NUMBER, &asked);
        rows.await?.iter().map(manifest).collect()
    }

    /// The manifests by which what a passage carried came, as far as the region's ledger knows them:
    /// goods that its decisions name first, then boxes that no goods account for. Of a story with
    /// more than 64 manifests, consignments and boxes the first 64 are looked up.
    ///
    /// # Errors
    /// The store failed.
    pub async fn came_by(&self, story: &[Told]) -> Result<Vec<(ManifestRow, Link)>, QuestionError> {
        let mut goods = Goods::default();
        for told in story {
            if let EventBody::PassageDecided(record) = &told.event.body {
                goods.add(record);
            }
        }
        let of = |sql, link| move |value: String| (sql, link, value);
        let manifests = goods.manifests.into_iter();
        let consignments = goods.consignments.into_iter();
        let boxes = goods.boxes.into_iter();
        let named: Vec<_> = manifests
            .map(of(BY_MANIFEST, Link::Goods))
            .chain(consignments.map(of(BY_GOODS, Link::Goods)))
            .chain(boxes.map(of(BY_BOX, Link::Container)))
            .take(NAMED_MAX)
            .collect();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        manifests::catch_up(self.database()).await?;
        let mut known = BTreeSet::new();
        let mut found = Vec::new();
        for (sql, link, value) in named {
            let asked = [value.into(), Value::from(MANIFESTS_MAX as u64)];
            for row in self
                .database()
                .rows("looked for manifests", sql, &asked)
                .await?
            {
                let row = manifest(&row)?;
                if found.len() < MANIFESTS_MAX && known.insert(row.manifest.clone()) {
                    found.push((row, link));
                }
            }
        }
        Ok(found)
    }
}

fn manifest(row: &Row) -> Result<ManifestRow, QuestionError> {
    Ok(ManifestRow {
        manifest: row.text(0)?.to_owned(),
        kind: ConveyanceKind::of_code(row.text(1)?),
        number: row.text(2)?.to_owned(),
        name: row.text(3)?.to_owned(),
        voyage: row.text(4)?.to_owned(),
        amended_at: Timestamp::from_micros(row.int(5)?),
        is_withdrawn: row.int(6)? != 0,
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a script that stops has failed, and says where"
    )]

    use std::path::Path;

    use domain::event::Event;
    use domain::id::{GateId, PassageId};

    use super::*;
    use crate::database::Place;
    use crate::down_link::{DownLink, OrderFile, Ordered};
    use crate::questions::tests as stored;

    const SHIP: &str = "9074729";
    /// The manifest of the fixture's goods, and another of the same ship with another box.
    const ORDER: &str = r#"
{"manifest":{"id":"MF2026-11","conveyance":{"kind":"ship","number":"9074729","name":"MV Example","voyage":"012E"},"consignments":["BL20260001"],"amended_at":"2026-02-20T02:00:00Z"}}
{"consignment":{"id":"BL20260001","manifest":"MF2026-11","clearance":"cleared","gross_kg":41000,"packages":1640,"goods":"tiles","containers":["CSQU3054383"],"amended_at":"2026-02-20T02:00:00Z"}}
{"manifest":{"id":"M-2","conveyance":{"kind":"ship","number":"9074729","name":"MV Example","voyage":"014W"},"consignments":["B-2"],"amended_at":"2026-02-27T02:00:00Z"}}
{"consignment":{"id":"B-2","manifest":"M-2","clearance":"cleared","gross_kg":100,"packages":1,"goods":"tiles","containers":["MSKU1234565"],"amended_at":"2026-02-27T02:00:00Z"}}
{"manifest":{"id":"M-3","conveyance":"a barge","consignments":["B-3"],"amended_at":"2026-02-27T02:00:00Z"}}
"#;

    async fn order(file: &Path, name: &str, text: &str) {
        let place = Place::File(file.to_owned());
        let questions = Questions::open(&place).await.unwrap();
        let text = text.as_bytes();
        let taken = DownLink::new(questions.database())
            .take_order(&OrderFile { name, text }, decision::fixture::now())
            .await;
        assert!(matches!(taken.unwrap(), Ordered::Taken { .. }));
    }

    /// Decided `minute` minutes after the fixture.
    fn decided(mut passage: decision::fixture::Passage, minute: u32) -> Event {
        passage.evidence.passage = PassageId::new(&decision::fixture::lane(), 1, minute);
        let record = Box::new(stored::record(&passage));
        let mut event = stored::event(&passage, EventBody::PassageDecided(record));
        event.at.at = event.at.at + std::time::Duration::from_secs(60) * minute;
        event
    }

    /// At one gate: goods as declared (1), with a box of the other manifest (2), without anything (3).
    /// At another: goods that the gate's ledger does not know (4).
    async fn site() -> (tempfile::TempDir, std::path::PathBuf, Questions) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.sqlite");
        let mut beside = decision::fixture::clean();
        beside.evidence.containers[0].number = decision::fixture::other_container();
        let mut unknown = decision::fixture::clean();
        unknown.facts.consignments[0].consignment = None;
        let gate = decision::fixture::gate();
        let events = [
            decided(decision::fixture::clean(), 1),
            decided(beside, 2),
            decided(decision::fixture::bobtail(), 3),
        ];
        stored::store(&file, &gate, &events).await;
        let mut other = gate;
        other.gate = GateId::parse("G9").unwrap();
        stored::store(&file, &other, &[decided(unknown, 4)]).await;
        let questions = Questions::open(&Place::File(file.clone())).await.unwrap();
        questions.catch_up(|_| {}).await.unwrap();
        (folder, file, questions)
    }

    fn whenever() -> Search {
        Search {
            subject: None,
            premises: None,
            gate: None,
            since: Timestamp::MIN,
            until: Timestamp::MAX,
            after: None,
            limit: 10,
        }
    }

    /// Number of each passage, newest first, and its bond.
    async fn found(questions: &Questions, number: &str, voyage: &str) -> Vec<(String, Link)> {
        questions.catch_up_goods(|_| {}).await.unwrap();
        let conveyance = NamedConveyance::parse(number, voyage).unwrap();
        let brought = questions.brought(&conveyance, &whenever()).await.unwrap();
        let number = |row: &PassageRow| row.passage.rsplit('-').next().unwrap().to_owned();
        let passages = brought.passages.iter();
        passages.map(|(row, link)| (number(row), *link)).collect()
    }

    fn numbered(pairs: &[(&str, Link)]) -> Vec<(String, Link)> {
        let owned = |(number, link): &(&str, Link)| ((*number).to_owned(), *link);
        pairs.iter().map(owned).collect()
    }

    #[tokio::test]
    async fn from_a_ship_every_passage_of_its_goods_is_found_at_every_gate() {
        let (_folder, file, questions) = site().await;
        order(&file, "1.jsonl", ORDER).await;
        let (goods, container) = (Link::Goods, Link::Container);
        for (number, voyage, expected) in [
            (SHIP, "", &[("4", goods), ("2", goods), ("1", goods)][..]),
            (
                "IMO 9074729",
                "012e",
                &[("4", goods), ("2", goods), ("1", goods)],
            ),
            ("UN9074729", "014W", &[("2", container)]),
        ] {
            let found = found(&questions, number, voyage).await;
            assert_eq!(found, numbered(expected), "{number} {voyage}");
        }
        assert_eq!(questions.catch_up_goods(|_| {}).await.unwrap(), 0);
        let ship = NamedConveyance::parse(SHIP, "").unwrap();
        let mut page = Search {
            limit: 2,
            ..whenever()
        };
        let first = questions.brought(&ship, &page).await.unwrap();
        let voyages: Vec<&str> = first
            .manifests
            .iter()
            .map(|row| row.voyage.as_str())
            .collect();
        assert_eq!((voyages, first.passages.len()), (vec!["014W", "012E"], 2));
        page.after = first.passages.last().map(|(row, _)| row.cursor());
        let second = questions.brought(&ship, &page).await.unwrap();
        assert_eq!(second.passages.len(), 1);
        page.after = second.passages.last().map(|(row, _)| row.cursor());
        assert_eq!(questions.brought(&ship, &page).await.unwrap().passages, []);
    }

    #[tokio::test]
    async fn a_story_names_what_brought_its_goods_and_its_other_boxes() {
        let (_folder, file, questions) = site().await;
        let id = format!("{}-1-2", decision::fixture::lane());
        let story = questions.story(&id).await.unwrap();
        assert_eq!(questions.came_by(&story).await.unwrap(), []);
        order(&file, "1.jsonl", ORDER).await;
        let came_by = questions.came_by(&story).await.unwrap();
        let told: Vec<(&str, Link)> = came_by
            .iter()
            .map(|(row, link)| (row.manifest.as_str(), *link))
            .collect();
        assert_eq!(told, [("MF2026-11", Link::Goods), ("M-2", Link::Container)]);
        assert_eq!(came_by[0].0.number, SHIP);
        let bare = format!("{}-1-3", decision::fixture::lane());
        let story = questions.story(&bare).await.unwrap();
        assert_eq!(questions.came_by(&story).await.unwrap(), []);
    }

    #[tokio::test]
    async fn the_last_word_of_the_ledger_counts_and_a_withdrawn_manifest_is_marked() {
        let (_folder, file, questions) = site().await;
        order(&file, "1.jsonl", ORDER).await;
        assert_eq!(found(&questions, SHIP, "").await.len(), 3);
        let withdrawal = r#"{"withdraw":{"kind":"manifest","id":"M-2"}}"#;
        order(&file, "2.jsonl", withdrawal).await;
        // It was another ship.
        let lines: Vec<&str> = ORDER.trim().lines().collect();
        let amended = lines[0].replace(SHIP, "9811000");
        order(&file, "3.jsonl", &amended).await;
        assert_eq!(
            found(&questions, SHIP, "").await,
            numbered(&[("2", Link::Container)])
        );
        assert_eq!(found(&questions, "9811000", "").await.len(), 3);
        let ship = NamedConveyance::parse(SHIP, "").unwrap();
        let brought = questions.brought(&ship, &whenever()).await.unwrap();
        assert_eq!(brought.manifests.len(), 1);
        assert!(brought.manifests[0].is_withdrawn);
        for (number, voyage, expected) in [
            (
                "9321483",
                "",
                "no manifest names 9321483; numbers are written as",
            ),
            (
                SHIP,
                "013E",
                "no manifest names voyage 013E of 9074729; its last ones are 014W",
            ),
            ("a barge", "", "no manifest names a barge"),
        ] {
            let conveyance = NamedConveyance::parse(number, voyage).unwrap();
            let error = questions
                .brought(&conveyance, &whenever())
                .await
                .unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[tokio::test]
    async fn an_order_longer_than_a_step_is_read_to_its_end() {
        let (_folder, file, questions) = site().await;
        let mut text = String::new();
        for number in 0..2_100 {
            text.push_str(&format!(
                "{{\"container\":{{\"number\":\"{}\",\"tare_kg\":3750,\"standing\":\"active\"}}}}\n",
                container(number)
            ));
        }
        text.push_str(ORDER.trim());
        order(&file, "1.jsonl", &text).await;
        assert_eq!(found(&questions, SHIP, "").await.len(), 3);
    }

    /// A number with its check digit (ISO 6346).
    fn container(serial: u32) -> String {
        let owner = format!("CSQU{serial:06}");
        let found = (0..10).map(|digit| format!("{owner}{digit}"));
        let mut valid =
            found.filter(|text| domain::container::ContainerNumber::parse(text).is_ok());
        valid.next().expect("one digit fits")
    }
}

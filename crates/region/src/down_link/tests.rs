//! An order reaches every premises that it concerns and no other, once, and a gate that follows its
//! stream, or takes a snapshot of it, holds exactly the rows of its premises.

use std::collections::BTreeMap;

use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use domain::ledger_row::{Change, LedgerRevision, Row, RowKey};
use domain::time::Timestamp;
use ledger::delta::LedgerSync;
use ledger::snapshot::{Placed, SnapshotTaking};
use wire::signature::{PublicKey, SigningKeyPair};
use wire::standing::LedgerClaim;

use super::gate_keys::{KeyChange, KeyState, Signed};
use super::stream::{Answer, StreamHead, answer};
use super::*;
use crate::database::{Opening, Place};

/// Two premises with a pass each, on one ship; more orders on top.
const COMPANY: &str = r#"{"company":{"id":"C1","name":"South Haulage","standing":"active","valid":{"from":"2026-01-01T00:00:00Z","until":"2026-12-31T23:59:59Z"}}}"#;
const VEHICLE: &str = r#"{"vehicle":{"plate":"粤B12345","class":"tractor","company":"C1","tare_kg":8800,"axles":3,"standing":"active","valid":{"from":"2026-01-01T00:00:00Z","until":"2026-12-31T23:59:59Z"}}}"#;
const MANIFEST: &str = r#"{"manifest":{"id":"M1","conveyance":{"kind":"ship","number":"9074729","name":"MV Example","voyage":"012E"},"consignments":["B-WEST","B-EAST"],"amended_at":"2026-03-01T02:00:00Z"}}"#;

fn goods(id: &str) -> String {
    format!(
        r#"{{"consignment":{{"id":"{id}","manifest":"M1","clearance":"cleared","gross_kg":100,"packages":1,"goods":"tiles","amended_at":"2026-03-01T02:00:00Z"}}}}"#
    )
}

fn pass(number: &str, premises: &str, goods: &str) -> String {
    format!(
        r#"{{"pass":{{"number":"{number}","premises":"{premises}","direction":"exit","window":{{"from":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}},"vehicle":"粤B12345","company":"C1","containers":[],"consignments":[{{"id":"{goods}","gross_kg":100,"packages":1}}],"scan_required":false,"standing":"active","issued_at":"2026-03-01T03:00:00Z"}}}}"#
    )
}

fn directive(id: &str, kind: &str, subject: &str) -> String {
    format!(
        r#"{{"directive":{{"id":"{id}","subject":{{"kind":"{kind}","id":"{subject}"}},"order":"detain","window":{{"from":"2026-01-01T00:00:00Z","until":"2027-01-01T00:00:00Z"}}}}}}"#
    )
}

fn premises(name: &str) -> PremisesId {
    PremisesId::parse(name).expect("valid")
}

fn gate(name: &str) -> GateAddress {
    GateAddress {
        region: RegionId::parse("5300").expect("valid"),
        premises: premises(name),
        gate: GateId::parse("G1").expect("valid"),
    }
}

fn at(s: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_000_000 + s)
}

fn pair(n: u8) -> SigningKeyPair {
    SigningKeyPair::from_seed(&[n; 32])
}

async fn store(folder: &tempfile::TempDir) -> DownLink {
    let place = Place::File(folder.path().join("region.sqlite"));
    let database = Database::open(&place, Opening::Make)
        .await
        .expect("a store");
    DownLink::new(&database)
}

async fn take(link: &DownLink, name: &str, lines: &[&str]) -> Ordered {
    let text = lines.join("\n");
    let file = OrderFile {
        name,
        text: text.as_bytes(),
    };
    link.take_order(&file, at(1)).await.expect("an order")
}

/// A gate that follows deltas and snapshots.
#[derive(Default)]
struct Copy {
    sync: LedgerSync,
    rows: BTreeMap<RowKey, Row>,
}

impl Copy {
    async fn catch_up(&mut self, link: &DownLink, name: &str) -> Vec<&'static str> {
        let mut steps = Vec::new();
        let mut taking = SnapshotTaking::default();
        let mut gathered = BTreeMap::new();
        for _ in 0..1_000 {
            let head = link.heads().await.expect("heads")[&premises(name)];
            let claim = LedgerClaim {
                gate: gate(name),
                revision: self.sync.provable(),
                said_at: at(2),
                snapshot: taking.cursor().cloned(),
            };
            let hash_at = match claim.revision {
                Some(have) if have.revision <= head.revision => link
                    .hash_at(&premises(name), &head, have.revision)
                    .await
                    .expect("a hash"),
                Some(_) | None => None,
            };
            let part = match answer(&head, &claim, hash_at) {
                Answer::Current => return steps,
                Answer::Deltas { from } => {
                    steps.push("deltas");
                    let deltas = link
                        .deltas(&premises(name), from, 64)
                        .await
                        .expect("deltas");
                    for (_, body) in deltas {
                        self.delta(&body);
                    }
                    continue;
                }
                Answer::Begin => link.part(&premises(name), &head, None).await,
                Answer::Continue(cursor) => link.part(&premises(name), &head, Some(&cursor)).await,
                Answer::Diverged | Answer::Ahead { .. } => {
                    steps.push("another history");
                    return steps;
                }
            };
            let part = part.expect("a part");
            if taking.place(&part) == Placed::First {
                steps.push("snapshot");
                gathered.clear();
            }
            gathered.extend(part.rows.iter().map(|row| (row.key(), row.clone())));
            if part.is_last {
                let revision = self.sync.check_snapshot(&part.header).expect("newer");
                self.sync.adopt(revision);
                self.rows = std::mem::take(&mut gathered);
                taking.end();
            }
        }
        panic!("{name} does not catch up: {steps:?}")
    }

    fn delta(&mut self, body: &[u8]) {
        let signed = wire::ledger::sign_delta_body(body.to_vec(), &pair(1));
        let delta = wire::ledger::decode_delta(&signed, &pair(1).public_key()).expect("ours");
        let revision = self.sync.check_delta(&delta, body).expect("it follows");
        self.sync.adopt(revision);
        for change in delta.changes {
            match change {
                Change::Upsert(row) => drop(self.rows.insert(row.key(), *row)),
                Change::Remove(key) => drop(self.rows.remove(&key)),
            }
        }
    }

    fn names(&self) -> Vec<String> {
        self.rows.keys().map(|key| format!("{key:?}")).collect()
    }

    fn holds(&self, part: &str) -> bool {
        self.names().iter().any(|name| name.contains(part))
    }
}

#[tokio::test]
async fn a_premises_gets_its_own_rows_and_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = store(&folder).await;
    for name in ["WEST", "EAST"] {
        link.begin_stream(&premises(name), at(0))
            .await
            .expect("a stream");
    }
    let (west_goods, east_goods) = (goods("B-WEST"), goods("B-EAST"));
    let west_pass = pass("H-WEST", "WEST", "B-WEST");
    let on_pass = directive("X-PASS", "pass", "H-WEST");
    let on_goods = directive("X-GOODS", "consignment", "B-EAST");
    // Goods and orders before the pass that ties them to a premises, and after it.
    let lines = [
        COMPANY,
        VEHICLE,
        MANIFEST,
        &west_goods,
        &east_goods,
        &west_pass,
        &on_pass,
    ];
    take(&link, "1.jsonl", &lines).await;
    let east_pass = pass("H-EAST", "EAST", "B-EAST");
    take(&link, "2.jsonl", &[&on_goods]).await;
    take(&link, "3.jsonl", &[&east_pass]).await;
    let (mut west, mut east) = (Copy::default(), Copy::default());
    west.sync.adopt(LedgerRevision {
        revision: 0,
        hash: Digest::ZERO,
        synced_at: at(0),
    });
    assert_eq!(west.catch_up(&link, "WEST").await, ["deltas"]);
    assert_eq!(east.catch_up(&link, "EAST").await, ["snapshot"]);
    for own in ["H-WEST", "B-WEST", "X-PASS", "M1", "C1", "粤B12345"] {
        assert!(west.holds(own), "{own} in {:?}", west.names());
    }
    for own in ["H-EAST", "B-EAST", "X-GOODS", "M1", "C1"] {
        assert!(east.holds(own), "{own} in {:?}", east.names());
    }
    for other in ["H-EAST", "B-EAST"] {
        assert!(!west.holds(other), "{other} in {:?}", west.names());
    }
    for other in ["H-WEST", "B-WEST", "X-PASS"] {
        assert!(!east.holds(other), "{other} in {:?}", east.names());
    }
    // A gate that took the snapshot and one that followed every delta hold the same.
    let mut again = Copy::default();
    assert_eq!(again.catch_up(&link, "WEST").await, ["snapshot"]);
    assert_eq!(again.rows, west.rows);
    assert_eq!(
        again.sync.have().map(|h| h.hash),
        west.sync.have().map(|h| h.hash)
    );
    // The manifest names nobody's goods.
    let is_manifest = |row: &&Row| matches!(row, Row::Manifest(of) if of.consignments.is_empty());
    assert_eq!(west.rows.values().filter(is_manifest).count(), 1);
    // The pass goes over to the other premises.
    take(&link, "4.jsonl", &[&pass("H-WEST", "EAST", "B-WEST")]).await;
    west.catch_up(&link, "WEST").await;
    east.catch_up(&link, "EAST").await;
    assert!(!west.holds("H-WEST") && east.holds("H-WEST") && east.holds("B-WEST"));
}

#[tokio::test]
async fn numbering_goes_on_after_a_restart_and_no_order_is_taken_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut follower = Copy::default();
    for run in 0..3_u64 {
        let link = store(&folder).await;
        link.begin_stream(&premises("WEST"), at(0))
            .await
            .expect("a stream");
        let known = take(&link, "1.jsonl", &[COMPANY]).await;
        assert_eq!(known == Ordered::Known, run > 0);
        let text = directive(&format!("X-{run}"), "vehicle", "粤B12345");
        let Ordered::Taken { immediate, .. } = take(&link, "2.jsonl", &[&text]).await else {
            panic!("other content under the same name is another order")
        };
        assert_eq!((immediate.len(), immediate[0].revision), (1, 2 + run));
        let head = link.heads().await.expect("heads")[&premises("WEST")];
        assert_eq!((head.revision, head.oldest), (2 + run, 1));
        follower.catch_up(&link, "WEST").await;
        assert_eq!(follower.sync.have().map(|have| have.hash), Some(head.hash));
    }
    assert_eq!(follower.rows.len(), 4);
}

#[tokio::test]
async fn withdrawals_and_standings_are_kept_with_who_and_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = store(&folder).await;
    link.begin_stream(&premises("WEST"), at(0))
        .await
        .expect("a stream");
    take(
        &link,
        "1.jsonl",
        &[COMPANY, VEHICLE, &directive("X-1", "vehicle", "粤B12345")],
    )
    .await;
    let lines = [
        r#"{"order":{"by":"officer-07","why":"no insurance"}}"#,
        r#"{"suspend":{"kind":"vehicle","id":"粤B·12345"}}"#,
        r#"{"order":{"by":"officer-12","why":"inspected"}}"#,
        r#"{"withdraw":{"kind":"directive","id":"X-1"}}"#,
    ];
    let Ordered::Taken { immediate, .. } = take(&link, "2.jsonl", &lines).await else {
        panic!("a new order")
    };
    assert!(immediate.iter().all(|one| one.directive.withdrawn) && immediate.len() == 1);
    take(
        &link,
        "3.jsonl",
        &[r#"{"withdraw":{"kind":"company","id":"C1"}}"#],
    )
    .await;
    let mut follower = Copy::default();
    follower.catch_up(&link, "WEST").await;
    assert!(!follower.holds("C1"));
    let plate = RowKey::Vehicle(domain::plate::Plate::parse("粤B12345").expect("a plate"));
    let history = link.history(&plate).await.expect("a history");
    let told: Vec<(&str, &str, &str)> = history
        .iter()
        .map(|changed| {
            (
                changed.act.as_str(),
                changed.by.as_str(),
                changed.why.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("put", "", ""), ("suspended", "officer-07", "no insurance")]
    );
    let Some(Row::Vehicle(vehicle)) = follower.rows.get(&plate) else {
        panic!("the vehicle is there")
    };
    assert_eq!(vehicle.standing, domain::recordation::Standing::Suspended);
    // What cannot be carried out takes nothing with it.
    let head = link.heads().await.expect("heads")[&premises("WEST")];
    let text = format!("{COMPANY}\n{{\"suspend\":{{\"kind\":\"driver\",\"id\":\"D-9\"}}}}");
    let file = OrderFile {
        name: "4.jsonl",
        text: text.as_bytes(),
    };
    let refused = link
        .take_order(&file, at(3))
        .await
        .expect_err("nobody is D-9");
    assert!(
        refused.to_string().starts_with("2: driver D-9"),
        "{refused}"
    );
    assert_eq!(link.heads().await.expect("heads")[&premises("WEST")], head);
}

#[tokio::test]
async fn a_gate_with_another_history_is_healed_by_a_newer_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = store(&folder).await;
    link.begin_stream(&premises("WEST"), at(0))
        .await
        .expect("a stream");
    take(&link, "1.jsonl", &[COMPANY]).await;
    for (revision, ahead) in [(1, false), (9, true)] {
        let mut gate = Copy::default();
        gate.sync.adopt(LedgerRevision {
            revision,
            hash: Digest([7; 32]),
            synced_at: at(0),
        });
        assert_eq!(gate.catch_up(&link, "WEST").await, ["another history"]);
        if ahead {
            link.leap_over(&premises("WEST"), revision, at(1))
                .await
                .expect("a leap");
        } else {
            link.mark(&premises("WEST"), at(1)).await.expect("a mark");
        }
        let head: StreamHead = link.heads().await.expect("heads")[&premises("WEST")];
        assert!(head.revision > revision);
        // The collector sends the first part unasked; here the gate begins from nothing known.
        let part = link
            .part(&premises("WEST"), &head, None)
            .await
            .expect("a part");
        let whole = gate.sync.check_snapshot(&part.header).expect("it is newer");
        gate.sync.adopt(whole);
        assert_eq!(gate.catch_up(&link, "WEST").await, [""; 0]);
    }
}

#[tokio::test]
async fn a_snapshot_of_many_rows_comes_in_parts_beside_new_orders() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = store(&folder).await;
    link.begin_stream(&premises("WEST"), at(0))
        .await
        .expect("a stream");
    let company = |n: usize| COMPANY.replace("\"C1\"", &format!("\"C{n:05}\""));
    let many: Vec<String> = (0..5_000).map(company).collect();
    let lines: Vec<&str> = many.iter().map(String::as_str).collect();
    take(&link, "1.jsonl", &lines).await;
    let head = link.heads().await.expect("heads")[&premises("WEST")];
    let first = link
        .part(&premises("WEST"), &head, None)
        .await
        .expect("a part");
    assert!(!first.is_last && first.rows.len() < 5_000);
    // A row in front and one behind the place that has been reached.
    take(
        &link,
        "2.jsonl",
        &[&company(0).replace("South", "North"), &company(9_999)],
    )
    .await;
    let mut gate = Copy::default();
    let steps = gate.catch_up(&link, "WEST").await;
    assert_eq!(steps, ["snapshot"]);
    assert_eq!(gate.rows.len(), 5_001);
    let mut behind = Copy::default();
    let mut taking = SnapshotTaking::default();
    taking.place(&first);
    behind
        .rows
        .extend(first.rows.iter().map(|row| (row.key(), row.clone())));
    while let Some(cursor) = taking.cursor().cloned() {
        let head = link.heads().await.expect("heads")[&premises("WEST")];
        assert!(head.reaches_back_to(cursor.revision));
        let part = link
            .part(&premises("WEST"), &head, Some(&cursor))
            .await
            .expect("a part");
        assert_eq!(taking.place(&part), Placed::Next);
        behind
            .rows
            .extend(part.rows.iter().map(|row| (row.key(), row.clone())));
        if part.is_last {
            let revision = behind.sync.check_snapshot(&part.header).expect("newer");
            behind.sync.adopt(revision);
            taking.end();
        }
    }
    assert_eq!(behind.catch_up(&link, "WEST").await, ["deltas"]);
    assert_eq!(behind.rows, gate.rows);
}

/// How a message that key `n` has signed is taken.
async fn judged(link: &DownLink, n: u8, at: Timestamp) -> &'static str {
    let claim = LedgerClaim {
        gate: gate("WEST"),
        revision: None,
        said_at: at,
        snapshot: None,
    };
    let bytes = claim.sign_and_encode(&pair(n));
    let enrolled = link.enrolled().await.expect("gates");
    let read = |key: &PublicKey| wire::standing::decode_ledger_claim(&bytes, key);
    match enrolled[&claim.gate].open(at, read) {
        Signed::Good(_, _, false) => "good",
        Signed::Good(_, _, true) => "announced",
        Signed::NotBelieved(why) => why,
        Signed::Refused(_) => "refused",
    }
}

#[tokio::test]
async fn keys_are_enrolled_announced_promoted_and_revoked() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = store(&folder).await;
    let gate = gate("WEST");
    let public = |n: u8| pair(n).public_key();
    link.seed(&gate, &public(1), at(0)).await.expect("seeded");
    link.seed(&gate, &public(9), at(0))
        .await
        .expect("a known gate keeps its key");
    let judge = async |n: u8, s: i64| judged(&link, n, at(s)).await;
    assert_eq!((judge(1, 1).await, judge(9, 1).await), ("good", "refused"));
    assert!(
        link.announced(&gate, &public(2), at(1))
            .await
            .expect("noted")
    );
    assert!(
        !link
            .announced(&gate, &public(2), at(1))
            .await
            .expect("noted once")
    );
    assert_eq!(
        (judge(1, 1).await, judge(2, 1).await),
        ("good", "announced")
    );
    let change = |key, until| KeyChange {
        gate: &gate,
        key,
        state: KeyState::Active,
        valid: domain::time::Window { from: at(0), until },
        by: "the gate",
        why: "",
    };
    let second = public(2);
    let promote = change(&second, Timestamp::MAX);
    link.change_key(&promote, at(2)).await.expect("promoted");
    assert_eq!(
        (judge(1, 2).await, judge(2, 2).await),
        ("retired key", "good")
    );
    let third = public(3);
    link.change_key(&change(&third, at(10)), at(3))
        .await
        .expect("enrolled");
    assert_eq!(
        (judge(3, 10).await, judge(3, 11).await),
        ("good", "expired key")
    );
    assert_eq!(
        link.revoke(&gate, None, "officer-07", "stolen", at(4))
            .await
            .expect("done"),
        3
    );
    assert_eq!(judge(3, 4).await, "revoked key");
    // A revoked key does not come back by being announced.
    assert!(
        !link
            .announced(&gate, &public(3), at(5))
            .await
            .expect("asked")
    );
    assert_eq!(judge(3, 5).await, "revoked key");
}

#[tokio::test]
async fn the_regions_keys_form_one_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = store(&folder).await;
    let region = RegionId::parse("5300").expect("valid");
    let check = async |n: u8, s: i64| {
        let key = pair(n).public_key();
        link.check_signing_key(&region, &key, at(s)).await.is_ok()
    };
    assert!(check(1, 0).await);
    let step = async |from: u8, to: u8| {
        let next = pair(to).public_key();
        link.succeed(&region, &pair(from), &next, at(1), at(100))
            .await
    };
    step(1, 2).await.expect("a step");
    assert_eq!((check(1, 100).await, check(1, 101).await), (true, false));
    assert!(check(2, 500).await && !check(9, 2).await);
    assert!(step(1, 3).await.is_err(), "the first key has a successor");
    step(2, 3).await.expect("a step");
    assert!(check(3, 500).await && check(2, 50).await && !check(1, 50).await);
}

#[tokio::test]
async fn a_policy_is_published_once_and_only_upwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = store(&folder).await;
    let policy = |central: u32, local: u32| {
        let mut policy = decision::policy::baseline();
        policy.version.central = central;
        policy.version.local = local;
        policy.digest = wire::policy::policy_digest(&policy);
        policy
    };
    for (central, local, taken) in [
        (3, 0, true),
        (3, 0, false),
        (2, 0, false),
        (4, 1, false),
        (4, 0, true),
    ] {
        let published = link
            .publish_policy(&policy(central, local), "officer-07", at(1))
            .await;
        assert_eq!(published.is_ok(), taken, "{central}.{local}");
    }
    assert_eq!(link.policy().await.expect("read"), Some(policy(4, 0)));
}

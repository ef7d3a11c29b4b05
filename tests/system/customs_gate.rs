//! Goal: the gate stands in for either half of a site that speaks JGS/T 14-2015. Method: the real
//! daemon, and the other half played by programs that build their frames from the standard's tables.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command};
use std::sync::mpsc;
use std::time::Duration;

use domain::decision::Verdict;
use domain::event::{DecisionRecord, Event, EventBody, PassageEnd};
use domain::reason::ReasonCode;
use serde_json::{Value, json};
use sim::live::child::Running;
use sim::live::show::journal;

/// A peer says something within this time.
const WITHIN: Duration = Duration::from_secs(40);

/// The other half of the site.
struct Peer {
    child: Child,
    orders: Option<ChildStdin>,
    said: mpsc::Receiver<Value>,
    port: u16,
}

impl Peer {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut child = super::peers::python(program, arguments);
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = lines.find_map(|line| line.ok()?.strip_prefix("READY ")?.parse().ok());
        let (tx, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // The test may have seen enough.
                let _ = tx.send(serde_json::from_str(&line).unwrap_or(Value::Null));
            }
        });
        Self {
            orders: child.stdin.take(),
            child,
            said,
            port: ready.expect("the peer listens"),
        }
    }

    fn order(&mut self, order: &Value) {
        let orders = self.orders.as_mut().expect("piped");
        writeln!(orders, "{order}").expect("the peer reads");
    }

    /// The next thing it says that has `key`; what comes before is passed over, but nothing wrong.
    fn hear(&self, key: &str) -> anyhow::Result<Value> {
        loop {
            let said = self.said.recv_timeout(WITHIN);
            let said = said.map_err(|_| anyhow::anyhow!("the peer never said {key:?}"))?;
            anyhow::ensure!(said.get("wrong").is_none(), "{said}");
            if said.get(key).is_some() {
                return Ok(said);
            }
        }
    }

    fn ask(&mut self, order: &Value, key: &str) -> anyhow::Result<Value> {
        self.order(order);
        self.hear(key)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.orders.take());
        // It ends with its input; a test that has failed need not wait for it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const AREA: &str = "6407000001";
const CHANNEL: &str = "1000000003";

const ROWS: &str = r#"
{"company":{"id":"C1","name":"South Haulage","standing":"active","valid":VALID}}
{"driver":{"id":"D-001","name":"Driver One","company":"C1","standing":"active","valid":VALID}}
{"vehicle":{"plate":"粤B12345","tag":"E28011700000020F1A2B3C4D","class":"truck","company":"C1","tare_kg":11800,"axles":4,"drivers":["D-001"],"standing":"active","valid":VALID}}
{"premises":{"id":"530001","name":"West Yard","standing":"active","valid":VALID}}
{"container":{"number":"CSQU3054383","tare_kg":3750,"size_type":"42G1","standing":"active"}}
{"manifest":{"id":"M1","conveyance":"MV Example","consignments":["B1"],"amended_at":"2026-03-01T02:00:00Z"}}
{"consignment":{"id":"B1","manifest":"M1","clearance":"cleared","gross_kg":18250,"packages":960,"goods":"tiles","containers":["CSQU3054383"],"amended_at":"2026-03-01T02:00:00Z"}}
{"pass":{"number":"H1","premises":"530001","direction":"entry","window":VALID,"vehicle":"粤B12345","driver":"D-001","company":"C1","containers":[{"number":"CSQU3054383","empty":false,"seals":["CN123456"]}],"consignments":[{"id":"B1","gross_kg":18250,"packages":960}],"scan_required":false,"standing":"active","issued_at":"2026-03-01T03:00:00Z"}}
"#;

fn config(listen: u16) -> String {
    format!(
        r#"[gate]
region = "5300"
premises = "530001"
gate = "G1"
directory = "state"
signing_key_file = "keys/gate.key"
region_key_file = "keys/region.pub"
policy_file = "policy.toml"
journal_max_mib = 1024

[clock]
source = "ntp"

[customs_gate]
area_id = "{AREA}"
listen = "127.0.0.1:{listen}"

[[lane]]
id = "E3"
direction = "entry"

[lane.scale]
division_kg = 20
zero_band_kg = 60
vehicle_min_kg = 400
verified_until = "2030-01-01T00:00:00Z"

[lane.front_end]
channel = "{CHANNEL}"
user = "U3"
password_file = "keys/front-end.password"
allow = ["127.0.0.1"]
gathers = ["weighbridge", "tag_reader", "plate_camera", "container_camera", "seal_reader", "card_reader"]
seal_state = "closed"
byte_order = "big"
wide_code = true
leave_ms = 500
"#
    )
}

fn free_port() -> anyhow::Result<u16> {
    let probe = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(probe.local_addr()?.port())
}

fn kakou(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(super::programs::folder().join("kakou"))
        .current_dir(folder)
        .args(arguments)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{arguments:?}: {text}{errors}");
    Ok(text)
}

/// A gate without devices of its own.
fn site(folder: &Path, listen: u16) -> anyhow::Result<Running> {
    std::fs::create_dir_all(folder.join("keys"))?;
    std::fs::write(folder.join("gateway.toml"), config(listen))?;
    std::fs::write(folder.join("keys/front-end.password"), "secret\n")?;
    let policy = super::programs::root().join("gateway/policy.example.toml");
    std::fs::copy(policy, folder.join("policy.toml"))?;
    let valid = r#"{"from":"2020-01-01T00:00:00Z","until":"2099-12-31T23:59:59Z"}"#;
    std::fs::write(folder.join("rows.jsonl"), ROWS.replace("VALID", valid))?;
    kakou(folder, &["keygen", "--out", "keys/gate"])?;
    kakou(folder, &["keygen", "--out", "keys/region"])?;
    let import = ["ledger", "import", "--config", "gateway.toml", "rows.jsonl"];
    kakou(folder, &import)?;
    let mut command = Command::new(super::programs::folder().join("kakou"));
    command
        .current_dir(folder)
        .args(["run", "--config", "gateway.toml"]);
    Running::start("gateway", command, &folder.join("gateway.log"))
}

fn truck(number: u32) -> Value {
    json!({ "gather": {
        "seq_no": format!("20260301080000{number:06}"),
        "plate": "粤B12345",
        "tag": "E28011700000020F1A2B3C4D",
        "driver": "D-001",
        "gross_kg": 33_800,
        "containers": ["CSQU3054383"],
        "seals": ["CN123456"],
    } })
}

fn decided(events: &[(u64, Event)]) -> Vec<&DecisionRecord> {
    let mut records = Vec::new();
    for (_, event) in events {
        if let EventBody::PassageDecided(record) = &event.body {
            records.push(record.as_ref());
        }
    }
    records
}

/// Waits until the journal holds what is looked for.
async fn until(
    folder: &Path,
    what: &str,
    holds: impl Fn(&[(u64, Event)]) -> bool,
) -> anyhow::Result<Vec<(u64, Event)>> {
    let deadline = tokio::time::Instant::now() + WITHIN;
    loop {
        let events = journal(folder)?;
        if holds(&events) {
            return Ok(events);
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "{what}: {events:#?}"
        );
        // A file announces nothing: look again soon.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn ends(events: &[(u64, Event)]) -> Vec<PassageEnd> {
    let end = |(_, event): &(u64, Event)| match event.body {
        EventBody::PassageEnded { end, .. } => Some(end),
        _ => None,
    };
    events.iter().filter_map(end).collect()
}

/// Kakou as the back end of a front end of others: it registers, gathers, is released, held,
/// commanded, and told of devices.
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_of_others_gathers_and_obeys() -> anyhow::Result<()> {
    let _turn = super::stage::turn_async().await;
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path();
    let listen = free_port()?;
    let mut gateway = site(folder, listen)?;
    gateway.wait_for("gate running", WITHIN).await?;
    let port = listen.to_string();
    let lane = ["127.0.0.1", &port, AREA, CHANNEL, "I", "--big", "--wide"];
    let mut front = Peer::start("jgs14_front_end.py", &lane);

    // Not registered yet: refused, and no passage is opened.
    let said = front.ask(&truck(1), "answer")?;
    assert!(
        said["answer"]
            .as_str()
            .is_some_and(|word| word.starts_with("W1")),
        "{said}"
    );
    let said = front.ask(&json!({ "register": ["U3", "guess"] }), "registered")?;
    assert_eq!(said["registered"], "6");
    let registration = json!({ "register": ["U3", "secret"] });
    loop {
        let said = front.ask(&registration, "registered")?;
        if said["registered"] == "0" {
            assert_eq!(said["weight"], "1", "the lane has to weigh");
            break;
        }
        // Whoever guessed wrong waits for half a second.
        assert_eq!(said["registered"], "7", "{said}");
    }
    // Bytes that are no frame, and a frame with a bomb in it, get no answer.
    let said = front.ask(
        &json!({ "raw": hex::encode("GET / HTTP/1.1\r\n\r\n") }),
        "closed",
    )?;
    assert_eq!(said["closed"], true);

    let said = front.ask(&truck(2), "answer")?;
    assert_eq!(
        said["answer"],
        "0".repeat(20),
        "{said} {}",
        kakou(folder, &["journal", "show", "--config", "gateway.toml"])?
    );
    assert_eq!(said["seq_no"], "20260301080000000002");
    let events = until(folder, "the truck leaves", |all| !ends(all).is_empty()).await?;
    assert_eq!(ends(&events), [PassageEnd::Completed]);
    let record = decided(&events)[0];
    assert_eq!(record.decision.verdict, Verdict::Release);
    assert!(record.withdrawal.is_some());

    // Its pass is used: the same truck is held, a clerk finds it in order, the arm is commanded.
    let said = front.ask(&truck(3), "answer")?;
    let word = said["answer"].as_str().unwrap_or_default();
    assert!(word.starts_with("z1z"), "{said}");
    // Another truck comes instead, with one digit of its card wrong: only a Review.
    let mut other = truck(4);
    other["gather"]["driver"] = json!("D-002");
    let said = front.ask(&other, "answer")?;
    assert_ne!(said["answer"], "0".repeat(20), "{said}");

    let said = front.ask(&json!({ "devices": { "15000001": "2" } }), "told")?;
    assert_eq!(said["told"], 1);
    let status = kakou(folder, &["status", "--config", "gateway.toml"])?;
    let link = status.lines().find(|line| line.contains("front end of E3"));
    assert!(
        link.is_some_and(|line| line.contains("registered")),
        "{status}"
    );
    let scale = status.lines().find(|line| line.contains("E3-front-scale"));
    assert!(scale.is_some_and(|line| line.contains("void")), "{status}");

    gateway.stop(Duration::from_secs(20)).await?;
    let events = journal(folder)?;
    let releases = decided(&events);
    let releases = releases
        .iter()
        .filter(|record| record.decision.verdict == Verdict::Release);
    assert_eq!(releases.count(), 1, "one truck was released");
    drop(front);
    Ok(())
}

fn with_back_end(folder: &Path, port: u16, listen: u16) -> anyhow::Result<()> {
    let file = folder.join("gateway.toml");
    let text = std::fs::read_to_string(&file)?;
    let mut lanes = 0;
    let mut changed =
        format!("[customs_gate]\narea_id = \"{AREA}\"\nlisten = \"127.0.0.1:{listen}\"\n\n");
    for line in text.lines() {
        changed.push_str(line);
        changed.push('\n');
        if line == "mode = \"live\"" {
            lanes += 1;
            changed.push_str(&format!(
                "\n[lane.back_end]\ntcp = \"127.0.0.1:{port}\"\nchannel = \"100000000{lanes}\"\n\
                 user = \"U1\"\npassword_file = \"keys/back-end.password\"\nanswer_ms = 1000\n\
                 report_s = 5\n"
            ));
        }
    }
    anyhow::ensure!(lanes > 0, "no lane in {text}");
    std::fs::write(file, changed)?;
    std::fs::write(folder.join("keys/back-end.password"), "secret\n")?;
    Ok(())
}

/// What the customs back end said of a vehicle, as the decision was told.
fn told(record: &DecisionRecord) -> Option<&domain::directive::Directive> {
    let mut all = record.facts.directives.iter();
    all.find(|one| one.id.as_str().starts_with("JGST14-"))
}

/// Kakou as the front end of a back end of others: it registers, gathers what its own devices saw,
/// releases only with the answer's leave, and holds without one.
#[tokio::test(flavor = "multi_thread")]
async fn a_back_end_of_others_is_asked_and_can_only_hold() -> anyhow::Result<()> {
    let mut back = Peer::start("jgs14_back_end.py", &["U1", "secret"]);
    let (port, listen) = (back.port, free_port()?);
    let mut stage = super::stage::start_by(21, 8, |command, folder| {
        with_back_end(folder, port, listen)?;
        Ok(command)
    })
    .await?;
    let said = back.hear("registered")?;
    assert_eq!(said["registered"], true, "{said}");
    assert_eq!(said["commands_to"][1], listen);
    let folder = stage.folder.path().to_owned();
    let released = |events: &[(u64, Event)]| {
        decided(events)
            .iter()
            .any(|record| record.decision.verdict == Verdict::Release)
    };
    let silenced = |events: &[(u64, Event)]| {
        let late = |record: &&&DecisionRecord| {
            told(record).is_some_and(|one| !one.withdrawn && one.text.contains("not answered"))
        };
        decided(events)
            .iter()
            .find(late)
            .map(|record| (*record).clone())
    };
    let mut is_silent = false;
    for _ in 0..200 {
        stage.run_for(500).await?;
        let events = journal(&folder)?;
        if !is_silent && released(&events) {
            is_silent = true;
            back.order(&json!({ "word": "" }));
        }
        if is_silent && silenced(&events).is_some() {
            break;
        }
    }
    let events = journal(&folder)?;
    for record in decided(&events) {
        let fact = told(record).expect("every decision knows what the back end said");
        if record.decision.verdict == Verdict::Release {
            assert!(fact.withdrawn, "released without leave: {fact:?}");
        }
    }
    assert!(released(&events), "somebody was released");
    let late = silenced(&events).expect("somebody came while nothing answered");
    assert_ne!(late.decision.verdict, Verdict::Release);
    let reasons: Vec<ReasonCode> = late.decision.holds().iter().map(|f| f.reason).collect();
    assert!(
        reasons.contains(&ReasonCode::R11DocumentCheck),
        "{reasons:?}"
    );
    let gathered = back.hear("gather")?;
    let plate = gathered["gather"]["plate"].as_str().unwrap_or_default();
    let known = decided(&events);
    let known = known.iter().flat_map(|record| &record.evidence.plates);
    assert!(
        known
            .map(|seen| seen.plate.as_str())
            .any(|one| one == plate),
        "{gathered}"
    );
    let gateway = stage.gateway.take().expect("it runs");
    gateway.stop(Duration::from_secs(20)).await?;
    Ok(())
}
